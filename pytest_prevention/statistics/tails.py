"""Tails of the binomial and the Poisson distribution, and the parameter that gives a tail its probability.

The smaller of the two tails is summed, from its largest term outwards: no term is larger than the one before it, so
that nothing cancels or overflows, and a few times √n of them are all that count.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, lgamma, log, log1p

_NEGLIGIBLE = 1e-18


def binomial_pmf(k: int, n: int, p: float) -> float:
    """Probability of k hits in n trials; 0 < p < 1."""
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))


def poisson_pmf(k: int, mean: float) -> float:
    """Probability of k events where ``mean`` are expected; mean > 0."""
    return exp(k * log(mean) - mean - lgamma(k + 1))


def binomial_at_least(k: int, n: int, p: float) -> float:
    """Probability of k or more hits in n trials; 1 ≤ k ≤ n, 0 < p < 1."""
    odds = p / (1 - p)
    if k > n * p:
        return _summed(binomial_pmf(k, n, p), k, lambda i: (n - i) / (i + 1) * odds, 1)
    return 1 - _summed(binomial_pmf(k - 1, n, p), k - 1, lambda i: i / (n - i + 1) / odds, -1)


def poisson_at_least(k: int, mean: float) -> float:
    """Probability of k or more events where ``mean`` are expected; k ≥ 1, mean > 0."""
    if k > mean:
        return _summed(poisson_pmf(k, mean), k, lambda i: mean / (i + 1), 1)
    return 1 - _summed(poisson_pmf(k - 1, mean), k - 1, lambda i: i / mean, -1)


def parameter(rising: Callable[[float], float], probability: float, low: float, high: float) -> float:
    """Where in (low, high) a rising function reaches a probability: halved until no number lies in between."""
    while low < (middle := (low + high) / 2) < high:
        if rising(middle) < probability:
            low = middle
        else:
            high = middle
    return high


def _summed(term: float, i: int, ratio: Callable[[int], float], step: int) -> float:
    """The term of i and all beyond it; ``ratio`` of i leads from its term to the next one."""
    total = 0.0
    while term > total * _NEGLIGIBLE:
        total += term
        term *= ratio(i)
        i += step
    return total
