"""The indicators month by month, from the records as they stood at the end of each; and whether months differ.

An indicator at the end of a month carries all that was before in it: each value leans on the one before, and no test of
a trend would hold. Tested is what belongs to one month alone, and by the newest records: much of what happened in a
month is written down after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pytest_prevention.days import day
from pytest_prevention.indicators import IncidentCount, Indicators, measure
from pytest_prevention.indicators.actions_completed import Tally
from pytest_prevention.indicators.figures import Trend, trend
from pytest_prevention.model import Facts, Status, Unavailable
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import holm

NOT_OBSERVED = Unavailable("incidents were not observed yet (observation.from)")


@dataclass(frozen=True, slots=True)
class Past:
    """The records at a commit, as of the end of a month ("2025-02"), or as of a moment in it."""

    month: str
    commit: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Began:
    """Incidents that began in a month, and how many of them were recorded when it ended."""

    incidents: int
    recorded_by_then: int | Unavailable


@dataclass(frozen=True, slots=True)
class Month:
    """``indicators`` are those of the records of then, ``began`` and ``due`` stand in the newest ones.

    ``due`` counts the actions that fell due in the month, and those of them that were Done by their day. Not ``whole``:
    the month had not ended, or observation began in it.
    """

    past: Past
    whole: bool
    indicators: Indicators
    began: Began | Unavailable
    due: Tally | Unavailable


@dataclass(frozen=True, slots=True)
class MonthlyTrend:
    """Over ``n`` months; ``p_holm`` is its p as one of several tests."""

    n: int
    found: Trend
    p_holm: float | None


@dataclass(frozen=True)
class Months:
    """The records at the ends of months, one or more, the oldest first."""

    pasts: Sequence[Past]
    policy: Policy

    @cached_property
    def months(self) -> tuple[Month, ...]:
        measured = [measure(past.facts, self.policy, with_trends=False) for past in self.pasts]
        now, due = measured[-1].lagging.incident_count, due_by_month(self.pasts[-1].facts, self.policy)
        return tuple(
            Month(
                past,
                _is_whole(past, now, self.policy),
                indicators,
                _began(past.month, indicators.lagging.incident_count, now),
                due if isinstance(due, Unavailable) else due.get(past.month, Tally(0, 0)),
            )
            for past, indicators in zip(self.pasts, measured, strict=True)
        )

    @cached_property
    def trends(self) -> dict[str, MonthlyTrend]:
        """Of what belongs to one month alone, over the whole months: incidents, and the share of actions done on time.

        The share has a value only in months in which an action was due.
        """
        whole = [month for month in self.months if month.whole]
        values = {
            "incidents": [float(month.began.incidents) for month in whole if isinstance(month.began, Began)],
            "done_on_time": [
                month.due.done / month.due.total for month in whole if isinstance(month.due, Tally) and month.due.total
            ],
        }
        found = {name: trend(some, "month", self.policy.confidence) for name, some in values.items()}
        adjusted = holm({name: one.p for name, one in found.items() if one.p is not None})
        return {name: MonthlyTrend(len(values[name]), one, adjusted.get(name)) for name, one in found.items()}


def due_by_month(facts: Facts, policy: Policy) -> dict[str, Tally] | Unavailable:
    """By month, the actions that fell due and those that were Done by their day.

    Left out: what was Dropped, what is Done without a date, and what is due today or later.
    """
    if isinstance(facts.backlog, Unavailable):
        return facts.backlog
    today = day(facts.as_of, policy)
    on_time: dict[str, list[bool]] = defaultdict(list)
    for action in facts.backlog.actions:
        is_done = action.status is Status.DONE
        if action.due and action.due < today and action.status is not Status.DROPPED and (action.done or not is_done):
            on_time[_month(action.due)].append(is_done and action.done is not None and action.done <= action.due)
    return {month: Tally(sum(each), len(each)) for month, each in on_time.items()}


def _month(on: date) -> str:
    return on.isoformat()[:7]


def _is_whole(past: Past, counted: IncidentCount | Unavailable, policy: Policy) -> bool:
    ended = _month(day(past.facts.as_of, policy)) > past.month
    return ended and (isinstance(counted, Unavailable) or past.month not in counted.partial)


def _began(month: str, then: IncidentCount | Unavailable, now: IncidentCount | Unavailable) -> Began | Unavailable:
    if isinstance(now, Unavailable):
        return now
    if month not in now.by_month:
        return NOT_OBSERVED
    return Began(now.by_month[month], then if isinstance(then, Unavailable) else then.by_month.get(month, 0))
