"""One pass over git log: the commits that touched source files, and what each was.

Git prints the log without renames: so it can say what merges changed themselves for 3 to 25 % more time, while rename
detection in merges takes six times as long as the whole log. Only the commits that both add and delete source files are
asked for their renames, all at once.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pytest_prevention.garbage import uncollected
from pytest_prevention.model.history import DAY, Commit
from pytest_prevention.sources.fixes import Fixes, subject_of
from pytest_prevention.sources.git import Room
from pytest_prevention.sources.git_tree import as_text

BULK = 100
"""A commit that touches more source files than this says nothing about any of them."""

Rename = tuple[bytes, bytes]
"""The old name and the new one."""

_BLOCK = 1 << 18
_FORMAT = "--format=%H%x00%P%x00%ct%x00%ae%x00%B%x00"
_RECORD = re.compile(
    rb"([0-9a-f]{40,64})\0([0-9a-f ]*)\0([0-9]*)\0([^\0]*)\0([^\0]*)\0\0[\n\0]?((?:[A-Z]+\0[^\0]+\0)*+)"
)
"""One commit of that format, then status and path by turns: behind a line end, or in a merge behind one more NUL."""


class Step(NamedTuple):
    """A commit that touched source files, by their paths after it; without a ``commit`` it does not count.

    Paths are git's own, from the top of the repository.
    """

    landed: int
    commit: Commit | None
    paths: Sequence[bytes]
    renames: Sequence[Rename]


@dataclass(slots=True)
class Log:
    """What the pass found: the steps, newest first.

    ``commits`` counts all commits read; ``cut_at`` is the date of the newest one whose parents a shallow clone has cut
    off.
    """

    steps: list[Step] = field(default_factory=list)
    commits: int = 0
    cut_at: int | None = None


class _Entry(NamedTuple):
    """One commit as git prints it; of a merge only what differs from all parents. ``changes`` are status and path."""

    id: bytes
    parents: list[bytes]
    at: int
    author: bytes
    message: bytes
    changes: list[bytes]

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1


def read_log(
    room: Room,
    commit: str,
    since: int,
    *,
    is_source: Callable[[str], bool],
    fixes: Fixes,
    ignored: frozenset[str] = frozenset(),
) -> Log:
    """All that led to ``commit`` since that moment (seconds since 1970), but for the commits that are ``ignored``.

    In the whole repository: a file may have come into the root from elsewhere. ``is_source`` is asked of paths from the
    top.
    Git goes no further at a commit that is older or has no date that it can read. Where ones of the window stand before
    it (but those of its first day), the whole log is read.
    """
    names, uncounted = _Names(is_source), set(map(str.encode, ignored))
    window = [f"--since=@{since} +0000"] if since > 0 else []
    with uncollected():
        log, beyond = _read(room, _entries(room, commit, window), since, names, fixes, uncounted)
        if not log.commits or (beyond and _newest_parent(room, beyond) >= since + DAY):
            log, _ = _read(room, _entries(room, commit, []), since, names, fixes, uncounted)
    return log


def _read(
    room: Room, entries: Iterable[_Entry], since: int, names: _Names, fixes: Fixes, uncounted: Container[bytes]
) -> tuple[Log, list[bytes]]:
    """The log made of its entries, and the commits that these lead to without being among them."""
    log, arrivals, authors = Log(), _Arrivals(), dict[bytes, int]()
    cut_off, moving = set(map(str.encode, room.shallow)), dict[int, bytes]()
    for entry in entries:
        landed = arrivals.of(entry)
        if entry.at < since:
            continue
        log.commits += 1
        if entry.id in cut_off:
            log.cut_at = max(entry.at, log.cut_at or 0)
            continue
        merge = entry.is_merge
        changes = _merged(room, entry, fixes, on_main_line=arrivals.on_main_line) if merge else entry.changes
        paths = [path for path in map(names.__getitem__, changes[1::2]) if path]
        if not paths:
            continue
        fixes.take_back(entry.id.decode(), landed, entry.message)
        found = None
        if len(paths) <= BULK and entry.id not in uncounted:
            found = _commit(entry, landed, authors.setdefault(entry.author, len(authors)), fixes)
            if merge and found.incidents:
                fixes.brought.update(_branch(room, found.id))
        moves = not merge and _may_rename(changes, names)
        if moves:
            moving[len(log.steps)] = entry.id
        if found or moves:
            log.steps.append(Step(landed, found, paths, ()))
    for place, renames in _renames(room, moving, names).items():
        log.steps[place] = log.steps[place]._replace(renames=renames)
    return log, arrivals.awaited()


def _may_rename(changes: Sequence[bytes], names: _Names) -> bool:
    """Whether source files went and others came."""
    statuses = changes[::2]
    if b"A" not in statuses or b"D" not in statuses:
        return False
    return {b"A", b"D"} <= {status for status, path in zip(statuses, changes[1::2], strict=True) if names[path]}


def _commit(entry: _Entry, landed: int, author: int, fixes: Fixes) -> Commit:
    name, message = entry.id.decode(), entry.message
    at = min(entry.at, landed)  # a clock that was ahead
    why = fixes.why(name, message, merge=entry.is_merge)
    if why is None:
        return Commit(name, at, landed, author)
    return Commit(name, at, landed, author, subject_of(message), why.reason, why.incidents, fixes.undone(name))


class _Arrivals:
    """When the main line got each commit: with the oldest of its own commits from which the commit can be reached.

    The newest comes first, and of a commit's children one at least comes before it. Where clocks went wrong that may
    be one of a side branch, and the main line then goes on behind a commit that has passed.
    """

    def __init__(self) -> None:
        self.on_main_line = True
        """Whether the commit that was asked for last is."""
        self._landed = sys.maxsize
        self._next = b""
        self._brought: dict[bytes, int] = {}
        self._passed: dict[bytes, bytes] = {}

    def of(self, entry: _Entry) -> int:
        parents = entry.parents
        landed = self._brought.pop(entry.id, self._landed)
        self.on_main_line = entry.id == self._next or not self._passed
        self._passed[entry.id] = parents[0] if parents else b""
        if self.on_main_line:
            landed = self._landed = min(entry.at, self._landed)
            self._next = entry.id
            while self._next in self._passed:
                self._next = self._passed[self._next]
            parents = parents[1:]
        for parent in parents:
            if parent not in self._passed:
                self._brought[parent] = min(landed, self._brought.get(parent, landed))
        return landed

    def awaited(self) -> list[bytes]:
        """The parents that have not come."""
        return [commit for commit in (*self._brought, self._next) if commit]


class _Names(dict[bytes, bytes]):
    """Git's paths, each once in memory; empty for what is no source file."""

    def __init__(self, is_source: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_source = is_source

    def __missing__(self, path: bytes) -> bytes:
        self[path] = path if self._is_source(as_text(path)) else b""
        return self[path]


def _entries(room: Room, commit: str, window: Sequence[str]) -> Iterator[_Entry]:
    """The log, parsed as it comes."""
    options = ("-z", "--name-status", "--no-renames", "-c", "--encoding=UTF-8", _FORMAT, *window)
    with room.stream("log", *options, "--end-of-options", commit, "--") as output:
        text = b""
        # as much as is left over, if that is more: a record of any length is then searched a few times only
        while block := output.read(max(_BLOCK, len(text))):
            text += block
            found = list(_RECORD.finditer(text))
            # of the last record more may come
            yield from map(_entry, found[:-1])
            text = text[found[-1].start() :] if found else text
        yield from map(_entry, _RECORD.finditer(text))


def _entry(record: re.Match[bytes]) -> _Entry:
    name, parents, at, author, message, changes = record.groups()
    return _Entry(name, parents.split(), int(at or 0), author, message, changes.split(b"\0")[:-1])


def _merged(room: Room, entry: _Entry, fixes: Fixes, *, on_main_line: bool) -> list[bytes]:
    """What counts as changed by a merge: of one that incidents name, all that it brought to its first parent.

    Where a later commit reverts a merge of the main line, its whole branch is undone. What a merge brought to a side
    branch may be on the main line all the same.
    """
    name = entry.id.decode()
    reverted = fixes.reverted(name) if on_main_line else None
    if reverted is not None:
        fixes.undo(_branch(room, name), reverted)
    if not fixes.incidents(name, entry.message):
        return entry.changes
    return room.git("diff-tree", "-r", "-z", "--name-status", "--no-renames", f"{name}^1", name, "--").split(b"\0")[:-1]


def _branch(room: Room, merge: str) -> list[str]:
    """The commits that came with a merge."""
    return room.git("rev-list", f"{merge}^1..{merge}", "--").decode().split()


def _newest_parent(room: Room, commits: Sequence[bytes]) -> int:
    """The date of the newest one among the parents of these commits."""
    parents = b"".join(b"%s^@\n" % commit for commit in commits)
    dated = room.git("rev-list", "--no-walk", "--timestamp", "--stdin", stdin=parents)
    return max((int(line.split()[0]) for line in dated.splitlines()), default=0)


def _lines(ids: Iterable[bytes]) -> bytes:
    return b"".join(b"%s\n" % commit for commit in ids)


def _renames(room: Room, moving: dict[int, bytes], names: _Names) -> dict[int, list[Rename]]:
    """The renames among source files in each of these commits.

    By content where all of it is here; in a partial clone only files that were moved unchanged can be told.
    """
    if not moving:
        return {}
    places = {commit: place for place, commit in moving.items()}
    found: dict[int, list[Rename]] = {}
    similarity = "-M100%" if room.partial else "-M"
    options = ("--stdin", "-r", "-z", "--root", "--name-status", "--diff-filter=R", similarity)
    with room.stream("diff-tree", *options, stdin=_lines(places)) as output:
        fields = iter(output.read().split(b"\0")[:-1])
        place = -1  # names no step
        for field in fields:
            if field[:1] == b"R":
                old, new = names[next(fields)], names[next(fields)]
                if old and new:
                    found.setdefault(place, []).append((old, new))
            else:
                place = places[field]
    return found
