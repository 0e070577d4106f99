"""PRV515: where detection is slow time and again, or customers are first to know, monitors are missing."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Category, Facts, Hit, Unchecked
from pytest_prevention.patterns import slow_detection
from pytest_prevention.patterns.words import customers_in_words, detection_in_words, listed
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.recurring import Recurring, newest_last, unanswered


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    yield from unanswered(_flagged(facts, policy), facts, policy)


def _flagged(facts: Facts, policy: Policy) -> Iterator[Recurring]:
    found = slow_detection.measure(facts, policy)
    if not found.flagged:
        return
    ids = newest_last({*found.ids, *found.customers.ids}, facts)
    yield Recurring(
        subject="detection",
        ids=ids,
        key="detected_at",
        fact=f"Detection is slow: {detection_in_words(found)}; {customers_in_words(found)}: {listed(ids)}. "
        "Monitoring and alerting have gaps.",
        name="PRV515",
        text="Alerts that see such incidents before customers do (PRV515)",
        category=Category.MONITOR,
    )


RULE = Rule(
    "PRV515",
    "detection-slow",
    "Where incidents are detected late, an action closes gaps in monitoring.",
    check,
)
