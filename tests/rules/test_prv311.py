"""PRV311: guard-does-not-reach-fix."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_prevention.model import (
    NO_RUN,
    NOT_MEASURED,
    Answer,
    Facts,
    FixedLines,
    Lines,
    Outcome,
    Proof,
    Proofs,
    Run,
    Unavailable,
    Unchecked,
)
from pytest_prevention.rules.prv311_guard_does_not_reach_fix import RULE
from tests.rules.build import TEST, action, answers, facts, hit, hits, incident, link, run

FIXED = incident(fix_commits=("1a2b3c4",))
FIX = FixedLines({"src/orders.py": frozenset({41, 42}), "src/api.py": frozenset({7})})


def measured(executed: Lines, fix: FixedLines | Unavailable = FIX, outcome: Outcome = Outcome.PASSED) -> Facts:
    """One guard that executed these lines, and where the fix of its incident stands."""
    shown = replace(run({TEST: outcome}), executed={TEST: executed})
    return facts(FIXED, action(), link(), shown, fixes={"INC-001": fix})


@pytest.mark.parametrize("executed", [{}, {"src/orders.py": frozenset({40, 43})}, {"src/other.py": frozenset({41})}])
def test_a_guard_that_executes_no_line_of_the_fix_is_found(executed: Lines) -> None:
    """Lines beside the fix, or of the same number in another file, are not the fix."""
    found = hit(RULE, measured(executed))
    assert found.subject == TEST
    assert found.fact == (
        'The guard of INC-001 "Empty order body returned 500" (SEV2) passes and executes no line of its fix '
        "(3 lines, src/api.py:7)."
    )
    assert found.next_step.endswith(": prevention evidence INC-001")


def test_one_line_is_enough() -> None:
    """The boundary: which lines matter nobody can tell."""
    assert hits(RULE, measured({"src/orders.py": frozenset({42})})) == []


def test_where_only_functions_are_left_the_finding_says_so() -> None:
    """They are all that is known of a fix that was rewritten since."""
    fix = FixedLines({"src/orders.py": frozenset({41})}, frozenset({"src/orders.py"}))
    assert "no line of the repaired functions (1 line, src/orders.py:41)" in hit(RULE, measured({}, fix)).fact


def test_a_proven_guard_reaches_whatever_was_measured() -> None:
    """It may do its work in another process."""
    proof = Proof("INC-001", TEST, Answer.PROVEN, "at-the-fix", "assertion")
    assert hits(RULE, replace(measured({}), proofs=Proofs((proof,)))) == []
    passing = replace(proof, answer=Answer.NOT_PROVEN, grade="")
    assert hits(RULE, replace(measured({}), proofs=Proofs((passing,)))) != []


def test_a_guard_that_does_not_pass_has_a_rule_of_its_own() -> None:
    """What it executed before it failed is no matter."""
    assert answers(RULE, measured({}, outcome=Outcome.FAILED)) == []


def test_what_nobody_measured_is_not_checked() -> None:
    """No coverage.py, no fix named, no such test measured: each says why."""
    why = Unavailable("the fix changed no Python", by_design=True)
    assert answers(RULE, measured({}, why)) == [Unchecked(TEST, why)]
    plain = facts(FIXED, action(), link(), run({TEST: Outcome.PASSED}))
    assert answers(RULE, plain) == [Unchecked(TEST, NOT_MEASURED)]
    left_out = replace(plain, run=Run(records=run({TEST: Outcome.PASSED}).records, executed={}), fixes={"INC-001": FIX})
    (answer,) = answers(RULE, left_out)
    assert isinstance(answer, Unchecked)
    assert not answer.why.by_design


def test_an_incident_that_names_no_fix_is_left_out() -> None:
    """Nobody has said what there is to reach."""
    assert answers(RULE, facts(incident(), action(), link(), run({TEST: Outcome.PASSED}))) == []


def test_without_a_run_the_rule_is_not_checked() -> None:
    """The gate turns the missing source into words."""
    from pytest_prevention.exceptions import MissingSource

    with pytest.raises(MissingSource, match=NO_RUN.reason):
        answers(RULE, facts(incident(), action(), link()))
