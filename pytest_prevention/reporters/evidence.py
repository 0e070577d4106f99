"""What `prevention evidence` shows of one incident: where its actions stand, which lines of the fix are executed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_prevention.model import FixedLines, Incident, Proof, Standing, Unavailable
from pytest_prevention.phrases import counted
from pytest_prevention.reaching import Reach
from pytest_prevention.reporters.layout import WIDTH, cut, wrapped
from pytest_prevention.reporters.proofs import METHODS, VERDICTS
from pytest_prevention.reporters.safe import bytes_visible, json_text, safe

ROWS = 40
"""As many lines of one file as people read; all of them stand in the JSON report."""

_MARKS: Mapping[bool | None, str] = {True: "✓", False: "·", None: "?"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One guard: what it reaches of the fix, its proof, and why a proof of it is stale, where there is one."""

    guard: str
    reach: Reach | Unavailable
    proof: Proof | None = None
    stale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReport:
    """The evidence of one incident. ``standings`` are those of its actions, with the category of each.

    ``texts`` are the lines of the files in which the fix stands today, by path from the root.
    """

    incident: Incident
    standings: tuple[tuple[str, Standing], ...]
    fix: FixedLines | Unavailable
    texts: Mapping[str, tuple[str, ...]]
    guards: tuple[Examined, ...]

    def rows(self, path: str) -> Iterator[tuple[int, str, bool | None]]:
        """The lines of the fix in a file: number, text, and whether a guard executes it (None: nobody knows)."""
        reaches = [one.reach for one in self.guards if isinstance(one.reach, Reach)]
        executed = {line for reach in reaches for line in reach.executed.get(path, ())}
        texts = self.texts.get(path, ())
        for line in sorted(self.fix.lines[path]) if isinstance(self.fix, FixedLines) else ():
            text = texts[line - 1] if line <= len(texts) else ""
            yield line, text, line in executed if reaches else None


def evidence_text(report: EvidenceReport) -> str:
    """The ladder, the fix with a mark at each line, then the guards."""
    incident = report.incident
    blocks = [
        wrapped(safe(f"{incident.id}  {incident.title}"), 0, 2),
        [line for category, standing in report.standings for line in _standing(category, standing)],
        *_fix(report),
        [line for one in report.guards for line in _guard(one)] or ["No test is linked to it."],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _standing(category: str, standing: Standing) -> list[str]:
    lines = wrapped(safe(f"{standing.action} {category}: {_rung(standing)}: {standing.reason}"), 0, 2)
    return [*lines, *(wrapped(safe(f"next: {standing.next_step}"), 2, 8) if standing.next_step else [])]


def _rung(standing: Standing) -> str:
    return "unknown" if standing.rung is None else str(standing.rung)


def _fix(report: EvidenceReport) -> list[list[str]]:
    if isinstance(report.fix, Unavailable):
        return [wrapped(safe(f"Where the fix stands today is unknown: {_why(report.fix)}"), 0, 2)]
    return [_file(report, report.fix, path) for path in report.fix.lines]


def _why(gap: Unavailable) -> str:
    return "; ".join(filter(None, (gap.reason, gap.remedy)))


def _file(report: EvidenceReport, fix: FixedLines, path: str) -> list[str]:
    commits = ", ".join(commit[:12] for commit in report.incident.fix_commits)
    what = f"fix {commits}"
    if path in fix.by_function:
        what = f"functions that {what} changed; no line of it is left"
    rows = list(report.rows(path))
    width = len(str(rows[-1][0]))
    indent = min(len(text) - len(text.lstrip()) for _, text, _ in rows)
    lines = wrapped(safe(f"{path} ({what})"), 0, 2)
    for line, text, executed in rows[:ROWS]:
        lines.append(cut(f"  {_MARKS[executed]} {line:{width}}  {_indented(text[indent:])}", WIDTH))
    return [*lines, *([f"  and {len(rows) - ROWS} more"] if len(rows) > ROWS else [])]


def _indented(text: str) -> str:
    """Harmless, with its indentation: in the middle of a line that is no more than blanks."""
    code = text.lstrip()
    return " " * (len(text) - len(code)) + safe(code.rstrip())


def _guard(one: Examined) -> list[str]:
    lines = [safe(one.guard), *wrapped(safe(_reaches(one.reach)), 2, 4)]
    if one.proof is not None:
        how = METHODS.get(one.proof.method, "")
        told = ", ".join(filter(None, (one.proof.grade or one.proof.reason, how)))
        lines += wrapped(safe(f"{VERDICTS[one.proof.answer]} ({told})"), 2, 4)
    if one.stale:
        lines += wrapped(safe(f"the proof of this guard is stale: {one.stale}"), 2, 4)
    return lines


def _reaches(reach: Reach | Unavailable) -> str:
    if isinstance(reach, Unavailable):
        return f"whether it reaches the fix is unknown: {_why(reach)}"
    executed, of = (sum(map(len, lines.values())) for lines in (reach.executed, reach.of.lines))
    return f"reaches {executed} of {counted(of, 'line')}" if executed else "executes no line of the fix"


def evidence_json(report: EvidenceReport) -> str:
    """The same for programs, with all lines; indented, in ASCII."""
    data = {
        "version": 1,
        "incident": report.incident.id,
        "actions": [
            {
                "action": standing.action,
                "category": category,
                "rung": _rung(standing),
                "reason": standing.reason,
                "next": standing.next_step or None,
            }
            for category, standing in report.standings
        ],
        "fix": [_file_data(report, report.fix, path) for path in report.fix.lines]
        if isinstance(report.fix, FixedLines)
        else [],
        "fix_unknown": _why(report.fix) if isinstance(report.fix, Unavailable) else None,
        "guards": [_guard_data(one) for one in report.guards],
    }
    return json_text(json.dumps(data, indent=2)) + "\n"


def _file_data(report: EvidenceReport, fix: FixedLines, path: str) -> dict[str, Any]:
    rows = [{"line": line, "text": text, "executed": executed} for line, text, executed in report.rows(path)]
    return {"file": bytes_visible(path), "by_function": path in fix.by_function, "lines": rows}


def _guard_data(one: Examined) -> dict[str, Any]:
    return {
        "guard": bytes_visible(one.guard),
        **_reach_data(one.reach),
        "proof": _proof_data(one.proof),
        "stale": one.stale or None,
    }


def _reach_data(reach: Reach | Unavailable) -> dict[str, Any]:
    if isinstance(reach, Unavailable):
        return {"reaches": "unknown", "reason": bytes_visible(_why(reach)), "lines": {}}
    lines = {bytes_visible(path): sorted(lines) for path, lines in reach.executed.items()}
    return {"reaches": "reaching" if reach.reaches else "not reaching", "reason": None, "lines": lines}


def _proof_data(proof: Proof | None) -> dict[str, Any] | None:
    if proof is None:
        return None
    told = {"method": proof.method, "grade": proof.grade, "reason": proof.reason, "carried_from": proof.carried_from}
    return {"verdict": proof.answer, **{key: value or None for key, value in told.items()}}


EVIDENCE_REPORTERS: Mapping[str, Callable[[EvidenceReport], str]] = {"txt": evidence_text, "json": evidence_json}
