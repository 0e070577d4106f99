"""From two runs of a guard, with the fix and without it, to what they prove. Pure: running is the business of others.

What counts as red, and how much of it, was measured on real fixes. An exception in the test's own call is a proof; a
name that the fix itself brought says only that it is new; a file that cannot be collected says nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

from pytest_prevention.model import covers
from pytest_prevention.model.proof import Answer, Phase, Ran, Seen

HANGS = 8
"""What hangs without the fix does so for no other reason if the control took less than this part of the limit."""

COLLATERAL = 0.5
"""Where more of the file's other tests than this share fail too, the tree is broken and the guard shows nothing."""

ABSENT = "AbsentName"
"""The kind of a red that a stub had a part in, as ``sources.proof.stubs`` calls it."""

_NAME = re.compile(r"'([A-Za-z_][A-Za-z0-9_.]*)'|([A-Za-z_][A-Za-z0-9_]*)\(\) ")
_OF_A_NAME = frozenset({"AttributeError", "NameError", "TypeError", "ImportError", "ModuleNotFoundError"})


@dataclass(frozen=True, slots=True)
class Judged:
    """What two runs prove: the grade of the red, or the reason why it is none; ``excerpt`` quotes the red."""

    answer: Answer
    grade: str = ""
    reason: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The two runs, and what is needed to judge them.

    ``again`` repeats the run without the fix. ``limit_seconds`` was theirs. ``new_names`` came with the fix.
    ``expected`` tells of a node id whether that test may fail too: the fix itself added or changed it, or
    it guards against the same incident. ``strangers`` are source files of the fix whose code came from elsewhere.
    """

    control: Ran
    without: Ran
    again: Ran
    limit_seconds: float
    new_names: Set[str] = frozenset()
    expected: Callable[[str], bool] = lambda _: False
    strangers: tuple[str, ...] = ()


def judged(guard: str, trial: Trial) -> Judged:
    """The answer for one guard: a node id, or the prefix of several of which each is asked."""
    green, reason = _green(guard, trial.control)
    if not green:
        return Judged(Answer.INCONCLUSIVE, reason=reason, excerpt=_first_error(guard, trial.control))
    if trial.strangers:
        what = f"{trial.strangers[0]} was loaded from elsewhere, not from the tree of the proof"
        return Judged(Answer.INCONCLUSIVE, reason="wrong-code-loaded", excerpt=what)
    first, second = (_reds(green, run, trial) for run in (trial.without, trial.again))
    unsettled = next((one for one in (*first.values(), *second.values()) if one.answer is Answer.INCONCLUSIVE), None)
    both = [max(first[nodeid], second[nodeid], key=_doubt) for nodeid in sorted(first.keys() & second.keys())]
    best = min(both, key=_doubt, default=None)
    if best is not None and best.answer is not Answer.INCONCLUSIVE:
        if _is_collateral(guard, trial):
            return Judged(Answer.INCONCLUSIVE, reason="collateral", excerpt=best.excerpt)
        return best
    if unsettled is not None:
        return unsettled
    if first or second:
        return Judged(Answer.INCONCLUSIVE, reason="flaky", excerpt="it failed without the fix once, and passed once")
    return Judged(Answer.NOT_PROVEN, reason="passes-without-fix")


def obstacle(guard: str, control: Ran) -> str:
    """Why there is nothing to prove of a guard, by its run with the fix alone; empty where it passes there."""
    return _green(guard, control)[1]


def lacks_a_module(control: Ran) -> bool:
    """Whether an import failed though the fix is in: of a file that is generated, say, and so in no commit.

    pytest itself gives up where it was that of a conftest (``usage``), or of a plugin (``crashed``).
    """
    failed = {seen.kind for seen in control.seen if seen.outcome == "failed"}
    return control.end in ("usage", "crashed") or not failed.isdisjoint({"ImportError", "ModuleNotFoundError"})


def _doubt(one: Judged) -> int:
    return (Answer.PROVEN, Answer.WEAK, Answer.INCONCLUSIVE).index(one.answer)


def _green(guard: str, control: Ran) -> tuple[dict[str, Seen], str]:
    """The calls of the guard that pass with the fix, by node id; or why there is nothing to prove."""
    calls = {seen.nodeid: seen for seen in control.seen if seen.phase == "call" and covers(guard, seen.nodeid)}
    told = [seen for seen in control.seen if covers(guard, seen.nodeid)]
    if control.end == "timeout" or any(covers(guard, nodeid) for nodeid in control.hung):
        return {}, "timeout-in-control"
    if control.end != "finished" or any(seen.outcome in ("failed", "xpassed") for seen in told):
        return {}, "control-fails"
    if any(seen.phase == "collect" and seen.outcome == "failed" for seen in _of_file(guard, control)):
        return {}, "collection-error"
    green = {nodeid: seen for nodeid, seen in calls.items() if seen.outcome == "passed"}
    if green:
        return green, ""
    if told and all(seen.outcome == "deselected" for seen in told):
        return {}, "test-deselected"
    return {}, "test-skipped" if told or any(_of_file(guard, control)) else "test-missing"


def _reds(green: dict[str, Seen], run: Ran, trial: Trial) -> dict[str, Judged]:
    """Of the tests that pass with the fix, those that do not without it, and how."""
    return {nodeid: red for nodeid, seen in green.items() if (red := _red(seen, run, trial)) is not None}


def _red(green: Seen, run: Ran, trial: Trial) -> Judged | None:
    """How one test that passes with the fix fails in this run; None: it does not."""
    records = [seen for seen in run.seen if seen.nodeid == green.nodeid]
    failed = next((seen for seen in records if seen.outcome == "failed"), None)
    if failed is not None:
        return _graded(failed, trial.new_names)
    if green.nodeid in run.hung:
        return _hanging(green.nodeid, records, trial)
    if any(seen.phase == "call" and seen.outcome == "passed" for seen in records):
        return None
    collected = [seen for seen in _of_file(green.nodeid, run) if seen.phase == "collect"]
    if any(seen.outcome == "failed" for seen in collected):
        return Judged(Answer.INCONCLUSIVE, reason="collection-error", excerpt=_first_error(green.nodeid, run))
    if any(seen.outcome in ("skipped", "xfailed", "xpassed") for seen in (*records, *collected)):
        return Judged(Answer.INCONCLUSIVE, reason="test-skipped")
    if any(seen.outcome == "deselected" for seen in records):
        return Judged(Answer.INCONCLUSIVE, reason="test-deselected")
    return Judged(Answer.INCONCLUSIVE, reason="test-missing" if run.end == "finished" else "old-tree-does-not-run")


def _hanging(nodeid: str, records: Sequence[Seen], trial: Trial) -> Judged:
    """It hung in the phase after the last on record. A fixture that hangs says as little as one that fails."""
    phases: tuple[Phase, ...] = ("setup", "call", "teardown")
    ended = {seen.phase for seen in records}
    phase = next((phase for phase in phases if phase not in ended), "teardown")
    seconds = sum(seen.seconds for seen in trial.control.seen if seen.nodeid == nodeid and seen.phase == phase)
    if seconds * HANGS >= trial.limit_seconds:
        return Judged(Answer.INCONCLUSIVE, reason="timeout-in-control")
    excerpt = f"{phase}: still running after {trial.limit_seconds:g} s"
    if phase == "call":
        return Judged(Answer.PROVEN, "timeout", excerpt=excerpt)
    return Judged(Answer.WEAK, "fixture", excerpt=excerpt)


def _graded(red: Seen, new_names: Set[str]) -> Judged:
    excerpt = _quoted(red)
    if red.phase != "call":
        return Judged(Answer.WEAK, "fixture", excerpt=excerpt)
    if red.kind == ABSENT:
        return Judged(Answer.WEAK, "api-absent", excerpt=red.message)
    if red.kind in _OF_A_NAME and not frozenset(new_names).isdisjoint(_names(red.message)):
        return Judged(Answer.WEAK, "api-absent", excerpt=excerpt)
    grade = "assertion" if red.kind in ("AssertionError", "Failed") else "exception"
    return Judged(Answer.PROVEN, grade, excerpt=excerpt)


def _quoted(red: Seen) -> str:
    return f"{red.kind}: {red.message}" if red.kind else red.message


def _first_error(guard: str, run: Ran) -> str:
    """What the guard, or its file when it was collected, failed with first; empty where neither did."""
    told = (seen for seen in run.seen if covers(guard, seen.nodeid) or seen.nodeid == guard.partition("::")[0])
    return next((_quoted(seen) for seen in told if seen.outcome == "failed"), "")


def _names(message: str) -> Iterator[str]:
    """The names that an error message is about: *got an unexpected keyword argument 'currency'*."""
    for quoted, called in _NAME.findall(message):
        yield from (quoted or called).split(".")


def _of_file(nodeid: str, run: Ran) -> Iterator[Seen]:
    """What was recorded of the test's whole file."""
    file = nodeid.partition("::")[0]
    return (seen for seen in run.seen if seen.nodeid == file)


def _is_collateral(guard: str, trial: Trial) -> bool:
    """Whether most of the file's other tests, which should pass either way, fail without the fix as well."""
    file = guard.partition("::")[0]
    others = [
        seen.nodeid
        for seen in trial.control.seen
        if seen.phase == "call"
        and seen.outcome == "passed"
        and covers(file, seen.nodeid)
        and not covers(guard, seen.nodeid)
        and not trial.expected(seen.nodeid)
    ]
    failed = {seen.nodeid for seen in trial.without.seen if seen.outcome == "failed"}
    return sum(nodeid in failed for nodeid in others) > COLLATERAL * len(others)
