"""PRV102: a word or date that can only be guessed at is not acted on."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, reported


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    return reported(available(facts.backlog).problems, RULE.name)


RULE = Rule("PRV102", "backlog-field-invalid", "Every cell of the backlog holds a value that can be understood.", check)
