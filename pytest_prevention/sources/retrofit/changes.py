"""Which functions one commit changed, told by git in the clean room: blobs and hunks, all of them bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from posixpath import normpath
from subprocess import SubprocessError
from typing import IO

from pytest_prevention.sources.files import MAX_BYTES
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.git_tree import as_bytes
from pytest_prevention.sources.retrofit.outline import Part, outline
from pytest_prevention.sources.scan.module import ParseError

_RAW = ("diff-tree", "-r", "-z", "--raw", "--root", "--no-commit-id", "--diff-merges=first-parent")
_LINES = ("diff", "-U0", "--text", "--no-ext-diff", "--no-textconv", "--no-color")
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class Untold(Exception):
    """Which functions a commit changed cannot be told; the text says why, to go on after *because*."""


def changed(room: Room, commit: str, path: str) -> set[str]:
    """The qualified names of the functions that a commit changed in a file, which had this path from the root after it.

    A path outside the root begins with ``../``.
    ``<module>`` stands for code outside functions. A merge is compared with its first parent. Lines that were only
    deleted belong to the function in which they stood before.
    """
    if commit in room.shallow:
        raise Untold("the shallow clone does not hold what was before it")
    try:
        old, new = _blobs(room, commit, path)
        before, after = _contents(room, [old, new]) if old else (b"", *_contents(room, [new]))
        added, removed = _hunks(room, old, new) if old else ({*range(1, after.count(b"\n") + 2)}, set())
    except (GitError, OSError, SubprocessError) as error:
        raise Untold(f"git cannot read it: {error}") from None
    touched = _touched(after, added)
    try:
        return touched | _touched(before, removed)
    except Untold:
        if touched:
            return touched
        raise


def _blobs(room: Room, commit: str, path: str) -> tuple[str, str]:
    """The ids of the file before (empty: there was none) and after the commit."""
    renames = "-M100%" if room.partial else "-M"  # what is merely alike is found by contents, which may not be there
    from_top = as_bytes(normpath(room.prefix + path))
    fields = iter(room.git(*_RAW, renames, commit).split(b"\0")[:-1])
    for about in fields:
        _, _, old, new, status = about.decode("ascii").split(" ")
        if status[0] == "R":
            next(fields)
        if next(fields) == from_top and new.strip("0"):
            return old if old.strip("0") else "", new
    raise Untold("it only deleted the file, or left it as it was")


def _contents(room: Room, blobs: Sequence[str]) -> list[bytes]:
    with room.stream("cat-file", "--batch", stdin="\n".join([*blobs, ""]).encode()) as output:
        return [_content(output) for _ in blobs]


def _content(output: IO[bytes]) -> bytes:
    header = output.readline().split()
    if header[1:2] != [b"blob"]:
        raise Untold("this clone does not hold the file as it was then")
    size = int(header[2])
    if size > MAX_BYTES:
        raise Untold(f"the file was larger than {MAX_BYTES:,} bytes")
    return output.read(size + 1)[:-1]


def _hunks(room: Room, old: str, new: str) -> tuple[set[int], set[int]]:
    """The lines of the new file that the commit wrote, and those of the old file that it took out without others."""
    added: set[int] = set()
    removed: set[int] = set()
    with room.stream(*_LINES, old, new) as output:
        for before, after in _ranges(output):
            added.update(after)
            removed.update(() if after else before)
    return added, removed


def _ranges(patch: IO[bytes]) -> Iterator[tuple[range, range]]:
    """The lines of each hunk, before and after; a line of content never begins with @."""
    for line in patch:
        if hunk := _HUNK.match(line):
            old, old_count, new, new_count = (1 if number is None else int(number) for number in hunk.groups())
            yield range(old, old + old_count), range(new, new + new_count)


def _touched(data: bytes, lines: set[int]) -> set[str]:
    """The functions to which lines of a file belong; what is not Python matters only where a line is asked for."""
    if not lines:
        return set()
    try:
        parts: dict[str, Part] = outline(data)
    except ParseError as error:
        raise Untold(f"the file could not be parsed then: {error}") from None
    return {name for name, part in parts.items() if not part.lines.isdisjoint(lines)}
