"""Trends: Kendall's tau-b with its test, and the slope of Theil and Sen."""

from __future__ import annotations

from itertools import combinations, permutations
from random import Random
from statistics import median
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_prevention.statistics import AllEqual, Kendall, NotEnough, kendall, theil_sen
from tests.statistics.oracles import close, oracle

tied = st.lists(st.integers(0, 12), min_size=5, max_size=70)
untied = st.lists(st.integers(-1000, 1000), min_size=5, max_size=70, unique=True)
series = tied | untied


def found(values: list[int]) -> Kendall:
    result = kendall(values)
    assert isinstance(result, Kendall)
    return result


@given(series)
def test_tau_and_its_p_are_those_of_scipy(values: list[int]) -> None:
    assume(len(set(values)) > 1)
    theirs, ours = oracle("scipy.stats").kendalltau(range(len(values)), values), found(values)
    assert (ours.tau_b, ours.p) == close((float(theirs.statistic), float(theirs.pvalue)))


@pytest.mark.parametrize("n", [32, 33, 34])
def test_exact_and_normal_meet_where_scipy_changes(n: int) -> None:
    values = [i * 7 % n if n % 7 else i * 5 % n for i in range(n)]
    theirs = oracle("scipy.stats").kendalltau(range(n), values)
    assert found(values).p == close(float(theirs.pvalue))


@given(st.lists(st.integers(0, 9) | st.floats(-100, 100), min_size=2, max_size=50))
def test_the_slope_is_that_of_scipy(values: list[float]) -> None:
    theirs = oracle("scipy.stats").theilslopes(values, range(len(values)))
    assert theil_sen(values) == close(float(theirs[0]))


LARGE = {
    "all different": lambda random: random.random() * 600,
    "whole numbers": lambda random: random.randrange(600),
    "many ties": lambda random: random.randrange(3),
    "rising, with ties": lambda random: random.randrange(20) // 19,
    "far apart": lambda random: random.paretovariate(0.5),
    "minutes as hours": lambda random: random.randrange(36_000) / 60,
}


@pytest.mark.parametrize("n", [101, 102, 300, 445])
@pytest.mark.parametrize("kind", LARGE)
def test_the_slope_of_many_values_is_that_of_all_their_pairs(kind: str, n: int) -> None:
    """Not all of them are looked at, and the result is the same to the last digit."""
    random = Random(n)
    values = [LARGE[kind](random) + random.choice([0, i // 9]) for i in range(n)]
    slopes = ((values[j] - values[i]) / (j - i) for i, j in combinations(range(n), 2))
    assert theil_sen(values) == median(slopes)


@pytest.mark.parametrize("step", [0.1, 3, -1 / 3])
def test_values_on_a_line_have_its_slope(step: float) -> None:
    """All slopes are the same but for rounding, so that no bounds can be drawn between them."""
    values = [step * i for i in range(150)]
    assert theil_sen(values) == median((values[j] - values[i]) / (j - i) for i, j in combinations(range(150), 2))


@pytest.mark.parametrize("turned", [0, 1, 2])
def test_many_values_in_nearly_perfect_order_have_an_exact_p(turned: int) -> None:
    """As scipy does, as long as no more than one pair is the other way round."""
    values = list(range(60))
    values[: turned + 1] = reversed(values[: turned + 1]) if turned < 2 else [1, 2, 0]
    theirs = oracle("scipy.stats").kendalltau(range(60), values)
    assert found(values).p == pytest.approx(float(theirs.pvalue), rel=1e-9, abs=0)


@pytest.mark.parametrize("n", [5, 6])
def test_p_is_the_share_of_orders_that_are_at_least_as_extreme(n: int) -> None:
    """All n! orders are looked at one by one."""
    balances = [
        sum(1 if later > earlier else -1 for earlier, later in combinations(order, 2))
        for order in permutations(range(n))
    ]
    for order, balance in list(zip(permutations(range(n)), balances, strict=True))[::7]:
        extreme = sum(abs(other) >= abs(balance) for other in balances) / len(balances)
        assert found(list(order)).p == close(extreme)


@given(series)
def test_the_mirror_image_falls_as_the_other_rises(values: list[int]) -> None:
    assume(len(set(values)) > 1)
    ours = found(values)
    for mirror in (values[::-1], [-value for value in values]):
        other = found(mirror)
        assert (other.tau_b, other.p) == close((-ours.tau_b, ours.p))
        assert theil_sen(mirror) == close(-theil_sen(values))
    assert -1 <= ours.tau_b <= 1
    assert 0 <= ours.p <= 1


@given(series, st.integers(1, 9), st.integers(-9, 9))
def test_the_unit_does_not_matter_to_the_test_and_scales_the_slope(values: list[int], unit: int, zero: int) -> None:
    other = [value * unit + zero for value in values]
    assert kendall(other) == kendall(values)
    assert theil_sen(other) == close(theil_sen(values) * unit)


@given(st.permutations(range(9)), st.integers(0, 7))
def test_a_pair_put_in_order_raises_tau(values: list[int], at: int) -> None:
    assume(values[at] > values[at + 1])
    better = [*values[:at], values[at + 1], values[at], *values[at + 2 :]]
    assert found(better).tau_b > found(values).tau_b


@pytest.mark.parametrize(("values", "tau"), [(range(5), 1), (range(5, 0, -1), -1)])
def test_five_values_in_perfect_order_are_just_enough(values: Any, tau: float) -> None:
    assert found(list(values)) == Kendall(tau, close(2 / 120))


@pytest.mark.parametrize("n", range(5))
def test_four_values_carry_no_trend(n: int) -> None:
    assert kendall(list(range(n))) == NotEnough(n, 5, "a trend")


def test_more_confidence_needs_more_values() -> None:
    assert kendall(list(range(5)), 0.99) == NotEnough(5, 6, "a trend")


def test_values_that_are_all_equal_have_no_order() -> None:
    assert kendall([3] * 7) == AllEqual(7)
    assert theil_sen([3] * 7) == 0


@pytest.mark.parametrize("values", [[], [1]])
def test_one_value_has_no_slope(values: list[float]) -> None:
    with pytest.raises(ValueError, match="2 values"):
        theil_sen(values)
