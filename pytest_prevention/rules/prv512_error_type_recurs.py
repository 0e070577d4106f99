"""PRV512: one type of error in many modules is a gap of the whole codebase, not of each module."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Category, Facts, Hit, Unchecked
from pytest_prevention.patterns import same_error
from pytest_prevention.patterns.words import comparison_in_words, error_in_words, listed
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.recurring import Recurring, unanswered


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    yield from unanswered(_flagged(facts, policy), facts, policy)


def _flagged(facts: Facts, policy: Policy) -> Iterator[Recurring]:
    found = same_error.measure(facts, policy)
    for (kind, name), one in found.flagged.items():
        yield Recurring(
            subject=f"{kind.replace('_', ' ')} {name}",
            ids=one.ids,
            key=kind,
            fact=f"The {error_in_words((kind, name), one)}: {listed(one.ids)}; {comparison_in_words(one, found)}. "
            "That is a gap across the codebase: in validation, error handling or coverage.",
            name=name,
            text=f"Close the gap behind {name} in all modules (PRV512)",
            category=Category.CODE,
            also="prv512",
        )


RULE = Rule(
    "PRV512",
    "error-type-recurs",
    "A type of error that recurs in several modules has an action against all of it.",
    check,
)
