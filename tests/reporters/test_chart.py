"""Durations on a scale in one line."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.durations import DAYS, MINUTES, unit_for
from pytest_prevention.reporters.chart import CELLS, chart


def test_the_ends_and_the_median_stand_where_they_are() -> None:
    assert chart([10, 10, 40, 70], 25, MINUTES) == ["10 |2.....[.].....1..........1| 70 minutes"]


def test_what_is_many_times_as_long_asks_for_another_scale() -> None:
    assert chart([1, 20, 10], 10, MINUTES)[0].endswith("| 20 minutes")
    assert chart([1, 21, 10], 10, MINUTES)[0].endswith("| 21 minutes, log scale")
    assert chart([0, 21, 10], 10, MINUTES)[0].endswith("| 21 minutes"), "there is no logarithm of 0"


def test_ten_and_more_are_a_plus() -> None:
    assert chart([1] * 9 + [2], 1, DAYS)[0].startswith("0.000694 |[9].")
    assert chart([1] * 10 + [2], 1, DAYS)[0].startswith("0.000694 |[+].")


def test_few_many_and_equal_ones_have_no_chart() -> None:
    assert chart([], 0, MINUTES) == chart([5], 5, MINUTES) == chart([5, 5], 5, MINUTES) == []
    assert chart(list(range(60)), 30, MINUTES)
    assert chart(list(range(61)), 30, MINUTES) == []


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=9, unique=True))
def test_every_incident_stands_in_one_cell(seconds: list[int]) -> None:
    minutes = [one / 60 for one in seconds]
    median = sorted(minutes)[len(minutes) // 2]
    (line,) = chart(minutes, median, unit_for(median))
    cells = re.sub(r"[\[\]]", "", line.split("|")[1])
    assert len(cells) == CELLS
    assert sum(int(sign) for sign in cells if sign != ".") == len(minutes)
    assert cells[0] != "." != cells[-1]
