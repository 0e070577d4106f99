"""PRV313: guard-passes-without-fix."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_prevention.model import (
    Answer,
    FixedLines,
    Lines,
    Location,
    Outcome,
    Priority,
    Proof,
    Proofs,
    Stale,
    Unavailable,
    Unchecked,
)
from pytest_prevention.rules.prv313_guard_passes_without_fix import RULE, UNTOLD, UNTRIED
from tests.rules.build import TEST, action, answers, facts, hit, incident, link, run

FIXED = incident(fix_commits=("1cd649d",))
PASSES = Proof("INC-001", TEST, Answer.NOT_PROVEN, "strict-reverse", reason="passes-without-fix")
PASSING = Proofs((PASSES,))


def test_a_guard_that_passes_without_the_fix_is_found() -> None:
    """The finding stands on the test, and is as urgent as its action; the step shows what the test executes."""
    found = hit(RULE, facts(FIXED, action(), link(), proofs=PASSING))
    assert (found.subject, str(found.location), found.priority) == (TEST, "tests/test_orders.py:3", Priority.P1)
    assert found.fact == (
        'The guard of INC-001 "Empty order body returned 500" (SEV2) passes without the fix: it guards nothing.'
    )
    words, paste = found.next_step.split(": ")
    assert words.startswith("make it fail first, by asserting what users saw")
    assert paste == "prevention evidence INC-001"


@pytest.mark.parametrize(
    ("executed", "by_function", "told"),
    [
        ({"orders.py": frozenset({1, 2})}, frozenset(), "It executes none of the 3 lines of the fix."),
        ({"orders.py": frozenset({11, 12})}, frozenset(), "It executes 2 of the 3 lines of the fix."),
        (
            {"orders.py": frozenset({11})},
            frozenset({"api.py"}),
            "It executes 1 of the 3 lines of the repaired functions.",
        ),
    ],
)
def test_it_says_how_much_of_the_fix_the_guard_executes(
    executed: Lines, by_function: frozenset[str], told: str
) -> None:
    """Where a run measured it: none asks the wrong code, all asserts the wrong thing."""
    lines = {"orders.py": frozenset({11, 12}), "api.py": frozenset({5})}
    measured = replace(run({f"{TEST}[a]": Outcome.PASSED}), executed={f"{TEST}[a]": executed})
    given = facts(FIXED, action(), link(f"{TEST}[a]"), measured, proofs=PASSING)
    found = hit(RULE, replace(given, fixes={"INC-001": FixedLines(lines, by_function)}))
    assert found.fact.endswith(f" passes without the fix: it guards nothing. {told}")
    unknown = hit(RULE, replace(given, fixes={"INC-001": Unavailable("no history")}))
    assert unknown.fact.endswith("it guards nothing.")


@pytest.mark.parametrize("answer", [Answer.PROVEN, Answer.WEAK])
def test_silent_where_it_fails_without_the_fix(answer: Answer) -> None:
    """How much that is worth is for PRV302 to say."""
    assert answers(RULE, facts(FIXED, action(), link(), proofs=Proofs((replace(PASSES, answer=answer),)))) == []


def test_what_was_not_tried_or_could_not_be_told_is_not_checked() -> None:
    """One line for each function, however many cases it has; that breaks no gate."""
    cases = [link(f"{TEST}[{case}]") for case in "ab"]
    assert answers(RULE, facts(FIXED, action(), *cases)) == [Unchecked(TEST, UNTRIED)]
    untold = Proofs((replace(PASSES, answer=Answer.INCONCLUSIVE, reason="flaky"),))
    assert answers(RULE, facts(FIXED, action(), *cases, proofs=untold)) == [Unchecked(TEST, UNTOLD)]
    assert UNTRIED.by_design
    assert UNTOLD.by_design


def test_a_guard_whose_fix_nobody_named_is_not_asked_for() -> None:
    """There is nothing to take back."""
    assert answers(RULE, facts(incident(), action(), link())) == []


def test_a_stale_proof_is_told_once() -> None:
    """By PRV312."""
    stale = Proofs(
        stale=(Stale("INC-001", TEST, Location("incidents/proofs.json", 2, 1), "the test has changed since"),)
    )
    assert answers(RULE, facts(FIXED, action(), link(f"{TEST}[a]"), proofs=stale)) == []


def test_a_guard_without_an_action_counts_as_p2() -> None:
    """As a row does that says nothing of its priority."""
    assert hit(RULE, facts(FIXED, link(), proofs=PASSING)).priority is Priority.P2


def test_silent_on_what_is_no_guard_any_more() -> None:
    """Neither an incident without a record nor a test without a link."""
    assert answers(RULE, facts(link(), proofs=PASSING)) == []
    assert answers(RULE, facts(incident(), link("tests/test_orders.py::test_empty_body_twice"), proofs=PASSING)) == []
