"""Whether values rise or fall in their order, and how fast."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from math import comb, erfc, factorial, isqrt, sqrt
from random import Random
from statistics import median

from pytest_prevention.statistics.enough import CONFIDENCE, AllEqual, NotEnough

_EXACT = 33
"""Up to so many values without ties p is exact, as in scipy; beyond it the normal approximation is close."""
_ALL_PAIRS = 100
"""Of up to so many values all slopes are put in order."""
_DRAWN = 8
"""Pairs drawn for each of more values."""
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Kendall:
    """``tau_b`` between −1 (falling throughout) and 1 (rising); ``p``: two-sided, of "the order means nothing"."""

    tau_b: float
    p: float


def kendall(values: Sequence[float], confidence: float = CONFIDENCE) -> Kendall | NotEnough | AllEqual:
    """Mann and Kendall's test for a trend: tau-b of the values against their order.

    From Kendall 1970, Rank Correlation Methods. Without ties p is exact for up to 33 values, and where no more than one
    pair is the other way round, else the normal approximation with the variance for ties and without correction for
    continuity: scipy's choice.
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
    turned = min(risen, fallen)
    exact = untied == comb(n, 2) and (n <= _EXACT or turned <= 1)
    p = _exact_p(n, turned) if exact else _normal_p(n, risen - fallen, ties)
    return Kendall((risen - fallen) / sqrt(comb(n, 2) * untied), p)


def theil_sen(values: Sequence[float]) -> float:
    """Rise from one value to the next: the median slope of all pairs (Sen 1968, JASA 63). ValueError below 2 values.

    Of many values only those slopes are put in order that lie between two bounds, which slopes drawn at random suggest;
    how many lie below is counted (Matoušek 1991, Information Processing Letters 39). The result is that of all slopes.
    """
    n = len(values)
    if n < 2:
        raise ValueError("a slope needs 2 values")
    first, second = (comb(n, 2) - 1) // 2, comb(n, 2) // 2
    risen, fallen = _pairs(values)
    if fallen <= first and second < comb(n, 2) - risen:
        return 0.0
    for low, high in _bounds(values) if n > _ALL_PAIRS else ():
        below, between = _slopes(values, low, high)
        lower, upper = first - below, second - below
        if lower >= 0 and upper < len(between):
            between.sort()
            unsure = _ROUNDING * (max(map(abs, values)) + n * max(abs(low), abs(high)))
            if low + unsure < between[lower] and between[upper] < high - unsure:
                return (between[lower] + between[upper]) / 2
    return median((values[j] - values[i]) / (j - i) for i in range(n) for j in range(i + 1, n))


def _bounds(values: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Slopes between which the median one should lie, each time further apart."""
    places, draw = range(len(values)), Random(0)  # noqa: S311 (drawn the same every time)
    firsts, seconds = (draw.choices(places, k=_DRAWN * len(values)) for _ in range(2))
    drawn = sorted((values[i] - values[j]) / (i - j) for i, j in zip(firsts, seconds, strict=True) if i != j)
    reach = 2 * isqrt(len(drawn))
    while 2 * reach < len(drawn):
        yield drawn[len(drawn) // 2 - reach], drawn[len(drawn) // 2 + reach]
        reach *= 2


def _slopes(values: Sequence[float], low: float, high: float) -> tuple[int, list[float]]:
    """How many slopes are at most ``low``, and those above it that are at most ``high``.

    Where y − slope · x puts two points in the other order, theirs is a smaller slope: so points that stand in one
    order by ``low`` and in the other by ``high`` are those with a slope in between. Only slopes that differ from a
    bound by no more than rounding may be on its wrong side.
    """
    by_low = [value - low * i for i, value in enumerate(values)]
    by_high = [value - high * i for i, value in enumerate(values)]
    seen: list[float] = []
    below = 0
    for number, place in enumerate(by_low):
        below += number - bisect_left(seen, place)
        insort(seen, place)
    between: list[float] = []
    passed: list[tuple[float, int]] = []
    for j in sorted(range(len(values)), key=lambda i: (by_low[i], -i)):
        at = bisect_left(passed, (by_high[j], -1))
        between += [(values[j] - values[i]) / (j - i) for _, i in passed[at:]]
        passed.insert(at, (by_high[j], j))
    return below, between


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
    orders = [1, *[0] * turned]
    for size in range(2, n + 1):
        sums = [0, *accumulate(orders)]
        orders = [sums[i + 1] - sums[max(0, i + 1 - size)] for i in range(turned + 1)]
    return min(1.0, 2 * sum(orders) / factorial(n))


def _normal_p(n: int, balance: int, ties: Iterable[int]) -> float:
    """``balance``: risen less fallen pairs; ``ties``: how often each value occurs."""
    variance = (n * (n - 1) * (2 * n + 5) - sum(tie * (tie - 1) * (2 * tie + 5) for tie in ties)) / 18
    return erfc(abs(balance) / sqrt(2 * variance))
