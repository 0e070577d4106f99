"""The records in ``incidents/`` as they stood at commits: read from git's objects, each content once.

Read as they are today, by today's policy, but for symbolic links: what one led to stood elsewhere in the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import IO, NamedTuple

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Backlog, Incidents, Unavailable
from pytest_prevention.policy import Policy
from pytest_prevention.sources.backlog.reader import PATH, Known, anchor_days, parse_actions
from pytest_prevention.sources.backlog.words import words
from pytest_prevention.sources.files import MAX_BYTES, decode, unusable
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.git_tree import as_bytes, as_text, read_bounded
from pytest_prevention.sources.incidents import reader
from pytest_prevention.sources.incidents.reader import FOLDER, Record, gathered, is_record, read_record, reading_by

NO_FOLDER = Unavailable(f"there was no {FOLDER}/ folder")

CONTENT_BYTES = 1 << 28
"""Of all contents together; a hundred thousand records are less."""

_BACKLOG = PATH.removeprefix(f"{FOLDER}/")


class MainLine(NamedTuple):
    """For each moment asked for the commit that stood then, as far as the line goes back.

    ``cut_off``: it goes on, but not in this shallow clone.
    """

    commits: tuple[str, ...]
    cut_off: bool


@dataclass(frozen=True, slots=True)
class Then:
    """What stood at a commit, or why that cannot be told."""

    incidents: Incidents | Unavailable
    backlog: Backlog | Unavailable


class _Entry(NamedTuple):
    """What stands in a folder: git's mode, the id of the content, its size in bytes (None: it is not here)."""

    mode: bytes
    id: bytes
    size: int | None

    def fits(self, limit: int) -> bool:
        return self.mode.startswith(b"100") and self.size is not None and self.size <= limit


def main_line(room: Room, moments: Sequence[int]) -> MainLine:
    """The newest commit of the first-parent line of ``room.head`` that is no later than each moment.

    Moments are in seconds since 1970, the latest first. One walk, which goes no further than it must.
    """
    commits: list[str] = []
    last = b""
    with room.stream("rev-list", "--first-parent", "--timestamp", room.head, "--") as line:
        for entry in line:
            stamp, last = entry.split()
            # git gives 0 for a date that it cannot read
            while int(stamp) and len(commits) < len(moments) and int(stamp) <= moments[len(commits)]:
                commits.append(last.decode())
            if len(commits) == len(moments):
                break
    return MainLine(tuple(commits), len(commits) < len(moments) and last.decode() in room.shallow)


def read_then(room: Room, policy: Policy, commits: Iterable[str]) -> dict[str, Then]:
    """The records at each of these commits; GitError where an object is not here, or all is endless."""
    listings = {commit: _listing(room, commit) for commit in commits}
    folders = {listing: _entries(listing, room.prefix) for listing in {*listings.values()}}
    found = {listing: _wanted(entries) for listing, entries in folders.items() if not isinstance(entries, Unavailable)}
    reading = _Reading(policy, _contents(room, found.values()))
    told = {
        listing: Then(entries, entries) if isinstance(entries, Unavailable) else reading.then(found[listing])
        for listing, entries in folders.items()
    }
    return {commit: told[listing] for commit, listing in listings.items()}


class _Reading:
    """Reads folders that have most of their files in common: what stood in one of them already is not read again."""

    def __init__(self, policy: Policy, contents: Mapping[bytes, bytes]) -> None:
        self._policy = policy
        self._words = words(policy)
        self._records = reading_by(policy)
        self._contents = contents
        self._read: dict[tuple[str, _Entry], Record] = {}
        self._known = Known()

    def then(self, entries: Mapping[str, _Entry]) -> Then:
        incidents = gathered(self._record(*item) for item in sorted(entries.items()) if item[0] != _BACKLOG)
        try:
            text = self._text(PATH, entries.get(_BACKLOG), MAX_BYTES)
        except PreventionError as error:
            return Then(incidents, Unavailable("; ".join(f"{one.location} {one.message}" for one in error.problems)))
        anchors = anchor_days(self._policy, incidents)
        return Then(incidents, parse_actions(text, PATH, self._words, anchors=anchors, known=self._known))

    def _record(self, name: str, entry: _Entry) -> Record:
        if (name, entry) not in self._read:
            path = f"{FOLDER}/{name}"
            text_of = partial(self._text, path, entry, reader.MAX_BYTES)
            self._read[name, entry] = read_record(path, text_of, self._records)
        return self._read[name, entry]

    def _text(self, path: str, entry: _Entry | None, limit: int) -> str:
        if entry is None:
            raise unusable(path, "did not exist", "")
        if not entry.mode.startswith(b"100"):
            raise unusable(path, "was no regular file", "")
        if not entry.fits(limit):
            raise unusable(path, f"was larger than {limit:,} bytes", "")
        return decode(self._contents[entry.id], path)


def _listing(room: Room, commit: str) -> bytes:
    """What stands in the folder, or the entry of that name which is none."""
    folder = f"{room.prefix}{FOLDER}"
    endless = GitError(f"{FOLDER}/ of {commit} has too many files")
    return read_bounded(
        room, "ls-tree", "-z", "-l", "--full-tree", commit, "--", folder, f"{folder}/", too_long=endless
    )


def _entries(listing: bytes, prefix: str) -> dict[str, _Entry] | Unavailable:
    """By name."""
    if not listing:
        return NO_FOLDER
    start = as_bytes(f"{prefix}{FOLDER}/")
    entries: dict[str, _Entry] = {}
    for record in listing.split(b"\0")[:-1]:
        about, _, path = record.partition(b"\t")
        if not path.startswith(start):
            return Unavailable(f"{FOLDER} was no folder")
        mode, _, content, size = about.split()
        entries[as_text(path[len(start) :])] = _Entry(mode, content, int(size) if size.isdigit() else None)
    return entries


def _wanted(entries: Mapping[str, _Entry]) -> dict[str, _Entry]:
    """The records and the backlog; GitError where this clone lacks one of them."""
    wanted = {name: entry for name, entry in entries.items() if is_record(name) or name == _BACKLOG}
    for name, entry in wanted.items():
        if entry.mode.startswith(b"100") and entry.size is None:
            raise GitError(f"this clone lacks {FOLDER}/{name} of then", "git fetch --refetch --no-filter")
    return wanted


def _contents(room: Room, folders: Iterable[Mapping[str, _Entry]]) -> dict[bytes, bytes]:
    """The files that are not too large to be read, by the id of their content."""
    items = chain.from_iterable(folder.items() for folder in folders)
    sizes = {
        entry.id: entry.size or 0
        for name, entry in items
        if entry.fits(MAX_BYTES if name == _BACKLOG else reader.MAX_BYTES)
    }
    if sum(sizes.values()) > CONTENT_BYTES:
        raise GitError(f"{FOLDER}/ has more than {CONTENT_BYTES:,} bytes in that time", "look at fewer months")
    with room.stream("cat-file", "--batch", "--buffer", stdin=b"".join(b"%s\n" % name for name in sizes)) as output:
        return dict(_read(output, sizes))


def _read(output: IO[bytes], sizes: Mapping[bytes, int]) -> Iterator[tuple[bytes, bytes]]:
    for name, size in sizes.items():
        header = output.readline().split()
        content = output.read(size + 1)
        if header != [name, b"blob", b"%d" % size] or len(content) <= size:
            raise GitError("an object cannot be read", "git fsck")
        yield name, content[:-1]
