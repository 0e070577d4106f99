"""PRV603: an alert that was never seen to fire may never fire."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.monitor import HOW_TO_TEST
from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.alerts import monitored
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    seen, gaps = monitored(facts)
    yield from gaps
    for action, rules in seen:
        if not rules:
            continue
        alerts = available(facts.alerts)
        if any(not rule.is_testable or rule.location in alerts.cases for rule in rules):
            continue
        if alerts.unread_test:
            yield Unchecked(action.key, alerts.unread_test)
        else:
            untested = f"rests on alert {rules[0].name} ({rules[0].location}), which no rule unit test expects to fire."
            yield hit_on(action, untested, HOW_TO_TEST)


RULE = Rule(
    "PRV603", "alert-never-tested", "A Monitor action that is Done has an alert that a unit test expects.", check
)
