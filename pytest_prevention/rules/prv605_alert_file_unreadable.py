"""PRV605: a rule file that cannot be read is told, not skipped: what stands in it may be the alert that counts."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unavailable, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, reported


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    if not isinstance(facts.alerts, Unavailable):
        yield from reported((*facts.alerts.problems, *facts.alerts.test_problems), RULE.name)


RULE = Rule("PRV605", "alert-file-unreadable", "Files with alert rules, and their unit tests, can be read.", check)
