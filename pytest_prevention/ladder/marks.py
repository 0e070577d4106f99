"""The marker that links a test to an incident, ready to paste."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from pytest_prevention.model import Action, Backlog, Category, Facts, Status, available


def tests_wanted(backlog: Backlog, incident: str) -> Iterator[Action]:
    """The Test actions of one incident that a mark can mean: all but the Dropped ones."""
    for action in backlog.of(incident):
        if action.category is Category.TEST and action.status is not Status.DROPPED:
            yield action


def mark_to_paste(action: Action, facts: Facts) -> str:
    """The marker that links a test to this action; with the number where its incident has several Test actions."""
    several = isinstance(facts.backlog, Backlog) and len([*islice(tests_wanted(facts.backlog, action.incident), 2)]) > 1
    return _mark(action.incident, action.number if several else None)


def mark_of_incident(incident: str, facts: Facts) -> str:
    """The marker that links a test to this incident, in the name of the first Test action where there are several."""
    wanted = tests_wanted(available(facts.backlog), incident)
    first = min(wanted, key=lambda action: (action.number or 0, action.key), default=None)
    return mark_to_paste(first, facts) if first else _mark(incident)


def _mark(incident: str, number: int | None = None) -> str:
    action = "" if number is None else f", action={number}"
    return f"@pytest.mark.incident({json.dumps(incident, ensure_ascii=False)}{action})"
