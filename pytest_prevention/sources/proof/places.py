"""In which files of today the lines of fixes may stand: cheap, a handful of git processes for all incidents together.

A file is where it was, or it was renamed, or lines have left it for another one. The last two are told by contents,
from lines long enough to stand nowhere else by chance. These are candidates: what is the fix's there, blame decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from subprocess import SubprocessError
from typing import IO, NamedTuple, TypeAlias

from pytest_prevention.policy import Policy
from pytest_prevention.sources.git import GitError, Room, clean_room
from pytest_prevention.sources.proof.fix import ID, entries, from_root, read_all
from pytest_prevention.sources.proof.trees import SOURCE_BYTES

TELLING = 12
"""A line with fewer letters and digits stands anywhere, and does not tell where it came from."""

RENAMED = 0.5
"""A file that holds this share of the telling lines of one that is gone is that file, as for ``git diff -M``."""

MOVED_TO = 3
"""Lines of one file are followed into so many others at most, those that hold most of them."""

_CHUNK = 1 << 20
_SHORT = re.compile(rb"(?:\W*\w){0,%d}\W*" % (TELLING - 1))
_CHANGES = ("-r", "-z", "--raw", "--no-renames", "--diff-merges=first-parent")

Commits: TypeAlias = Mapping[str, Sequence[str]]
"""The fix commits by incident, whole ids or abbreviated ones."""

Lines: TypeAlias = Set[bytes]


class Place(NamedTuple):
    """Where one file that a fix touched is today, as paths from the root; ``now`` is empty where it is gone.

    ``others`` hold lines that the fix wrote in it and that stand in it no longer.
    """

    now: str
    others: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        return (self.now, *self.others) if self.now else self.others


Places: TypeAlias = Mapping[str, Place]
"""By the path from the root that a Python source file had when it was fixed."""


def fixed_files(root: Path, policy: Policy, fixes: Commits) -> tuple[str, ...]:
    """All files of today that may hold lines of these fixes, sorted; none where git cannot tell."""
    try:
        with clean_room(root) as room:
            places = places_of(room, policy, fixes)
    except (GitError, OSError, SubprocessError):
        return ()
    return tuple(sorted({file for found in places.values() for place in found.values() for file in place.files}))


class _Touched(NamedTuple):
    """A file that a commit left behind: its path from the root, and the ids of its content before (or none) and now."""

    path: str
    before: str
    after: str


class _Sought(NamedTuple):
    """The telling lines that a commit wrote in a file, and where that file is gone all that it had."""

    written: Lines
    whole: Lines


def places_of(room: Room, policy: Policy, fixes: Commits) -> dict[str, Places]:
    """The places of the fixes; GitError where git cannot read.

    A commit that is not here, or that changed no Python source file, has none.
    """
    by_commit = _touched(room, policy, {commit for commits in fixes.values() for commit in commits})
    today = {
        path: entry.id.decode()
        for name, entry in entries(room, room.head).items()
        if entry.is_file and _is_source(path := from_root(room, name), policy)
    }
    sought = _sought(room, {one for group in by_commit.values() for one in group}, today)
    held = _held(room, today, sought)
    places: dict[str, Places] = {}
    for incident, commits in fixes.items():
        wanted: dict[str, list[_Sought]] = {}
        for one in (one for commit in commits for one in by_commit.get(commit, ())):
            wanted.setdefault(one.path, []).append(sought[one])
        places[incident] = {path: _place(path, wanted[path], held, is_there=path in today) for path in sorted(wanted)}
    return places


def _is_source(path: str, policy: Policy) -> bool:
    return path.endswith((".py", ".pyw")) and policy.file_kind(path) == "source"


def _touched(room: Room, policy: Policy, commits: Set[str]) -> dict[str, list[_Touched]]:
    """What each commit left behind in Python source files, by the id as it was given; merges by their first parent."""
    ids = _resolved(room, commits)
    found: dict[bytes, list[_Touched]] = {}
    stdin = b"".join(b"%s\n" % commit for commit in sorted(set(ids.values())))
    fields = iter(read_all(room, "diff-tree", "--stdin", *_CHANGES, stdin=stdin).split(b"\0")[:-1])
    commit = b""
    for field in fields:
        if not field.startswith(b":"):
            commit = field
            continue
        _, mode, before, after, _ = field.decode("ascii").split(" ")
        path = from_root(room, next(fields))
        if mode.startswith("100") and _is_source(path, policy):
            found.setdefault(commit, []).append(_Touched(path, before if before.strip("0") else "", after))
    return {given: found.get(commit, []) for given, commit in ids.items()}


def _resolved(room: Room, commits: Iterable[str]) -> dict[str, bytes]:
    """The whole ids of those that are commits here."""
    asked = sorted(commit for commit in commits if ID.fullmatch(commit))
    if not asked:
        return {}
    stdin = "".join(f"{commit}^{{commit}}\n" for commit in asked).encode()
    told = room.git("cat-file", "--batch-check", stdin=stdin).splitlines()
    answers = zip(asked, (line.split() for line in told), strict=True)
    return {commit: answer[0] for commit, answer in answers if answer[1:2] == [b"commit"]}


def _sought(room: Room, touched: Set[_Touched], today: Mapping[str, str]) -> dict[_Touched, _Sought]:
    ids = {blob for one in touched for blob in (one.before, one.after) if blob}
    lines = {blob: {line for line in text if not _SHORT.fullmatch(line)} for blob, text in _contents(room, ids)}
    none: Lines = frozenset()
    return {
        one: _Sought(
            lines.get(one.after, none) - lines.get(one.before, none),
            none if one.path in today else lines.get(one.after, none),
        )
        for one in touched
    }


def _held(room: Room, today: Mapping[str, str], sought: Mapping[_Touched, _Sought]) -> dict[str, Lines]:
    """Which of the lines sought stand in which file of today. The fixes' own may have them all: the others wait."""
    lines = {line for one in sought.values() for line in one.written | one.whole}
    own = _holding(room, {one.path: today[one.path] for one in sought if one.path in today}, lines)
    if all(one.path in today and group.written <= own.get(one.path, frozenset()) for one, group in sought.items()):
        return own
    return _holding(room, today, lines)


