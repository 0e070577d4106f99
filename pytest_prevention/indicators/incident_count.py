"""Lagging indicator: incidents per calendar month, months without any included."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pytest_prevention.days import day
from pytest_prevention.model import Facts, Incident, available
from pytest_prevention.policy import Policy

Origin = Literal["policy", "first incident"]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Incidents (ids) that no month counts."""

    before_observation: tuple[str, ...]
    after_as_of: tuple[str, ...]
    undated: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCount:
    """``by_month`` ("2024-01": 3) from ``observed_from`` until as-of; ``partial``: months that were not observed whole.

    ``observed_from_is`` tells where the start comes from. Without one there is nothing to count: ``total`` is None.
    """

    by_month: Mapping[str, int]
    total: int | None
    reason: str
    observed_from: date | None
    observed_from_is: Origin | None
    partial: tuple[str, ...]
    excluded: Excluded


def measure(facts: Facts, policy: Policy) -> IncidentCount:
    """MissingSource without incidents. An incident counts in the month of started_at, else of detected_at."""
    incidents = available(facts.incidents).by_id()
    began = {id_: _began(incident, policy) for id_, incident in sorted(incidents.items())}
    last = day(facts.as_of - timedelta(microseconds=1), policy)
    past = {id_: on for id_, on in began.items() if on and on <= last}
    first, origin = _start(policy, past)
    by_month = dict.fromkeys(_months(first, last), 0) if first else {}
    early = {id_: on for id_, on in past.items() if first is None or on < first}
    for on in (on for id_, on in past.items() if id_ not in early):
        by_month[_month(on)] += 1
    return IncidentCount(
        by_month=by_month,
        total=sum(by_month.values()) if by_month else None,
        reason=_reason(first, last),
        observed_from=first,
        observed_from_is=origin,
        partial=_partial(first, last) if first and first <= last else (),
        excluded=Excluded(
            before_observation=tuple(early),
            after_as_of=tuple(id_ for id_, on in began.items() if on and on > last),
            undated=tuple(id_ for id_, on in began.items() if not on),
        ),
    )


def _began(incident: Incident, policy: Policy) -> date | None:
    moment = incident.started_at or incident.detected_at
    return day(moment, policy) if moment else None


def _start(policy: Policy, began: Mapping[str, date]) -> tuple[date | None, Origin | None]:
    """Since when incidents are observed: policy says, else the first of the month of the first incident."""
    told = policy.tree["observation"].get("from")
    if told:
        return date.fromisoformat(told), "policy"
    if began:
        return min(began.values()).replace(day=1), "first incident"
    return None, None


def _months(first: date, last: date) -> Iterator[str]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{number // 12:04}-{number % 12 + 1:02}"


def _partial(first: date, last: date) -> tuple[str, ...]:
    starts_late = {_month(first)} if first.day > 1 else set()
    ends_early = {_month(last)} if last.day < monthrange(last.year, last.month)[1] else set()
    return tuple(sorted(starts_late | ends_early))


def _month(on: date) -> str:
    return on.isoformat()[:7]


def _reason(first: date | None, last: date) -> str:
    """Why nothing could be counted; empty where it could."""
    if first is None:
        return "no incident, and policy does not say since when you observe (observation.from)"
    return "as-of lies before observation.from" if first > last else ""
