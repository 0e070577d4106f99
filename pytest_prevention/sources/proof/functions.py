"""Today's tree without the fix, unit by unit: for fixes whose lines have moved, but whose functions still stand.

Unlike a merge it gets along with code that was moved or laid out anew, within its file or to another. All units that
the fix changed are undone, or none is: a part of a fix taken back breaks more than the fix did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_prevention.policy import Policy
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.proof.fix import Change, Entry, Fix, Step, entries, from_root
from pytest_prevention.sources.proof.trees import (
    PYTHON,
    Trees,
    builder,
    content,
    does_not_revert,
    new_object,
    strictly_without,
)
from pytest_prevention.sources.proof.undo import Conflict, undone
from pytest_prevention.sources.proof.units import Changed, Python, changes, read
from pytest_prevention.sources.scan.module import FunctionNode, ParseError

CANDIDATES = 50
"""A function that moved is not looked for where more files than these have one of its name."""

Files = dict[bytes, Entry | None]


@builder
def function_wise(room: Room, policy: Policy, fix: Fix) -> Trees:
    """The tree of ``room.head``, and the same with each unit that the fix changed as it was before."""
    there = entries(room, room.head)
    now: Files = dict(there)
    for step in fix.steps:
        for change in step.changes:
            now |= _Undoing(room, policy, step, now).without(change)
    return Trees(room.head, {path: now[path] for path in sorted(now) if now[path] != there.get(path)})


class _Place(NamedTuple):
    """A file as it is now, and what to undo in it."""

    path: bytes
    entry: Entry
    today: Python
    parts: list[Changed]


@dataclass(frozen=True, slots=True)
class _Undoing:
    """One step of a fix, to be undone in these files."""

    room: Room
    policy: Policy
    step: Step
    now: Files

    def without(self, change: Change) -> Files:
        """What the files become without one change."""
        path, before, after = change
        is_python = path.endswith(PYTHON) and all(entry.is_file for entry in (before, after) if entry)
        if self.now.get(path) == after or not after or not is_python:
            return {path: strictly_without(self.room, self.step, change, self.now.get(path))}
        try:
            return dict(self._by_units(change))
        except Conflict as conflict:
            raise does_not_revert(path, str(conflict)) from None
        except ParseError as error:
            raise does_not_revert(path, f"it is no Python that can be read: {error}") from None

    def _by_units(self, change: Change) -> Iterator[tuple[bytes, Entry | None]]:
        name, before, after = change
        old, new = self._read(name, before), self._read(name, after)
        for path, entry, today, parts in self._places(name, changes(old.units, new.units)):
            left = undone(today, old, new, parts, self._merged)
            if not before and not left.units:
                yield path, None
            elif left.lines != today.lines:
                mode = before.mode if before and after and entry.mode == after.mode else entry.mode
                yield path, Entry(mode, new_object(self.room, "blob", b"".join(left.lines)))

    def _places(self, path: bytes, parts: Sequence[Changed]) -> Iterator[_Place]:
        """The files in which the units stand today: first the one that has the name, though perhaps nothing to undo."""
        home = path if self.now.get(path) else self._renamed(path)
        places = {home: self._place(home)} if self.now.get(home) else {}
        for part in parts:
            if home in places and (part.name in places[home].today.units or not part.after):
                places[home].parts.append(part)
            else:
                other = self._moved_to(part)
                places.setdefault(other, self._place(other)).parts.append(part)
        yield from places.values()

    def _place(self, path: bytes) -> _Place:
        entry = self.now[path]
        if not (entry and entry.is_file):
            raise Conflict("it is no file any more")
        return _Place(path, entry, self._read(path, entry), [])

    def _renamed(self, path: bytes) -> bytes:
        """The name that a file has today, as far as git can tell."""
        options = ("-r", "-z", "-M", "--diff-filter=R", "--name-status", "--no-ext-diff", "--no-textconv")
        fields = self.room.git("diff-tree", *options, self.step.commit, self.room.head).split(b"\0")[:-1]
        return dict(zip(fields[1::3], fields[2::3], strict=True)).get(path, path)

    def _moved_to(self, part: Changed) -> bytes:
        """The one source file that has a function of this qualified name today, and had none then."""
        if part.after and isinstance(part.after.node, FunctionNode):
            paths = self._mentioning(f"def {part.after.node.name}")
            then = entries(self.room, self.step.commit)
            found = [
                path
                for path in paths[:CANDIDATES]
                if self.policy.file_kind(from_root(self.room, path)) == "source"
                if part.name in self._names(path, self.now.get(path)) - self._names(path, then.get(path))
            ]
            if len(found) == 1 and len(paths) <= CANDIDATES:
                return found[0]
        raise Conflict(f"{part.title} is no longer there")

    def _mentioning(self, words: str) -> list[bytes]:
        """The Python files in which these words stand today."""
        options = ("--name-only", "--full-name", "--text", "--word-regexp", "--fixed-strings", "-z")
        try:
            listing = self.room.git("grep", *options, "-e", words, self.room.head, "--", "*.py")
        except GitError:  # there is none
            return []
        return [line.partition(b":")[2] for line in listing.split(b"\0")[:-1]]

    def _names(self, path: bytes, entry: Entry | None) -> set[str]:
        try:
            return set(self._read(path, entry).units)
        except ParseError:
            return set()

    def _read(self, path: bytes, entry: Entry | None) -> Python:
        return read(content(self.room, path, entry) if entry and entry.is_file else b"")

    def _merged(self, *texts: bytes) -> bytes | None:
        """See ``undo.Merge``."""
        files = [self.room.directory / f"merged{number}" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(text)
        try:
            return self.room.git("merge-file", "-p", "-q", *map(str, files))
        except GitError:
            return None
