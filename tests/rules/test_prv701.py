"""PRV701: action-overdue."""

from __future__ import annotations

from datetime import date

import pytest

from pytest_prevention.model import Status
from pytest_prevention.rules.prv701_action_overdue import RULE
from tests.rules.build import action, facts, hit, hits, policy


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (date(2024, 1, 31), "was due on 2024-01-31, 1 day ago."),
        (date(2023, 12, 31), "was due on 2023-12-31, 32 days ago."),
    ],
)
def test_an_open_action_past_its_due_day_is_found(due: date, said: str) -> None:
    """The finding says how late it is."""
    found = hit(RULE, facts(action(due=due)))
    assert found.subject == "INC-001#1"
    assert found.fact.endswith(said)


def test_the_due_day_itself_is_in_time() -> None:
    """Due today is not overdue."""
    assert hits(RULE, facts(action(due=date(2024, 2, 1)))) == []


def test_the_day_is_that_of_the_policys_zone() -> None:
    """Midnight UTC is still yesterday in New York."""
    there = policy(observation={"timezone": "America/New_York"})
    assert hits(RULE, facts(action(due=date(2024, 1, 31))), there) == []


@pytest.mark.parametrize("status", [Status.DONE, Status.DROPPED])
def test_a_finished_action_is_not_overdue(status: Status) -> None:
    """Whether it was done in time is an indicator, not a finding."""
    assert hits(RULE, facts(action(due=date(2024, 1, 1), status=status))) == []


def test_a_status_that_cannot_be_read_counts_as_open() -> None:
    """A slip in the Status cell does not stop the clock."""
    assert hit(RULE, facts(action(due=date(2024, 1, 1), status=None)))


def test_without_a_due_date_it_is_never_overdue() -> None:
    """That has a rule of its own."""
    assert hits(RULE, facts(action(due=None))) == []
