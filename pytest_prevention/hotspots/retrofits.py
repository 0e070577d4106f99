"""Retrofits: Test actions that name a module, and whether one that is Done answers what broke before."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from pytest_prevention.days import day
from pytest_prevention.ladder import standing
from pytest_prevention.model import Action, Backlog, Category, Facts, Rung, Standing, Status
from pytest_prevention.policy import Policy

_WORD = re.compile(r"[\w./-]+")


def words_of(text: str) -> list[str]:
    """The words of a text as paths have them, without the stop of a sentence or a leading ``./``."""
    return [word.rstrip(".").removeprefix("./") for word in _WORD.findall(text)]


def by_word(
    backlog: Backlog, categories: Collection[Category | None] = (Category.TEST,)
) -> Mapping[str, Sequence[Action]]:
    """The actions that were not dropped, by the words of their texts: read once, not searched for each module.

    All of them stand under "" too, for a name without any word, like ``**``.
    """
    found: dict[str, list[Action]] = defaultdict(list)
    for action in backlog.actions:
        if action.category in categories and action.status is not Status.DROPPED:
            for word in dict.fromkeys(("", *words_of(action.text))):
                found[word].append(action)
    return found


def retrofits(names: Sequence[str], actions: Mapping[str, Sequence[Action]]) -> list[Action]:
    """The actions, by word, that name a module by one of its names: open ones first, then the last Done."""
    found = {action.key: action for name in names for action in _naming(name, actions)}
    return sorted(found.values(), key=lambda one: (one.is_open, one.done or date.min, one.number or 0), reverse=True)


def _naming(name: str, actions: Mapping[str, Sequence[Action]]) -> list[Action]:
    """Those whose text holds the name whole; a name of several words must stand there with all of them."""
    first, *others = words_of(name) or [""]
    candidates = [action for action in actions.get(first, ()) if name in action.text]
    return [action for action in candidates if set(others) <= set(words_of(action.text))] if others else candidates


def shortfall(retrofit: Action, facts: Facts, policy: Policy) -> Standing | None:
    """Why a Done retrofit answers nothing, and what would change that; None: it answers all fixes up to its Done day.

    It needs a Done day that is not to come, and the evidence that policy asks of it: a linked test at least, and at
    most that it works, for a retrofit has no fix that it could reach.
    """
    today = day(facts.as_of, policy)
    if retrofit.done is None or retrofit.done > today:
        reason = f"its Done day {retrofit.done} is yet to come" if retrofit.done else "its Done cell names no day"
        next_step = f"write the day on which {retrofit.key} was done into its Done cell, in this form: {today}"
        return Standing(retrofit.key, Rung.CLAIMED, reason, next_step)
    demand, stands = policy.demanded(retrofit), standing(retrofit, facts, policy)
    needed = demand.require if demand and stands.rung is not None else Rung.LINKED
    needed = max(min(needed, Rung.WORKING), Rung.LINKED)
    return stands if (stands.rung or stands.at_least) < needed else None
