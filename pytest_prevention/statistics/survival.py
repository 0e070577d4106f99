"""Times until something happens, where it has not happened to all yet (Kaplan and Meier 1958, JASA 53)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, log1p, sqrt
from statistics import NormalDist

from pytest_prevention.statistics.enough import CONFIDENCE, NotEnough
from pytest_prevention.statistics.medians import least_for_median

_ROUNDING = 1e-12
"""A curve that meets one half does so exactly, as a quotient of whole numbers: rounding must not cost it a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """From ``time`` until the next step the share ``waiting`` has not had it, with its interval.

    ``low`` and ``high`` are None where Greenwood's variance says nothing: while all wait, and when nobody does.
    """

    time: float
    waiting: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """One step at each time that was observed, in order; ``n`` times in all."""

    steps: tuple[Step, ...]
    n: int
    confidence: float

    def at(self, time: float) -> Step | None:
        """The step on which ``time`` lies. None beyond the last one while some wait: nobody knows how it goes on."""
        if self.steps and time > self.steps[-1].time and self.steps[-1].waiting:
            return None
        index = bisect_right(self.steps, time, key=lambda step: step.time)
        if index:
            return self.steps[index - 1]
        return Step(0.0, 1.0, None, None) if self.steps else None

    def median(self) -> float | None:
        """The first time at which no more than half wait; None: not reached. Of an even number of times, all known,
        it is the lower middle one."""
        return next((step.time for step in self.steps if step.waiting <= 0.5 + _ROUNDING), None)

    def median_interval(self) -> tuple[float | None, float | None] | NotEnough:
        """Where the two curves of the interval's ends fall to one half (Brookmeyer and Crowley 1982, Biometrics 38).

        An end is None where its curve does not: it is not reached. Once nobody waits, all curves have fallen, as in
        lifelines (R's survfit leaves that end open).
        """
        needed = least_for_median(self.confidence)
        if self.n < needed:
            return NotEnough(self.n, needed, "a median interval")
        ends = ((step.time, (0.0, 0.0) if not step.waiting else (step.low, step.high)) for step in self.steps)
        lows, highs = zip(*(((time, low), (time, high)) for time, (low, high) in ends), strict=True)
        return _fallen(lows), _fallen(highs)


def kaplan_meier(happened: Iterable[float], waiting: Iterable[float], confidence: float = CONFIDENCE) -> Curve:
    """The curve from the times at which it happened, and the times for which the others have been waiting.

    All in one unit, ≥ 0; who waits until a time counts among those to whom it could happen then. The interval of S is
    that of log(−log S) with Greenwood's variance (Kalbfleisch and Prentice 2002, 1.4), so that it stays within 0 and 1.
    """
    events, leaving = Counter(happened), Counter(waiting)
    n = at_risk = events.total() + leaving.total()
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    log_share = variance = 0.0
    steps = []
    for time in sorted(events | leaving):
        had = events[time]
        log_share += log1p(-had / at_risk) if had < at_risk else -inf
        variance += had / (at_risk * (at_risk - had)) if had < at_risk else inf
        at_risk -= had + leaving[time]
        steps.append(_step(time, log_share, z * sqrt(variance)))
    return Curve(tuple(steps), n, confidence)


def _step(time: float, log_share: float, reach: float) -> Step:
    """``reach`` is z times the standard error of the logarithm of S."""
    if log_share in (0.0, -inf):
        return Step(time, exp(log_share), None, None)
    factor = exp(reach / -log_share)
    return Step(time, exp(log_share), exp(log_share * factor), exp(log_share / factor))


def _fallen(curve: Iterable[tuple[float, float | None]]) -> float | None:
    return next((time for time, share in curve if share is not None and share <= 0.5), None)
