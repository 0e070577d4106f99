"""From reports to outcomes: laws that hold whatever the order of the reports, and one line per pytest case."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model import Location, Outcome, Unavailable, worst
from pytest_prevention.recording import SELECTIONS, Collected, Recorder, combined, outcome_of, selection_gaps

GUARD = "test_a.py::test_one"
OUTCOMES = st.sampled_from(Outcome)
PHASES = st.sampled_from(["setup", "call", "teardown", "???"])
REPORTS = st.tuples(PHASES, st.sampled_from(["passed", "failed", "skipped"]), st.booleans())
Report = tuple[str, str, bool]


def recorded(reports: Sequence[Report], nodeid: str = GUARD) -> Outcome:
    recorder = Recorder()
    for phase, result, expected in reports:
        recorder.see(nodeid, phase, result, expected_to_fail=expected)
    return recorder.record(nodeid, Outcome.NOT_RUN).outcome


@pytest.mark.parametrize(
    ("phase", "result", "expected", "outcome"),
    [
        ("setup", "passed", False, None),
        ("teardown", "passed", False, None),
        ("call", "passed", False, Outcome.PASSED),
        ("call", "passed", True, Outcome.XPASSED),
        ("setup", "passed", True, None),
        ("call", "failed", False, Outcome.FAILED),
        ("setup", "failed", False, Outcome.ERROR),
        ("teardown", "failed", False, Outcome.ERROR),
        ("setup", "skipped", False, Outcome.SKIPPED),
        ("call", "skipped", False, Outcome.SKIPPED),
        ("call", "skipped", True, Outcome.XFAILED),
        ("setup", "skipped", True, Outcome.XFAILED),
        ("???", "failed", False, Outcome.CRASHED),
        ("???", "passed", True, Outcome.CRASHED),
    ],
)
def test_one_report(phase: str, result: str, expected: bool, outcome: Outcome | None) -> None:
    """What each report of pytest stands for; ``???`` is what xdist reports of a dead worker."""
    assert outcome_of(phase, result, expected_to_fail=expected) is outcome


@given(OUTCOMES, OUTCOMES, OUTCOMES)
def test_worst_is_a_maximum(a: Outcome, b: Outcome, c: Outcome) -> None:
    """Commutative, associative, idempotent, and one of the two."""
    assert worst(a, b) is worst(b, a)
    assert worst(worst(a, b), c) is worst(a, worst(b, c))
    assert worst(a, a) is a
    assert worst(a, b) in (a, b)


@given(OUTCOMES, OUTCOMES)
def test_a_bad_outcome_is_never_hidden(a: Outcome, b: Outcome) -> None:
    """With anything that ran and did not pass beside it, nothing passes; having run beats not having run."""
    if any(one.ran and not one.passing for one in (a, b)):
        assert not worst(a, b).passing
    assert worst(a, b).ran == (a.ran or b.ran)


@given(st.lists(REPORTS, min_size=1), st.randoms())
def test_the_order_of_reports_does_not_matter(reports: list[Report], random: object) -> None:
    """Teardown before call, subtests in any order: the worst of all that was told."""
    shuffled = list(reports)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    told = [outcome_of(phase, result, expected_to_fail=expected) for phase, result, expected in reports]
    law = reduce(worst, [outcome for outcome in told if outcome], Outcome.NOT_RUN)
    assert recorded(reports) is recorded(shuffled) is law


@given(st.lists(REPORTS), st.lists(REPORTS))
def test_reports_of_other_tests_do_not_matter(mine: list[Report], others: list[Report]) -> None:
    recorder = Recorder()
    for nodeid, reports in ((GUARD, mine), (GUARD + "[x]", others)):
        for phase, result, expected in reports:
            recorder.see(nodeid, phase, result, expected_to_fail=expected)
    assert recorder.record(GUARD, Outcome.NOT_RUN).outcome is recorded(mine)


def test_a_pass_after_a_rerun_is_flaky() -> None:
    """And a failure after one is a failure."""
    recorder = Recorder()
    for nodeid, last in (("flaky", "passed"), ("failing", "failed"), ("gone", "rerun")):
        recorder.see(nodeid, "call", "rerun", seconds=1.0)
        recorder.see(nodeid, "call", last, seconds=0.5)
    assert recorder.record("flaky", Outcome.NOT_RUN).outcome is Outcome.FLAKY
    assert recorder.record("failing", Outcome.NOT_RUN).outcome is Outcome.FAILED
    assert recorder.record("gone", Outcome.NOT_RUN).outcome is Outcome.NOT_RUN
    assert recorder.record("flaky", Outcome.NOT_RUN).seconds == 1.5


@pytest.mark.parametrize("otherwise", [Outcome.NOT_RUN, Outcome.DESELECTED])
def test_a_test_without_a_report_stays_what_it_was(otherwise: Outcome) -> None:
    assert Recorder().record(GUARD, otherwise).outcome is otherwise


def test_the_detail_is_that_of_the_worst() -> None:
    """The message kept is the one that belongs to the outcome told."""
    recorder = Recorder()
    recorder.see(GUARD, "call", "failed", detail="assert 1 == 2")
    recorder.see(GUARD, "call", "skipped", detail="not today")
    recorder.see(GUARD, "call", "passed")
    assert recorder.record(GUARD, Outcome.NOT_RUN).detail == "assert 1 == 2"
    recorder.see(GUARD, "teardown", "failed", detail="no database")
    assert recorder.record(GUARD, Outcome.NOT_RUN).detail == "no database"


def collected(*uses: tuple[str, ...]) -> Collected:
    result = Collected()
    for number, ids in enumerate(uses):
        nodeid = f"test_a.py::test_{number}"
        if result.add(nodeid, [(ids, {})], "test_a.py", number + 1):
            result.guards[nodeid] = Outcome.NOT_RUN.value
    return result


def test_a_mark_of_several_incidents_makes_several_links() -> None:
    found = Collected()
    assert found.add(GUARD, [(("INC-001", "INC-002"), {}), (("INC-003",), {"action": 2})], "test_a.py", 3) == {
        "INC-001",
        "INC-002",
        "INC-003",
    }
    assert found.marks == [
        ("INC-001", None, GUARD, "test_a.py", 3),
        ("INC-002", None, GUARD, "test_a.py", 3),
        ("INC-003", 2, GUARD, "test_a.py", 3),
    ]
    assert not found.problems()


@pytest.mark.parametrize("use", [((), {}), ((["INC-001"],), {}), (("INC-001",), {"action": "2"}), (("",), {})])
def test_a_malformed_mark_links_nothing_and_is_told(use: tuple[tuple[object, ...], dict[str, object]]) -> None:
    """And the good mark beside it counts."""
    found = Collected()
    assert found.add(GUARD, [use, (("INC-002",), {})], "test_a.py", 3) == {"INC-002"}
    (problem,) = found.problems()
    assert problem.kind == "mark-malformed"
    assert problem.location == Location("test_a.py", 3)


def test_a_mark_added_while_the_test_ran_is_dynamic() -> None:
    """It links, and its test is a guard; a mark that stood there at collection stays a mark."""
    before = collected(("INC-001",))
    recorder = Recorder()
    added = ("INC-002", None, "test_a.py::test_late", "test_a.py", 9)
    recorder.see("test_a.py::test_0", "call", "passed", marks=before.marks)
    recorder.see("test_a.py::test_late", "call", "failed", marks=[added])
    run = recorder.run(before, (), ())
    assert [(link.incident, link.origin) for link in run.links] == [("INC-001", "mark"), ("INC-002", "dynamic")]
    assert run.records["test_a.py::test_0"].outcome is Outcome.PASSED
    assert run.records["test_a.py::test_late"].outcome is Outcome.FAILED


def test_the_run_holds_every_guard_and_nothing_else() -> None:
    """Guards that no report spoke of are there as not run or deselected; tests that guard nothing are not."""
    seen = collected(("INC-001",), ("INC-002",))
    seen.guards["test_a.py::test_1"] = Outcome.DESELECTED.value
    recorder = Recorder()
    recorder.see("test_a.py::test_plain", "call", "failed")
    gap = Unavailable("stopped early", "run it all")
    run = recorder.run(seen, [gap], ["-x"])
    assert {nodeid: record.outcome for nodeid, record in run.records.items()} == {
        "test_a.py::test_0": Outcome.NOT_RUN,
        "test_a.py::test_1": Outcome.DESELECTED,
    }
    assert (run.gaps, run.arguments, run.complete) == ((gap,), ("-x",), False)


@given(st.lists(st.integers(0, 5)), st.randoms())
def test_workers_that_saw_the_same_are_as_one(order: list[int], random: object) -> None:
    """Two workers collect the same tests: nothing counts twice, whichever speaks first."""
    uses: list[tuple[str, ...]] = [(f"INC-{number:03d}",) for number in order]
    one, two = collected(*uses, ()), collected(*uses, ())
    one.deselected = two.deselected = 3
    both = combined([one, two])
    assert both == combined([two, one]) == combined([one])
    assert both.marks == one.marks
    assert both.malformed == one.malformed
    assert both.deselected == 3
    assert list(both.guards) == sorted(one.guards)


def test_workers_that_saw_different_things_are_added_up() -> None:
    one, two = collected(("INC-001",)), Collected()
    two.add("test_b.py::test_b", [(("INC-002",), {})], "test_b.py", 1)
    two.guards["test_b.py::test_b"] = Outcome.NOT_RUN.value
    both = combined([two, one])
    assert sorted(both.guards) == ["test_a.py::test_0", "test_b.py::test_b"]
    assert {mark[0] for mark in both.marks} == {"INC-001", "INC-002"}
    assert combined([]) == Collected()


def test_what_workers_measured_is_added_up() -> None:
    """A test that two of them ran too; a reason is told only where nothing was measured."""
    gap = ("coverage.py is not installed", "install it", True)
    one = Collected(executed={"a::x": {"shop.py": frozenset({1})}, "a::y": {}}, unmeasured=[gap])
    two = Collected(executed={"a::x": {"shop.py": frozenset({2}), "cart.py": frozenset({3})}})
    run = Recorder().run(combined([one, two]), [], [])
    both = {"shop.py": frozenset({1, 2}), "cart.py": frozenset({3})}
    assert run.executed == {"a::x": both, "a::y": {}}
    blind = Recorder().run(combined([Collected(unmeasured=[gap]), Collected()]), [], [])
    assert blind.executed == Unavailable(*gap)
    assert Recorder().run(Collected(), [], []).executed == {}


@given(st.sets(st.sampled_from(sorted(SELECTIONS))), st.booleans(), st.integers(0, 3))
def test_every_selection_is_a_gap_by_design(chosen: set[str], by_path: bool, deselected: int) -> None:
    """One gap with all the reasons where anything left tests out, and none where nothing did."""
    typed = [SELECTIONS[name][-1] for name in chosen]
    gaps = list(selection_gaps(chosen, typed, by_path=by_path, deselected=deselected))
    assert len(gaps) == bool(chosen or by_path or deselected)
    assert gaps == list(selection_gaps(sorted(chosen, reverse=True), typed, by_path=by_path, deselected=deselected))
    assert all(gap.by_design and gap.remedy for gap in gaps)


@given(st.sets(st.sampled_from(sorted(SELECTIONS)), min_size=1))
def test_what_addopts_leave_out_of_every_run_is_a_gap_that_nobody_chose(chosen: set[str]) -> None:
    """A guard that no run ever looks at must not be excused."""
    (gap,) = selection_gaps(chosen, ["tests", "-q", "--incidental"], by_path=False, deselected=1)
    assert not gap.by_design
    assert "addopts" in gap.reason


@pytest.mark.parametrize("argument", ["-k", "-kslow", "--ignore=x", "--ignore", "--lf"])
def test_an_option_is_typed_in_any_of_its_spellings(argument: str) -> None:
    """``-kslow`` is ``-k slow``."""
    names = {name for name, spellings in SELECTIONS.items() if argument.startswith(spellings)}
    gaps = [gap for name in names for gap in selection_gaps([name], [argument], by_path=False, deselected=0)]
    assert [gap for gap in gaps if gap.by_design]


def test_a_gap_names_the_options_that_people_know() -> None:
    (gap,) = selection_gaps(["markexpr", "keyword"], ["-k", "-m"], by_path=True, deselected=2)
    assert gap.reason == "not part of this run: -k and -m and a path argument left tests out"
    (gap,) = selection_gaps([], [], by_path=False, deselected=1)
    assert gap.reason == "not part of this run: a plugin left tests out"
