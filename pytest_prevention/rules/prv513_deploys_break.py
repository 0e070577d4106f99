"""PRV513: where incidents follow deploys, the gates before a deploy let too much through."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.recurring import after, unanswered


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    advice = "Better gates let fewer through: tests, canary deploys, health checks."
    found = after("deploys", facts, policy, name="PRV513", advice=advice, text="Better gates for deploys")
    yield from unanswered(found, facts, policy)


RULE = Rule(
    "PRV513",
    "deploys-break",
    "Where incidents follow deploys, an action makes their gates better.",
    check,
)
