"""PRV203: a mark of the wrong shape links nothing, and pytest does not complain."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, reported


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    return reported(available(facts.links).problems, RULE.name)


RULE = Rule("PRV203", "mark-malformed", "Every incident mark names its incidents as plain strings.", check)
