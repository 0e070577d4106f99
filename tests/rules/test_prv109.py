"""PRV109: action-without-due."""

from __future__ import annotations

import pytest

from pytest_prevention.model import Status
from pytest_prevention.rules.prv109_action_without_due import RULE
from tests.rules.build import action, facts, hit, hits


@pytest.mark.parametrize("status", [Status.TODO, Status.IN_PROGRESS, Status.BLOCKED, None])
def test_an_open_action_without_a_due_date_is_found(status: Status | None) -> None:
    """Open is everything but Done and Dropped, a status that cannot be read too."""
    found = hit(RULE, facts(action(status=status, due=None)))
    assert found.subject == "INC-001#1"
    assert found.fact.endswith("has no date in its Due cell that can be read.")
    assert "2024-02-15" in found.next_step


@pytest.mark.parametrize("status", [Status.DONE, Status.DROPPED])
def test_a_finished_action_needs_none(status: Status) -> None:
    """Nobody plans what is over."""
    assert hits(RULE, facts(action(status=status, due=None))) == []


def test_silent_with_a_due_date() -> None:
    """A date is enough, past or future."""
    assert hits(RULE, facts(action())) == []
