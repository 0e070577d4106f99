"""PRV401: what tests do not execute, they cannot guard; least of all code that has cost an incident."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.phrases import shortened
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.coverage import fraction, measured_modules, place, where_to_begin


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    minimum = policy.tree["coverage"]["minimum"]
    for name, module in measured_modules(facts, policy):
        if isinstance(module, Unchecked):
            yield module
        elif module.covered * 100 < minimum * module.total:
            yield Hit(
                name,
                place(module, facts),
                f"Tests execute {fraction(module)} of {name}, and policy asks for {minimum:g} %; "
                f"it has cost {shortened(', '.join(module.incidents))}.",
                where_to_begin(module, available(facts.coverage)),
            )


RULE = Rule(
    "PRV401",
    "incident-code-coverage-low",
    "Tests execute enough of every module that incidents name.",
    check,
)
