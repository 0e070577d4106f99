"""PRV611: a Code action that is Done without a commit is a claim that nobody can follow up."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.code import commits_of, how_to_link, why_unlinked
from pytest_prevention.model import Category, Facts, Hit, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on
from pytest_prevention.rules.done import done


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for action in done(Category.CODE, facts):
        if not commits_of(action, facts):
            yield hit_on(action, f"has no commit: {why_unlinked(action, facts)}.", how_to_link(action))


RULE = Rule("PRV611", "code-action-unlinked", "A Code action that is Done has a commit that led to HEAD.", check)
