"""The ladder: on which rung an action's evidence stands, and what lifts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.ladder import gap_of, links_of, mark_to_paste, records_of, standing
from pytest_prevention.model import (
    NO_RUN,
    NOT_MEASURED,
    Answer,
    Backlog,
    Category,
    Evidence,
    Facts,
    FixedLines,
    Lines,
    Outcome,
    Proof,
    Proofs,
    Record,
    Run,
    Rung,
    Standing,
    Status,
    Unavailable,
    covers,
)
from tests.rules.build import TEST, action, facts, incident, link, policy, run

ACTION = action()
GAP = Unavailable("-k left tests out", "run the whole suite", by_design=True)


def stands(*things: object) -> Standing:
    return standing(ACTION, facts(ACTION, *things), policy())  # type: ignore[arg-type]


def test_without_a_link_an_action_is_only_claimed() -> None:
    """The step up is the mark to paste."""
    found = stands()
    assert (found.rung, found.reason) == (Rung.CLAIMED, "no test is linked")
    assert found.next_step == 'above its test, paste: @pytest.mark.incident("INC-001")'


def test_a_mark_added_at_run_time_links_nothing_for_good() -> None:
    """It counts for outcomes, not for existence."""
    assert stands(link(origin="dynamic"), run({TEST: Outcome.PASSED})).rung is Rung.CLAIMED


def test_linked_is_all_that_is_known_without_a_run() -> None:
    """Above linked the rung is unknown: neither the lower nor the higher."""
    found = stands(link())
    assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.LINKED, NO_RUN)


def test_without_links_only_the_claim_is_known() -> None:
    """A test tree that could not be read says nothing against the action."""
    gone = Unavailable("tests/ is unreadable")
    found = standing(ACTION, facts(ACTION, links=gone), policy())
    assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.CLAIMED, gone)


@pytest.mark.parametrize("outcome", Outcome)
def test_in_a_complete_run_a_guard_works_or_does_not(outcome: Outcome) -> None:
    """Passing works; skipped, xfailed, xpassed, failed, deselected or missing does not."""
    found = stands(link(), run({TEST: outcome}))
    assert found.rung is (Rung.WORKING if outcome in (Outcome.PASSED, Outcome.FLAKY) else Rung.LINKED)
    assert found.reason == (f"{TEST} passed" if outcome.passing else f"{TEST}: {outcome}")


@pytest.mark.parametrize("outcome", Outcome)
def test_a_partial_run_knows_only_what_it_saw(outcome: Outcome) -> None:
    """What was left out is unknown, for the run's own reason; what ran is known."""
    found = stands(link(), run({TEST: outcome}, GAP))
    if outcome.ran:
        assert found.rung is (Rung.WORKING if outcome.passing else Rung.LINKED)
    else:
        assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.LINKED, GAP)


def test_one_failing_guard_is_enough_not_to_work() -> None:
    """The first of those that do not pass, in order of node id, is the reason."""
    outcomes = {f"{TEST}[{case}]": Outcome.SKIPPED for case in "gecfdb"} | {f"{TEST}[a]": Outcome.PASSED}
    found = stands(link(), run(outcomes))
    assert (found.rung, found.reason) == (Rung.LINKED, f"{TEST}[b]: skipped")


def test_several_passing_guards_are_counted() -> None:
    """Mark and Evidence cell may mean the same test: it counts once."""
    outcomes = {f"{TEST}[a]": Outcome.PASSED, f"{TEST}[b]": Outcome.PASSED}
    found = stands(link(), link(origin="evidence", action=1), run(outcomes))
    assert found.reason == "2 linked tests passed"


FIX = {"INC-001": FixedLines({"orders.py": frozenset({7, 8})})}
HIT, MISSED = {"orders.py": frozenset({8})}, {"orders.py": frozenset({9})}


