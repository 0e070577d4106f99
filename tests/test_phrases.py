"""The phrases that rules share."""

from __future__ import annotations

import pytest

from pytest_prevention.phrases import counted, named, shortened, titled
from tests.rules.build import action, incident


@pytest.mark.parametrize(("length", "shown"), [(80, "x" * 80), (81, "x" * 79 + "…"), (5_000_000, "x" * 79 + "…")])
def test_a_quoted_text_has_at_most_eighty_characters(length: int, shown: str) -> None:
    """Somebody's essay in an Action cell does not bury the finding."""
    assert shortened("x" * length) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
def test_one_is_singular(number: int, shown: str) -> None:
    """Figures read as people write them."""
    assert counted(number, "day") == shown


def test_what_could_not_be_read_is_left_out_or_said() -> None:
    """No finding says None."""
    half_read = action(category=None, priority=None, status=None)
    assert named(half_read) == 'P2 action "Add test for empty body" (no status)'
    assert titled(incident(title="", severity=None)) == "INC-001 (no severity)"
