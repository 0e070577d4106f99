"""PRV107: done-without-date."""

from __future__ import annotations

from datetime import date

import pytest

from pytest_prevention.model import Status
from pytest_prevention.rules.prv107_done_without_date import RULE
from tests.rules.build import action, facts, hit, hits


def test_done_without_a_date_is_found() -> None:
    """The finding says which row, and in which form a date is written."""
    found = hit(RULE, facts(action(status=Status.DONE)))
    assert found.subject == "INC-001#1"
    assert found.fact == (
        'P1 Test action "Add test for empty body" (Done) has no date in its Done cell that can be read.'
    )
    assert found.next_step.endswith("2024-02-01")


def test_silent_with_a_date() -> None:
    """Done on a day is complete."""
    assert hits(RULE, facts(action(status=Status.DONE, done=date(2024, 1, 30)))) == []


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DONE])
def test_other_statuses_need_no_date(status: Status) -> None:
    """Only Done claims to be done."""
    assert hits(RULE, facts(action(status=status))) == []
