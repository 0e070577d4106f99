"""PRV101: a row that cannot be read is an action that nobody follows up."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, reported


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    return reported(available(facts.backlog).problems, RULE.name)


RULE = Rule(
    "PRV101", "backlog-row-malformed", "Every line that looks like a row of the backlog can be read as one.", check
)
