"""Leading indicator: days from the post-mortem (the incident's anchor) until an action is Done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from pytest_prevention.days import anchor_day, day
from pytest_prevention.model import Facts, Status, available
from pytest_prevention.policy import Policy


@dataclass(frozen=True, slots=True)
class WithinTarget:
    """How many actions were done within ``days``, of those of which that is ``known``: an open one may have time."""

    days: float
    done: int
    known: int
    share: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Excluded:
    """Actions without a duration: they are told, not guessed."""

    dropped: tuple[str, ...]
    done_without_date: tuple[str, ...]
    no_anchor: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToComplete:
    """Durations by action key: ``values`` of the completed ones, ``waiting`` of the open ones until now.

    ``median_of_completed`` flatters where much is open: read it beside ``open``. ``done_before_anchor`` count as 0.
    """

    unit: str = "days"
    completed: int
    open: int
    values: Mapping[str, int]
    waiting: Mapping[str, int]
    median_of_completed: float | None
    reason: str
    within_target: WithinTarget
    done_before_anchor: tuple[str, ...]
    excluded: Excluded


def measure(facts: Facts, policy: Policy) -> TimeToComplete:
    """MissingSource without a backlog or incidents."""
    incidents, today = available(facts.incidents).by_id(), day(facts.as_of, policy)
    values: dict[str, int] = {}
    waiting: dict[str, int] = {}
    left_out: dict[str, list[str]] = {"dropped": [], "done_without_date": [], "no_anchor": []}
    for action in available(facts.backlog).actions:
        anchor = anchor_day(action, incidents, policy)
        if action.status is Status.DROPPED:
            left_out["dropped"].append(action.key)
        elif action.status is Status.DONE and action.done is None:
            left_out["done_without_date"].append(action.key)
        elif anchor is None:
            left_out["no_anchor"].append(action.key)
        elif action.status is Status.DONE and action.done is not None:
            values[action.key] = (action.done - anchor).days
        else:
            waiting[action.key] = max((today - anchor).days, 0)
    early = tuple(key for key, days in values.items() if days < 0)
    values |= dict.fromkeys(early, 0)
    return TimeToComplete(
        completed=len(values),
        open=len(waiting),
        values=values,
        waiting=waiting,
        median_of_completed=median(values.values()) if values else None,
        reason="" if values else "no action was completed",
        within_target=_within(policy.threshold("complete_within_days"), values, waiting),
        done_before_anchor=early,
        excluded=Excluded(**{name: tuple(keys) for name, keys in left_out.items()}),
    )


def _within(target: float, values: Mapping[str, int], waiting: Mapping[str, int]) -> WithinTarget:
    done = sum(days <= target for days in values.values())
    known = len(values) + sum(days > target for days in waiting.values())
    return WithinTarget(
        target, done, known, done / known if known else None, "" if known else "no action is old enough"
    )
