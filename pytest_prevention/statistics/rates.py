"""Rates: events per time, where each event comes independently of the others."""

from __future__ import annotations

from itertools import count

from pytest_prevention.statistics.enough import CONFIDENCE, Interval, NotEnough
from pytest_prevention.statistics.shares import binomial_two_sided
from pytest_prevention.statistics.tails import parameter, poisson_at_least


def garwood(events: int, exposure: float, confidence: float = CONFIDENCE) -> Interval:
    """Exact interval of a rate, events per unit of ``exposure`` (Garwood 1936, Biometrika 28).

    No event is an observation too: the interval begins at 0 then. ValueError unless events ≥ 0 and exposure > 0.
    """
    if events < 0 or exposure <= 0:
        raise ValueError(f"{events} events in {exposure} are no rate")
    tail = (1 - confidence) / 2
    low = _mean(events, tail) if events else 0.0
    return Interval(low / exposure, _mean(events + 1, 1 - tail) / exposure)


def compare_rates(
    first: tuple[int, float], second: tuple[int, float], confidence: float = CONFIDENCE
) -> float | NotEnough:
    """Two-sided p of "both rates are the same"; each is given as (events, exposure).

    Given their sum, the events of the first are then binomial with its share of the exposure (Przyborowski and Wilenski
    1940, Biometrika 31). ValueError unless events ≥ 0 and exposures > 0.
    """
    if min(first[0], second[0]) < 0 or min(first[1], second[1]) <= 0:
        raise ValueError(f"{first} and {second} are no two rates")
    share, n = first[1] / (first[1] + second[1]), first[0] + second[0]
    needed = next(m for m in count() if _smallest_p(m, share) <= 1 - confidence)
    return binomial_two_sided(first[0], n, share) if n >= needed else NotEnough(n, needed, "comparing two periods")


def _mean(events: int, probability: float) -> float:
    """The mean under which so many events or more have this probability."""
    high = 1.0
    while poisson_at_least(events, high) < probability:
        high *= 2
    return parameter(lambda mean: poisson_at_least(events, mean), probability, 0, high)


def _smallest_p(n: int, share: float) -> float:
    """The most extreme outcome: all n events on one side."""
    return min(binomial_two_sided(0, n, share), binomial_two_sided(n, n, share))
