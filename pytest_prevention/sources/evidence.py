"""The evidence file: what one run showed, written down so that shards can be judged together, and later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import isinf
from pathlib import Path
from typing import Any

from pytest_prevention import __version__
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import (
    NOT_MEASURED,
    Lines,
    Link,
    Links,
    Location,
    Outcome,
    Problem,
    Record,
    Run,
    Unavailable,
    covers,
    united,
    worst,
)
from pytest_prevention.sources import schema, yaml_text
from pytest_prevention.sources.files import read_text, shown

FORMAT = 1
MAX_BYTES = 64 * 1024 * 1024


def render(run: Run, declared: Links, all_links: Links) -> str:
    """The file's text: JSON with sorted entries. ``declared`` are the links known without a run."""
    return (
        json.dumps(
            {
                "version": FORMAT,
                "tool": f"pytest-prevention {__version__}",
                "commit": run.commit,
                "dirty": run.dirty,
                "arguments": list(run.arguments),
                "complete": run.complete,
                "gaps": [asdict(gap) for gap in run.gaps],
                "links": [_link(link, run, declared) for link in all_links.links],
                "guards": [
                    {"nodeid": r.nodeid, "outcome": r.outcome.value, "seconds": r.seconds, "detail": r.detail}
                    for _, r in sorted(run.records.items())
                ],
                **_executed(run.executed),
            },
            indent=1,
        )
        + "\n"
    )


def _executed(executed: Mapping[str, Lines] | Unavailable) -> dict[str, Any]:
    if isinstance(executed, Unavailable):
        return {"not_measured": asdict(executed)}
    return {
        "executed": {
            nodeid: {path: " ".join(map(str, sorted(lines))) for path, lines in sorted(files.items()) if lines}
            for nodeid, files in sorted(executed.items())
        }
    }


def _link(link: Link, run: Run, declared: Links) -> dict[str, Any]:
    met = run.of(link.nodeid)
    return {
        "incident": link.incident,
        "action": link.action,
        "nodeid": link.nodeid,
        "origin": link.origin,
        "file": link.location.path,
        "line": link.location.line,
        "declared": any(covers(known.nodeid, link.nodeid) for known in declared.of(link.incident)),
        "collected": bool(met),
        "ran": any(record.outcome.ran for record in met),
    }


def read(path: Path) -> Run:
    """One evidence file as a run; PreventionError with everything that is wrong with it."""
    name = shown(path, Path.cwd())
    text = read_text(path, path.parent, limit=MAX_BYTES, name=name)
    try:
        data = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        where = Location(name, getattr(error, "lineno", 0), getattr(error, "colno", 0))
        hint = "write it anew: pytest --prevention --prevention-evidence FILE"
        raise PreventionError([Problem(where, "usage", name, f"is not an evidence file: {error}", hint)]) from None
    problems = schema.validate(yaml_text.Document(data, {}), "evidence", path=name)
    if problems:
        raise PreventionError(problems)
    links = tuple(
        Link(
            entry["incident"], entry["nodeid"], Location(entry["file"], entry["line"]), entry["origin"], entry["action"]
        )
        for entry in data["links"]
        if entry["collected"] and entry["origin"] != "evidence"
    )
    return Run(
        records={
            entry["nodeid"]: Record(entry["nodeid"], Outcome(entry["outcome"]), entry["seconds"], entry["detail"])
            for entry in data["guards"]
        },
        links=links,
        gaps=tuple(Unavailable(**gap) for gap in data["gaps"]),
        commit=data["commit"],
        dirty=data["dirty"],
        arguments=tuple(data["arguments"]),
        executed=_measured(data),
    )


def _measured(data: dict[str, Any]) -> Mapping[str, Lines] | Unavailable:
    if "executed" not in data:
        return Unavailable(**data["not_measured"]) if "not_measured" in data else NOT_MEASURED
    return {
        nodeid: {path: frozenset(map(int, lines.split())) for path, lines in files.items()}
        for nodeid, files in data["executed"].items()
    }


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError(f"{digits} is too large a number")
    return number


def combined(runs: Sequence[Run], names: Sequence[str], head: str) -> Run:
    """Several shards of one run as one; refuses what was run at another commit than ``head``.

    What no shard ran although one could have is a gap that nobody chose: the shards handed in were to be everything.
    """
    strangers = [
        Problem(
            Location(name),
            "usage",
            name,
            f"was recorded at commit {run.commit[:12] or 'unknown'}, the checkout is at {head[:12] or 'unknown'}",
            "judge the evidence on the commit that it was recorded at",
        )
        for run, name in zip(runs, names, strict=True)
        if run.commit != head or not head
    ]
    if strangers:
        raise PreventionError(strangers)
    records: dict[str, Record] = {}
    for run in runs:
        for nodeid, record in run.records.items():
            known = records.get(nodeid, record)
            records[nodeid] = known if worst(known.outcome, record.outcome) is known.outcome else record
    return Run(
        records=dict(sorted(records.items())),
        links=tuple(dict.fromkeys(link for run in runs for link in run.links)),
        gaps=tuple(_gaps(runs)),
        commit=head,
        dirty=any(run.dirty for run in runs),
        arguments=runs[0].arguments if len(runs) == 1 else (),
        executed=_together([run.executed for run in runs]),
    )


def _together(executed: Sequence[Mapping[str, Lines] | Unavailable]) -> Mapping[str, Lines] | Unavailable:
    """What any shard measured; of several reasons why none did, one that nobody chose."""
    reasons = [one for one in executed if isinstance(one, Unavailable)]
    if len(reasons) == len(executed):
        return min(reasons, key=lambda reason: (reason.by_design, reason.reason, reason.remedy))
    return united(one for one in executed if not isinstance(one, Unavailable))


def _gaps(runs: Sequence[Run]) -> Iterable[Unavailable]:
    if any(run.gaps for run in runs):
        count = f"{len(runs)} runs" if len(runs) > 1 else "one run"
        yield Unavailable(
            f"ran in none of the evidence handed in ({count}, not the whole suite)",
            "hand in the evidence of the other shards: prevention check --evidence A.json --evidence B.json",
        )
    yield from dict.fromkeys(gap for run in runs for gap in run.gaps if not gap.by_design)
