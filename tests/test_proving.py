"""From the records of runs to the answer for one guard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model.proof import Answer, Phase, Ran, Seen
from pytest_prevention.proving import Judged, Trial, judged, lacks_a_module

FILE = "tests/test_orders.py"
GUARD = f"{FILE}::test_total"
Outcome = Literal["passed", "failed", "skipped", "xfailed", "xpassed", "deselected"]


def passed(nodeid: str = GUARD, seconds: float = 0.1) -> tuple[Seen, ...]:
    phases: tuple[Phase, ...] = ("setup", "call", "teardown")
    return tuple(Seen(nodeid, phase, "passed", seconds=seconds) for phase in phases)


def ended(
    outcome: Outcome, kind: str = "", message: str = "", *, phase: Phase = "call", nodeid: str = GUARD
) -> tuple[Seen, ...]:
    """A test that came through the phases before this one and ended in it so."""
    before = {"collect": 0, "setup": 0, "call": 1, "teardown": 2}[phase]
    return (*passed(nodeid)[:before], Seen(nodeid, phase, outcome, kind, message))


def failed(kind: str = "AssertionError", message: str = "assert 3 == 4", *, nodeid: str = GUARD) -> tuple[Seen, ...]:
    return ended("failed", kind, message, nodeid=nodeid)


UNREADABLE = ended("failed", "ImportError", "cannot import name 'total'", phase="collect", nodeid=FILE)


PASSED = passed()


def trial(
    without: Sequence[Seen] | Ran,
    *,
    control: Sequence[Seen] | Ran = PASSED,
    again: Sequence[Seen] | Ran | None = None,
) -> Trial:
    """A limit of 16 s; the run without the fix shows the same when it is repeated, unless told otherwise."""
    runs = [
        run if isinstance(run, Ran) else Ran(tuple(run))
        for run in (control, without, without if again is None else again)
    ]
    return Trial(control=runs[0], without=runs[1], again=runs[2], limit_seconds=16)


def inconclusive(given: Trial, guard: str = GUARD) -> str:
    answer = judged(guard, given)
    assert (answer.answer, answer.grade) == (Answer.INCONCLUSIVE, "")
    return answer.reason


@pytest.mark.parametrize(
    ("kind", "message", "grade"),
    [
        ("AssertionError", "assert 3 == 4", "assertion"),
        ("Failed", "DID NOT RAISE ValueError", "assertion"),
        ("ZeroDivisionError", "division by zero", "exception"),
        ("AttributeError", "'NoneType' object has no attribute 'strip'", "exception"),
        ("TypeError", "unsupported operand type(s) for +: 'int' and 'str'", "exception"),
        ("KeyError", "'currency'", "exception"),
    ],
)
def test_a_red_in_the_tests_own_call_proves(kind: str, message: str, grade: str) -> None:
    """An assertion, an exception that did not come, and any other that did."""
    given = replace(trial(failed(kind, message)), new_names={"currency"})
    assert judged(GUARD, given) == Judged(Answer.PROVEN, grade, excerpt=f"{kind}: {message}")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("TypeError", "total() got an unexpected keyword argument 'currency'"),
        ("TypeError", "currency() takes 1 positional argument but 2 were given"),
        ("AttributeError", "'Order' object has no attribute 'currency'"),
        ("AttributeError", "module 'shop.orders' has no attribute 'currency'"),
        ("NameError", "name 'currency' is not defined"),
        ("ImportError", "cannot import name 'currency' from 'shop.orders' (shop/orders.py)"),
        ("ModuleNotFoundError", "No module named 'shop.currency'"),
    ],
)
def test_a_name_that_came_with_the_fix_says_only_that_it_is_new(kind: str, message: str) -> None:
    """The same error about a name that was there before is a red like any other."""
    absent = trial(failed(kind, message))
    weak = Judged(Answer.WEAK, "api-absent", excerpt=f"{kind}: {message}")
    assert judged(GUARD, replace(absent, new_names={"currency"})) == weak
    assert judged(GUARD, replace(absent, new_names={"curr", "currency_of"})) == replace(
        weak, answer=Answer.PROVEN, grade="exception"
    )


@pytest.mark.parametrize("phase", ["setup", "teardown"])
def test_a_fixture_that_fails_is_weak(phase: Phase) -> None:
    """Whatever it failed with: the test itself said nothing, but it did not pass either."""
    red = ended("failed", "AssertionError", "left open", phase=phase)
    assert judged(GUARD, trial(red)) == Judged(Answer.WEAK, "fixture", excerpt="AssertionError: left open")


def test_a_red_without_an_exception_is_quoted_as_it_is() -> None:
    """Plugins make up reports of their own."""
    assert judged(GUARD, trial(failed("", "3 != 4"))).excerpt == "3 != 4"


def test_a_guard_that_passes_without_the_fix_is_not_proven() -> None:
    """The one answer that accuses: it needs the pass on record."""
    assert judged(GUARD, trial(passed())).answer is Answer.NOT_PROVEN


@pytest.mark.parametrize(
    "control",
    [
        failed(),
        ended("failed", "OSError", phase="setup"),
        ended("failed", "OSError", phase="teardown"),
        ended("xpassed"),
        Ran(passed(), end="crashed"),
        Ran(passed(), end="usage"),
    ],
)
def test_what_does_not_pass_with_the_fix_proves_nothing(control: Sequence[Seen] | Ran) -> None:
    """The control comes first, and all of it must have run."""
    assert inconclusive(trial(failed(), control=control)) == "control-fails"


def test_a_failure_beside_the_guard_does_not_spoil_the_control() -> None:
    """Another test of the file, another file that cannot be collected."""
    other = ended("failed", "ImportError", phase="collect", nodeid="tests/test_other.py")
    control = (*other, *failed(nodeid=f"{FILE}::test_total_of_none"), *passed())
    assert judged(GUARD, trial(failed(), control=control)).answer is Answer.PROVEN


def test_a_control_that_runs_into_the_limit_proves_nothing() -> None:
    """Even where the guard itself had passed by then."""
    assert inconclusive(trial(failed(), control=Ran(passed(), end="timeout"))) == "timeout-in-control"


def test_a_file_that_cannot_be_collected_says_nothing() -> None:
    """With the fix or without it: naively each of its tests would be proven."""
    assert inconclusive(trial(UNREADABLE)) == "collection-error"
    assert inconclusive(trial(failed(), control=UNREADABLE)) == "collection-error"


def test_what_could_not_be_told_quotes_the_error() -> None:
    """Of the file that cannot be collected, or of the guard that fails with the fix; of no other test."""
    other = ended("failed", "KeyError", phase="call", nodeid=f"{FILE}::test_other")
    error = ended("failed", "ImportError", "no such name", phase="collect", nodeid=FILE)
    for one in (trial((*other, *error)), trial(failed(), control=(*other, *error))):
        assert judged(GUARD, one).excerpt == "ImportError: no such name"
    control = (*other, *ended("failed", "OSError", "no such file", phase="setup"))
    assert judged(GUARD, trial(failed(), control=control)).excerpt == "OSError: no such file"
    assert judged(GUARD, trial(failed(), control=other)).excerpt == ""


def test_a_guard_that_is_not_there_says_nothing() -> None:
    """With the fix or without it; a name that merely begins alike is another test."""
    other = passed(f"{FILE}::test_total_of_none")
    assert inconclusive(trial(failed(), control=other)) == "test-missing"
    assert inconclusive(trial(other)) == "test-missing"
    assert inconclusive(trial((), control=())) == "test-missing"


@pytest.mark.parametrize("outcome", ["skipped", "xfailed"])
def test_a_guard_that_is_skipped_says_nothing(outcome: Outcome) -> None:
    """With the fix or without it, in its call or before; expected failures alike."""
    for phase in ("setup", "call"):
        left_out = ended(outcome, phase=phase)
        assert inconclusive(trial(left_out)) == "test-skipped"
        assert inconclusive(trial(failed(), control=left_out)) == "test-skipped"
    assert inconclusive(trial(ended("xpassed"))) == "test-skipped"


def test_a_skipped_file_is_no_missing_test() -> None:
    """It was skipped as a whole while it was collected, so none of its tests has a record."""
    skipped = ended("skipped", "Skipped", phase="collect", nodeid=FILE)
    assert inconclusive(trial(skipped)) == "test-skipped"
    assert inconclusive(trial(failed(), control=skipped)) == "test-skipped"


def test_code_from_elsewhere_was_not_under_test() -> None:
    """An installed copy hides the tree: neither a red nor a green means anything, and the answer names the file."""
    for without in (failed(), passed()):
        given = replace(trial(without), strangers=("shop/orders.py",))
        assert inconclusive(given) == "wrong-code-loaded"
        assert "shop/orders.py" in judged(GUARD, given).excerpt


def test_the_control_is_told_before_code_from_elsewhere() -> None:
    """Where it fails, there is nothing to prove with whatever code."""
    assert inconclusive(replace(trial(failed(), control=failed()), strangers=("a.py",))) == "control-fails"


def hanging(*phases: Phase) -> Ran:
    """Hung after these phases had passed."""
    return Ran(tuple(Seen(GUARD, phase, "passed") for phase in phases), hung=(GUARD,))


def test_a_guard_that_hangs_without_the_fix_is_proven() -> None:
    """If with it the same phase took less than an eighth of the limit, which was 16 s."""
    in_call = trial(hanging("setup"))
    assert judged(GUARD, in_call) == Judged(Answer.PROVEN, "timeout", excerpt="call: still running after 16 s")
    assert judged(GUARD, replace(in_call, control=Ran(passed(seconds=1.9)))).answer is Answer.PROVEN
    assert inconclusive(replace(in_call, control=Ran(passed(seconds=2)))) == "timeout-in-control"


@pytest.mark.parametrize(("before", "phase"), [((), "setup"), (("setup", "call"), "teardown")])
def test_a_fixture_that_hangs_is_weak(before: tuple[Phase, ...], phase: str) -> None:
    """As one that fails; though the call may have passed, the guard did not."""
    expected = Judged(Answer.WEAK, "fixture", excerpt=f"{phase}: still running after 16 s")
    assert judged(GUARD, trial(hanging(*before))) == expected


def test_a_test_that_failed_before_it_hung_has_failed() -> None:
    """What it said before its teardown hung is on record."""
    both = Ran(failed(), hung=(GUARD,))
    assert judged(GUARD, trial(both)).grade == "assertion"


def test_another_test_that_hangs_changes_nothing() -> None:
    """It is set aside; the guard is judged by what it did, with the fix and without it."""
    other = (f"{FILE}::test_other",)
    given = trial(Ran(failed(), hung=other), control=Ran(passed(), hung=other))
    assert judged(GUARD, given).answer is Answer.PROVEN
    assert judged(GUARD, trial(Ran(passed(), hung=other))).answer is Answer.NOT_PROVEN


def test_a_guard_that_hangs_with_the_fix_proves_nothing() -> None:
    """Not even where another case of it passes."""
    control = Ran(passed(f"{GUARD}[a]"), hung=(f"{GUARD}[b]",))
    assert inconclusive(trial(failed(nodeid=f"{GUARD}[a]"), control=control)) == "timeout-in-control"


def test_a_run_out_of_time_is_no_red() -> None:
    """It was merely slow: the guard began, and nobody knows whether it would have ended."""
    assert inconclusive(trial(Ran(ended("passed", phase="setup"), end="timeout"))) == "old-tree-does-not-run"


def test_a_guard_that_the_project_deselects_says_nothing() -> None:
    """With the fix or without it: by ``-m`` in its addopts, ``--deselect``, or a conftest."""
    left_out = ended("deselected", phase="collect")
    assert inconclusive(trial(left_out)) == "test-deselected"
    assert inconclusive(trial(failed(), control=left_out)) == "test-deselected"
    case = f"{GUARD}[slow]"
    some_cases = (*ended("deselected", phase="collect", nodeid=case), *passed(f"{GUARD}[fast]"))
    assert judged(GUARD, trial(failed(nodeid=f"{GUARD}[fast]"), control=some_cases)).answer is Answer.PROVEN
    skipped = (*some_cases[:1], *ended("skipped", nodeid=f"{GUARD}[fast]"))
    assert inconclusive(trial(failed(), control=skipped)) == "test-skipped"


def test_a_red_through_a_stub_is_weak() -> None:
    """Whatever names came with the fix; its message says all."""
    weak = Judged(Answer.WEAK, "api-absent", excerpt="the tree has no shop.orders.total")
    assert judged(GUARD, trial(failed("AbsentName", "the tree has no shop.orders.total"))) == weak


@pytest.mark.parametrize(
    ("control", "lacks"),
    [
        (UNREADABLE, True),
        (failed("ModuleNotFoundError", "No module named 'shop._version'"), True),
        (Ran(end="usage"), True),
        (Ran(end="crashed"), True),
        (passed(), False),
        (failed(), False),
        (ended("skipped", "ImportError"), False),
        (Ran(end="timeout"), False),
    ],
)
def test_what_the_tree_lacks_may_be_installed(control: Sequence[Seen] | Ran, lacks: bool) -> None:
    """An import that fails though the fix is in, wherever it was; no other failure."""
    assert lacks_a_module(control if isinstance(control, Ran) else Ran(tuple(control))) is lacks


def test_a_guard_that_never_began_says_nothing() -> None:
    """The run crashed, was refused, or hung in another test before its turn."""
    for end in ("timeout", "crashed", "usage"):
        assert inconclusive(trial(Ran(end=end))) == "old-tree-does-not-run"


def test_a_crash_in_the_guard_says_nothing() -> None:
    """It began and never ended."""
    assert inconclusive(trial(Ran(ended("passed", phase="setup"), end="crashed"))) == "old-tree-does-not-run"


def test_what_was_seen_before_a_crash_counts() -> None:
    """Records are streamed: the red of the guard stands, and so does its pass."""
    assert judged(GUARD, trial(Ran(failed(), end="crashed"))).answer is Answer.PROVEN
    assert judged(GUARD, trial(Ran(passed(), end="timeout"))).answer is Answer.NOT_PROVEN


def test_one_red_of_two_is_flaky() -> None:
    """Whichever of the two runs it was."""
    assert inconclusive(trial(failed(), again=passed())) == "flaky"
    assert inconclusive(trial(passed(), again=failed())) == "flaky"


def test_the_repetition_must_prove_as_well() -> None:
    """A red that was not seen again is none; of two grades the weaker counts."""
    for first, second in ((failed(), UNREADABLE), (UNREADABLE, failed())):
        assert inconclusive(trial(first, again=second)) == "collection-error"
    fixture = ended("failed", "OSError", phase="setup")
    for first, second in ((failed(), fixture), (fixture, failed())):
        assert judged(GUARD, trial(first, again=second)).grade == "fixture"


def some(count: int, make: object = passed, start: int = 0) -> tuple[Seen, ...]:
    return tuple(seen for n in range(start, count) for seen in make(nodeid=f"{FILE}::test_{n}"))  # type: ignore[operator]


@pytest.mark.parametrize(("others", "red", "reason"), [(4, 2, ""), (4, 3, "collateral"), (1, 1, "collateral")])
def test_more_than_half_of_the_other_tests_red_is_a_broken_tree(others: int, red: int, reason: str) -> None:
    """Then the guard fails as everything does."""
    without = (*failed(), *some(red, failed), *some(others, start=red))
    assert judged(GUARD, trial(without, control=(*passed(), *some(others)))).reason == reason


def test_tests_that_should_fail_too_are_no_collateral() -> None:
    """Those of the fix itself, other guards, other files, and what fails with the fix as well."""
    elsewhere = f"{FILE.removesuffix('.py')}_of_others.py::test_a"
    control = (*passed(), *some(3), *failed(nodeid=f"{FILE}::test_old"), *passed(elsewhere))
    without = (*failed(), *some(3, failed), *failed(nodeid=f"{FILE}::test_old"), *failed(nodeid=elsewhere))
    given = trial(without, control=control)
    assert inconclusive(given) == "collateral"
    expected = replace(given, expected=lambda nodeid: nodeid.startswith(f"{FILE}::test_") and nodeid != GUARD)
    assert judged(GUARD, expected).answer is Answer.PROVEN
    assert judged(FILE, given).answer is not Answer.PROVEN, "one of the file's own tests fails with the fix"


def test_what_fails_with_the_fix_as_well_is_no_collateral() -> None:
    """It says nothing of the tree without the fix."""
    others = (*some(2, failed), *some(3, start=2))
    assert judged(GUARD, trial((*failed(), *others), control=(*passed(), *others))).answer is Answer.PROVEN


def test_one_red_case_of_several_is_enough() -> None:
    """A parametrised guard, a class or a file: nobody expects each case to meet the bug."""
    cases = [f"{GUARD}[{name}]" for name in ("empty", "one", "many")]
    control = tuple(seen for case in cases for seen in passed(case))
    without = (*passed(cases[0]), *failed(nodeid=cases[1]), *ended("skipped", nodeid=cases[2]))
    assert judged(GUARD, trial(without, control=control)).answer is Answer.PROVEN
    weak = (*ended("failed", "OSError", phase="setup", nodeid=cases[0]), *without[3:])
    assert judged(GUARD, trial(weak, control=control)).grade == "assertion", "the strongest case speaks"
    assert judged(f"{GUARD}[empty]", trial(without, control=control)).answer is Answer.NOT_PROVEN


def test_cases_that_pass_do_not_accuse_while_one_is_in_doubt() -> None:
    """Not proven means that every case passes; a case that fails with the fix spoils the guard."""
    control = (*passed(f"{GUARD}[a]"), *passed(f"{GUARD}[b]"))
    without = (*passed(f"{GUARD}[a]"), *ended("skipped", nodeid=f"{GUARD}[b]"))
    assert inconclusive(trial(without, control=control)) == "test-skipped"
    assert judged(GUARD, trial(control, control=control)).answer is Answer.NOT_PROVEN
    spoilt = (*passed(f"{GUARD}[a]"), *failed(nodeid=f"{GUARD}[b]"))
    assert inconclusive(trial(failed(nodeid=f"{GUARD}[a]"), control=spoilt)) == "control-fails"


def test_different_cases_red_in_the_two_runs_are_flaky() -> None:
    """The same case has to fail twice."""
    control = (*passed(f"{GUARD}[a]"), *passed(f"{GUARD}[b]"))
    first = (*failed(nodeid=f"{GUARD}[a]"), *passed(f"{GUARD}[b]"))
    second = (*passed(f"{GUARD}[a]"), *failed(nodeid=f"{GUARD}[b]"))
    assert inconclusive(trial(first, control=control, again=second)) == "flaky"


RECORDS = st.lists(
    st.builds(
        Seen,
        st.sampled_from([GUARD, f"{GUARD}[a]", FILE, f"{FILE}::test_other"]),
        st.sampled_from(["collect", "setup", "call", "teardown"]),
        st.sampled_from(["passed", "failed", "skipped", "xfailed", "xpassed", "deselected"]),
        st.sampled_from(["", "AssertionError", "AttributeError", "OSError"]),
        st.sampled_from(["", "no attribute 'new'"]),
    ),
    max_size=8,
).map(tuple)
RUNS = st.builds(
    Ran,
    RECORDS,
    end=st.sampled_from(["finished", "timeout", "crashed", "usage"]),
    hung=st.sampled_from([(), (GUARD,), (f"{GUARD}[a]",)]),
)


@given(control=RUNS, without=RUNS, again=RUNS)
def test_whatever_was_recorded_has_one_answer(control: Ran, without: Ran, again: Ran) -> None:
    """A proof has a grade and a red in both runs, anything else a reason; without a green control nothing speaks."""
    answer = judged(GUARD, replace(trial(without, control=control, again=again), new_names={"new"}))
    proven = answer.answer in (Answer.PROVEN, Answer.WEAK)
    assert (bool(answer.grade), bool(answer.reason)) == (proven, not proven)
    if answer.answer is not Answer.INCONCLUSIVE:
        assert control.end == "finished"
        assert any(seen.phase == "call" and seen.outcome == "passed" for seen in control.seen)
    if proven:
        assert all(run.hung or any(seen.outcome == "failed" for seen in run.seen) for run in (without, again))
