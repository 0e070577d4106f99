"""One run of guards in one tree: another process, which can neither hang, nor flood, nor leave anything behind.

It re-executes the bug of an incident. What it says is taken from records that it streams (:mod:`.child`), never from
its exit code: a killed run keeps what it had.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence, Set
from dataclasses import dataclass
from math import inf
from pathlib import Path

from pytest_prevention.model.proof import End, Ran
from pytest_prevention.sources.proof.process import Done, executed
from pytest_prevention.sources.proof.records import Records, joined_origins, read
from pytest_prevention.sources.proof.workspace import PLUGIN, Workspace, layout

MEMORY_BYTES = 8 << 30  # of addresses, for each process: numeric libraries set aside a lot that they never use
LEAST_MEMORY_BYTES = 2 << 30
MEMORY_FACTOR = 4
FILE_BYTES = 1 << 30  # the largest file that a test may write, its captured output among them
ROUNDS = 4
"""How often guards are run at most, each time without those that hung before."""

_USAGE, _FINISHED = 4, (0, 1, 5)


def run(
    tree: Path,
    files: Sequence[str],
    guards: Sequence[str],
    *,
    limit_seconds: float,
    watch: Sequence[str] = (),
    python: str = sys.executable,
    overlay: bool = False,
    stubs: bool = False,
    others: int = 20,
    memory_bytes: int = MEMORY_BYTES,
    patience_seconds: float = inf,
    aside: Set[str] = frozenset(),
) -> Ran:
    """What becomes of ``guards`` (prefixes of node ids) in these test ``files`` of ``tree``.

    Besides the guards, up to ``others`` other tests of each file are run, the same ones in each tree that has them.
    ``watch`` are source files whose origin is told. All paths are relative to the tree; test files that are not there,
    or not inside it, are left out, as one of them would keep pytest from running the others. A test with several
    records of one phase (subtests) is as its worst.

    ``overlay`` is for installs whose own finder comes before the path (:mod:`.overlay`), and for what the tree lacks
    because it is generated. ``stubs`` stand in for names that the packages of ``watch`` lack while test files are
    imported (:mod:`.stubs`). ``limit_seconds`` is how long one process may take: a test that hangs is set aside, and
    the rest is run by another; ``patience_seconds`` is how long all of them may. The tests ``aside`` are not run at
    all. ``memory_bytes`` is of addresses, for each process (:func:`memory_limit`).

    Raises Stopped where proofs are stopped meanwhile, or were before.
    """
    tree = tree.resolve()
    present = [file for file in files if _can_be_given(tree, file)]
    if not present:
        return Ran()
    # ./ because pytest reads a leading - and @ in its own way
    command = [python, "-m", "pytest", f"--rootdir={tree}", "-p", PLUGIN, *(f"./{file}" for file in present)]
    limits = {"memory_bytes": memory_bytes, "file_bytes": FILE_BYTES}
    start = time.monotonic()
    end = start + patience_seconds

    def round_without(done: Set[str]) -> _Round:
        with tempfile.TemporaryDirectory(prefix="prevention-", ignore_cleanup_errors=True) as folder:
            workspace = Workspace(Path(folder).resolve(), tree, layout(tree, watch))
            job = {"guards": list(guards), "others": others, "done": sorted(done)}
            workspace.furnish(job, stubs=present if stubs else None, overlay=overlay)
            seconds = min(limit_seconds, end - time.monotonic())
            return _round(_launched(python, command, limits, workspace), workspace, seconds)

    rounds = [round_without(aside)]
    while rounds[-1].leaves_some and len(rounds) < ROUNDS and time.monotonic() < end:
        rounds.append(round_without(aside | {nodeid for one in rounds for nodeid in one.done}))
    return _ran(rounds, tree, time.monotonic() - start)


def memory_limit(control: Ran) -> int:
    """Of the run without the fix: four times what the control took, which without the bug it would not come near."""
    if control.memory_bytes is None:
        return MEMORY_BYTES
    return min(MEMORY_BYTES, max(LEAST_MEMORY_BYTES, MEMORY_FACTOR * control.memory_bytes))


def _can_be_given(tree: Path, file: str) -> bool:
    """Whether it is a file inside the tree, of a name that pytest can take for one."""
    try:
        path = (tree / file).resolve()
        return path.is_file() and path.is_relative_to(tree) and "::" not in file and "[" not in file
    except (OSError, ValueError, RuntimeError):  # a name too long, a NUL in it, links in a loop
        return False


def _launched(python: str, command: Sequence[str], limits: dict[str, int], workspace: Workspace) -> list[str]:
    """The command, limited and confined before it starts (:mod:`.launch`)."""
    writable = [str(workspace.tree), str(workspace.folder)]
    job = {"command": command, "limits": limits, "writable": writable}
    return [python, "-I", "-S", str(Path(__file__).with_name("launch.py")), json.dumps(job)]


@dataclass(frozen=True, slots=True)
class _Round:
    """One process. ``idle_seconds`` is how long it had nothing to record when it ended."""

    process: Done
    records: Records
    idle_seconds: float
    limit_seconds: float

    @property
    def hung(self) -> tuple[str, ...]:
        """The test that took most of the time, when it was over; else the tests are many, or slow, and none hangs."""
        slow = not self.process.in_time and 2 * self.idle_seconds >= self.limit_seconds
        return (self.records.running,) if slow and self.records.running else ()

    @property
    def done(self) -> set[str]:
        """What another round need not run again."""
        return {nodeid for nodeid in self.records.started if nodeid != self.records.running} | {*self.hung}

    @property
    def leaves_some(self) -> bool:
        """Whether the time was over while a test ran: what comes after it has not been run."""
        return not self.process.in_time and bool(self.records.running)

    @property
    def end(self) -> End:
        if not self.process.in_time:
            return "timeout"
        if self.process.code == _USAGE and all(one.phase == "collect" for one in self.records.seen):
            return "usage"
        return "finished" if self.records.finish in _FINISHED else "crashed"


def _round(command: Sequence[str], workspace: Workspace, limit_seconds: float) -> _Round:
    with workspace.records.open("rb") as records:  # before anybody can take them away
        process = executed(command, workspace.tree, workspace.environment(), limit_seconds)
        idle_seconds = time.time() - os.fstat(records.fileno()).st_mtime
        return _Round(process, read(records.read(), workspace.tree), idle_seconds, limit_seconds)


def _ran(rounds: Sequence[_Round], tree: Path, seconds: float) -> Ran:
    """All rounds as one run; of a test that was begun twice, the second time counts."""
    *earlier, last = rounds
    seen = [one for some in earlier for one in some.records.seen if one.phase == "collect" or one.nodeid in some.done]
    memory = [one.records.memory_bytes for one in rounds]
    return Ran(
        seen=tuple(dict.fromkeys([*seen, *last.records.seen])),
        origins=joined_origins([one.records.origins for one in rounds], tree),
        end=last.end,
        excerpt="" if last.end == "finished" else last.process.output,
        seconds=seconds,
        hung=tuple(nodeid for one in rounds for nodeid in one.hung),
        memory_bytes=max((one for one in memory if one is not None), default=None) if None not in memory else None,
    )
