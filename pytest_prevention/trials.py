"""Trials: the guards of one fix, run with it and without it, by one technique after the other until one speaks."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from math import inf
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from pytest_prevention.model import covers
from pytest_prevention.model.proof import Answer, Method, Proof, Ran
from pytest_prevention.policy import Policy
from pytest_prevention.proving import HANGS, Trial, judged, lacks_a_module, obstacle
from pytest_prevention.sources.git import Room
from pytest_prevention.sources.git_tree import as_text
from pytest_prevention.sources.proof.fingerprint import Fingerprints, in_commit
from pytest_prevention.sources.proof.fix import Entry, Fix, Refusal
from pytest_prevention.sources.proof.functions import function_wise
from pytest_prevention.sources.proof.merge import merge_reverse
from pytest_prevention.sources.proof.names import brought
from pytest_prevention.sources.proof.run import MEMORY_BYTES, memory_limit, run
from pytest_prevention.sources.proof.trees import Build, at_the_fix, old_tree, strict_reverse
from pytest_prevention.sources.retrofit.changes import Untold, changed

LONGEST, SHORTEST = 120.0, 15.0
"""Seconds: the limit of a control, and the least that a run without the fix gets."""

PATIENCE = 240.0
"""Seconds that all controls of one fix in which something hangs may take together."""

Control = Literal["fix", "today", "fix with tests of today", "the same with stubs"]


@dataclass(frozen=True, slots=True)
class Technique:
    """One way to have two trees that differ only in the fix; ``control`` is the one that holds it.

    Where ``passing_counts``, a guard that passes without the fix is *not proven*; elsewhere the fix may stand in a
    second place by now, and only a red is believed. ``in_vain`` are the trees on which a guard that ran, and was not
    settled, need not be tried: they hold nothing that it has not met.
    """

    method: Method
    build: Build
    control: Control
    passing_counts: bool = False
    stubs: bool = False
    in_vain: tuple[Control, ...] = ()


TECHNIQUES: tuple[Technique, ...] = (
    Technique("at-the-fix", at_the_fix, "fix", passing_counts=True, in_vain=("fix with tests of today",)),
    Technique("strict-reverse", strict_reverse, "today", passing_counts=True, in_vain=("today",)),
    Technique("merge-reverse", merge_reverse, "today"),
    Technique("function-wise", function_wise, "today"),
    Technique("old-tree", old_tree, "fix with tests of today", passing_counts=True),
    Technique("old-tree-stubs", old_tree, "the same with stubs", stubs=True),
)
"""In this order; the first that speaks decides."""


PASSING_TODAY = "superseded", "it passes without these lines: the fix may stand in another place by now"
PASSING_NOW = "test-changed", "it passes before the fix, but it was another test when the fix was made"
PASSING_ON_STUBS = "collection-error", "it passes on stand-ins for what the old code lacks, which shows nothing"

PATIENCE_LOST = "timeout-in-control", f"tests hung in its runs with the fix, which took more than {PATIENCE:g} s"

NOTHING_LOADED = (
    "wrong-code-loaded",
    "it passes, and no file of the fix was loaded: it does not reach the fix, or does so in another process",
)


class Stage(IntEnum):
    """How far an attempt came. What came furthest says best why nothing could be proven."""

    NOTHING = 0
    REFUSED = 1
    CONTROL = 2
    RAN = 3
    SPOKE = 4


class Attempt(NamedTuple):
    """One technique on one guard."""

    stage: Stage
    proof: Proof


def tried(
    room: Room, policy: Policy, fix: Fix, guards: Sequence[str], techniques: Sequence[Technique] = TECHNIQUES
) -> dict[str, Proof]:
    """What can be said of each guard (a node id, or the prefix of several); ``incident`` is left empty.

    OSError where the disk is full.
    """
    case = _Case(room, policy, fix, tuple(guards))
    best = {guard: Attempt(Stage.NOTHING, inconclusive("", guard, "test-missing")) for guard in guards}
    in_vain: set[tuple[str, str]] = set()
    for technique in techniques:
        asked = [
            guard
            for guard, (stage, proof) in best.items()
            if stage is not Stage.SPOKE
            and proof.reason != "flaky"  # one that passes now and then is believed nowhere
            and (technique.control, guard) not in in_vain
            and (technique.control != "fix" or case.is_same(guard))
        ]
        for attempt in case.attempts(technique, asked) if asked else ():
            before, guard = best[attempt.proof.guard], attempt.proof.guard
            if attempt.stage is Stage.CONTROL:
                in_vain.add((technique.control, guard))
            if attempt.stage is Stage.RAN:
                in_vain.update((control, guard) for control in technique.in_vain)
            stage, proof = max(before, attempt, key=lambda one: one.stage)
            best[guard] = Attempt(stage, replace(proof, seconds=before.proof.seconds + attempt.proof.seconds))
    return {guard: attempt.proof for guard, attempt in best.items()}


def inconclusive(incident: str, guard: str, reason: str, detail: str = "") -> Proof:
    """Nobody can tell, for this reason."""
    return Proof(incident, guard, Answer.INCONCLUSIVE, reason=reason, excerpt=detail)


@dataclass(slots=True)
class _Patience:
    """What controls that hang may still take, and the tests beside the guards for which one has waited."""

    seconds: float = PATIENCE
    hung: set[str] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return self.seconds < SHORTEST

    def take(self, control: Ran, guards: Sequence[str]) -> None:
        if control.hung or control.end == "timeout":
            self.seconds -= control.seconds
        self.hung.update(one for one in control.hung if not any(covers(guard, one) for guard in guards))


@dataclass(frozen=True)
class _Case:
    """One fix and all its guards. What every technique needs of it is found out once."""

    room: Room
    policy: Policy
    fix: Fix
    guards: tuple[str, ...]
    patience: _Patience = field(default_factory=_Patience)

    def is_same(self, guard: str) -> bool:
        """Whether the guard stands at the fix as it stands today: only then does a proof of then hold now."""
        return self._then.of(guard) == self._now.of(guard) is not None

    def is_another(self, guard: str) -> bool:
        """Whether the guard stands at the fix, and asks something else today."""
        return self._then.of(guard) not in (None, self._now.of(guard))

    @cached_property
    def _then(self) -> Fingerprints:
        return Fingerprints(in_commit(self.room, self.fix.commits[0]))

    @cached_property
    def _now(self) -> Fingerprints:
        return Fingerprints(in_commit(self.room, self.room.head))

    def attempts(self, technique: Technique, guards: Sequence[str]) -> list[Attempt]:
        """All guards share two trees and three runs."""
        if self.patience.is_over:
            return [Attempt(Stage.CONTROL, inconclusive("", guard, *PATIENCE_LOST)) for guard in guards]
        with tempfile.TemporaryDirectory(prefix="prevention-", ignore_cleanup_errors=True) as folder:
            control, without = Path(folder) / "with", Path(folder) / "without"
            control.mkdir()
            without.mkdir()
            refusal = technique.build(self.room, self.policy, self.fix, control, without)
            if refusal is not None:
                return [_refused(guard, refusal) for guard in guards]
            prefix = self.room.prefix
            return self._judged(technique, guards, control / prefix, without / prefix)

    def _judged(self, technique: Technique, guards: Sequence[str], control: Path, without: Path) -> list[Attempt]:
        """Once in the trees alone. Where that fails for what is installed or generated, once more with the overlay."""
        for overlay in (False, True):
            trial = self._trial(technique, guards, control, without, overlay=overlay)
            if not trial.strangers and not lacks_a_module(trial.control):
                break
        seconds = (trial.control.seconds + trial.without.seconds + trial.again.seconds) / len(guards)
        trees = [f"{tree.resolve()}/" for tree in (control, without)]
        return [self._attempt(technique, guard, trial, seconds, trees) for guard in guards]

    def _trial(
        self, technique: Technique, guards: Sequence[str], control: Path, without: Path, *, overlay: bool
    ) -> Trial:
        """With the fix; where a guard passes there, without it; and once more where one then fails."""

        def ran(tree: Path, limit: float, memory: int, patience: float = inf) -> Ran:
            return run(
                tree,
                sorted({guard.partition("::")[0] for guard in guards}),
                guards,
                limit_seconds=limit,
                memory_bytes=memory,
                watch=self.fix.sources,
                overlay=overlay,
                stubs=technique.stubs,
                patience_seconds=patience,
                aside=self.patience.hung,
            )

        green = ran(control, LONGEST, MEMORY_BYTES, max(SHORTEST, self.patience.seconds))
        self.patience.take(green, self.guards)
        trial = Trial(
            control=green,
            without=Ran(),
            again=Ran(),
            limit_seconds=min(LONGEST, max(SHORTEST, 2 * HANGS * green.seconds)),
            new_names=self.new_names,
            expected=self.is_expected,
            strangers=_strangers(green, control),
        )
        if trial.strangers or all(obstacle(guard, green) for guard in guards):
            return trial
        limits = trial.limit_seconds, memory_limit(green)
        red = ran(without, *limits)
        trial = replace(trial, without=red, again=red, strangers=_strangers(red, without))
        if trial.strangers or not any(judged(guard, trial).answer in (Answer.PROVEN, Answer.WEAK) for guard in guards):
            return trial
        again = ran(without, *limits)
        return replace(trial, again=again, strangers=_strangers(again, without))

    def _attempt(self, technique: Technique, guard: str, trial: Trial, seconds: float, trees: Sequence[str]) -> Attempt:
        one = judged(guard, trial)
        if one.answer is Answer.NOT_PROVEN and (why := self._excuse(technique, guard, trial)):
            return Attempt(Stage.RAN, replace(inconclusive("", guard, *why), seconds=seconds))
        spoke = one.answer is not Answer.INCONCLUSIVE
        stage = Stage.SPOKE if spoke else Stage.CONTROL if obstacle(guard, trial.control) else Stage.RAN
        excerpt = one.excerpt
        for tree in trees:  # it is gone tomorrow, and another one then
            excerpt = excerpt.replace(tree, "")
        method = technique.method if spoke else ""
        return Attempt(stage, Proof("", guard, one.answer, method, one.grade, one.reason, seconds, excerpt))

    def _excuse(self, technique: Technique, guard: str, trial: Trial) -> tuple[str, str] | None:
        """Why a guard that passes without the fix is not blamed: the reason, and what in particular."""
        if technique.stubs:
            return PASSING_ON_STUBS
        if not technique.passing_counts:
            return PASSING_TODAY
        if technique.control == "fix with tests of today" and self.is_another(guard):
            return PASSING_NOW
        if not trial.without.origins:
            return NOTHING_LOADED
        if self.data:
            return "no-source-change", f"it passes, but a part of the fix is in {self.data[0]}, which is not taken back"
        return None

    def is_expected(self, nodeid: str) -> bool:
        """Whether a test may fail without the fix: the fix added or changed it, or it is a guard as well."""
        of_the_fix = (nodeid.partition("::")[0], ".".join(_names(nodeid))) in self._touched_tests
        return of_the_fix or any(covers(guard, nodeid) for guard in self.guards)

    @cached_property
    def _touched_tests(self) -> frozenset[tuple[str, str]]:
        touched: set[tuple[str, str]] = set()
        for commit in self.fix.commits:
            for path in self.fix.others:
                if path.endswith(".py"):
                    try:
                        touched.update((path, name) for name in changed(self.room, commit, path))
                    except Untold:
                        continue  # then its tests count as the others do, and a doubtful tree as broken
        return frozenset(touched)

    @cached_property
    def new_names(self) -> frozenset[str]:
        """The names that the fix brought, and those of the modules that it added."""
        changes = [change for step in self.fix.steps for change in step.changes]
        before = [self._text(change.before) for change in changes]
        after = [self._text(change.after) for change in changes]
        added = (PurePosixPath(as_text(change.path)).stem for change in changes if change.before is None)
        return brought(before, after) | frozenset(added)

    def _text(self, entry: Entry | None) -> bytes:
        return self.room.git("cat-file", "blob", entry.id.decode()) if entry and entry.is_file else b""

    @cached_property
    def data(self) -> tuple[str, ...]:
        """What the fix changed beside its source files that may be a part of the repair, and is never taken back."""
        packages = {path.partition("/")[0] for path in self.fix.sources if "/" in path}
        others = (path for path in self.fix.others if self.policy.file_kind(path) == "other")
        return tuple(path for path in others if path.partition("/")[0] in packages)


def _refused(guard: str, refusal: Refusal) -> Attempt:
    return Attempt(Stage.REFUSED, inconclusive("", guard, refusal.reason, refusal.detail))


def _strangers(ran: Ran, tree: Path) -> tuple[str, ...]:
    """Source files of the fix whose modules were loaded from elsewhere."""
    return tuple(sorted(path for path, loaded in ran.origins.items() if loaded != str(tree.resolve() / path)))


def _names(nodeid: str) -> list[str]:
    """The names of class and function in a node id, without parameters."""
    return nodeid.partition("[")[0].split("::")[1:]
