"""PRV702: action-stale."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Status, Unavailable, Unchecked
from pytest_prevention.rules.prv702_action_stale import RULE
from tests.rules.build import action, answers, facts, hit, hits, incident, policy


def written(day: int) -> datetime:
    return datetime(2024, 1, day, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "stale"), [(17, True), (18, False)])
def test_an_open_action_is_stale_after_more_than_fourteen_days(day: int, stale: bool) -> None:
    """Calendar days from the post-mortem to as-of: fourteen are allowed, the fifteenth is not, whatever the hour."""
    found = hits(RULE, facts(incident(postmortem_at=written(day)), action()))
    assert [one.subject for one in found] == ["INC-001#1"] * stale


def test_the_finding_says_how_old_it_is() -> None:
    """Age, beginning and limit stand in the fact."""
    found = hit(RULE, facts(incident(postmortem_at=written(2)), action()))
    assert found.fact == (
        'P1 Test action "Add test for empty body" (Todo) is still open 30 days after INC-001 (2024-01-02); '
        "policy allows 14."
    )


def test_the_limit_is_the_policys() -> None:
    """A team may allow itself more, or less."""
    given = facts(incident(postmortem_at=written(17)), action())
    assert hits(RULE, given, policy(thresholds={"action_stale_days": 30})) == []


def test_without_a_post_mortem_the_end_of_the_incident_counts() -> None:
    """The anchor is the last thing known."""
    assert hits(RULE, facts(incident(postmortem_at=None), action())) == []
    assert hit(RULE, facts(incident(postmortem_at=None, resolved_at=written(3)), action()))


def test_a_due_date_in_the_future_does_not_make_it_younger() -> None:
    """Two weeks is the cadence, whatever was promised."""
    assert hit(RULE, facts(incident(postmortem_at=written(2)), action()))


@pytest.mark.parametrize("status", [Status.DONE, Status.DROPPED])
def test_a_finished_action_is_not_stale(status: Status) -> None:
    """Only open actions age."""
    assert hits(RULE, facts(incident(postmortem_at=written(2)), action(status=status))) == []


def test_an_action_of_which_nothing_says_how_old_it_is_is_not_checked() -> None:
    """No record, or a record without a date: the age is unknown, and other rules report why."""
    undated = incident("INC-002", detected_at=None, mitigated_at=None, resolved_at=None, postmortem_at=None)
    found = answers(RULE, facts(undated, action(1, "INC-404"), action(2, "INC-002"), action(3, "")))
    assert [(one.subject, one.why.reason) for one in found if isinstance(one, Unchecked)] == [
        ("INC-404#1", "no record says when INC-404 was"),
        ("INC-002#2", "no record says when INC-002 was"),
        ("#3", "no record says when its incident was"),
    ]


def test_without_incidents_it_is_not_checked() -> None:
    """No age is known where no record could be read."""
    with pytest.raises(MissingSource):
        answers(RULE, facts(action(), incidents=Unavailable("unreadable")))
