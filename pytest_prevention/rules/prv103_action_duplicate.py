"""PRV103: a number that stands twice names neither action."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, reported


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    return reported(available(facts.backlog).problems, RULE.name)


RULE = Rule("PRV103", "action-duplicate", "No two actions of an incident share a number.", check)
