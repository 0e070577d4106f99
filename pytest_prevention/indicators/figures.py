"""What several indicators show alike: an interval, a trend, or in words why the data carry none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_prevention.phrases import counted
from pytest_prevention.statistics import AllEqual, Interval, Kendall, NotEnough, kendall, theil_sen


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval at the confidence that policy asks for; ``reason`` says why an end is None."""

    low: float | None
    high: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """Over values in order: Kendall's tau-b with its two-sided p, and the slope of Theil and Sen, in units a value."""

    tau_b: float | None
    p: float | None
    slope: float | None
    reason: str = ""


NO_TREND = Trend(None, None, None, "not looked for")


def bounds(found: Interval | NotEnough, noun: str) -> Bounds:
    if isinstance(found, NotEnough):
        return Bounds(None, None, in_words(found, noun))
    return Bounds(found.low, found.high)


def trend(values: Sequence[float], noun: str, confidence: float) -> Trend:
    """Without a test no slope either: a slope alone would be an arrow between a few points."""
    tested = kendall(values, confidence)
    if isinstance(tested, Kendall):
        return Trend(tested.tau_b, tested.p, theil_sen(values))
    return Trend(None, None, None, in_words(tested, noun))


def in_words(missing: NotEnough | AllEqual, noun: str) -> str:
    """``5 incidents: a median interval needs 6``."""
    if isinstance(missing, AllEqual):
        return f"all {counted(missing.n, noun)} have the same value"
    return f"{counted(missing.n, noun)}: {missing.what} needs {missing.needed}"