def working(
    executed: Mapping[str, Lines] | Unavailable, *proofs: Proof, fixes: Mapping[str, FixedLines | Unavailable] = FIX
) -> Standing:
    """Where an action stands whose guards, here with what each executed, all passed."""
    tests = [TEST] if isinstance(executed, Unavailable) else executed
    shown = replace(run(dict.fromkeys(tests, Outcome.PASSED)), executed=executed)
    given_ = facts(incident(), ACTION, link(), shown, fixes=fixes, proofs=Proofs(proofs))
    return standing(ACTION, given_, policy())


def proof(answer: Answer, grade: str = "", guard: str = TEST, reason: str = "") -> Proof:
    return Proof("INC-001", guard, answer, "at-the-fix", grade, reason)


def test_a_guard_that_executes_a_line_of_the_fix_reaches_it() -> None:
    """One of several is enough. What lifts it is a proof."""
    found = working({f"{TEST}[a]": MISSED, f"{TEST}[b]": HIT})
    assert (found.rung, found.why_unknown) == (Rung.REACHING, None)
    assert found.reason == "2 linked tests passed and reached the fix"
    assert found.next_step == "prove it: prevention prove INC-001"


def test_a_guard_that_executes_none_only_works() -> None:
    """And a proof that nobody could make does not change it."""
    for proofs in ((), (proof(Answer.INCONCLUSIVE, reason="flaky"),)):
        found = working({TEST: MISSED}, *proofs)
        assert (found.rung, found.why_unknown) == (Rung.WORKING, None)
        assert found.reason == f"{TEST} passed and executed no line of the fix"
        assert found.next_step == "let a linked test execute what was repaired, or link one that does"


@pytest.mark.parametrize("grade", ["assertion", "exception", "timeout"])
@pytest.mark.parametrize("executed", [{TEST: HIT}, {TEST: MISSED}, {}, NOT_MEASURED])
def test_a_guard_that_fails_without_the_fix_is_proven(grade: str, executed: Mapping[str, Lines] | Unavailable) -> None:
    """Whatever was measured: it may do its work in another process."""
    found = working(executed or NOT_MEASURED, proof(Answer.PROVEN, grade))
    assert (found.rung, found.reason) == (Rung.PROVEN, f"{TEST} fails without the fix ({grade})")


def test_policy_says_which_grades_count() -> None:
    """A name that the fix brought shows only that it is new, unless policy takes that for a proof."""
    weak = proof(Answer.WEAK, "api-absent")
    found = working({TEST: HIT}, weak)
    assert found.rung is Rung.REACHING
    assert found.reason.endswith("red for the wrong reason (api-absent)")
    given_ = facts(incident(), ACTION, link(), run({TEST: Outcome.PASSED}), proofs=Proofs((weak,)))
    assert standing(ACTION, given_, policy(proof={"grades": ["api-absent"]})).rung is Rung.PROVEN


def test_a_grade_beside_another_verdict_is_none() -> None:
    """Whoever writes one into the receipt of a guard that passes without the fix."""
    found = working({TEST: HIT}, proof(Answer.NOT_PROVEN, "assertion"))
    assert found.rung is Rung.REACHING
    assert "passes without the fix" in found.reason


def test_the_proof_of_a_test_itself_counts_before_that_of_its_class() -> None:
    """Another test of the class may be the one that fails."""
    whole, own = (
        proof(Answer.PROVEN, "assertion", "t.py::TestIt"),
        proof(Answer.NOT_PROVEN, guard="t.py::TestIt::test_x"),
    )
    assert Proofs((whole, own)).of("INC-001", "t.py::TestIt::test_x") is own
    assert Proofs((whole, own)).of("INC-001", "t.py::TestIt::test_y") is whole


def test_one_proven_guard_is_enough() -> None:
    """The others may guard something beside it; PRV313 names one that passes without the fix."""
    first, second = f"{TEST}[a]", f"{TEST}[b]"
    passing, failing = proof(Answer.NOT_PROVEN, guard=first), proof(Answer.PROVEN, "assertion", guard=second)
    assert working({first: HIT, second: HIT}, passing, failing).rung is Rung.PROVEN
    found = working({first: HIT, second: HIT}, passing)
    assert (found.rung, found.why_unknown) == (Rung.REACHING, None)
    assert f"but {first} passes without the fix" in found.reason


