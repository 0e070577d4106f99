"""PRV106: an incident is only worth its price if something changes: a test, a monitor, code, a process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pytest_prevention.days import day
from pytest_prevention.model import (
    Action,
    Backlog,
    Category,
    Facts,
    Hit,
    Incident,
    Priority,
    Status,
    Unchecked,
    available,
)
from pytest_prevention.phrases import counted, is_over, titled
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.rows import free_numbers, row_to_paste


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    backlog = available(facts.backlog)
    numbers = free_numbers(backlog)
    due = day(facts.as_of, policy) + timedelta(days=policy.threshold("action_stale_days"))
    for incident in sorted(available(facts.incidents).records, key=lambda one: (one.id, one.location)):
        rows = backlog.of(incident.id)
        if is_over(incident) and not incident.no_action_reason and not any(_counts(row) for row in rows):
            row = _row(incident, backlog, next(numbers), due)
            yield Hit(
                incident.id,
                incident.location,
                f"{titled(incident)} ended in no action: {_why(incident, rows)}.",
                f"give a no_action_reason in the record, or add to {backlog.path}: {row}",
            )


def _counts(action: Action) -> bool:
    """One of the four categories, and not given up."""
    return action.category is not None and action.status is not Status.DROPPED


def _why(incident: Incident, rows: tuple[Action, ...]) -> str:
    if incident.listed_actions:
        listed = counted(len(incident.listed_actions), "action")
        return f"its own post-mortem lists {listed} that never reached the backlog"
    if rows:
        return f"{counted(len(rows), 'row')} in the backlog, Dropped or without a readable category"
    return "the backlog has no row for it"


def _row(incident: Incident, backlog: Backlog, number: int, due: date) -> str:
    """The first action that the post-mortem lists, else a test to write."""
    listed = next((action for action in incident.listed_actions if action.status is not Status.DROPPED), None)
    if listed is None:
        text = f"Add the test that would have caught: {incident.title}"
        return row_to_paste(backlog, number, incident.id, text, priority=Priority.P1, due=due)
    return row_to_paste(
        backlog,
        number,
        incident.id,
        listed.text,
        category=listed.category or Category.TEST,
        priority=listed.judged_priority,
        status=listed.status or Status.TODO,
        due=listed.due or due,
        done=listed.done,
    )


RULE = Rule(
    "PRV106",
    "incident-without-action",
    "Every incident that is over ends in an action, or gives a no_action_reason.",
    check,
)
