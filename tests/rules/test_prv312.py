"""PRV312: proof-stale."""

from __future__ import annotations

import pytest

from pytest_prevention.model import Answer, Location, Priority, Proof, Proofs, Stale
from pytest_prevention.rules.prv312_proof_stale import RULE
from tests.rules.build import TEST, action, answers, facts, hit, incident, link

WHERE = Location("incidents/proofs.json", 2, 1)
STALE = Proofs(stale=(Stale("INC-001", TEST, WHERE, "the test has changed since"),))


def test_a_stale_proof_is_found_where_it_stands() -> None:
    """It says why, and how to prove it again; it is as urgent as the action."""
    found = hit(RULE, facts(incident(), action(), link(), proofs=STALE))
    assert (found.subject, found.location, found.priority) == (TEST, WHERE, Priority.P1)
    assert found.fact == (
        'The proof of the guard of INC-001 "Empty order body returned 500" (SEV2) is stale: the test has changed since.'
    )
    assert found.next_step == "prove it again: prevention prove INC-001"


def test_the_cases_that_a_run_collected_are_still_that_guard() -> None:
    """A run knows links with their parameters."""
    assert hit(RULE, facts(incident(), link(f"{TEST}[a]"), link(f"{TEST}[b]"), proofs=STALE)).priority is None


@pytest.mark.parametrize("answer", Answer)
def test_silent_where_the_proof_holds(answer: Answer) -> None:
    """Whatever it says."""
    held = Proofs((Proof("INC-001", TEST, answer),))
    assert answers(RULE, facts(incident(), action(), link(), proofs=held)) == []


def test_silent_on_what_is_no_guard_any_more() -> None:
    """Neither an incident without a record nor a test without a link has a proof to lose."""
    assert answers(RULE, facts(link(), proofs=STALE)) == []
    assert answers(RULE, facts(incident(), link("tests/test_orders.py::test_empty_body_twice"), proofs=STALE)) == []
