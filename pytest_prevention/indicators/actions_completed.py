"""Leading indicator: which part of the actions is Done, and how much of that is more than a claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pytest_prevention.days import anchor_day, day, is_overdue
from pytest_prevention.indicators.figures import Bounds, bounds
from pytest_prevention.indicators.window import actions_then, is_earlier_action
from pytest_prevention.loop import progress
from pytest_prevention.model import Action, Facts, Rung, Status, available
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import clopper_pearson, wilson


@dataclass(frozen=True, slots=True)
class Tally:
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsCompleted:
    """Counts of actions, and the keys of those to look at, in the order of the backlog.

    ``total`` leaves out the dropped ones; ``share`` is done / total, None without actions, ``interval`` its exact one
    and ``wilson`` the approximate one.
    ``on_time`` counts, of the Done ones with both dates, those done by their due day. ``verified`` are Done with the
    evidence that they need, ``claimed`` Done without any. ``overdue``, ``stale`` and ``no_due`` are open ones.
    All of it as it stood at as-of: ``done_after_as_of`` ones count as open. In no other figure are the actions
    ``after_as_of``, whose incidents began later, and ``earlier``, so many that are older than what was asked for.
    """

    done: int
    total: int
    share: float | None
    reason: str
    interval: Bounds
    wilson: Bounds
    dropped: int
    by_priority: Mapping[str, Tally]
    by_category: Mapping[str, Tally]
    on_time: Tally
    verified: int
    claimed: tuple[str, ...]
    done_without_date: tuple[str, ...]
    overdue: tuple[str, ...]
    stale: tuple[str, ...]
    no_due: tuple[str, ...]
    done_after_as_of: tuple[str, ...]
    after_as_of: tuple[str, ...]
    earlier: int


def measure(facts: Facts, policy: Policy) -> ActionsCompleted:
    """MissingSource without a backlog or incidents. A row counts whatever is wrong with it."""
    incidents, then = available(facts.incidents).by_id(), actions_then(facts, policy)
    asked = [action for action in then.actions if not is_earlier_action(action, incidents, facts, policy)]
    actions = [action for action in asked if action.status is not Status.DROPPED]
    finished = [action for action in actions if action.status is Status.DONE]
    dated = [(action.due, action.done) for action in finished if action.due and action.done]
    evidence = [progress(action, facts, policy) for action in finished]
    return ActionsCompleted(
        done=len(finished),
        total=len(actions),
        share=len(finished) / len(actions) if actions else None,
        reason="" if actions else "no actions",
        interval=bounds(clopper_pearson(len(finished), len(actions), policy.confidence), "action"),
        wilson=bounds(wilson(len(finished), len(actions), policy.confidence), "action"),
        dropped=len(asked) - len(actions),
        by_priority=_tallies(actions, lambda action: action.judged_priority),
        by_category=_tallies(actions, lambda action: action.category or "unknown"),
        on_time=Tally(sum(done <= due for due, done in dated), len(dated)),
        verified=sum(item.verified for item in evidence),
        claimed=tuple(item.action.key for item in evidence if item.standing.rung is Rung.CLAIMED),
        done_without_date=_keys(action for action in finished if not action.done),
        overdue=_keys(action for action in actions if is_overdue(action, facts, policy)),
        stale=_keys(_stale(actions, facts, policy)),
        no_due=_keys(action for action in actions if action.is_open and not action.due),
        done_after_as_of=_keys(action for action in asked if action.key in then.done_later),
        after_as_of=then.not_there,
        earlier=len(then.actions) - len(asked),
    )


def _tallies(actions: Iterable[Action], group: Callable[[Action], str]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for action in actions:
        name = str(group(action))
        before = tallies.get(name, Tally(0, 0))
        tallies[name] = Tally(before.done + (action.status is Status.DONE), before.total + 1)
    return dict(sorted(tallies.items()))


def _stale(actions: Iterable[Action], facts: Facts, policy: Policy) -> Iterable[Action]:
    """Open ones that are older than policy's ``stale_days``, counted from the anchor of their incident."""
    incidents = available(facts.incidents).by_id()
    for action in actions:
        anchor = anchor_day(action, incidents, policy)
        if (
            action.is_open
            and anchor
            and (day(facts.as_of, policy) - anchor).days > policy.threshold("action_stale_days")
        ):
            yield action


def _keys(actions: Iterable[Action]) -> tuple[str, ...]:
    return tuple(action.key for action in actions)
