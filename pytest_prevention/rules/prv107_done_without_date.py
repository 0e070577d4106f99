"""PRV107: without the day on which it was done nobody can tell how long prevention takes."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.days import day
from pytest_prevention.model import Facts, Hit, Status, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for action in available(facts.backlog).actions:
        if action.status is Status.DONE and action.done is None:
            yield hit_on(
                action,
                "has no date in its Done cell that can be read.",
                f"write the day on which it was done into the Done cell, in this form: {day(facts.as_of, policy)}",
            )


RULE = Rule("PRV107", "done-without-date", "A Done action says on which day it was done.", check)
