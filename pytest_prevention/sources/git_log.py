"""One pass over git log: the commits that touched source files, and what each was.

Git prints the log without renames: so it can say what merges changed themselves at next to no cost, while rename
detection in merges takes six times as long as the whole log. Only the commits that both add and delete files are asked
for their renames, all at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pytest_prevention.model.history import Commit
from pytest_prevention.sources.fixes import Fixes, subject_of
from pytest_prevention.sources.git import Room
from pytest_prevention.sources.git_tree import as_bytes, as_text

BULK = 100
"""A commit that touches more source files than this says nothing about any of them."""

Rename = tuple[bytes, bytes]
"""The old name and the new one."""

_BLOCK = 1 << 18
_FORMAT = "--format=%H%x00%P%x00%ct%x00%ae%x00%B%x00"
_RECORD = re.compile(
    rb"([0-9a-f]{40,64})\0([0-9a-f ]*)\0([0-9]*)\0([^\0]*)\0([^\0]*)\0\0[\n\0]?((?:[A-Z]+\0[^\0]+\0)*)"
)
"""One commit of that format, then status and path by turns: behind a line end, or in a merge behind one more NUL."""


class Step(NamedTuple):
    """A commit that touched source files, by their names after it; without a ``commit`` it does not count."""

    landed: int
    commit: Commit | None
    paths: Sequence[bytes]
    renames: Sequence[Rename]


@dataclass(slots=True)
class Log:
    """What the pass found, newest first: the steps, and the main line as (landed, commit id).

    ``commits`` counts all commits read; ``cut_at`` is the date of the newest one whose parents a shallow clone has cut
    off.
    """

    steps: list[Step] = field(default_factory=list)
    main_line: list[tuple[int, str]] = field(default_factory=list)
    commits: int = 0
    cut_at: int | None = None


class _Entry(NamedTuple):
    """One commit as git prints it; of a merge only what differs from all parents. ``changes`` are status and path."""

    id: bytes
    parents: bytes
    at: int
    author: bytes
    message: bytes
    changes: list[bytes]

    @property
    def is_merge(self) -> bool:
        return b" " in self.parents


def read_log(
    room: Room,
    commit: str,
    since: int,
    *,
    is_source: Callable[[str], bool],
    fixes: Fixes,
    ignored: frozenset[str] = frozenset(),
) -> Log:
    """All that led to ``commit`` since that moment (seconds since 1970), but for the commits that are ``ignored``."""
    log, arrivals, names, authors = Log(), _Arrivals(commit), _Names(is_source, room.prefix), dict[bytes, int]()
    cut_off, uncounted = set(map(str.encode, room.shallow)), set(map(str.encode, ignored))
    moving: dict[int, bytes] = {}
    for entry in _entries(room, commit, since):
        log.commits += 1
        landed = arrivals.of(entry)
        if entry.id in cut_off:
            log.cut_at = max(entry.at, log.cut_at or 0)
            continue
        paths = [path for path in map(names.__getitem__, entry.changes[1::2]) if path]
        if not paths:
            continue
        found = None
        if len(paths) <= BULK and entry.id not in uncounted:
            found = _commit(entry, landed, authors.setdefault(entry.author, len(authors)), fixes)
        moves = b"A" in entry.changes[::2] and b"D" in entry.changes[::2] and not entry.is_merge
        if moves:
            moving[len(log.steps)] = entry.id
        if found or moves:
            log.steps.append(Step(landed, found, paths, ()))
    for place, renames in _renames(room, moving, names).items():
        log.steps[place] = log.steps[place]._replace(renames=renames)
    log.main_line.extend((landed, name.decode()) for landed, name in arrivals.main_line)
    return log


def _commit(entry: _Entry, landed: int, author: int, fixes: Fixes) -> Commit:
    name, message = entry.id.decode(), entry.message
    fixes.take_back(name, landed, message)
    why = fixes.why(name, message, merge=entry.is_merge)
    if why is None:
        return Commit(name, entry.at, landed, author)
    return Commit(name, entry.at, landed, author, subject_of(message), why.reason, why.incidents, fixes.undone(name))


class _Arrivals:
    """When the main line got each commit: with the oldest of its own commits from which the commit can be reached.

    Children come before their parents, so what a commit brought is known when its turn comes. Where clocks went wrong
    they may not; then a commit landed when it was made.
    """

    def __init__(self, head: str) -> None:
        self.main_line: list[tuple[int, bytes]] = []
        self._next = head.encode()
        self._brought: dict[bytes, int] = {}

    def of(self, entry: _Entry) -> int:
        others = entry.parents.split()
        if entry.id == self._next:
            landed = min(entry.at, self.main_line[-1][0]) if self.main_line else entry.at
            self.main_line.append((landed, entry.id))
            self._next = others.pop(0) if others else b""
        else:
            landed = self._brought.pop(entry.id, entry.at)
        for parent in others:
            self._brought[parent] = min(landed, self._brought.get(parent, landed))
        return landed


class _Names(dict[bytes, bytes]):
    """Git's paths → paths from the root, each once in memory; empty for what is no source file there."""

    def __init__(self, is_source: Callable[[str], bool], prefix: str) -> None:
        super().__init__()
        self._is_source = is_source
        self._prefix = as_bytes(prefix)

    def __missing__(self, path: bytes) -> bytes:
        inside = path.removeprefix(self._prefix) if path.startswith(self._prefix) else b""
        self[path] = inside if inside and self._is_source(as_text(inside)) else b""
        return self[path]


def _entries(room: Room, commit: str, since: int) -> Iterator[_Entry]:
    """The log, parsed as it comes."""
    window = [f"--max-age={since}"] if since > 0 else []
    options = ("-z", "--name-status", "--no-renames", "-c", "--encoding=UTF-8", _FORMAT, *window)
    with room.stream("log", *options, "--end-of-options", commit, "--") as output:
        text = b""
        while block := output.read(_BLOCK):
            text += block
            found = list(_RECORD.finditer(text))
            # of the last record more may come
            yield from map(_entry, found[:-1])
            text = text[found[-1].start() :] if found else text
        yield from map(_entry, _RECORD.finditer(text))


def _entry(record: re.Match[bytes]) -> _Entry:
    name, parents, at, author, message, changes = record.groups()
    return _Entry(name, parents, int(at or 0), author, message, changes.split(b"\0")[:-1])


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
    with room.stream("diff-tree", *options, stdin=b"\n".join([*places, b""])) as output:
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
