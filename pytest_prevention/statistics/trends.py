"""Whether values rise or fall in their order, and how fast."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from math import comb, erfc, factorial, sqrt
from statistics import median

from pytest_prevention.statistics.enough import CONFIDENCE, AllEqual, NotEnough

_EXACT = 33
"""Up to so many values without ties p is exact, as in scipy; beyond it the normal approximation is close."""


@dataclass(frozen=True, slots=True)
class Kendall:
    """``tau_b`` between −1 (falling throughout) and 1 (rising); ``p``: two-sided, of "the order means nothing"."""

    tau_b: float
    p: float


def kendall(values: Sequence[float], confidence: float = CONFIDENCE) -> Kendall | NotEnough | AllEqual:
    """Mann and Kendall's test for a trend: tau-b of the values against their order.

    From Kendall 1970, Rank Correlation Methods. p is exact for up to 33 values without ties, else the normal
    approximation with the variance for ties and without correction for continuity.
    """
    n = len(values)
    needed = next(m for m in count(2) if 2 / factorial(m) <= 1 - confidence)
    if n < needed:
        return NotEnough(n, needed, "a trend")
    ties = Counter(values).values()
    untied = comb(n, 2) - sum(comb(tie, 2) for tie in ties)
    if not untied:
        return AllEqual(n)
    risen, fallen = _pairs(values)
    exact = untied == comb(n, 2) and n <= _EXACT
    p = _exact_p(n, min(risen, fallen)) if exact else _normal_p(n, risen - fallen, ties)
    return Kendall((risen - fallen) / sqrt(comb(n, 2) * untied), p)


def theil_sen(values: Sequence[float]) -> float:
    """Rise from one value to the next: the median slope of all pairs (Sen 1968, JASA 63). ValueError below 2 values."""
    if len(values) < 2:
        raise ValueError("a slope needs 2 values")
    return median(
        (later - earlier) / apart
        for i, earlier in enumerate(values)
        for apart, later in enumerate(values[i + 1 :], start=1)
    )


def _pairs(values: Sequence[float]) -> tuple[int, int]:
    """How many pairs rise, and how many fall."""
    risen = fallen = 0
    before: list[float] = []
    for value in values:
        risen += bisect_left(before, value)
        fallen += len(before) - bisect_right(before, value)
        insort(before, value)
    return risen, fallen


def _exact_p(n: int, turned: int) -> float:
    """The share of the n! orders that have at most ``turned`` of their pairs the other way round, on either side."""
    orders = [1]
    for size in range(2, n + 1):
        sums = [0, *accumulate(orders + [0] * (size - 1))]
        orders = [sums[i + 1] - sums[max(0, i + 1 - size)] for i in range(len(sums) - 1)]
    return min(1.0, 2 * sum(orders[: turned + 1]) / factorial(n))


def _normal_p(n: int, balance: int, ties: Iterable[int]) -> float:
    """``balance``: risen less fallen pairs; ``ties``: how often each value occurs."""
    variance = (n * (n - 1) * (2 * n + 5) - sum(tie * (tie - 1) * (2 * tie + 5) for tie in ties)) / 18
    return erfc(abs(balance) / sqrt(2 * variance))
