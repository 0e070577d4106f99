"""Leading and lagging indicators: figures worked out from facts. One module each; the fields below are the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.indicators import (
    actions_completed,
    incident_count,
    incident_prone_coverage,
    monitoring_coverage,
    repeat_incidents,
    time_to,
    time_to_complete,
)
from pytest_prevention.indicators.actions_completed import ActionsCompleted
from pytest_prevention.indicators.incident_count import IncidentCount
from pytest_prevention.indicators.incident_prone_coverage import IncidentProneCoverage
from pytest_prevention.indicators.monitoring_coverage import MonitoringCoverage
from pytest_prevention.indicators.repeat_incidents import RepeatIncidents
from pytest_prevention.indicators.time_to import TimeTo
from pytest_prevention.indicators.time_to_complete import TimeToComplete
from pytest_prevention.model import Facts, Unavailable
from pytest_prevention.policy import Policy

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leading:
    """What predicts fewer incidents."""

    actions_completed: ActionsCompleted | Unavailable
    time_to_complete: TimeToComplete | Unavailable
    incident_prone_coverage: IncidentProneCoverage | Unavailable
    monitoring_coverage: MonitoringCoverage | Unavailable


@dataclass(frozen=True, slots=True)
class Lagging:
    """What the work has led to."""

    incident_count: IncidentCount | Unavailable
    repeat_incidents: RepeatIncidents | Unavailable
    time_to_detect: TimeTo | Unavailable
    time_to_mitigate: TimeTo | Unavailable
    time_to_fix: TimeTo | Unavailable


@dataclass(frozen=True, slots=True)
class Indicators:
    """``level``: that of every test, by policy; each interval has the confidence 1 − level."""

    level: float
    leading: Leading
    lagging: Lagging


def measure(facts: Facts, policy: Policy, *, with_trends: bool = True) -> Indicators:
    """Every indicator; one that lacks a source is :class:`Unavailable`, with the reason.

    Without trends none is looked for in the times to detect, mitigate and fix.
    """

    def figures(of: Callable[[Facts, Policy], T | Unavailable]) -> T | Unavailable:
        try:
            return of(facts, policy)
        except MissingSource as missing:
            return missing.unavailable

    def time(span: time_to.Span) -> TimeTo | Unavailable:
        return figures(partial(time_to.measure, span, with_trend=with_trends))

    return Indicators(
        policy.level,
        Leading(
            figures(actions_completed.measure),
            figures(time_to_complete.measure),
            figures(incident_prone_coverage.measure),
            figures(monitoring_coverage.measure),
        ),
        Lagging(
            figures(incident_count.measure),
            figures(repeat_incidents.measure),
            time(time_to.DETECT),
            time(time_to.MITIGATE),
            time(time_to.FIX),
        ),
    )


__all__ = [
    "ActionsCompleted",
    "IncidentCount",
    "IncidentProneCoverage",
    "Indicators",
    "MonitoringCoverage",
    "RepeatIncidents",
    "TimeTo",
    "TimeToComplete",
    "measure",
]
