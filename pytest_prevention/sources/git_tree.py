"""The files of one commit, what the repository itself says of them, and how long they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from pytest_prevention.sources.git import GitError, Room

_MARKS = ("linguist-generated", "linguist-vendored")
_CHUNK = 1 << 16
LISTING_BYTES = 1 << 27
"""About a million files; trees that hold each other can name billions."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The regular files below the root of a commit: path → blob id. All paths are from the top of the repository.

    ``marked`` are the files anywhere that attributes call generated or vendored, with the attribute.
    """

    blobs: Mapping[str, str]
    marked: Mapping[str, str] = field(default_factory=dict)


def as_text(path: bytes) -> str:
    """A path of git's; bytes that are not UTF-8 come back as they were by the same error handler."""
    return path.decode("utf-8", "surrogateescape")


def as_bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def read_tree(room: Room, commit: str) -> Tree:
    """What a commit holds."""
    blobs: dict[str, str] = {}
    for entry in _listing(room, commit).split(b"\0")[:-1]:
        about, _, path = entry.partition(b"\t")
        mode, _, blob = about.split(b" ")
        if mode.startswith(b"100"):
            blobs[as_text(path)] = blob.decode()
    inside = {path: blob for path, blob in blobs.items() if path.startswith(room.prefix)}
    return Tree(inside, _marked(room, commit, blobs))


def _listing(room: Room, commit: str) -> bytes:
    too_many = GitError(f"the tree of {commit} has too many files", "keep the project in a repository of fewer files")
    return read_bounded(room, "ls-tree", "-r", "-z", "--full-tree", commit, too_long=too_many)


def read_bounded(room: Room, *arguments: str, too_long: GitError, stdin: bytes = b"") -> bytes:
    """What a command of git's prints, but no endless listing."""
    with room.stream(*arguments, stdin=stdin) as output:
        text = output.read(LISTING_BYTES)
        if output.read(1):
            raise too_long
    return text


def fields(output: IO[bytes]) -> Iterator[bytes]:
    """What stands before each NUL, read as it comes."""
    rest = b""
    while block := output.read(max(_CHUNK, len(rest))):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


def _marked(room: Room, commit: str, blobs: Mapping[str, str]) -> dict[str, str]:
    """What .gitattributes files of this commit say; those of the work tree and of the machine say nothing."""
    if not any(path.endswith(".gitattributes") for path in blobs):
        return {}
    room.git("read-tree", commit)
    paths = b"\0".join(map(as_bytes, blobs)) + b"\0"
    told = room.git("check-attr", "-z", "--cached", "--stdin", *_MARKS, stdin=paths).split(b"\0")
    answers = zip(told[0::3], told[1::3], told[2::3], strict=False)
    return {as_text(path): mark.decode() for path, mark, value in answers if value in (b"set", b"true")}


def count_lines(room: Room, blobs: Iterable[str]) -> dict[str, int]:
    """The number of lines of each blob that this clone holds: a partial one may lack some."""
    wanted = sorted(set(blobs))
    counts: dict[str, int] = {}
    with room.stream("cat-file", "--batch", "--buffer", stdin="\n".join([*wanted, ""]).encode()) as output:
        for blob in wanted:
            header = output.readline().split()
            if header[1:2] == [b"blob"]:
                counts[blob] = _lines(output, int(header[2]))
    return counts


def _lines(output: IO[bytes], size: int) -> int:
    """The lines of the next ``size`` bytes, a last one without a line end among them; its end mark is read too."""
    lines, last = 0, b"\n"
    while size and (chunk := output.read(min(size, _CHUNK))):
        lines, last, size = lines + chunk.count(b"\n"), chunk[-1:], size - len(chunk)
    if size or output.read(1) != b"\n":
        raise GitError("git cat-file ended early")
    return lines + (last != b"\n")
