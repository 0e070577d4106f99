"""Where the lines of a fix stand today: followed by git blame, through moves and renames, into the work tree.

Only what a test can execute counts: statements in the bodies of functions. What runs when a module is imported has run
before the tests do. Where no such line of a file is left, the functions that the fix changed in it stand for them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import SubprocessError
from typing import NamedTuple

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import FixedLines, Unavailable
from pytest_prevention.model.retrofit import MODULE_LEVEL
from pytest_prevention.policy import Policy
from pytest_prevention.sources.files import read_bytes
from pytest_prevention.sources.git import GitError, Room, clean_room, no_history
from pytest_prevention.sources.proof.fix import Fix, Refusal, fix_of, from_root
from pytest_prevention.sources.proof.places import Commits, Places, places_of
from pytest_prevention.sources.proof.statements import Statements, statements
from pytest_prevention.sources.proof.trees import SOURCE_BYTES
from pytest_prevention.sources.retrofit.changes import Untold, changed
from pytest_prevention.sources.scan.module import ParseError

_BLAME = ("blame", "--porcelain", "-w", "-M", "--no-textconv", "--encoding=none", "--contents", "-")
_LINE = re.compile(rb"^([0-9a-f]{40,64}) [0-9]+ ([0-9]+)", re.MULTILINE)

_NO_PYTHON = Unavailable("the fix changed no Python source file, nothing else is measured", by_design=True)
_AT_IMPORT = Unavailable("the fix changed only what runs at import, before any test does", by_design=True)
_NOTHING_LEFT = Unavailable("nothing that the fix changed is left in the code of today", by_design=True)


class _File(NamedTuple):
    """A source file of the work tree: its path from the root, and what it holds."""

    path: str
    text: bytes
    statements: Statements


def read_fixes(root: Path, policy: Policy, fixes: Commits) -> dict[str, FixedLines | Unavailable]:
    """Where the fix of each incident stands in the work tree at ``root``; fixes are given by their commit ids."""
    try:
        with clean_room(root) as room, ThreadPoolExecutor(os.cpu_count()) as pool:
            places = places_of(room, policy, fixes)
            tasks = {
                incident: pool.submit(_read_fix, room, policy, commits, places[incident])
                for incident, commits in fixes.items()
            }
            return {incident: task.result() for incident, task in tasks.items()}
    except (GitError, OSError, SubprocessError) as error:
        return dict.fromkeys(fixes, no_history(error))


def _read_fix(room: Room, policy: Policy, commits: Sequence[str], places: Places) -> FixedLines | Unavailable:
    return lines_of(room, fix_of(room, policy, commits), places)


def lines_of(room: Room, fix: Fix | Refusal, places: Places) -> FixedLines | Unavailable:
    """The lines of the work tree that came with a fix, or why they cannot be told.

    ``places`` are those of the fix; no other file is looked into.
    """
    if isinstance(fix, Refusal):
        return Unavailable(fix.detail, by_design=fix.reason != "history-missing")
    if not places:
        return _NO_PYTHON
    try:
        return _followed(room, fix, places)
    except (GitError, OSError, SubprocessError) as error:
        return no_history(error)


def _followed(room: Room, fix: Fix, places: Places) -> FixedLines | Unavailable:
    files = {path: file for place in places.values() for path in place.files if (file := _file(room, path))}
    commits = _brought(room, fix)
    lines = {path: _blamed(room, fix, commits, file, moved=path not in places) for path, file in files.items()}
    lost = {path: place.now for path, place in places.items() if not any(lines.get(file) for file in place.files)}
    names = {path: _functions(room, fix, path) for path in lost}
    by_function = set()
    for path, now in sorted(lost.items()):
        if now in files and (bodies := frozenset().union(*map(files[now].statements.of_function, names[path]))):
            lines[now] |= bodies
            by_function.add(now)
    if not any(lines.values()):
        return _AT_IMPORT if set().union(*names.values()) == {MODULE_LEVEL} else _NOTHING_LEFT
    left = {path: firsts for path, firsts in sorted(lines.items()) if firsts}
    begins = {path: files[path].statements.continued(firsts) for path, firsts in left.items()}
    return FixedLines(left, frozenset(by_function), begins)


def _file(room: Room, path: str) -> _File | None:
    """A file as it is in the work tree, which is what tests run; None where it cannot be read as Python."""
    root = room.worktree / room.prefix
    try:
        text = read_bytes(root / path, root, limit=SOURCE_BYTES)
        return _File(path, text, statements(text))
    except (PreventionError, ParseError):
        return None


def _brought(room: Room, fix: Fix) -> Set[str]:
    """The commits of the fix; with a merge all that came with it."""
    ranges = (f"{step.parent}..{step.commit}" for step in fix.steps)
    return {commit for one in ranges for commit in room.git("rev-list", one, "--").decode().split()}


def _blamed(room: Room, fix: Fix, commits: Set[str], file: _File, *, moved: bool) -> frozenset[int]:
    """The first lines of the statements in functions of a file that came with these commits.

    Where lines may have ``moved`` into it from other files, these are asked as well: that takes git half as long again.
    """
    copies = ["-C"] if moved else []
    oldest = f"^{fix.steps[-1].parent}"  # no commit of the fix led to it
    told = room.git(*_BLAME, *copies, oldest, "--", room.prefix + file.path, stdin=file.text)
    lines = (int(line) for commit, line in _LINE.findall(told) if commit.decode() in commits)
    begins = file.statements.begins
    return frozenset(begins[line] for line in lines if line in begins)


def _functions(room: Room, fix: Fix, path: str) -> set[str]:
    """The qualified names of the functions that the fix changed in a file, which had this path from the root then."""
    names: set[str] = set()
    for step in fix.steps:
        if any(from_root(room, change.path) == path and change.after for change in step.changes):
            try:
                names |= changed(room, step.commit, path)
            except Untold:
                continue  # then none of its functions can stand for its lines
    return names
