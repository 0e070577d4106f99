"""PRV105: what is wrong in a record is wrong in every figure made from it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, reported


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    return reported(available(facts.incidents).problems, RULE.name)


RULE = Rule("PRV105", "incident-record-invalid", "Every incident record is complete and consistent.", check)
