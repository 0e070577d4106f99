"""Shares: the intervals of Clopper and Pearson and of Wilson, and the binomial tests, of one side and of both."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.statistics import (
    Interval,
    NotEnough,
    binomial_greater,
    clopper_pearson,
    least_for_share,
    wilson,
)
from pytest_prevention.statistics.shares import binomial_two_sided
from tests.statistics.oracles import close, oracle

shares = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)


def interval(k: int, n: int, confidence: float = 0.95) -> Interval:
    found = clopper_pearson(k, n, confidence)
    assert isinstance(found, Interval)
    return found


@given(shares, levels)
def test_the_interval_is_that_of_statsmodels(share: tuple[int, int], confidence: float) -> None:
    theirs = oracle("statsmodels.stats.proportion").proportion_confint(*share, 1 - confidence, method="beta")
    ours = interval(*share, confidence)
    assert (ours.low, ours.high) == close(tuple(map(float, theirs)))


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.001, 0.999))
def test_the_binomial_test_is_that_of_scipy(hits: int, misses: int, share: float) -> None:
    theirs = oracle("scipy.stats").binomtest(hits, max(hits + misses, 1), share).pvalue
    assert binomial_two_sided(hits, max(hits + misses, 1), share) == close(theirs)


@pytest.mark.parametrize(
    ("k", "n", "share"), [(0, 1, "1/2"), (1, 1, "1/3"), (3, 7, "1/2"), (2, 9, "1/5"), (9, 9, "9/10")]
)
def test_the_binomial_test_sums_what_is_no_more_probable(k: int, n: int, share: str) -> None:
    p = Fraction(share)
    weights = [comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(n + 1)]
    expected = sum(weight for weight in weights if weight <= weights[k])
    assert binomial_two_sided(k, n, float(p)) == close(float(expected))


@given(shares)
def test_who_counts_the_others_gets_the_mirror_image(share: tuple[int, int]) -> None:
    k, n = share
    ours, others = interval(k, n), interval(n - k, n)
    assert (ours.low, ours.high) == close((1 - others.high, 1 - others.low))


@given(shares)
def test_the_share_lies_within_and_one_more_hit_moves_both_ends(share: tuple[int, int]) -> None:
    k, n = share
    ours = interval(k, n)
    assert ours.low <= k / n <= ours.high
    assert ours.low < ours.high
    if k < n:
        more = interval(k + 1, n)
        assert (more.low > ours.low, more.high > ours.high or ours.high > 1 - 1e-12) == (True, True)


@given(shares, st.floats(0.5, 0.9))
def test_more_confidence_is_never_narrower(share: tuple[int, int], confidence: float) -> None:
    less, more = interval(*share, confidence), interval(*share, confidence + 0.09)
    assert (more.low <= less.low, more.high >= less.high) == (True, True)


def test_none_and_all_are_never_certain() -> None:
    assert interval(0, 4) == Interval(0, close(1 - 0.025**0.25))
    assert interval(4, 4) == Interval(close(0.025**0.25), 1)


@pytest.mark.parametrize("of", [clopper_pearson, wilson])
def test_of_nothing_there_is_no_share(of: Callable[[int, int], object]) -> None:
    assert of(0, 0) == NotEnough(0, 1, "a share")


@pytest.mark.parametrize("of", [clopper_pearson, wilson, partial(binomial_greater, p=0.5)])
@pytest.mark.parametrize(("k", "n"), [(2, 1), (-1, 3), (0, -1)])
def test_what_is_no_share_is_refused(of: Callable[[int, int], object], k: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        of(k, n)


@given(shares, levels)
def test_the_shorter_interval_is_that_of_statsmodels(share: tuple[int, int], confidence: float) -> None:
    theirs = oracle("statsmodels.stats.proportion").proportion_confint(*share, 1 - confidence, method="wilson")
    ours = wilson(*share, confidence)
    assert isinstance(ours, Interval)
    assert (ours.low, ours.high) == close(tuple(map(float, theirs)))


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0, 1))
def test_the_one_sided_binomial_test_is_that_of_scipy(hits: int, misses: int, share: float) -> None:
    n = max(hits + misses, 1)
    theirs = oracle("scipy.stats").binomtest(hits, n, share, alternative="greater").pvalue
    assert binomial_greater(hits, n, share) == close(float(theirs))


@pytest.mark.parametrize(("k", "p", "expected"), [(0, 0, 1), (0, 1, 1), (3, 0, 0), (3, 1, 1), (3, 0.5, 0.125)])
def test_the_one_sided_test_at_its_edges(k: int, p: float, expected: float) -> None:
    assert binomial_greater(k, 3, p) == close(expected)
    assert binomial_greater(0, 0, p) == 1


@given(st.floats(0.001, 0.99), st.floats(0.0001, 0.5))
def test_with_fewer_trials_even_hits_alone_show_nothing(share: float, level: float) -> None:
    n = least_for_share(share, level)
    assert n is not None
    assert share**n <= level
    assert n == 1 or share ** (n - 1) > level


def test_the_least_numbers_of_the_worked_case() -> None:
    golden = json.loads((Path(__file__).parents[1] / "data/golden/expected/golden.json").read_text(encoding="utf-8"))
    expected = golden["minimum_n"]["deploy_share_p0"]
    assert {share: least_for_share(float(share), 0.05) for share in expected} == expected
    assert least_for_share(0.5, 0.05) == golden["minimum_n"]["majority_slow_one_sided_05"]


@pytest.mark.parametrize(("share", "level", "expected"), [(0, 0.05, 1), (1, 0.05, None), (0.5, 0, None)])
def test_what_is_shown_at_once_and_never(share: float, level: float, expected: int | None) -> None:
    assert least_for_share(share, level) == expected
