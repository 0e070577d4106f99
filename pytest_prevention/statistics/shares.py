"""Shares: k of n."""

from __future__ import annotations

from math import fsum

from pytest_prevention.statistics.enough import CONFIDENCE, Interval, NotEnough
from pytest_prevention.statistics.tails import binomial_at_least, binomial_pmf, parameter

_SAME = 1 + 1e-7
"""Two probabilities that differ by less are the same one, computed differently; R and scipy draw the line here too."""


def clopper_pearson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval | NotEnough:
    """Exact interval of a share, k of n (Clopper and Pearson 1934, Biometrika 26): the shares under which neither
    "k or more" nor "k or fewer" is less probable than half of 1 − confidence.

    ValueError unless 0 ≤ k ≤ n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    if n == 0:
        return NotEnough(0, 1, "a share")
    tail = (1 - confidence) / 2
    low = parameter(lambda p: binomial_at_least(k, n, p), tail, 0, 1) if k else 0.0
    high = parameter(lambda p: binomial_at_least(k + 1, n, p), 1 - tail, 0, 1) if k < n else 1.0
    return Interval(low, high)


def binomial_two_sided(k: int, n: int, p: float) -> float:
    """Probability of all outcomes of n trials that are no more probable than k hits, under a share p (0 < p < 1).

    The exact test of R's ``binom.test`` and scipy's ``binomtest``.
    """
    bar = binomial_pmf(k, n, p) * _SAME
    return min(1.0, fsum(one for one in (binomial_pmf(i, n, p) for i in range(n + 1)) if one <= bar))
