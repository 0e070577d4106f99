"""PRV108: dropped-without-reason."""

from __future__ import annotations

import pytest

from pytest_prevention.model import Status
from pytest_prevention.rules.prv108_dropped_without_reason import RULE
from tests.rules.build import action, facts, hit, hits


def test_dropped_without_a_reason_is_found() -> None:
    """The next step shows how a reason is written."""
    found = hit(RULE, facts(action(status=Status.DROPPED)))
    assert found.subject == "INC-001#1"
    assert found.fact == 'P1 Test action "Add test for empty body" (Dropped) does not say why it was dropped.'
    assert "Dropped: " in found.next_step


def test_silent_with_a_reason() -> None:
    """A decision with its reason is respected."""
    assert hits(RULE, facts(action(status=Status.DROPPED, reason="the endpoint was removed"))) == []


@pytest.mark.parametrize("status", [*(status for status in Status if status is not Status.DROPPED), None])
def test_other_statuses_need_no_reason(status: Status | None) -> None:
    """Only a Dropped action owes one."""
    assert hits(RULE, facts(action(status=status))) == []
