"""Two reports: one of an ordinary team, one whose every text tries to break out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pytest_prevention.model import (
    NO_RUN,
    Action,
    Backlog,
    Category,
    Coverage,
    Evidence,
    Facts,
    FileCoverage,
    Finding,
    Incident,
    Incidents,
    Level,
    Link,
    Links,
    Location,
    Outcome,
    Priority,
    Record,
    RuleResult,
    Run,
    Rung,
    State,
    Status,
    Unavailable,
    Unchecked,
    Verdict,
)
from pytest_prevention.policy import Demand, Policy
from pytest_prevention.reporters import Report

BACKLOG = "incidents/prevention-backlog.md"
POLICY = Policy(
    tree={
        "fail_on": "error",
        "observation": {"from": "2024-03-01"},
        "coverage": {"window_days": 365},
        "critical_paths": [],
        "postmortem_severities": ["SEV1", "SEV2"],
        "thresholds": {"action_stale_days": 14, "complete_within_days": 14},
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
    },
    demands=(Demand(Rung.WORKING, categories=frozenset({Category.TEST})),),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def action(number: int, incident: str, text: str, category: Category, priority: Priority, **more: Any) -> Action:
    known = {"status": Status.TODO, "due": date(2024, 6, 10), **more}
    key = f"{incident}#{number}"
    place = Location(BACKLOG, number + 4)
    return Action(
        key=key,
        incident=incident,
        number=number,
        text=text,
        location=place,
        category=category,
        priority=priority,
        **known,
    )


def incident(number: int, title: str, **more: Any) -> Incident:
    place = Location(f"incidents/INC-{number:03}.md", 1)
    return Incident(id=f"INC-{number:03}", title=title, location=place, **more)


INCIDENTS = (
    incident(
        1,
        "Empty order body returned 500",
        severity="SEV2",
        status="closed",
        detected_at=at("2024-03-28T10:20:00"),
        resolved_at=at("2024-03-29T09:20:00"),
        postmortem_at=at("2024-03-30"),
        modules=("shop/orders/**",),
    ),
    incident(
        2,
        "Invoices of large customers timed out while the nightly export held its lock",
        severity="SEV2",
        status="resolved",
        detected_at=at("2024-05-10T02:00:00"),
        resolved_at=at("2024-05-10T04:00:00"),
        postmortem_at=at("2024-05-12"),
        modules=("shop/invoices.py",),
    ),
    incident(3, "Certificate expired", severity="SEV3", status="closed", detected_at=at("2024-05-22T08:00:00")),
    incident(
        4,
        "Login page in German only",
        severity="SEV4",
        status="closed",
        detected_at=at("2024-06-02T08:00:00"),
        no_action_reason="a typing error in a text that is gone",
    ),
    incident(5, "Search is down", severity="SEV1", status="active", started_at=at("2024-06-14T21:00:00")),
    incident(
        6,
        "注文が二重に登録された 🛒",
        severity="SEV1",
        status="resolved",
        detected_at=at("2024-06-14T09:00:00"),
        modules=("shop/orders/",),
    ),
)
ACTIONS = (
    action(
        1,
        "INC-001",
        "Add test for /api/orders empty body",
        Category.TEST,
        Priority.P1,
        status=Status.DONE,
        due=date(2024, 4, 10),
        done=date(2024, 4, 5),
    ),
    action(
        2,
        "INC-001",
        "Add error rate alert",
        Category.MONITOR,
        Priority.P2,
        status=Status.DONE,
        due=date(2024, 4, 10),
        done=date(2024, 4, 20),
        evidence=(Evidence("alert", "OrdersHighErrorRate"),),
    ),
    action(3, "INC-002", "Regression test for the lock of the nightly export", Category.TEST, Priority.P1),
    action(4, "INC-002", "Migration checklist", Category.PROCESS, Priority.P3, due=None, status=Status.IN_PROGRESS),
    action(
        5,
        "INC-003",
        "Certificate expiry alert",
        Category.MONITOR,
        Priority.P1,
        status=Status.DONE,
        done=date(2024, 5, 30),
    ),
    action(6, "INC-003", "Renew by hand", Category.PROCESS, Priority.P4, status=Status.DROPPED, reason="automated"),
    action(7, "INC-099", "Write the record", Category.PROCESS, Priority.P2),
)
GUARD = "tests/test_orders.py::test_empty_body"
LINKS = Links((Link("INC-001", GUARD, Location("tests/test_orders.py", 12)),))
RUN = Run(records={GUARD: Record(GUARD, Outcome.PASSED, 0.01)})
COVERAGE = Coverage(
    {
        "shop/orders/api.py": FileCoverage(frozenset(range(1, 31)), frozenset(range(31, 41)), branches=10, taken=6),
        "shop/orders/db.py": Unavailable("shop/orders/db.py has changed since its coverage was measured"),
    }
)

VERDICT = Verdict(
    findings=(
        Finding(
            code="PRV201",
            name="test-action-unlinked",
            level=Level.ERROR,
            subject="INC-002#3",
            location=Location(BACKLOG, 7),
            fact='P1 Test action "Regression test for the lock of the nightly export" (Todo) has no linked test.',
            policy_key="rules.PRV201.by_priority.P1 = error",
            next_step='above the test that would have caught it, paste: @pytest.mark.incident("INC-002")',
            priority=Priority.P1,
        ),
        Finding(
            code="PRV703",
            name="postmortem-late",
            level=Level.WARNING,
            subject="INC-006",
            location=Location("incidents/INC-006.md", 1),
            fact='INC-006 "注文が二重に登録された 🛒" (SEV1) is over, and no stamp says since when.',
            policy_key="rules.PRV7.severity = warning",
            next_step="write into its record when it was over",
        ),
    ),
    results=(
        RuleResult("PRV101", "backlog-row-malformed", State.KEPT),
        RuleResult("PRV201", "test-action-unlinked", State.BROKEN, 1),
        RuleResult("PRV301", "guard-not-passing", State.NOT_CHECKED, 0, (Unchecked("", NO_RUN),)),
        RuleResult("PRV304", "guard-flaky", State.NOT_CHECKED, 0, (Unchecked("", NO_RUN),)),
        RuleResult(
            "PRV302",
            "evidence-below-policy",
            State.NOT_CHECKED,
            0,
            (Unchecked("INC-001#2", Unavailable("nothing here examines alerts", "install an evidence source")),),
        ),
        RuleResult("PRV703", "postmortem-late", State.BROKEN, 1),
    ),
    fail_on=Level.ERROR,
)


def ordinary() -> Report:
    """A report with every stage of the loop, a run and a broken gate."""
    facts = Facts(
        as_of=at("2024-06-15T12:00:00"),
        incidents=Incidents(INCIDENTS),
        backlog=Backlog(ACTIONS),
        links=LINKS,
        run=RUN,
        coverage=COVERAGE,
    )
    return Report(facts, POLICY, VERDICT, "shop")


EVIL = (
    "\x1b[31mred\x1b]0;title\x07 ::error file=x::boom ##[error]boom \u202egnp.exe\u2028@everyone <img src=x> | `x` ```"
)


def hostile(evil: str = EVIL) -> Report:
    """The same with ``evil`` wherever a repository or a third party decides what a text says."""
    report = ordinary()
    place = Location(evil, 1)
    incidents = tuple(
        replace(
            one,
            title=evil,
            location=place,
            no_action_reason=evil,
            modules=(f"nowhere-{evil}-x", f"nowhere-{evil}-x/*.py", "a.py"),  # no wildcard of the text finds a file
            cause=evil,
            error_type=evil,
            trigger=evil,
        )
        for one in INCIDENTS
    )
    actions = tuple(
        replace(
            one,
            key=f"{one.key}{evil}",
            text=evil,
            owner=evil,
            reason=evil,
            location=place,
            evidence=(Evidence("text", evil),),
        )
        for one in ACTIONS
    )
    findings = tuple(
        replace(one, code=evil, name=evil, subject=evil, location=place, fact=evil, next_step=evil, policy_key=evil)
        for one in VERDICT.findings
    )
    unchecked = (Unchecked(evil, Unavailable(evil, evil)),)
    verdict = replace(
        VERDICT, findings=findings, results=(RuleResult(evil, evil, State.NOT_CHECKED, 0, unchecked), *VERDICT.results)
    )
    nodeid = f"tests/{evil}.py::test"
    facts = replace(
        report.facts,
        incidents=Incidents((*incidents, replace(incidents[0], id=f"INC-9{evil}"))),
        backlog=Backlog((*actions, replace(actions[0], key=f"INC-9{evil}#1", incident=f"INC-9{evil}"))),
        links=Links((Link("INC-001", nodeid, place),)),
        run=Run(records={nodeid: Record(nodeid, Outcome.FAILED, 0.0, evil)}),
    )
    return replace(report, facts=facts, verdict=verdict, name=evil)
