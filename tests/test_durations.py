"""Durations in words are what they stand for, and are ordered alike."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.durations import DAYS, IN_MINUTES, duration

MINUTES = st.floats(0, 1e9)


def minutes_of(words: str) -> float:
    number, unit = words.split()
    return float(number) * IN_MINUTES[f"{unit.removesuffix('s')}s"]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (119.4, "119 minutes"),
        (120, "2 hours"),
        (47 * 60, "47 hours"),
        (48 * 60, "2 days"),
        (43200, "30 days"),
        (216697.82, "150 days"),
        (2238416.85, "4.26 years"),
    ],
)
def test_a_duration_is_said_in_the_unit_of_its_size(minutes: float, words: str) -> None:
    assert duration(minutes) == words


def test_large_numbers_of_one_unit_have_no_exponent() -> None:
    assert DAYS.number(2238416.85) == "1550"
    assert DAYS.number(0.02) == "0.0000139"


@given(MINUTES)
def test_words_are_within_half_a_percent(minutes: float) -> None:
    assert minutes_of(duration(minutes)) == pytest.approx(minutes, rel=0.00501)


@given(st.lists(MINUTES, min_size=2))
def test_words_are_ordered_as_the_durations_are(minutes: list[float]) -> None:
    told = [minutes_of(duration(one)) for one in sorted(minutes)]
    assert all(first <= second * (1 + 1e-9) for first, second in pairwise(told))