def test_what_is_inconclusive_is_unknown_and_nobodys_fault() -> None:
    """An old fix that cannot be taken back never fails a gate."""
    found = working({TEST: HIT}, proof(Answer.INCONCLUSIVE, reason="fix-does-not-revert"))
    assert (found.rung, found.at_most) == (Rung.REACHING, Rung.PROVEN)
    assert found.why_unknown
    assert found.why_unknown.by_design
    assert "fix-does-not-revert" in found.why_unknown.reason


@pytest.mark.parametrize("by_design", [True, False])
def test_what_was_not_measured_is_unknown_up_to_reaching(by_design: bool) -> None:
    """That nobody has proven it is known all the same."""
    why = Unavailable("the fix changed no Python", by_design=by_design)
    found = working({TEST: MISSED}, fixes={"INC-001": why})
    assert (found.rung, found.at_most, found.why_unknown) == (Rung.WORKING, Rung.REACHING, why)
    both = working({TEST: MISSED}, proof(Answer.INCONCLUSIVE, reason="flaky"), fixes={"INC-001": why})
    assert (both.rung, both.at_most) == (Rung.WORKING, Rung.PROVEN)
    assert both.why_unknown
    assert both.why_unknown.by_design is by_design


OTHERS = {
    Category.PROCESS: Evidence("file", "docs/runbook.md"),
}


@pytest.mark.parametrize("category", [*OTHERS, None])
def test_other_categories_are_linked_by_their_kind_of_evidence(category: Category | None) -> None:
    """A test that carries the incident is no evidence for an alert, and "trust me" is evidence for nothing."""
    row = replace(ACTION, category=category)
    given_ = facts(row, link(), run({TEST: Outcome.PASSED}))
    assert standing(row, given_, policy()).rung is Rung.CLAIMED
    right = {one for key, one in OTHERS.items() if key is category}
    wrong = (
        *(set(OTHERS.values()) - right),
        Evidence("commit", "1a2b3c4"),
        Evidence("alert", "OrdersErrors"),
        Evidence("text", "trust me"),
        Evidence("test", TEST),
    )
    assert standing(replace(row, evidence=wrong), given_, policy()).rung is Rung.CLAIMED
    found = standing(replace(row, evidence=(*wrong, *right)), given_, policy())
    assert found.rung is (Rung.LINKED if right else Rung.CLAIMED)
    assert all(f"Evidence names {one.value}" == found.reason for one in right)


@pytest.mark.parametrize(
    ("other", "rung"),
    [
        (Standing("INC-001#1", Rung.PROVEN, "drill"), Rung.PROVEN),
        (Standing("INC-001#1", Rung.CLAIMED, "nothing seen"), Rung.WORKING),
        (Standing("INC-001#2", Rung.PROVEN, "drill of another action"), Rung.WORKING),
        (Standing("INC-001#1", None, "no idea", at_least=Rung.PROVEN), Rung.WORKING),
    ],
)
def test_the_best_known_evidence_counts_whoever_read_it(other: Standing, rung: Rung) -> None:
    """Other people's evidence lifts an action; it never lowers one, and what it does not know does not count."""
    assert stands(link(), run({TEST: Outcome.PASSED}), other).rung is rung


def test_what_others_saw_no_higher_leaves_unknown_what_we_do_not_know() -> None:
    """Linked, says somebody; a run could still show that it works."""
    found = stands(link(), Standing("INC-001#1", Rung.LINKED, "seen in the code"))
    assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.LINKED, NO_RUN)


@pytest.mark.parametrize(
    ("number", "linked"), [(None, True), (1, True), (2, False)], ids=["incident only", "this row", "another row"]
)
def test_a_link_means_the_row_that_it_names_or_any(number: int | None, linked: bool) -> None:
    """Without action= a mark stands for every Test action of its incident."""
    assert bool(links_of(ACTION, facts(link(action=number)))) is linked


