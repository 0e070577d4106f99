"""Shares: the interval of Clopper and Pearson, and the binomial test below the comparison of rates."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.statistics import Interval, NotEnough, clopper_pearson
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


def test_of_nothing_there_is_no_share() -> None:
    assert clopper_pearson(0, 0) == NotEnough(0, 1, "a share")


@pytest.mark.parametrize(("k", "n"), [(2, 1), (-1, 3), (0, -1)])
def test_what_is_no_share_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        clopper_pearson(k, n)
