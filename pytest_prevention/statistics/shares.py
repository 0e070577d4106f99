"""Shares: k of n."""

from __future__ import annotations

from math import ceil, fsum, log, sqrt
from statistics import NormalDist

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


def wilson(k: int, n: int, confidence: float = CONFIDENCE) -> Interval | NotEnough:
    """Interval of a share, k of n, from the normal approximation (Wilson 1927, JASA 22): shorter than the exact one,
    which holds the share more often than asked. ValueError unless 0 ≤ k ≤ n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    if n == 0:
        return NotEnough(0, 1, "a share")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (k + z * z / 2) / (n + z * z)
    reach = z * sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return Interval(middle - reach if k else 0.0, middle + reach if k < n else 1.0)


def binomial_greater(k: int, n: int, p: float) -> float:
    """Probability of k or more hits in n trials under a share p: the one-sided exact test of "it is no larger".

    ValueError unless 0 ≤ k ≤ n and 0 ≤ p ≤ 1.
    """
    if not (0 <= k <= n and 0 <= p <= 1):
        raise ValueError(f"{k} of {n} under {p} is no share")
    if k == 0 or p == 1:
        return 1.0
    return binomial_at_least(k, n, p) if p else 0.0


def least_for_share(share: float, level: float) -> int | None:
    """The least number of trials which, if all are hits, show at the level that there are more than ``share``.

    share ** n ≤ level; None: no number does, since the share is 1 or the level 0.
    """
    if share >= 1 or level <= 0:
        return None
    if share <= 0:
        return 1
    n = max(1, ceil(log(level) / log(share)) - 1)  # rounding must not cost it one
    while share**n > level:
        n += 1
    return n
