"""PRV601: a Monitor action that is Done without an alert rule is a claim that nobody can follow up."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.monitor import how_to_link, why_unlinked
from pytest_prevention.model import Facts, Hit, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.alerts import monitored
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    seen, gaps = monitored(facts)
    yield from gaps
    for action, rules in seen:
        if not rules:
            yield hit_on(action, f"has no alert: {why_unlinked(action)}.", how_to_link(action, facts.alerts))


RULE = Rule("PRV601", "monitor-unlinked", "A Monitor action that is Done has an alert rule.", check)
