"""Lagging indicator: incidents per calendar month, months without any included; their rate, and whether it changes."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pytest_prevention.days import day, midnight
from pytest_prevention.indicators.figures import Bounds, Trend, bounds, in_words, trend
from pytest_prevention.indicators.window import OUTSIDE, Origin, observed_from, split
from pytest_prevention.model import Facts, available
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import NotEnough, compare_rates, garwood

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Excluded:
    """Incidents (ids) that no month counts."""

    before_observation: tuple[str, ...]
    after_as_of: tuple[str, ...]
    undated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    from_: datetime
    to: datetime
    incidents: int
    days: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two ``periods``, and the two-sided ``p`` of "the rate was the same in both"; ``ratio`` is second over first."""

    periods: tuple[Period, ...] = ()
    p: float | None = None
    ratio: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCount:
    """``by_month`` ("2024-01": 3) from ``observed_from`` until as-of; ``partial``: months that were not observed whole.

    ``observed_from_is`` tells where the start comes from. Without one there is nothing to count: ``total`` is None.
    The rate is per 30 days of ``exposure_days``, with Garwood's ``interval``. The ``periods`` are split where policy
    says, else in the middle; see :class:`Comparison`. ``trend`` is over the whole months.
    """

    by_month: Mapping[str, int]
    total: int | None
    exposure_days: float | None
    rate_per_30_days: float | None
    interval: Bounds
    periods: tuple[Period, ...]
    period_p: float | None
    rate_ratio: float | None
    reason: str
    trend: Trend
    observed_from: date | None
    observed_from_is: Origin | None
    partial: tuple[str, ...]
    excluded: Excluded


def measure(facts: Facts, policy: Policy) -> IncidentCount:
    """MissingSource without incidents. An incident counts in the month of started_at, else of detected_at."""
    incidents = available(facts.incidents).by_id()
    began = {id_: incident.began_at for id_, incident in sorted(incidents.items())}
    past = {id_: at for id_, at in began.items() if at and at < facts.as_of}
    first, origin = observed_from(facts, policy)
    start = midnight(first, policy) if first else facts.as_of
    last = day(facts.as_of - timedelta(microseconds=1), policy)
    by_month = dict.fromkeys(_months(first, last), 0) if first else {}
    counted = {id_: at for id_, at in past.items() if start <= at}
    for at in counted.values():
        by_month[_month(day(at, policy))] += 1
    days = (facts.as_of - start) / _DAY
    observed = days > 0
    compared = _compared(list(counted.values()), start, facts.as_of, policy) if observed else Comparison()
    partial = _partial(first, last) if first and observed else ()
    return IncidentCount(
        by_month=by_month,
        total=len(counted) if observed else None,
        exposure_days=days if observed else None,
        rate_per_30_days=len(counted) / days * 30 if observed else None,
        interval=bounds(garwood(len(counted), days / 30, policy.confidence), "incident")
        if observed
        else Bounds(None, None, _reason(first)),
        periods=compared.periods,
        period_p=compared.p,
        rate_ratio=compared.ratio,
        reason=compared.reason if observed else _reason(first),
        trend=trend(
            [number for month, number in by_month.items() if month not in partial], "whole month", policy.confidence
        ),
        observed_from=first,
        observed_from_is=origin,
        partial=partial,
        excluded=Excluded(
            before_observation=tuple(id_ for id_ in past if id_ not in counted),
            after_as_of=tuple(id_ for id_, at in began.items() if at and at >= facts.as_of),
            undated=tuple(id_ for id_, at in began.items() if not at),
        ),
    )


def _compared(counted: Sequence[datetime], start: datetime, end: datetime, policy: Policy) -> Comparison:
    middle = split(start, end, policy)
    if middle is None:
        return Comparison(reason=OUTSIDE)
    first, second = (
        Period(from_, to, sum(from_ <= at < to for at in counted), (to.astimezone(UTC) - from_.astimezone(UTC)) / _DAY)
        for from_, to in ((start, middle), (middle, end))
    )
    p = compare_rates((first.incidents, first.days), (second.incidents, second.days), policy.confidence)
    ratio = second.incidents / second.days / (first.incidents / first.days) if first.incidents else None
    reasons = [in_words(p, "incident")] if isinstance(p, NotEnough) else []
    reasons += ["no incident in the first period: no ratio"] if ratio is None else []
    return Comparison((first, second), None if isinstance(p, NotEnough) else p, ratio, "; ".join(reasons))


def _months(first: date, last: date) -> Iterator[str]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{number // 12:04}-{number % 12 + 1:02}"


def _partial(first: date, last: date) -> tuple[str, ...]:
    starts_late = {_month(first)} if first.day > 1 else set()
    ends_early = {_month(last)} if last.day < monthrange(last.year, last.month)[1] else set()
    return tuple(sorted(starts_late | ends_early))


def _month(on: date) -> str:
    return on.isoformat()[:7]


def _reason(first: date | None) -> str:
    """Why nothing could be counted."""
    if first is None:
        return "no incident, and policy does not say since when you observe (observation.from)"
    return "as-of lies before observation.from"
