"""PRV303: guard-vacuous."""

from __future__ import annotations

import pytest

from pytest_prevention.model import Priority
from pytest_prevention.rules.prv303_guard_vacuous import RULE
from tests.rules.build import TEST, action, facts, hit, hits, incident, link


def test_a_guard_without_an_assertion_is_found() -> None:
    """The finding stands on the test, and is as urgent as its action."""
    found = hit(RULE, facts(incident(), action(), link(asserts=False)))
    assert found.subject == TEST
    assert str(found.location) == "tests/test_orders.py:3"
    assert found.fact.startswith("The guard of INC-001 asserts nothing")
    assert found.priority is Priority.P1


def test_the_cases_of_one_function_are_one_finding() -> None:
    """Parameters share one body, and so do the incidents that it guards."""
    cases = [link(f"{TEST}[{n}]", f"INC-00{n}", asserts=False) for n in (1, 2)]
    found = hit(RULE, facts(*cases))
    assert found.subject == TEST
    assert found.fact.startswith("The guard of INC-001 and INC-002 asserts nothing")


@pytest.mark.parametrize("asserts", [True, None])
def test_silent_where_it_asserts_or_nobody_looked(asserts: bool | None) -> None:
    """Only a body that was read and holds no assertion is vacuous."""
    assert hits(RULE, facts(incident(), action(), link(asserts=asserts))) == []
