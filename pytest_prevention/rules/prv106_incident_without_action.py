"""PRV106: an incident is only worth its price if something changes: a test, a monitor, code, a process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pytest_prevention.days import day
from pytest_prevention.model import Action, Backlog, Category, Facts, Hit, Incident, Status, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, counted, is_over, titled


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    backlog = available(facts.backlog)
    due = day(facts.as_of, policy) + timedelta(days=policy.threshold("action_stale_days"))
    for incident in available(facts.incidents).records:
        rows = backlog.of(incident.id)
        if is_over(incident) and not incident.no_action_reason and not any(_counts(row) for row in rows):
            yield Hit(
                incident.id,
                incident.location,
                f"{titled(incident)} ended in no action: {_why(incident, rows)}.",
                f"give a no_action_reason in the record, or add to {backlog.path}: "
                + _row_to_paste(incident, backlog, due),
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


def _row_to_paste(incident: Incident, backlog: Backlog, due: date) -> str:
    """A row with the next free number: the first action that the post-mortem lists, else a test to write."""
    listed = next((action for action in incident.listed_actions if action.status is not Status.DROPPED), None)
    number = max((action.number or 0 for action in backlog.actions), default=0) + 1
    cells = [str(number), incident.id]
    if listed:
        cells += [listed.text, str(listed.category or Category.TEST), str(listed.judged_priority)]
        cells += [str(listed.status or Status.TODO), str(listed.due or due), str(listed.done or "—")]
    else:
        cells += [f"Add the test that would have caught: {incident.title}", "Test", "P1", "Todo", str(due), "—"]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


RULE = Rule(
    "PRV106",
    "incident-without-action",
    "Every incident that is over ends in an action, or gives a no_action_reason.",
    check,
)