def _holding(room: Room, files: Mapping[str, str], lines: Lines) -> dict[str, Lines]:
    found = {blob: lines & text for blob, text in _contents(room, files.values())} if lines else {}
    return {path: found[blob] for path, blob in files.items() if found.get(blob)}


def _contents(room: Room, blobs: Iterable[str]) -> Iterator[tuple[str, Lines]]:
    """The lines of each blob, without what surrounds them; none of one that is too large or not in this clone."""
    wanted = sorted(set(blobs))
    stdin = "".join(f"{blob}\n" for blob in wanted).encode()
    with room.stream("cat-file", "--batch", "--buffer", stdin=stdin) as output:
        for blob in wanted:
            header = output.readline().split()
            if header[1:2] == [b"blob"]:
                yield blob, set(map(bytes.strip, _text(output, int(header[2])).split(b"\n")))


def _text(output: IO[bytes], size: int) -> bytes:
    """The next ``size`` bytes, and the line end behind them read too; empty where that is too many."""
    if size <= SOURCE_BYTES:
        return output.read(size + 1)[:-1]
    left = size + 1
    while left and (chunk := output.read(min(left, _CHUNK))):
        left -= len(chunk)
    if left:
        raise GitError("git cat-file ended early")
    return b""


def _place(path: str, sought: Sequence[_Sought], held: Mapping[str, Lines], *, is_there: bool) -> Place:
    """Where a file is, from what each commit of a fix wrote in it."""
    written = frozenset(line for one in sought for line in one.written)
    whole = frozenset(line for one in sought for line in one.whole)
    heirs = [] if is_there else _holders(held, whole)
    now = path if is_there else next((heir for heir in heirs if len(held[heir] & whole) >= RENAMED * len(whole)), "")
    others = _holders(
        {other: lines for other, lines in held.items() if other != now}, written - held.get(now, frozenset())
    )
    return Place(now, tuple(others[:MOVED_TO]))


def _holders(held: Mapping[str, Lines], lines: Lines) -> list[str]:
    """The files that hold any of these lines, those with most of them first."""
    counts = {path: len(there & lines) for path, there in held.items()}
    return sorted((path for path in counts if counts[path]), key=lambda path: (-counts[path], path))
