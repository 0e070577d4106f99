"""Rates: Garwood's interval and the conditional comparison of two."""

from __future__ import annotations

import warnings
from math import log

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_prevention.statistics import NotEnough, compare_rates, garwood
from tests.statistics.oracles import close, oracle

exposures = st.floats(0.01, 10_000)
counts = st.integers(0, 300)


@given(st.integers(0, 5000), exposures, st.floats(0.5, 0.999))
def test_the_interval_is_that_of_statsmodels(events: int, exposure: float, confidence: float) -> None:
    confint = oracle("statsmodels.stats.rates").confint_poisson
    theirs = confint(events, exposure, method="exact-c", alpha=1 - confidence)
    ours = garwood(events, exposure, confidence)
    assert (ours.low, ours.high) == pytest.approx(tuple(map(float, theirs)), rel=1e-9, abs=0)


@given(counts, exposures, counts, exposures)
def test_the_comparison_is_that_of_statsmodels(first: int, days: float, second: int, more_days: float) -> None:
    ours = compare_rates((first, days), (second, more_days))
    assume(not isinstance(ours, NotEnough))
    compare = oracle("statsmodels.stats.rates").test_poisson_2indep
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it divides by a rate of 0 on the way
        theirs = compare(first, days, second, more_days, method="exact-cond")
    assert ours == close(float(theirs.pvalue))


@given(counts, exposures, counts, exposures)
def test_it_does_not_matter_which_period_is_named_first(first: int, days: float, second: int, more_days: float) -> None:
    ours = compare_rates((first, days), (second, more_days))
    swapped = compare_rates((second, more_days), (first, days))
    assert swapped == (ours if isinstance(ours, NotEnough) else close(ours))


@given(counts, counts, exposures, exposures, st.sampled_from([0.5, 2, 1024]))
def test_the_unit_of_time_does_not_matter(first: int, second: int, days: float, more: float, unit: float) -> None:
    assert compare_rates((first, days), (second, more)) == compare_rates((first, days * unit), (second, more * unit))
    ours, scaled = garwood(first, days), garwood(first, days * unit)
    assert (scaled.low * unit, scaled.high * unit) == close((ours.low, ours.high))


@given(counts, exposures)
def test_the_rate_lies_within_and_one_more_event_moves_both_ends(events: int, exposure: float) -> None:
    ours, more = garwood(events, exposure), garwood(events + 1, exposure)
    assert ours.low <= events / exposure <= ours.high
    assert (more.low > ours.low, more.high > ours.high) == (True, True)


def test_no_event_is_an_observation() -> None:
    ours = garwood(0, 30)
    assert (ours.low, ours.high) == (0, close(-log(0.025) / 30))


@pytest.mark.parametrize("n", range(6))
def test_two_equal_periods_need_six_events(n: int) -> None:
    assert compare_rates((n, 30), (0, 30)) == NotEnough(n, 6, "comparing two periods")


def test_six_events_on_one_side_are_just_enough() -> None:
    assert compare_rates((6, 30), (0, 30)) == close(2 / 64)
    assert compare_rates((3, 30), (3, 30)) == close(1)


def test_a_short_period_full_of_events_needs_fewer() -> None:
    assert compare_rates((1, 1), (0, 9)) == NotEnough(1, 2, "comparing two periods")
    assert compare_rates((2, 1), (0, 9)) == close(0.01)


def test_more_confidence_needs_more_events() -> None:
    assert compare_rates((6, 30), (0, 30), 0.99) == NotEnough(6, 8, "comparing two periods")


@pytest.mark.parametrize(("events", "exposure"), [(-1, 1), (1, 0), (1, -2)])
def test_what_is_no_rate_is_refused(events: int, exposure: float) -> None:
    with pytest.raises(ValueError, match="no rate"):
        garwood(events, exposure)
    with pytest.raises(ValueError, match="no two rates"):
        compare_rates((3, 3), (events, exposure))
