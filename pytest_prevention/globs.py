"""Path globs: ``**`` crosses folders, ``*`` and ``?`` do not, every other character stands for itself.

A glob becomes a regular expression whose atomic groups never go back on a choice: the leftmost place where the text
between two stars fits is as good as any other. So the time grows with the length of path and glob,
whoever wrote the glob.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import translate
from functools import lru_cache
from posixpath import dirname


def matches_any(path: str, globs: Sequence[str]) -> bool:
    """Does a path (posix, relative to the root) match one of the globs as a whole?

    ``src/*.py`` matches the files of that folder, ``src/**`` (or ``src/``) the folder and everything below it,
    ``**/test_*.py`` files in any folder.
    """
    return bool(globs) and _compiled(tuple(globs)).match(path + "/") is not None


def is_within(path: str, globs: Sequence[str]) -> bool:
    """Does a path match one of the globs, or lie in a folder that does?"""
    return matches_any(path, [form for glob in globs for form in (glob, f"{glob.rstrip('/')}/**")])


def text_matches_any(text: str, globs: Sequence[str]) -> bool:
    """Does a text that is no path match one of the globs as a whole, as :mod:`fnmatch` has it?

    ``*`` is any text, slashes included, ``?`` any character, ``[0-9]`` one of these and ``[!0-9]`` any other.
    """
    return bool(globs) and _compiled_text(tuple(globs)).match(text) is not None


def plain(glob: str) -> str:
    """One name for all ways to write a module: ``src/orders/**`` and ``./src/orders/`` are ``src/orders``."""
    name = "/".join(part for part in glob.removeprefix("./").split("/") if part)
    while name.endswith("/**"):
        name = name.removesuffix("/**")
    return name or "**"


class Holders:
    """Of some modules those that hold a path: it is theirs, or it lies below them. Plain names are looked up, and only
    those with a star or a question mark are tried one by one."""

    def __init__(self, modules: Iterable[str]) -> None:
        names = sorted(set(modules))
        self._wild = [name for name in names if _is_wild(name)]
        self._plain = set(names).difference(self._wild)

    def of(self, path: str) -> tuple[str, ...]:
        found = [name for name in with_folders(path) if name in self._plain]
        found += [name for name in self._wild if is_within(path, [name])]
        return tuple(found)


def with_folders(path: str) -> Iterator[str]:
    """The path and the folders that hold it, from the inside out."""
    while path and path != "/":
        yield path
        path = dirname(path)


def _is_wild(name: str) -> bool:
    return "*" in name or "?" in name


@lru_cache(maxsize=256)
def _compiled_text(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, globs)))


@lru_cache(maxsize=256)
def _compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_of_path(glob) for glob in globs))


def _of_path(glob: str) -> str:
    """The expression for a whole path that has a slash behind each of its parts."""
    runs = [""]
    for part in [*glob.removeprefix("./").split("/"), *(["**"] if glob.endswith("/") else [])]:
        if part == "**":
            runs.append("")
        elif part:
            runs[-1] += _of_part(part)
    return _with_stars(runs, "(?:[^/]*/)*") + r"\Z"


def _of_part(part: str) -> str:
    runs = ["".join("[^/]" if char == "?" else re.escape(char) for char in run) for run in part.split("*")]
    return _with_stars(runs, "[^/]*") + "/"


def _with_stars(runs: Sequence[str], anything: str) -> str:
    """Expressions with ``anything`` between them; only the last one may have to be tried at more than one place."""
    first, *middle = runs
    last = anything + middle.pop() if middle else ""
    return first + "".join(f"(?>{anything}?{run})" for run in middle) + last
