"""Tiny builders: a fact that a test does not mention is ordinary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pytest_prevention.model import (
    NO_RUN,
    Action,
    Backlog,
    Category,
    CodeChanges,
    Commit,
    Documents,
    Facts,
    History,
    Hit,
    Incident,
    Incidents,
    Link,
    Links,
    Location,
    Outcome,
    Priority,
    Problem,
    Record,
    Run,
    Snapshot,
    Standing,
    Status,
    Trail,
    Unavailable,
    Unchecked,
)
from pytest_prevention.model.facts import NO_HISTORY
from pytest_prevention.policy import Policy
from pytest_prevention.rules import Rule

AS_OF = datetime(2024, 2, 1, tzinfo=UTC)
TEST = "tests/test_orders.py::test_empty_body"
BACKLOG = "incidents/prevention-backlog.md"


def policy(rules: Mapping[str, Any] | None = None, **tree: Any) -> Policy:
    """A policy with a two-week and a 48-hour threshold; every rule is a warning where nothing else is said."""
    defaults = {
        "fail_on": "error",
        "observation": {"timezone": "UTC"},
        "postmortem_severities": ["SEV1", "SEV2"],
        "thresholds": {
            "action_stale_days": 14,
            "complete_within_days": 14,
            "postmortem_hours": 48,
            "hotspot_fixes": 3,
            "hotspot_probability": 0.5,
        },
        "history": {"window_days": 1095, "half_life_days": 180},
        "statistics": {"level": 0.05},
        "deploys": {"window_hours": 4},
        "data_changes": {"window_hours": 4},
        "patterns": {
            "same_module": {
                "flag": [{"incidents": 2, "days": 90}, {"incidents": 3, "days": 365}],
                "exposure": {},
            },
            "same_error": {"modules": 3},
            "slow_detection": {"target_minutes": 15, "incidents": 3},
            "deploys": {"incidents": 3},
            "data_changes": {"incidents": 3},
        },
        "coverage": {"window_days": 365, "minimum": 80, "min_statements": 20, "tolerance": 1},
        "monitoring": {"sources": [], "paging_severities": ["page", "critical"], "require": "working"},
        "critical_paths": [],
        "proof": {"grades": ["assertion", "exception", "timeout"]},
    }
    return Policy({**defaults, **tree}, layers=(rules or {},))


def action(number: int | None = 1, incident: str = "INC-001", **changes: Any) -> Action:
    """Row ``number``: a P1 Test action, to do, due two weeks after AS_OF."""
    ordinary = Action(
        key=f"{incident}#{number}",
        incident=incident,
        number=number,
        text="Add test for empty body",
        location=Location(BACKLOG, 4 + (number or 0)),
        category=Category.TEST,
        priority=Priority.P1,
        status=Status.TODO,
        due=date(2024, 2, 15),
    )
    return replace(ordinary, **changes)


def incident(id_: str = "INC-001", **changes: Any) -> Incident:
    """A resolved SEV2 whose post-mortem came the next day, ten days before AS_OF."""
    path = f"incidents/{id_}.md"
    ordinary = Incident(
        id=id_,
        title="Empty order body returned 500",
        location=Location(path, 1),
        severity="SEV2",
        status="resolved",
        detected_at=datetime(2024, 1, 21, 10, 0, tzinfo=UTC),
        mitigated_at=datetime(2024, 1, 21, 11, 0, tzinfo=UTC),
        resolved_at=datetime(2024, 1, 21, 12, 0, tzinfo=UTC),
        postmortem_at=datetime(2024, 1, 22, tzinfo=UTC),
        lines={"id": 2, "title": 3, "status": 5, "postmortem_at": 8},
    )
    return replace(ordinary, **changes)


def link(nodeid: str = TEST, incident: str = "INC-001", **changes: Any) -> Link:
    """A mark on a test."""
    return replace(Link(incident, nodeid, Location(nodeid.partition("::")[0], 3)), **changes)


def run(outcomes: Mapping[str, Outcome] | None = None, *gaps: Unavailable, detail: str = "") -> Run:
    """A run with these outcomes by node id; complete where no gap is given."""
    return Run(records={id_: Record(id_, what, detail=detail) for id_, what in (outcomes or {}).items()}, gaps=gaps)


def fix(days: float, subject: str = "Fix rounding", **changes: Any) -> Commit:
    """A fix of so many days before AS_OF."""
    at = int((AS_OF - timedelta(days=days)).timestamp())
    return Commit(f"{at:040x}", at, at, 0, subject, "fix")._replace(**changes)


def history(commits: Mapping[str, Iterable[Commit]] | None = None, lines: int = 1000) -> History:
    """The history as of AS_OF: by module its commits, in any order; every module has as many lines."""
    given = commits or {}
    return History(
        now=Snapshot("f" * 40, int(AS_OF.timestamp()), dict.fromkeys(given, lines)),
        window_days=1095,
        commits=sum(len([*some]) for some in given.values()),
        trails={path: Trail(tuple(sorted(some, key=lambda one: -one.at))) for path, some in given.items()},
        then=Unavailable("the history is younger than 182 days"),
    )


def broken(*paths: str) -> History:
    """The history of modules that were each fixed five times within five months."""
    return history({path: [fix(days) for days in (10, 40, 70, 100, 130)] for path in paths})


def problem(kind: str, subject: str = "INC-001#1") -> Problem:
    return Problem(Location(BACKLOG, 5), kind, subject, "The row has 7 cells and its header 8.", "add the missing cell")


def facts(*given: Action | Incident | Link | Standing | Run | History, **sources: Any) -> Facts:
    """Facts that hold what is given, and no run and no history where none is; no commit belongs to an action."""

    def all_of(kind: type[Any]) -> tuple[Any, ...]:
        return tuple(one for one in given if isinstance(one, kind))

    ordinary = Facts(
        as_of=AS_OF,
        incidents=Incidents(all_of(Incident)),
        backlog=Backlog(all_of(Action)),
        links=Links(all_of(Link)),
        run=next(iter(all_of(Run)), NO_RUN),
        history=next(iter(all_of(History)), NO_HISTORY),
        code_changes=CodeChanges(),
        documents=Documents(),
        standings=all_of(Standing),
    )
    return replace(ordinary, **sources)


def answers(rule: Rule, given: Facts, demands: Policy | None = None) -> list[Hit | Unchecked]:
    return list(rule.check(given, demands or policy()))


def hits(rule: Rule, given: Facts, demands: Policy | None = None) -> list[Hit]:
    """What the rule finds; a subject that it could not examine is an error here."""
    found = answers(rule, given, demands)
    assert all(isinstance(one, Hit) for one in found)
    return [one for one in found if isinstance(one, Hit)]


def hit(rule: Rule, given: Facts, demands: Policy | None = None) -> Hit:
    """The one thing that the rule finds."""
    (found,) = hits(rule, given, demands)
    return found
