"""PRV701: a day was agreed on, and it is past."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.days import day, is_overdue
from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    today = day(facts.as_of, policy)
    for action in available(facts.backlog).actions:
        if action.due is not None and is_overdue(action, facts, policy):
            yield hit_on(
                action,
                f"was due on {action.due}, {counted((today - action.due).days, 'day')} ago.",
                "finish it and write Done with its date, or agree on a new day and write it into the Due cell",
            )


RULE = Rule("PRV701", "action-overdue", "No open action is past its due date.", check)
