"""PRV110: what belongs to everybody is done by nobody. Only tables with an Owner column are asked."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for action in available(facts.backlog).actions:
        if action.is_open and action.has_owner_column and not action.owner:
            yield hit_on(
                action, "has no owner.", "write one name into the Owner cell, of a person or a team: @orders-team"
            )


RULE = Rule(
    "PRV110", "action-without-owner", "An open action has an owner, where its table has an Owner column.", check
)
