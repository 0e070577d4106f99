"""Lagging indicators: how long it took to detect incidents, to mitigate them, and to fix them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pytest_prevention.indicators.figures import NO_TREND, Trend, in_words, trend
from pytest_prevention.indicators.window import is_earlier
from pytest_prevention.model import Facts, Incident, available
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import NotEnough, kaplan_meier, median_interval, quantile

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From one stamp of an incident to another. While its status is one of ``ongoing`` the end is still to come."""

    begin: str
    end: str
    unit: str
    length: timedelta
    ongoing: tuple[str, ...] = ()


DETECT = Span("started_at", "detected_at", "minutes", timedelta(minutes=1))
MITIGATE = Span("detected_at", "mitigated_at", "minutes", timedelta(minutes=1), ("active",))
FIX = Span("detected_at", "fixed_at", "hours", timedelta(hours=1), ("active", "mitigated"))


@dataclass(frozen=True, slots=True)
class MedianBounds:
    """Exact interval of the median, two of the values; ``level`` is the true one, at least the asked one."""

    low: float | None
    high: float | None
    level: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTo:
    """``values`` by incident in order of start, ``waiting`` of the ``open`` ones until as-of; ``n`` counts the values.

    ``median`` and ``p90`` (type 7) are of the values alone, ``median_with_open`` is that of Kaplan and Meier. What has
    no duration is named: ``missing`` a stamp, ``negative`` where the end lies before the beginning, known only
    ``after_as_of``; so is what began ``earlier`` than asked for.
    """

    unit: str
    n: int
    values: Mapping[str, float]
    open: tuple[str, ...]
    waiting: Mapping[str, float]
    missing: tuple[str, ...]
    negative: tuple[str, ...]
    after_as_of: tuple[str, ...]
    earlier: tuple[str, ...]
    median: float | None
    p90: float | None
    median_with_open: float | None
    reason: str
    interval: MedianBounds
    trend: Trend


def measure(span: Span, facts: Facts, policy: Policy, *, with_trend: bool = True) -> TimeTo:
    """MissingSource without incidents. To look for a trend takes longer than all else."""
    values: dict[str, float] = {}
    waiting: dict[str, float] = {}
    left_out: dict[str, list[str]] = {"missing": [], "negative": [], "after_as_of": [], "earlier": []}
    for incident in in_order(available(facts.incidents).by_id()):
        begin, end, known = getattr(incident, span.begin), getattr(incident, span.end), incident.detected_at
        if is_earlier(incident.began_at, facts, policy):
            left_out["earlier"].append(incident.id)
        elif (known or begin or facts.as_of) > facts.as_of:
            left_out["after_as_of"].append(incident.id)
        elif begin is None or (end is None and incident.status not in span.ongoing):
            left_out["missing"].append(incident.id)
        elif end is None or end > facts.as_of:
            waiting[incident.id] = (facts.as_of - begin) / span.length
        elif end < begin:
            left_out["negative"].append(incident.id)
        else:
            values[incident.id] = (end - begin) / span.length
    durations = list(values.values())
    with_open = kaplan_meier(durations, waiting.values()).median()
    return TimeTo(
        unit=span.unit,
        n=len(values),
        values=values,
        open=tuple(waiting),
        waiting=waiting,
        median=quantile(durations, 0.5) if durations else None,
        p90=quantile(durations, 0.9) if durations else None,
        median_with_open=with_open,
        reason=_reason(values, with_open),
        interval=_interval(durations, policy.confidence),
        trend=trend(durations, "incident", policy.confidence) if with_trend else NO_TREND,
        **{name: tuple(sorted(ids)) for name, ids in left_out.items()},
    )


def in_order(incidents: Mapping[str, Incident]) -> list[Incident]:
    """By their start; those without any date come last."""
    return sorted(incidents.values(), key=lambda one: (one.began_at or _LAST, one.id))


def _interval(durations: Sequence[float], confidence: float) -> MedianBounds:
    found = median_interval(durations, confidence)
    if isinstance(found, NotEnough):
        return MedianBounds(None, None, None, in_words(found, "incident"))
    return MedianBounds(found.low, found.high, found.level)


def _reason(values: Mapping[str, float], with_open: float | None) -> str:
    if not values:
        return "no incident has both stamps"
    return "so many are open that the median with them is not reached" if with_open is None else ""
