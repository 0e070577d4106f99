"""PRV511: where incidents begin again and again, tests of the whole module come before the next single one."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Category, Facts, Hit, Unchecked
from pytest_prevention.patterns import same_module
from pytest_prevention.patterns.words import listed, module_in_words
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.recurring import Recurring, unanswered


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    yield from unanswered(_flagged(facts, policy), facts, policy)


def _flagged(facts: Facts, policy: Policy) -> Iterator[Recurring]:
    for name, module in same_module.measure(facts, policy).flagged.items():
        yield Recurring(
            subject=name,
            ids=module.ids,
            key="modules",
            fact=f"{name} keeps breaking: {module_in_words(module)}: {listed(module.ids)}.",
            name=name,
            text=f"Retrofit tests for {name}",
            category=Category.TEST,
            also="retrofit",
        )


RULE = Rule(
    "PRV511",
    "module-keeps-breaking",
    "A module that incidents name repeatedly has an action to retrofit its tests.",
    check,
)
