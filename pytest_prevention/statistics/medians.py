"""Medians and other quantiles of values that are all known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import floor

from pytest_prevention.statistics.enough import CONFIDENCE, NotEnough


@dataclass(frozen=True, slots=True)
class MedianInterval:
    """Two of the values; ``level``: the probability with which such a pair holds the median, at least the asked one."""

    low: float
    high: float
    level: float


def quantile(values: Sequence[float], share: float) -> float:
    """Between the two nearest values, in proportion: type 7 of Hyndman and Fan 1996 (American Statistician 50), the
    default of R and numpy. 0 ≤ share ≤ 1. ValueError without values.
    """
    if not values:
        raise ValueError("no values have no quantile")
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> MedianInterval | NotEnough:
    """The innermost pair of values, the k-th from below and from above, that holds the median with the confidence.

    It misses only where fewer than k of n throws of a coin fall on one side (David and Nagaraja 2003, Order Statistics,
    7.1); ties make it hold more often.
    """
    n, alpha = len(values), 1 - confidence
    needed = least_for_median(confidence)
    if n < needed:
        return NotEnough(n, needed, "a median interval")
    ways = outside = 1  # of 2 ** n: outcomes with exactly, and with at most, rank - 1 values on one side
    rank = 1
    while True:
        ways = ways * (n - rank + 1) // rank
        if 2 * (outside + ways) / 2**n > alpha:
            break
        outside += ways
        rank += 1
    ordered = sorted(values)
    return MedianInterval(ordered[rank - 1], ordered[n - rank], 1 - 2 * outside / 2**n)


def least_for_median(confidence: float) -> int:
    """The least number of values whose smallest and largest hold the median with this confidence: 6 at 95 %."""
    return next(n for n in count(1) if 2 / 2**n <= 1 - confidence)
