"""PRV108: dropping an action is a decision; the next reader needs to know why it was taken."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Status, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for action in available(facts.backlog).actions:
        if action.status is Status.DROPPED and not action.reason:
            yield hit_on(
                action,
                "does not say why it was dropped.",
                "write the reason behind the word in the Status cell: Dropped: the endpoint was removed",
            )


RULE = Rule("PRV108", "dropped-without-reason", "A Dropped action says why.", check)