@pytest.mark.parametrize(
    ("others", "mark"),
    [
        ((), '@pytest.mark.incident("INC-001")'),
        ((action(2),), '@pytest.mark.incident("INC-001", action=1)'),
        ((action(2, status=Status.DROPPED), action(3, category=Category.CODE)), '@pytest.mark.incident("INC-001")'),
        ((action(2, "INC-002"),), '@pytest.mark.incident("INC-001")'),
    ],
)
def test_the_mark_to_paste_names_the_row_where_it_must(others: tuple[object, ...], mark: str) -> None:
    """The number is there exactly where the mark would be ambiguous without it."""
    assert mark_to_paste(ACTION, facts(ACTION, *others)) == mark  # type: ignore[arg-type]


def test_a_row_without_a_number_cannot_be_named() -> None:
    """The plain mark is the best there is, until the row has its number."""
    row = action(None)
    assert mark_to_paste(row, facts(row, action(2))) == '@pytest.mark.incident("INC-001")'


def test_the_mark_to_paste_is_python_whatever_the_cell_holds() -> None:
    """An incident id with quotes in it does not break out of the string."""
    row = action(incident='INC"); import os; ("')
    assert mark_to_paste(row, facts(row)) == '@pytest.mark.incident("INC\\"); import os; (\\"")'


def test_without_a_backlog_there_is_still_a_mark_to_paste() -> None:
    """Whether other rows exist is not known; the plain mark is right for most."""
    assert mark_to_paste(ACTION, facts(backlog=Unavailable("gone"))) == '@pytest.mark.incident("INC-001")'


def test_a_gap_that_nobody_chose_comes_first() -> None:
    """Of several reasons the gravest is told; a complete run has none."""
    cut = Unavailable("pytest.exit() ended the run early")
    assert gap_of(run({}, GAP, cut)) == cut
    assert gap_of(run({}, GAP)) == GAP
    assert gap_of(run()) is None


def test_a_link_that_met_no_test_is_not_collected() -> None:
    """A record is there for every link, also for one whose test is gone."""
    assert records_of(link(), run()) == (Record(TEST, Outcome.NOT_COLLECTED),)


NODE_IDS = st.lists(
    st.text("ab:[]/", min_size=1, max_size=6) | st.sampled_from(["a", "a::b", "a::b[a]", "a::b::a", "a::ba", "a[b]"]),
    unique=True,
)


@given(NODE_IDS, st.text("ab:[]", min_size=1, max_size=4) | st.sampled_from(["a", "a::b"]))
def test_a_run_finds_by_index_what_covers_says(nodeids: list[str], prefix: str) -> None:
    """The sorted look-up agrees with the definition, in order of node id."""
    records = {nodeid: Record(nodeid, Outcome.PASSED) for nodeid in nodeids}
    found = [record.nodeid for record in Run(records=records).of(prefix)]
    assert sorted(found) == sorted(nodeid for nodeid in nodeids if covers(prefix, nodeid))
    assert len(found) == len(set(found))


@given(st.lists(st.sampled_from(["INC-001", "INC-002", "INC-003"])))
def test_backlog_and_links_are_grouped_as_they_are_filtered(ids: list[str]) -> None:
    """Grouping changes no answer and no order."""
    rows = tuple(action(number, id_) for number, id_ in enumerate(ids))
    marks = tuple(link(f"tests/test_a.py::test_{number}", id_) for number, id_ in enumerate(ids))
    given_: Facts = facts(*rows, *marks)
    assert isinstance(given_.backlog, Backlog)
    for id_ in {*ids, "INC-404"}:
        assert given_.backlog.of(id_) == tuple(row for row in rows if row.incident == id_)
        assert links_of(action(1, id_), given_) == tuple(mark for mark in marks if mark.incident == id_)
