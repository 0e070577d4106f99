"""Quantiles, and the interval of a median by order statistics."""

from __future__ import annotations

from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.statistics import MedianInterval, NotEnough, median_interval, quantile
from tests.statistics.oracles import close, oracle

values = st.lists(st.integers(-50, 50) | st.floats(-1e6, 1e6), min_size=1, max_size=60)
enough = st.lists(st.integers(-50, 50), min_size=6, max_size=200)


@given(values, st.floats(0, 1))
def test_quantiles_are_those_of_numpy(numbers: list[float], share: float) -> None:
    assert quantile(numbers, share) == close(float(oracle("numpy").quantile(numbers, share)))


@pytest.mark.parametrize(("share", "expected"), [(0, 1), (0.25, 2.5), (0.5, 4), (0.9, 8.2), (1, 10)])
def test_a_quantile_lies_between_its_neighbours_in_proportion(share: float, expected: float) -> None:
    assert quantile([10, 1, 7, 4, 2, 4, 3], share) == close(expected)


def test_one_value_is_its_every_quantile() -> None:
    assert [quantile([7], share) for share in (0, 0.5, 0.9, 1)] == [7, 7, 7, 7]


def test_without_values_there_is_no_quantile() -> None:
    with pytest.raises(ValueError, match="no quantile"):
        quantile([], 0.5)


def found(numbers: list[int], confidence: float = 0.95) -> MedianInterval:
    interval = median_interval(numbers, confidence)
    assert isinstance(interval, MedianInterval)
    return interval


@given(st.integers(6, 300), st.floats(0.5, 0.96))
def test_the_ranks_are_those_of_the_binomial_distribution(n: int, confidence: float) -> None:
    """The lower rank is scipy's quantile of n throws, its level their distribution."""
    coins = oracle("scipy.stats").binom(n, 0.5)
    ours = found(list(range(1, n + 1)), confidence)
    rank = int(ours.low)
    assert ours.high == n + 1 - rank
    assert ours.level == close(1 - 2 * coins.cdf(rank - 1))
    assert ours.level >= confidence > 1 - 2 * coins.cdf(rank)


@pytest.mark.parametrize("n", [6, 7, 9, 11])
def test_the_level_is_the_share_of_all_throws_of_coins(n: int) -> None:
    """Each value falls below the median or above it: all 2 ** n ways are counted one by one."""
    ours = found(list(range(n)))
    below = [sum(throws) for throws in product((0, 1), repeat=n)]
    assert ours.level == sum(ours.low < number <= ours.high for number in below) / 2**n


@given(enough, st.randoms())
def test_neither_order_nor_unit_matters(numbers: list[int], random: object) -> None:
    ours = found(numbers)
    shuffled = sorted(numbers, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert found(shuffled) == ours
    assert found([number * 60 for number in numbers]) == MedianInterval(ours.low * 60, ours.high * 60, ours.level)
    assert found([-number for number in numbers]) == MedianInterval(-ours.high, -ours.low, ours.level)


@given(enough)
def test_the_median_lies_within(numbers: list[int]) -> None:
    ours = found(numbers)
    assert ours.low <= quantile(numbers, 0.5) <= ours.high


@pytest.mark.parametrize("n", range(6))
def test_five_values_hold_no_median_with_95_percent(n: int) -> None:
    assert median_interval(list(range(n))) == NotEnough(n, 6, "a median interval")


def test_six_values_just_do() -> None:
    assert median_interval([5, 3, 9, 1, 7, 8]) == MedianInterval(1, 9, 1 - 2 / 64)


def test_more_confidence_needs_more_values() -> None:
    assert median_interval(list(range(7)), 0.99) == NotEnough(7, 8, "a median interval")
    assert found(list(range(8)), 0.99).level == 1 - 2 / 2**8


def test_a_pair_that_just_reaches_the_level_is_taken() -> None:
    """Of 7 values the inner pair misses in 16 of 128 ways, which is one in eight."""
    assert found([1, 2, 3, 4, 5, 6, 7], 0.875) == MedianInterval(2, 6, 0.875)


def test_values_that_are_all_equal_have_a_median_without_width() -> None:
    assert found([4] * 11) == MedianInterval(4, 4, 1 - 2 * (1 + 11) / 2**11)


def test_large_numbers_of_values_are_counted_exactly() -> None:
    ours = found(list(range(2001)))
    outside = sum(comb(2001, i) for i in range(int(ours.low) + 1))
    assert ours.level == 1 - 2 * outside / 2**2001
