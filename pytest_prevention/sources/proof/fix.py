"""The fix of one incident: its commits, and what they changed in source files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from pytest_prevention.policy import Policy
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.git_tree import as_bytes, as_text, read_bounded

BUILT = {
    *(".pyx", ".pxd", ".pxi", ".c", ".cc", ".cpp", ".cxx", ".cu", ".h", ".hh", ".hpp", ".hxx", ".f", ".f90"),
    *(".m", ".mm", ".rs", ".go", ".java", ".kt", ".scala", ".cs", ".swift", ".ts", ".tsx", ".jsx", ".vue"),
}
"""What Python does not run as it stands."""

ID = re.compile(r"[0-9a-fA-F]{4,64}")

Reason = Literal["fix-does-not-revert", "fix-not-ancestor", "history-missing", "needs-build", "no-source-change"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no proof: a word of the closed list, and what in particular."""

    reason: Reason
    detail: str


class Entry(NamedTuple):
    """What stands at a path of a tree: git's mode (``100644``) and the id of the content."""

    mode: bytes
    id: bytes

    @property
    def is_file(self) -> bool:
        return self.mode.startswith(b"100")


class Change(NamedTuple):
    """What a commit did to a path, seen from the top of the repository; None: nothing stood there."""

    path: bytes
    before: Entry | None
    after: Entry | None


class Step(NamedTuple):
    """One commit of a fix, and what it changed in source files against its first parent."""

    commit: str
    parent: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """The commits that fixed one incident, newest first.

    ``sources`` are the source files that they touched, by all names they had, ``others`` what else below the root:
    sorted paths from the root that was asked for. What is above that root is no part of the fix.
    """

    steps: tuple[Step, ...]
    sources: tuple[str, ...]
    others: tuple[str, ...]
    named: tuple[str, ...]
    """All commits that the incident names, also those that came with a merge which it names."""

    @property
    def commits(self) -> tuple[str, ...]:
        return tuple(step.commit for step in self.steps)


class Refused(Exception):
    """There is no proof, for this refusal."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail)


def fix_of(room: Room, policy: Policy, commits: Iterable[str], tests: Collection[str] = ()) -> Fix | Refusal:
    """The fix that these commit ids, whole or abbreviated, stand for; each must have led to ``room.head``.

    ``tests`` are files that are tests whatever policy calls them.
    """
    try:
        found = {_resolved(room, commit) for commit in commits}
        _demand_ancestors(room, found)
        return _fix(room, policy, _newest_first(room, found), tuple(sorted(found)), tests)
    except Refused as refused:
        return refused.refusal
    except GitError as error:
        return Refusal("history-missing", f"git cannot read the fix: {error}")


def _resolved(room: Room, commit: str) -> str:
    try:
        if not ID.fullmatch(commit):
            raise GitError("no commit id")
        found = room.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    except GitError:
        raise _not_an_ancestor(room, f"{commit!r} names no commit here, or several") from None
    return found.decode().strip()


def _demand_ancestors(room: Room, commits: set[str]) -> None:
    if not commits:
        raise Refused("history-missing", "the incident names no fix commit")
    for stranger in sorted(_newest(room, {room.head, *commits}) - {room.head}):
        raise _not_an_ancestor(room, f"{stranger[:12]} did not lead to {room.head[:12]}")


def _not_an_ancestor(room: Room, what: str) -> Refused:
    """A shallow clone may have cut it off; one that has all history would have it."""
    if room.shallow:
        return Refused("history-missing", f"{what}; the clone is shallow: git fetch --unshallow")
    return Refused("fix-not-ancestor", what)


def _newest(room: Room, commits: Iterable[str]) -> set[str]:
    """Those from which no other one leads on."""
    return set(room.git("merge-base", "--independent", *sorted(commits)).decode().split())


def _newest_first(room: Room, commits: set[str]) -> Iterator[tuple[str, str]]:
    """Each commit with its first parent, no commit before one that it led to.

    What came with a merge that is named itself is taken back with it, so it is left out.
    """
    while commits:
        newest = min(_newest(room, commits))
        parents = _parents(room, newest)
        yield newest, parents[0]
        commits = commits - {newest}
        if commits and len(parents) > 1:
            commits = commits - set(room.git("rev-list", f"{parents[0]}..{newest}", "--").decode().split())


def _parents(room: Room, commit: str) -> list[str]:
    _, *parents = room.git("rev-list", "--parents", "--max-count=1", commit, "--").decode().split()
    if parents:
        return parents
    if commit in room.shallow:
        raise Refused("history-missing", f"what {commit[:12]} changed is cut off: git fetch --unshallow")
    raise Refused("no-source-change", f"{commit[:12]} is the first commit, nothing was there before it")


def _fix(
    room: Room, policy: Policy, commits: Iterable[tuple[str, str]], named: tuple[str, ...], tests: Collection[str]
) -> Fix:
    steps: list[Step] = []
    kinds: dict[str, str] = {}
    for commit, parent in commits:
        changes = {from_root(room, change.path): change for change in _changes(room, parent, commit)}
        changes.pop("", None)
        kinds |= {path: "tests" if path in tests else policy.file_kind(path) for path in changes}
        steps.append(Step(commit, parent, tuple(changes[path] for path in changes if kinds[path] == "source")))
    for path, kind in sorted(kinds.items()):
        if PurePosixPath(path).suffix.lower() in BUILT and kind not in ("tests", "docs", "examples"):
            raise Refused("needs-build", f"{path} has to be built before a test meets the change")
    sources = tuple(sorted(path for path, kind in kinds.items() if kind == "source"))
    if not sources:
        raise Refused("no-source-change", "the fix changed no source file: see paths in the policy")
    return Fix(tuple(steps), sources, tuple(sorted(kinds.keys() - set(sources))), named)


def _changes(room: Room, parent: str, commit: str) -> Iterator[Change]:
    """All changes, a rename being a file that goes and one that comes.

    From two listings, which can be bounded: git holds all that differs in memory before it tells the first.
    """
    before, after = entries(room, parent), entries(room, commit)
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield Change(path, before.get(path), after.get(path))


def entries(room: Room, commit: str) -> dict[bytes, Entry]:
    """All that a commit holds, by its path from the top of the repository."""
    listing = read_all(room, "ls-tree", "-r", "-z", "--full-tree", commit)
    records = (record.partition(b"\t") for record in listing.split(b"\0")[:-1])
    return {path: Entry(*about.split()[::2]) for about, _, path in records}


def from_root(room: Room, path: bytes) -> str:
    """The path from the root that was asked for; empty outside."""
    prefix = as_bytes(room.prefix)
    return as_text(path.removeprefix(prefix)) if path.startswith(prefix) else ""


def read_all(room: Room, *arguments: str, stdin: bytes = b"") -> bytes:
    """What a command of git's prints, but no endless listing: trees that hold each other can name billions."""
    return read_bounded(room, *arguments, too_long=GitError("it is too long"), stdin=stdin)
