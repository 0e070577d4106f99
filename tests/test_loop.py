"""The prevention loop: where an incident stands, and what keeps it there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.loop import Loop, Stage, loops
from pytest_prevention.model import (
    Action,
    Backlog,
    Category,
    CodeChange,
    CodeChanges,
    Evidence,
    Facts,
    Incident,
    Incidents,
    Link,
    Links,
    Location,
    Outcome,
    Record,
    Run,
    Rung,
    Status,
    Unavailable,
)
from pytest_prevention.policy import Demand, Policy

NOW = datetime(2024, 7, 1, tzinfo=UTC)
TEST = "tests/test_orders.py::test_empty"
LINK = Link("INC-001", TEST, Location("tests/test_orders.py", 3))
NAMED = (Evidence("commit", "abc1234"),)


def policy(*demands: Demand) -> Policy:
    return Policy(tree={"postmortem_severities": ["SEV1", "SEV2"]}, demands=demands)


def incident(**more: Any) -> Incident:
    known = {"severity": "SEV1", "status": "resolved", "resolved_at": NOW, "postmortem_at": NOW, **more}
    return Incident(id="INC-001", title="Empty order", location=Location("incidents/INC-001.md", 1), **known)


def action(status: Status | None = Status.DONE, number: int = 1, **more: Any) -> Action:
    known = {"category": Category.CODE, **more}
    key, place = f"INC-001#{number}", Location("incidents/prevention-backlog.md", number)
    return Action(key=key, incident="INC-001", number=number, text="Mend", location=place, status=status, **known)


def loop(record: Incident, *actions: Action, under: Policy | None = None, **sources: Any) -> Loop:
    commits = {one.key: (CodeChange(id="abc1234", subject="Mend", newer=0),) for one in actions if one.evidence}
    known = {"code_changes": CodeChanges(commits), **sources}
    facts = Facts(as_of=NOW, incidents=Incidents((record,)), backlog=Backlog(actions), **known)
    (one,) = loops(facts, under or policy())
    return one


@pytest.mark.parametrize("status", ["active", "mitigated"])
def test_an_incident_that_is_not_over_stands_at_the_incident(status: str) -> None:
    one = loop(incident(status=status, postmortem_at=None), action())
    assert one.stage is Stage.INCIDENT
    assert one.missing[0].what == f'INC-001 "Empty order" (SEV1) is {status}, not resolved.'


def test_whoever_has_written_the_post_mortem_has_gone_on() -> None:
    assert loop(incident(status="mitigated")).stage is Stage.ACTIONS


@pytest.mark.parametrize("severity", ["SEV1", "SEV2", None])
def test_a_severe_incident_waits_for_its_post_mortem(severity: str | None) -> None:
    one = loop(incident(severity=severity, postmortem_at=None), action(evidence=NAMED))
    assert one.stage is Stage.POST_MORTEM
    assert "postmortem_at" in one.missing[0].next_step


def test_a_small_incident_needs_a_post_mortem_only_if_policy_says_so() -> None:
    assert loop(incident(severity="SEV3", postmortem_at=None)).stage is Stage.ACTIONS


@pytest.mark.parametrize(
    ("actions", "what"), [((), "has no action"), ((action(Status.DROPPED),), "has only dropped actions")]
)
def test_an_incident_without_a_living_action_waits_for_one(actions: tuple[Action, ...], what: str) -> None:
    one = loop(incident(), *actions)
    assert one.stage is Stage.ACTIONS
    assert what in one.missing[0].what


def test_a_reason_for_no_action_closes_the_loop() -> None:
    assert loop(incident(no_action_reason="the page is gone")).closed


@pytest.mark.parametrize("status", [Status.TODO, Status.IN_PROGRESS, Status.BLOCKED, None])
def test_open_actions_keep_it_at_implementation(status: Status | None) -> None:
    one = loop(incident(), action(number=1), action(status, number=2, due=date(2024, 7, 9)), action(Status.DROPPED, 3))
    assert one.stage is Stage.IMPLEMENTATION
    assert [gap.subject for gap in one.missing] == ["INC-001#2"]
    assert one.missing[0].what.endswith("is open, due 2024-07-09.")


def test_an_open_test_action_without_a_link_says_what_to_paste() -> None:
    one = loop(incident(), action(Status.TODO, category=Category.TEST))
    assert one.missing[0].next_step.endswith('paste: @pytest.mark.incident("INC-001")')


def test_done_is_a_claim_until_evidence_shows_it() -> None:
    one = loop(incident(), action())
    assert one.stage is Stage.VERIFICATION
    assert not one.closed
    assert "stands on the rung claimed and must reach linked" in one.missing[0].what


def test_all_done_and_shown_closes_the_loop() -> None:
    one = loop(incident(), action(evidence=NAMED), action(Status.DROPPED, 2))
    assert (one.stage, one.closed) == (Stage.VERIFICATION, True)


def test_evidence_for_what_is_not_done_verifies_nothing() -> None:
    one = loop(incident(), action(Status.IN_PROGRESS, evidence=NAMED))
    assert [item.verified for item in one.actions] == [False]


def test_policy_says_which_rung_is_enough() -> None:
    assert not loop(incident(), action(evidence=NAMED), under=policy(Demand(Rung.REACHING))).closed
    assert loop(incident(), action(), under=policy(Demand(Rung.CLAIMED))).closed


@pytest.mark.parametrize(("outcome", "closed"), [(Outcome.PASSED, True), (Outcome.FAILED, False)])
def test_a_test_action_is_verified_by_its_guard(outcome: Outcome, closed: bool) -> None:
    run = Run(records={TEST: Record(TEST, outcome)})
    demand = policy(Demand(Rung.WORKING))
    one = loop(incident(), action(category=Category.TEST), under=demand, links=Links((LINK,)), run=run)
    assert one.closed is closed
    assert one.guards == (LINK,)


def test_a_rung_that_nobody_could_examine_is_not_taken_for_reached() -> None:
    one = loop(incident(), action(category=Category.TEST), under=policy(Demand(Rung.WORKING)), links=Links((LINK,)))
    assert "linked or higher and must reach working: no tests were run here" in one.missing[0].what
    assert one.missing[0].next_step.startswith("run pytest --prevention")
    assert not one.missing[0].examined


def test_what_is_known_of_an_unknown_rung_counts() -> None:
    assert loop(incident(), action(category=Category.TEST), links=Links((LINK,))).closed


def test_missing_links_are_no_reason_to_show_nothing() -> None:
    one = loop(incident(), action(category=Category.TEST), links=Unavailable("tests/ cannot be read"))
    assert one.guards == ()
    assert "tests/ cannot be read" in one.missing[0].what


def test_incidents_keep_their_order_and_an_id_stands_once() -> None:
    records = tuple(replace(incident(), id=id_) for id_ in ("INC-9", "INC-10", "INC-9"))
    facts = Facts(as_of=NOW, incidents=Incidents(records))
    assert [one.incident.id for one in loops(facts, policy())] == ["INC-9", "INC-10"]


def test_without_incidents_or_backlog_there_is_no_answer() -> None:
    missing = Unavailable("gone")
    with pytest.raises(MissingSource):
        loops(Facts(as_of=NOW, incidents=missing), policy())
    with pytest.raises(MissingSource):
        loops(Facts(as_of=NOW, backlog=missing), policy())
