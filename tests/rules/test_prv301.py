"""PRV301: guard-not-passing."""

from __future__ import annotations

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Hit, Location, Outcome, Priority, Status, Unavailable, Unchecked
from pytest_prevention.rules.prv301_guard_not_passing import RULE
from tests.rules.build import TEST, action, answers, facts, hit, hits, incident, link, run

NOT_RUN = (Outcome.NOT_COLLECTED, Outcome.DESELECTED, Outcome.NOT_RUN)
CHOSEN = Unavailable("not part of this run: -k left tests out", "run the whole suite", by_design=True)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.passing])
def test_a_guard_that_does_not_pass_a_complete_run_is_found(outcome: Outcome) -> None:
    """Whatever kept it from passing: each is told in its own words, with a command to paste."""
    found = hit(RULE, facts(incident(), action(), link(), run({TEST: outcome}, detail="needs redis")))
    assert found.subject == TEST
    assert found.fact.startswith('The guard of INC-001 "Empty order body returned 500" (SEV2) ')
    assert found.fact.endswith(": needs redis.")
    assert f"pytest -rs {TEST}" in found.next_step or f"pytest {TEST}" in found.next_step
    assert found.priority is Priority.P1


def test_each_outcome_has_words_of_its_own() -> None:
    """Not run, deselected, not collected, skipped and failed are different things."""
    said = {
        hit(RULE, facts(incident(), link(), run({TEST: outcome}))).fact for outcome in Outcome if not outcome.passing
    }
    assert len(said) == sum(not outcome.passing for outcome in Outcome)


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FLAKY])
def test_silent_where_it_passed(outcome: Outcome) -> None:
    """A pass is a pass; a flaky one has a rule of its own."""
    assert hits(RULE, facts(incident(), action(), link(), run({TEST: outcome}))) == []


def test_a_guard_that_a_complete_run_never_met_was_not_collected() -> None:
    """A link whose test is gone is not forgotten."""
    assert "was not collected" in hit(RULE, facts(incident(), link(), run())).fact


@pytest.mark.parametrize("outcome", NOT_RUN)
def test_a_partial_run_says_nothing_of_tests_that_it_left_out(outcome: Outcome) -> None:
    """The guard is not checked, for the run's own reason."""
    given = facts(incident(), action(), link(), run({TEST: outcome}, CHOSEN))
    assert answers(RULE, given) == [Unchecked(TEST, CHOSEN)]


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.ran and not outcome.passing])
def test_a_partial_run_still_tells_what_it_saw(outcome: Outcome) -> None:
    """A guard that failed has failed, however small the run."""
    assert hit(RULE, facts(incident(), action(), link(), run({TEST: outcome}, CHOSEN)))


def test_of_several_gaps_the_one_that_nobody_chose_is_told() -> None:
    """A run that was cut short is not excused by -k."""
    cut = Unavailable("pytest.exit() ended the run early")
    given = facts(incident(), link(), run({TEST: Outcome.NOT_RUN}, CHOSEN, cut))
    assert answers(RULE, given) == [Unchecked(TEST, cut)]


def test_without_a_run_it_is_not_checked() -> None:
    """The static check cannot know."""
    with pytest.raises(MissingSource, match="no tests were run here"):
        answers(RULE, facts(incident(), action(), link()))


def test_every_case_of_a_parametrised_guard_must_pass() -> None:
    """A link without parameters means all of them."""
    outcomes = {f"{TEST}[a]": Outcome.PASSED, f"{TEST}[b]": Outcome.SKIPPED, f"{TEST}_more": Outcome.FAILED}
    assert [one.subject for one in hits(RULE, facts(incident(), link(), run(outcomes)))] == [f"{TEST}[b]"]


def test_a_guard_with_several_links_is_one_finding_with_the_most_urgent_priority() -> None:
    """A test that guards two incidents is told once and names both."""
    given = facts(
        incident("INC-001"),
        incident("INC-007", title="Null price"),
        action(1, "INC-001", priority=Priority.P3),
        action(1, "INC-007", priority=Priority.P2),
        link(incident="INC-001"),
        link(incident="INC-007"),
        link(incident="INC-007", origin="evidence", action=1),
        run({TEST: Outcome.FAILED}),
    )
    found = hit(RULE, given)
    assert 'INC-001 "Empty order body returned 500" (SEV2) and INC-007 "Null price" (SEV2) failed' in found.fact
    assert found.priority is Priority.P2


@pytest.mark.parametrize(
    ("rows", "priority"),
    [
        ((), None),
        ((action(2, priority=Priority.P3), action(3, priority=Priority.P1)), Priority.P3),
        ((action(2, status=Status.DROPPED),), None),
        ((action(2, priority=None),), Priority.P2),
    ],
)
def test_a_guard_is_as_urgent_as_the_row_it_names(rows: tuple[object, ...], priority: Priority | None) -> None:
    """action=2 is weighed by row 2; without such a row by the rule's own severity."""
    given = facts(incident(), *rows, link(action=2), run({TEST: Outcome.FAILED}))  # type: ignore[arg-type]
    (found,) = answers(RULE, given)
    assert isinstance(found, Hit)
    assert found.priority is priority


def test_a_guard_that_names_no_row_is_as_urgent_as_the_most_urgent_one() -> None:
    """A mark on the incident alone stands for all its Test actions."""
    rows = (action(1, priority=Priority.P3), action(2, priority=Priority.P1), action(3, priority=Priority.P4))
    assert hit(RULE, facts(incident(), *rows, link(), run({TEST: Outcome.FAILED}))).priority is Priority.P1


def test_a_guard_stands_where_its_first_mark_stands_and_names_its_incidents_in_order() -> None:
    """However the links came in, the finding is the same."""
    ids = [f"INC-00{n}" for n in (4, 2, 5, 1, 3)]
    marks = (link(incident=id_, location=Location("tests/test_orders.py", int(id_[-1]))) for id_ in ids)
    found = hit(RULE, facts(*map(incident, ids), *marks, run({TEST: Outcome.FAILED})))
    assert found.location.line == 1
    assert [word for word in found.fact.split() if word.startswith("INC-")] == sorted(ids)


def test_a_link_to_an_unknown_incident_is_not_judged_here() -> None:
    """PRV202 has reported it."""
    assert hits(RULE, facts(link(incident="INC-404"), run({TEST: Outcome.FAILED}))) == []


def test_a_mark_added_at_run_time_counts_for_the_outcome() -> None:
    """A guard is a guard, wherever its mark came from."""
    assert hit(RULE, facts(incident(), link(origin="dynamic"), run({TEST: Outcome.FAILED})))
