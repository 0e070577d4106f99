"""Tiny builders for rules on alerts: what a test does not mention is in order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_prevention.model import Action, AlertRule, Alerts, Category, Evidence, Location, Problem, Status
from tests.rules.build import action

CASE = Location("monitoring/orders_test.yml", 12, 9)
BROKEN = Problem(Location("monitoring/b.yml", 3), "alert-file-unreadable", "b.yml", "is no YAML", "repair it")


def alert(name: str = "OrdersFail", line: int = 5, **changes: Any) -> AlertRule:
    """A rule that pages and carries INC-001."""
    ordinary = AlertRule(
        name=name,
        location=Location("monitoring/orders.yml", line, 5),
        kind="prometheus",
        expr="errors > 1",
        severity="page",
        incidents=("INC-001",),
    )
    return replace(ordinary, **changes)


def with_cases(*rules: AlertRule, **changes: Any) -> Alerts:
    """These rules, each expected by a rule unit test."""
    return replace(Alerts(rules, cases={rule.location: (CASE,) for rule in rules}), **changes)


def monitor(*evidence: str, **changes: Any) -> Action:
    """A Monitor action that is Done, whose Evidence cell names these alerts."""
    named = tuple(Evidence("alert", name) for name in evidence)
    return action(**{"category": Category.MONITOR, "status": Status.DONE, "evidence": named, **changes})
