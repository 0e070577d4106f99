"""PRV514: where incidents follow changes of data, nothing holds the data to what the code expects."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.recurring import after, unanswered


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    advice = "Validation, schema constraints and tests of migrations let fewer through."
    found = after("data_changes", facts, policy, name="PRV514", advice=advice, text="Validate data before it changes")
    yield from unanswered(found, facts, policy)


RULE = Rule(
    "PRV514",
    "data-changes-break",
    "Where incidents follow changes of data, an action makes these safer.",
    check,
)
