"""CODEOWNERS: who must agree to a change of a file, by the rules of GitHub and of GitLab.

Both read a line as a pattern and its owners, and the last line that matches decides. What neither of them documents is
left out: a line that cannot be read as they would read it gives a file to nobody.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pytest_prevention.globs import matches_any

Dialect = Literal["github", "gitlab"]

PLACES: dict[Dialect, tuple[str, ...]] = {
    "github": (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    "gitlab": ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
}
"""Where each looks for the file; the first one found counts."""

MAX_BYTES = 3_000_000
"""GitHub reads no larger file."""

MAX_RULES = 10_000

_WORD = re.compile(r"(?:[^\s\\]|\\.)+")
_OWNER = re.compile(r"@{1,2}[\w.-]+(?:/[\w.-]+)*|[^\s@]+@[^\s@]+")
_SECTION = re.compile(r"(\^?)\[([^\[\]]+)\](?:\[[0-9]+\])?(.*)")


@dataclass(frozen=True, slots=True)
class Ownership:
    """One line of the file. ``globs`` are our own, from the top of the repository; without ``owners`` it takes files
    from them. ``section`` is GitLab's; each of them is asked apart."""

    line: int
    globs: tuple[str, ...]
    owners: tuple[str, ...]
    section: str = ""
    excludes: bool = False
    """Files that it matches are out of the section for good (GitLab's ``!pattern``)."""


def read_codeowners(text: str, dialect: Dialect) -> tuple[Ownership, ...]:
    """The lines of the file that somebody would be asked by, in order; those of optional sections ask nobody."""
    lines = enumerate(text.splitlines(), 1)
    return tuple(_github(lines) if dialect == "github" else _gitlab(lines))


def owner_of(path: str, rules: Iterable[Ownership]) -> Ownership | None:
    """The line by which a file, by its path from the top, has owners; None: nobody is asked."""
    return owners_of([path], rules)[path]


def owners_of(paths: Iterable[str], rules: Iterable[Ownership]) -> dict[str, Ownership | None]:
    """The same for many files. A section in which a file has owners is enough."""
    found: dict[str, Ownership | None] = dict.fromkeys(paths)
    sections: dict[str, list[Ownership]] = defaultdict(list)
    for rule in rules:
        sections[rule.section].append(rule)
    for lines in sections.values():
        excluding = [line for line in lines if line.excludes]
        open_ = {path for path in found if not any(matches_any(path, line.globs) for line in excluding)}
        for line in reversed(lines):
            matched = {path for path in open_ if not line.excludes and matches_any(path, line.globs)}
            open_ -= matched
            if line.owners:
                found |= dict.fromkeys(matched, line)
    return found


def _github(lines: Iterable[tuple[int, str]]) -> Iterator[Ownership]:
    for number, line in lines:
        words = _words(line)
        # a line with an error is skipped; these signs of .gitignore are errors here
        if words and not set(words[0]) & set("[]!\\") and all(map(_OWNER.fullmatch, words[1:])):
            yield Ownership(number, _github_globs(words[0]), tuple(words[1:]))


def _gitlab(lines: Iterable[tuple[int, str]]) -> Iterator[Ownership]:
    section, defaults, optional = "", tuple[str, ...](), False
    for number, line in lines:
        if header := _SECTION.fullmatch(line.strip()):
            section, optional = header[2].strip().casefold(), bool(header[1])
            defaults = tuple(_OWNER.findall(header[3]))
            continue
        words = _words(line)
        if not words or optional:
            continue
        excludes = words[0].startswith("!")
        globs = _gitlab_globs(words[0].removeprefix("!"))
        owners = tuple(filter(_OWNER.fullmatch, words[1:])) or defaults
        yield Ownership(number, globs, () if excludes else owners, section, excludes)


def _words(line: str) -> list[str]:
    """Pattern and owners; a comment ends the line. ``\\`` before a blank makes it a part of the pattern."""
    words: list[str] = []
    for word in _WORD.findall(line):
        if word.startswith("#"):
            break
        words.append(word.replace("\\ ", " "))
    return words


def _github_globs(pattern: str) -> tuple[str, ...]:
    """Like .gitignore, but that ``docs/*`` means only the files right in there."""
    anywhere = "" if "/" in pattern[:-1] else "**/"
    body = pattern.removeprefix("/").removesuffix("/")
    glob = anywhere + body
    if not body:
        return ()
    deep = body.rpartition("/")[2] == "**"  # what it matches is a folder's content already
    if pattern.endswith("/"):
        return (f"{glob}/*/**/*" if deep else f"{glob}/**/*",)
    if deep:
        return (f"{glob}/*",)
    return (glob,) if pattern.endswith("/*") else (glob, f"{glob}/**/*")


def _gitlab_globs(pattern: str) -> tuple[str, ...]:
    """Like Ruby's fnmatch: a pattern without a slash in front is looked for in any folder, and means no folder unless
    it ends in a slash. ``**`` crosses folders only before a slash."""
    plain = pattern.replace("\\#", "#")
    if set(plain) & set("[]\\{}"):  # kinds of patterns that ours cannot say
        return ()
    if plain == "*":
        return ("**/*",)
    body = plain.removeprefix("/") if plain.startswith("/") else f"**/{plain}"
    body += "**/*" if plain.endswith("/") else ""
    *folders, last = body.split("/")
    return ("/".join([*folders, "*" if last == "**" else last]),)
