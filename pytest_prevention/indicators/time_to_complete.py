"""Leading indicator: days from the post-mortem (the incident's anchor) until an action is Done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from pytest_prevention.days import anchor_day, day
from pytest_prevention.indicators.figures import Bounds, in_words
from pytest_prevention.indicators.window import actions_then, is_earlier_action
from pytest_prevention.model import Facts, Status, available
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import Curve, NotEnough, kaplan_meier


@dataclass(frozen=True, slots=True)
class WithinTarget:
    """Which share of actions is done within ``days``: by Kaplan and Meier, since an open one may still have time."""

    days: float
    share: float | None
    reason: str
    interval: Bounds


@dataclass(frozen=True, slots=True)
class Excluded:
    """Actions without a duration, which are told, not guessed; those ``earlier`` than what was asked for; and those
    ``after_as_of``, whose incidents began later."""

    dropped: tuple[str, ...]
    done_without_date: tuple[str, ...]
    no_anchor: tuple[str, ...]
    earlier: tuple[str, ...]
    after_as_of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToComplete:
    """Durations by action key: ``values`` of the completed ones, ``waiting`` of the ones that were open at as-of.

    ``curve`` is that of Kaplan and Meier, with the open ones: the share still open by days since the anchor.
    ``median`` is where it falls to one half, with its ``interval``. ``median_of_completed`` leaves the open ones out,
    and flatters where much is open. ``done_before_anchor`` count as 0.
    """

    unit: str = "days"
    completed: int
    open: int
    values: Mapping[str, int]
    waiting: Mapping[str, int]
    curve: Mapping[float, float]
    median: float | None
    median_of_completed: float | None
    reason: str
    interval: Bounds
    within_target: WithinTarget
    done_before_anchor: tuple[str, ...]
    excluded: Excluded


def measure(facts: Facts, policy: Policy) -> TimeToComplete:
    """MissingSource without a backlog or incidents."""
    incidents, today = available(facts.incidents).by_id(), day(facts.as_of, policy)
    values: dict[str, int] = {}
    waiting: dict[str, int] = {}
    left_out: dict[str, list[str]] = {"dropped": [], "done_without_date": [], "no_anchor": [], "earlier": []}
    then = actions_then(facts, policy)
    for action in then.actions:
        anchor = anchor_day(action, incidents, policy)
        if is_earlier_action(action, incidents, facts, policy):
            left_out["earlier"].append(action.key)
        elif action.status is Status.DROPPED:
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
    curve = kaplan_meier(values.values(), waiting.values(), policy.confidence)
    return TimeToComplete(
        completed=len(values),
        open=len(waiting),
        values=values,
        waiting=waiting,
        curve={0: 1.0} | {step.time: step.waiting for step in curve.steps} if curve.steps else {},
        median=curve.median(),
        median_of_completed=median(values.values()) if values else None,
        reason=_reason(values, curve),
        interval=_interval(curve),
        within_target=_within(policy.threshold("complete_within_days"), curve),
        done_before_anchor=early,
        excluded=Excluded(**{name: tuple(keys) for name, keys in left_out.items()}, after_as_of=then.not_there),
    )


def _reason(values: Mapping[str, int], curve: Curve) -> str:
    if not values:
        return "no action was completed"
    return "so many are open that the median is not reached" if curve.median() is None else ""


def _interval(curve: Curve) -> Bounds:
    found = curve.median_interval()
    if isinstance(found, NotEnough):
        return Bounds(None, None, in_words(found, "action"))
    return Bounds(*found, "" if None not in found else "not reached: so many are open")


def _within(target: float, curve: Curve) -> WithinTarget:
    step = curve.at(target)
    if step is None:
        reason = "no action is old enough"
        return WithinTarget(target, None, reason, Bounds(None, None, reason))
    if step.low is None or step.high is None:
        reason = f"{'none' if step.waiting else 'every one'} was done by then: that has no interval"
        return WithinTarget(target, 1 - step.waiting, "", Bounds(None, None, reason))
    return WithinTarget(target, 1 - step.waiting, "", Bounds(1 - step.high, 1 - step.low))
