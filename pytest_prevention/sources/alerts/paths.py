"""The files that globs mean: inside the root, and never through a folder that is a symbolic link."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_prevention.globs import matches_any


def matching(root: Path, globs: Sequence[str]) -> list[str]:
    """The files that one of the globs matches, posix and relative to the root, in order of name.

    A symbolic link to a file is among them: whoever reads it has to see where it leads. Folders that cannot be listed
    are as if they were empty. Names keep odd bytes as the system gave them.
    """
    starts = {_fixed_part(glob) for glob in globs}
    below = {
        start for start in starts if not any(start.startswith(f"{other}/") or not other for other in starts - {start})
    }
    return sorted({name for start in below for name in _files(root, start) if matches_any(name, globs)})


def _fixed_part(glob: str) -> str:
    """The folder below which everything lies that the glob can match."""
    parts = [part for part in glob.removeprefix("./").split("/") if part]
    fixed = next((index for index, part in enumerate(parts) if "*" in part or "?" in part), len(parts) - 1)
    return "/".join(parts[:fixed])


def _files(root: Path, start: str) -> Iterator[str]:
    real = Path(os.path.realpath(root))
    if ".." in start.split("/") or not Path(os.path.realpath(root / start)).is_relative_to(real):
        return
    folders = [start]
    while folders:
        folder = folders.pop()
        for entry in _entries(root / folder):
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    folders.append(name)
            elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                yield name


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (OSError, ValueError):  # ValueError: a NUL in the glob
        return []
