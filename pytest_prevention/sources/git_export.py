"""A commit's tree written into a plain folder: the bytes as committed, and nothing outside the folder.

It is read from the objects, not checked out: no index, attribute, filter or hook takes part. A hostile tree may name
any path, so what is not plainly a file or a link inside the folder is left out, and told.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pytest_prevention.sources.git import GitError, Room

BLOB_BYTES = 50_000_000
TREE_BYTES = 2_000_000_000  # one blob under a thousand names is small in git only
ENTRIES = 500_000  # trees that hold each other can name billions
LINK_BYTES = 4096
LINK_STEPS = 255  # the parts of a path, and of all links on its way
_CHUNK = 1 << 20
_BROKEN = "an object cannot be read, see git fsck"

_LINK, _SUBMODULE, _EXECUTABLE = b"120000", b"160000", b"100755"
_INVISIBLE = dict.fromkeys((*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF))


@dataclass(frozen=True, slots=True)
class Exported:
    """How many files and symbolic links were written, and what was left out: (path, reason), sorted."""

    files: int
    links: int
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of ``git ls-tree``; ``size`` in bytes, None where the content is missing."""

    mode: bytes
    id: bytes
    size: int | None
    path: bytes


class _LeftOut(Exception):
    """A path is not written; the text says why."""


def export(room: Room, commit: str, folder: Path) -> Exported:
    """Write the tree of ``commit`` into ``folder``, which is there and empty (else ValueError).

    GitError where git cannot read the tree or it is endless, OSError where the disk is full; both leave a part of it.
    """
    if any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty")
    wanted, left_out = _sorted_out(_entries(room, commit))
    target = _Target(os.path.realpath(os.fsencode(folder)))
    left_out += _written(room, wanted, target)
    left_out += target.without_links_out()
    told = sorted((path.decode("utf-8", "backslashreplace"), reason) for path, reason in left_out)
    return Exported(target.files, len(target.links), tuple(told))


def _entries(room: Room, commit: str) -> list[_Entry]:
    entries = []
    with room.stream("ls-tree", "-r", "-z", "-l", "--full-tree", commit) as listing:
        for record in _records(listing):
            about, _, path = record.partition(b"\t")
            mode, _, blob, size = about.split()
            entries.append(_Entry(mode, blob, int(size) if size.isdigit() else None, path))
            if len(entries) > ENTRIES:
                raise GitError(f"the tree of {commit} has more than {ENTRIES:,} files")
    return entries


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK):
        *records, rest = (rest + chunk).split(b"\0")
        yield from records


def _sorted_out(entries: list[_Entry]) -> tuple[list[_Entry], list[tuple[bytes, str]]]:
    """What to write, and what not, by what the listing says."""
    wanted, left_out, total = [], [], 0
    for entry in entries:
        reason = _fault_of_path(entry.path) or _fault_of_content(entry)
        if not reason and total + (entry.size or 0) > TREE_BYTES:
            reason = f"the tree is larger than {TREE_BYTES:,} bytes"
        if reason:
            left_out.append((entry.path, reason))
        else:
            wanted.append(entry)
            total += entry.size or 0
    return wanted, left_out


def _fault_of_path(path: bytes) -> str:
    parts = path.split(b"/")
    if any(part in (b"", b".", b"..") for part in parts):
        return "not a path inside the folder"
    return "names a git directory" if any(map(_is_git_directory, parts)) else ""


def _is_git_directory(part: bytes) -> bool:
    """Whether some file system takes the name for ``.git``, by the rules of git's own ``path.c`` and ``utf8.c``.

    HFS+ sees no invisible characters and no case; NTFS no dots and spaces at the end, nor what follows a colon.
    """
    names = (name.decode("utf-8", "replace").translate(_INVISIBLE) for name in re.split(rb"[\\:]", part))
    return any(name.rstrip(" .").lower() in (".git", "git~1") for name in names)


def _fault_of_content(entry: _Entry) -> str:
    if entry.mode == _SUBMODULE:
        return "a submodule"
    if entry.size is None:
        return "its content is not in this clone, which may be a partial one"
    if entry.mode == _LINK and entry.size > LINK_BYTES:
        return "a symbolic link with an endless target"
    return f"larger than {BLOB_BYTES:,} bytes" if entry.size > BLOB_BYTES else ""


