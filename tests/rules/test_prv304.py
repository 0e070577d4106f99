"""PRV304: guard-flaky."""

from __future__ import annotations

import pytest

from pytest_prevention.model import Outcome, Priority, Unavailable, Unchecked
from pytest_prevention.rules.prv304_guard_flaky import RULE
from tests.rules.build import TEST, action, answers, facts, hit, hits, incident, link, run


def test_a_guard_that_passed_only_on_a_rerun_is_found() -> None:
    """It passed, and will not be believed for long."""
    found = hit(RULE, facts(incident(), action(), link(), run({TEST: Outcome.FLAKY})))
    assert found.subject == TEST
    assert found.fact.endswith("failed first and passed when it was run again.")
    assert found.priority is Priority.P1


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.FLAKY])
def test_other_outcomes_are_not_flaky(outcome: Outcome) -> None:
    """A failure has a rule of its own."""
    assert hits(RULE, facts(incident(), action(), link(), run({TEST: outcome}))) == []


def test_a_guard_that_passed_at_once_in_a_partial_run_is_known() -> None:
    """What ran is judged, however small the run."""
    given = facts(incident(), action(), link(), run({TEST: Outcome.PASSED}, Unavailable("-x stopped the run")))
    assert answers(RULE, given) == []


def test_a_guard_that_a_partial_run_left_out_is_not_checked() -> None:
    """Nobody knows whether it would have passed at once."""
    gap = Unavailable("-x stopped the run")
    given = facts(incident(), action(), link(), run({TEST: Outcome.NOT_RUN}, gap))
    assert answers(RULE, given) == [Unchecked(TEST, gap)]
