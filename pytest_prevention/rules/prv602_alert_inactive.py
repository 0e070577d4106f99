"""PRV602: an alert that is off, or pages nobody, prevents nothing, whatever the row says."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.monitor import why_silent
from pytest_prevention.model import Facts, Hit, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.alerts import monitored
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    seen, gaps = monitored(facts)
    yield from gaps
    for action, rules in seen:
        silent = [why_silent(rule, facts, policy) for rule in rules]
        if silent and silent[0] and all(silent):
            reason, step = silent[0]
            yield hit_on(action, f"rests on alert {rules[0].name} ({rules[0].location}), which {reason}.", step)


RULE = Rule("PRV602", "alert-inactive", "A Monitor action that is Done has an alert that is on and pages.", check)
