"""PRV110: action-without-owner."""

from __future__ import annotations

import pytest

from pytest_prevention.model import Status
from pytest_prevention.rules.prv110_action_without_owner import RULE
from tests.rules.build import action, facts, hit, hits


@pytest.mark.parametrize("status", [Status.TODO, Status.IN_PROGRESS, Status.BLOCKED, None])
def test_an_open_action_with_an_empty_owner_cell_is_found(status: Status | None) -> None:
    """Open is everything but Done and Dropped, a status that cannot be read too."""
    found = hit(RULE, facts(action(status=status, has_owner_column=True)))
    assert found.subject == "INC-001#1"
    assert found.fact.endswith("has no owner.")
    assert "Owner cell" in found.next_step


@pytest.mark.parametrize("status", [Status.DONE, Status.DROPPED])
def test_a_finished_action_needs_none(status: Status) -> None:
    """Nobody owns what is over."""
    assert hits(RULE, facts(action(status=status, has_owner_column=True))) == []


def test_silent_with_an_owner() -> None:
    """A name is enough."""
    assert hits(RULE, facts(action(has_owner_column=True, owner="@orders"))) == []


def test_silent_where_the_table_has_no_owner_column() -> None:
    """Nobody misses an owner where there is no place to write one."""
    assert hits(RULE, facts(action())) == []