def _written(room: Room, entries: list[_Entry], target: _Target) -> Iterator[tuple[bytes, str]]:
    """Write the files, then the links: no file is ever written below one. What is left out is told."""
    ordered = sorted(entries, key=lambda entry: entry.mode == _LINK)
    ids = b"".join(entry.id + b"\n" for entry in ordered)
    with room.stream("cat-file", "--batch", "--buffer", stdin=ids) as stream:
        for entry in ordered:
            kind, chunks = _content(stream)
            try:
                if kind != b"blob":
                    raise _LeftOut(f"not a file in git but {kind.decode('ascii', 'replace')}")
                target.put(entry, chunks)
            except _LeftOut as reason:
                yield entry.path, str(reason)
            for _ in chunks:
                """What was not written must be read over."""


def _content(stream: IO[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The kind of the next object, or ``missing``, and its bytes, all of which are to be read."""
    header = stream.readline().split()
    if len(header) == 2:
        return header[1], iter(())
    if len(header) != 3:
        raise GitError(_BROKEN)
    return header[1], _chunks(stream, int(header[2]))


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size:
        chunk = stream.read(min(size, _CHUNK))
        if not chunk:
            raise GitError(_BROKEN)
        size -= len(chunk)
        yield chunk
    stream.read(1)  # the line feed after each


@dataclass(slots=True)
class _Target:
    """The folder written to: every directory in it is one we made, every file is new."""

    root: bytes
    files: int = 0
    links: list[bytes] = field(default_factory=list)
    _made: set[bytes] = field(default_factory=lambda: {b""})

    def put(self, entry: _Entry, chunks: Iterator[bytes]) -> None:
        try:
            self._make(os.path.dirname(entry.path))  # noqa: PTH120 - bytes
            if entry.mode == _LINK:
                self._link(entry.path, b"".join(chunks))
            else:
                self._file(entry.path, 0o777 if entry.mode == _EXECUTABLE else 0o666, chunks)
        except FileExistsError:
            raise _LeftOut("another entry of the tree has its place") from None
        except OSError as error:
            if error.errno not in (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL):
                raise
            raise _LeftOut(f"the file system cannot hold the name: {error.strerror}") from None

    def _make(self, directory: bytes) -> None:
        if directory in self._made:
            return
        parts = directory.split(b"/")
        for count in range(1, len(parts) + 1):
            path = b"/".join(parts[:count])
            if path not in self._made:
                os.mkdir(self._at(path))  # noqa: PTH102 - bytes
                self._made.add(path)

    def _file(self, path: bytes, mode: int, chunks: Iterator[bytes]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(self._at(path), flags, mode), "wb") as file:  # noqa: PTH123 - a descriptor
            file.writelines(chunks)
        self.files += 1

    def _link(self, path: bytes, target: bytes) -> None:
        if not target or target.startswith(b"/") or b"\0" in target:
            raise _LeftOut("a symbolic link to no path of the tree")
        os.symlink(target, self._at(path))  # noqa: PTH211 - bytes
        self.links.append(path)

    def without_links_out(self) -> list[tuple[bytes, str]]:
        """Remove the links that lead out, by themselves or through others, and tell them.

        Only once all are there does the file system say where each leads. What leads through a link that leads out
        does so too, and goes with it.
        """
        outside = {path for path in self.links if not self._stays(path)}
        for path in outside:
            os.unlink(self._at(path))  # noqa: PTH108 - bytes
        self.links = [path for path in self.links if path not in outside]
        return [(path, "a symbolic link out of the tree, or in a circle") for path in outside]

    def _stays(self, path: bytes) -> bool:
        """Whether no step of the way that a path leads is above the folder; the way must end soon."""
        done: list[bytes] = []
        ahead = path.split(b"/")
        for _ in range(LINK_STEPS):
            if not ahead:
                return True
            step = ahead.pop(0)
            if step == b"..":
                if not done:
                    return False
                done.pop()
            elif step not in (b"", b"."):
                done.append(step)
                ahead[:0] = self._led(done)
        return False

    def _led(self, done: list[bytes]) -> list[bytes]:
        """The steps that a link stands for, which leave its own place; none for what is no link."""
        try:
            target = os.readlink(self._at(b"/".join(done)))  # noqa: PTH115 - bytes
        except OSError:
            return []
        done.pop()
        return target.split(b"/")

    def _at(self, path: bytes) -> bytes:
        return self.root + b"/" + path
