"""PRV303: guard-vacuous."""

from __future__ import annotations

from pytest_prevention.model import Location, Priority, Unchecked
from pytest_prevention.rules.prv303_guard_vacuous import OUT_OF_SIGHT, RULE
from tests.rules.build import TEST, action, answers, facts, hit, incident, link


def test_a_guard_without_an_assertion_is_found() -> None:
    """The finding stands on the test, and is as urgent as its action."""
    found = hit(RULE, facts(incident(), action(), link(asserts=False)))
    assert found.subject == TEST
    assert str(found.location) == "tests/test_orders.py:3"
    assert found.fact.startswith("The guard of INC-001 asserts nothing")
    assert found.priority is Priority.P1


def test_the_cases_of_one_function_are_one_finding() -> None:
    """Parameters share one body, and so do the incidents that it guards."""
    cases = [
        link(f"{TEST}[{n}]", f"INC-00{n}", asserts=False, location=Location("tests/test_orders.py", n))
        for n in (3, 1, 4, 2)
    ]
    found = hit(RULE, facts(*cases))
    assert found.subject == TEST
    assert found.location.line == 1
    assert found.fact == "The guard of INC-001 and INC-002 and INC-003 and INC-004 asserts nothing."


def test_silent_where_it_asserts() -> None:
    """One look that saw an assertion is enough, whatever another link did not see."""
    given = facts(incident(), action(), link(asserts=True), link(origin="dynamic"))
    assert answers(RULE, given) == []


def test_a_body_that_cannot_be_seen_into_is_not_checked() -> None:
    """Nobody can say that it asserts nothing, and nobody that it does."""
    assert answers(RULE, facts(incident(), action(), link(asserts=None))) == [Unchecked(TEST, OUT_OF_SIGHT)]


def test_a_body_that_was_seen_to_be_empty_is_found_whatever_another_link_did_not_see() -> None:
    """What is known outweighs what is not."""
    assert hit(RULE, facts(link(asserts=False), link(origin="dynamic")))
