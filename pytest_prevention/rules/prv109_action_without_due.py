"""PRV109: an action without a day by which it is done is never late, and never done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pytest_prevention.days import day
from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    proposal = day(facts.as_of, policy) + timedelta(days=policy.threshold("action_stale_days"))
    for action in available(facts.backlog).actions:
        if action.is_open and action.due is None:
            yield hit_on(
                action,
                "has no date in its Due cell that can be read.",
                f"agree on a day and write it into the Due cell, for example {proposal}",
            )


RULE = Rule("PRV109", "action-without-due", "An open action has a due date.", check)
