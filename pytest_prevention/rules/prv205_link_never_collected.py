"""PRV205: a link on something that pytest never collects guards nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, reported


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    return reported(available(facts.links).problems, RULE.name)


RULE = Rule("PRV205", "link-never-collected", "Every link stands on a test that pytest can collect.", check)
