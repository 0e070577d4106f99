"""Kaplan-Meier: the curve, its intervals, its median."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_prevention.statistics import Curve, NotEnough, Step, kaplan_meier
from tests.statistics.oracles import close, oracle

times = st.integers(0, 30) | st.integers(0, 800).map(lambda tenth: tenth / 10)
rows = st.lists(st.tuples(times, st.booleans()), min_size=1, max_size=80)
Rows = Sequence[tuple[float, bool]]


def curve(data: Rows, confidence: float = 0.95) -> Curve:
    return kaplan_meier([time for time, had in data if had], [time for time, had in data if not had], confidence)


def fitted(data: Rows, confidence: float = 0.95) -> Any:
    fitter = oracle("lifelines").KaplanMeierFitter(alpha=1 - confidence)
    return fitter.fit([time for time, _ in data], [had for _, had in data])


@given(rows, st.floats(0.5, 0.999))
def test_curve_and_intervals_are_those_of_lifelines(data: Rows, confidence: float) -> None:
    ours, theirs = curve(data, confidence), fitted(data, confidence)
    ends = theirs.confidence_interval_
    for step in ours.steps:
        assert step.waiting == close(float(theirs.predict(step.time)))
        if step.low is not None:
            assert (step.low, step.high) == close(tuple(map(float, ends.loc[step.time])))


@given(rows)
def test_medians_are_those_of_lifelines(data: Rows) -> None:
    """But where the curve meets one half: there lifelines rounds either way."""
    ours, theirs = curve(data), fitted(data)
    assume(all(abs(step.waiting - 0.5) > 1e-9 for step in ours.steps))
    assert ours.median() == (None if (median := float(theirs.median_survival_time_)) == float("inf") else median)


@given(rows.filter(lambda data: len(data) >= 6))
def test_intervals_of_the_median_are_those_of_lifelines(data: Rows) -> None:
    utils, theirs = oracle("lifelines.utils"), fitted(data)
    ends = [float(end) for end in utils.median_survival_times(theirs.confidence_interval_).to_numpy().ravel()]
    assert curve(data).median_interval() == tuple(None if end == float("inf") else end for end in ends)


@given(rows, st.randoms())
def test_the_order_of_the_rows_does_not_matter(data: Rows, random: Any) -> None:
    assert curve(sorted(data, key=lambda _: random.random())) == curve(data)


@given(rows)
def test_the_curve_falls_within_its_interval(data: Rows) -> None:
    steps = curve(data).steps
    assert [step.time for step in steps] == sorted({time for time, _ in data})
    shares = [1.0, *(step.waiting for step in steps)]
    assert shares == sorted(shares, reverse=True)
    for step in steps:
        assert 0 <= step.waiting <= 1
        if step.low is not None and step.high is not None:
            assert 0 <= step.low <= step.waiting <= step.high <= 1


@given(st.lists(times, min_size=1, max_size=60))
def test_where_nobody_waits_the_curve_counts(data: list[float]) -> None:
    ours = kaplan_meier(data, [])
    for step in ours.steps:
        assert step.waiting == pytest.approx(sum(time > step.time for time in data) / len(data), abs=1e-12)
    assert ours.median() == sorted(data)[(len(data) - 1) // 2]


@given(rows)
def test_who_still_waits_never_shortens_the_median(data: Rows) -> None:
    """Leaving the open ones out flatters."""
    happened = [time for time, had in data if had]
    assume(happened)
    median, flattering = curve(data).median(), kaplan_meier(happened, []).median()
    assert flattering is not None
    assert median is None or median >= flattering


def test_who_leaves_at_a_time_could_still_have_had_it_then() -> None:
    assert [step.waiting for step in kaplan_meier([5], [5]).steps] == [0.5]
    assert [step.waiting for step in kaplan_meier([5], [4.9]).steps] == [1, 0]


@pytest.mark.parametrize("n", range(2, 41, 2))
def test_a_curve_that_meets_one_half_has_its_median_there(n: int) -> None:
    assert kaplan_meier(range(1, n + 1), []).median() == n / 2


def test_while_all_wait_nothing_is_known() -> None:
    ours = kaplan_meier([], [3, 4, 5, 6, 7, 8])
    assert (ours.median(), ours.median_interval()) == (None, (None, None))
    assert ours.at(8) == Step(8, 1, None, None)
    assert ours.at(8.1) is None


def test_without_data_there_is_no_curve() -> None:
    ours = kaplan_meier([], [])
    assert (ours.steps, ours.n, ours.at(0), ours.median()) == ((), 0, None, None)


def test_before_the_first_time_all_wait() -> None:
    assert kaplan_meier([3, 9], [4]).at(2) == Step(0, 1, None, None)


def test_after_the_last_time_nobody_knows_unless_nobody_waits() -> None:
    assert kaplan_meier([3, 9], [10]).at(11) is None
    assert kaplan_meier([3, 9], [4]).at(11) == Step(9, 0, None, None)


def test_all_at_once() -> None:
    ours = kaplan_meier([3] * 6, [])
    assert ours.steps == (Step(3, 0, None, None),)
    assert (ours.median(), ours.median_interval()) == (3, (3, 3))


@pytest.mark.parametrize("n", range(6))
def test_five_times_hold_no_median_with_95_percent(n: int) -> None:
    assert kaplan_meier(range(n), []).median_interval() == NotEnough(n, 6, "a median interval")
    assert kaplan_meier([], range(n)).median_interval() == NotEnough(n, 6, "a median interval")
