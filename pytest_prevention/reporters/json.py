"""The report as JSON, for programs; described by ``schema/report.schema.json``. Keys may be added, none changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from pytest_prevention.ladder import records_of
from pytest_prevention.loop import Gap, Loop, Progress
from pytest_prevention.model import Action, Finding, Link, Location, RuleResult, Run, Rung, Unavailable, Verdict
from pytest_prevention.reporters.report import Report, closing
from pytest_prevention.reporters.safe import bytes_visible, json_text

VERSION = 1


def report_json(report: Report) -> str:
    """Indented, in ASCII, with full precision and a line end; the same report always gives the same bytes."""
    loops = report.loops
    data = {
        "version": VERSION,
        "name": report.name,
        "as_of": report.facts.as_of,
        "since": report.facts.since,
        "verdict": _verdict(report.verdict) if report.verdict else None,
        "incidents": loops if isinstance(loops, Unavailable) else [_incident(one, report.facts.run) for one in loops],
        "strays": [_action(action) for action in report.strays],
        "indicators": report.indicators,
        "patterns": report.patterns,
        "next_steps": [_gap(gap) for gap in report.next_steps],
    }
    return json_text(json.dumps(plain(data), indent=2, allow_nan=False)) + "\n"


def plain(value: object) -> Any:
    """Anything of ours as JSON has it: a dataclass by its fields, a missing source as ``{"unavailable": reason}``.

    An empty ``reason`` is left out: one stands beside a null, and nowhere else. A field that Python would not let have
    its name has an underscore behind it: ``from_``.
    """
    if isinstance(value, str):
        return bytes_visible(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Rung):
        return str(value)
    if isinstance(value, Unavailable):
        return {"unavailable": value.reason}
    if is_dataclass(value):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name.rstrip("_"): plain(one) for name, one in named.items() if (name, one) != ("reason", "")}
    return value


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "state": verdict.state,
        "summary": closing(verdict),
        "fail_on": str(verdict.fail_on) if verdict.fail_on else "never",
        "findings": [_finding(finding) for finding in verdict.findings],
        "rules": [_rule(result) for result in verdict.results],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.level),
        "subject": finding.subject,
        **_place(finding.location),
        "fact": finding.fact,
        "policy_key": finding.policy_key,
        "next_step": finding.next_step,
    }


def _rule(result: RuleResult) -> dict[str, object]:
    return {
        "code": result.code,
        "name": result.name,
        "state": result.state,
        "findings": result.findings,
        "not_checked": [
            {
                "subject": gap.subject or None,
                "reason": gap.why.reason,
                "remedy": gap.why.remedy,
                "by_design": gap.why.by_design,
            }
            for gap in result.unchecked
        ],
    }


def _incident(one: Loop, run: Run | Unavailable) -> dict[str, object]:
    incident = one.incident
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        **_place(incident.location),
        "stage": one.stage,
        "closed": one.closed,
        "missing": [_gap(gap) for gap in one.missing],
        "actions": [_progress(item) for item in one.actions],
        "guards": [guard for link in one.guards for guard in _guards(link, run)],
    }


def _progress(item: Progress) -> dict[str, object]:
    return {
        **_action(item.action),
        "rung": item.standing.rung,
        "at_least": item.standing.at_least if item.standing.rung is None else item.standing.rung,
        "needs": item.needs,
        "verified": item.verified,
        "reason": item.standing.reason,
    }


def _action(action: Action) -> dict[str, object]:
    return {
        "key": action.key,
        "incident": action.incident,
        "number": action.number,
        "action": action.text,
        "category": action.category,
        "priority": action.priority,
        "status": action.status,
        "due": action.due,
        "done": action.done,
        "owner": action.owner,
        **_place(action.location),
    }


def _guards(link: Link, run: Run | Unavailable) -> list[dict[str, object]]:
    """The tests that a link means, with what became of each; without a run the link itself."""
    about = {"action": link.action, "origin": link.origin, **_place(link.location)}
    if isinstance(run, Unavailable):
        return [{"test": link.nodeid, "outcome": None, "reason": run.reason, **about}]
    return [{"test": record.nodeid, "outcome": record.outcome, **about} for record in records_of(link, run)]


def _gap(gap: Gap) -> dict[str, object]:
    return {
        "subject": gap.subject,
        **_place(gap.location),
        "what": gap.what,
        "next_step": gap.next_step,
        "examined": gap.examined,
    }


def _place(location: Location) -> dict[str, object]:
    return {"file": location.path, "line": location.line or None}
