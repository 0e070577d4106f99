"""The trees of a proof: one with an incident's fix, and the same without it.

Both are built from git's objects, in an index of our own in the clean room, and written as plain files. Only the fix's
own source files differ between them: never a test, its data or a fixture. So a red in one tree and a green in the other
is the fix's doing.

A technique says which tree it starts from and what stands in it without the fix; whether that can be held, and how it
is written, is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from subprocess import SubprocessError
from typing import NamedTuple

from pytest_prevention.globs import matches_any
from pytest_prevention.policy import Policy
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.git_export import export
from pytest_prevention.sources.git_tree import as_text
from pytest_prevention.sources.proof.fix import (
    Change,
    Entry,
    Fix,
    Reason,
    Refusal,
    Refused,
    Step,
    entries,
    from_root,
    read_all,
)
from pytest_prevention.sources.proof.reverse import taken_back
from pytest_prevention.sources.scan.module import ParseError, parse

SOURCE_BYTES = 4_000_000
"""No source file that a person wrote is larger."""

PYTHON = (b".py", b".pyw")


class Trees(NamedTuple):
    """What a technique says: a commit (or tree) with the fix, and what stands without it at the paths that differ."""

    base: str
    changed: Mapping[bytes, Entry | None]


Technique = Callable[[Room, Policy, Fix], Trees]
Build = Callable[[Room, Policy, Fix, Path, Path], Refusal | None]
"""Writes the tree with the fix into the first folder, and the one without it into the second.

Both folders are there and empty (else ValueError); after a refusal they hold anything. OSError where the disk is full.
"""


def builder(technique: Technique) -> Build:
    """What writes the two trees of a technique, or tells why they cannot be had."""

    @wraps(technique)
    def build(room: Room, policy: Policy, fix: Fix, control: Path, without: Path) -> Refusal | None:
        try:
            trees = technique(room, policy, fix)
            _demand_sound(room, policy, trees)
            return _written(room, trees, control, without)
        except Refused as refused:
            return refused.refusal
        except (GitError, SubprocessError) as error:
            return Refusal("history-missing", f"git cannot read the fix: {error}")

    return build


@builder
def at_the_fix(room: Room, policy: Policy, fix: Fix) -> Trees:
    """The tree of the newest fix commit, and the same without the fix."""
    return _reversed(room, fix, fix.commits[0])


@builder
def strict_reverse(room: Room, policy: Policy, fix: Fix) -> Trees:
    """The tree of ``room.head``, from which the fix is taken back where it still stands word for word."""
    return _reversed(room, fix, room.head)


@builder
def old_tree(room: Room, policy: Policy, fix: Fix) -> Trees:
    """The tree of the newest fix commit with today's tests, and the same without the fix.

    Tests are all that the policy calls so, whatever kind of file: their data come and go with them.
    """
    old, today = entries(room, fix.commits[0]), entries(room, room.head)
    globs = policy.tree["paths"]["tests"]
    paths = (path for path in old.keys() | today.keys() if old.get(path) != today.get(path))
    tests = {path: today.get(path) for path in sorted(paths) if matches_any(from_root(room, path), globs)}
    _demand_places(old, tests)
    return _reversed(room, fix, new_tree(room, fix.commits[0], tests))


def new_tree(room: Room, base: str, changed: Mapping[bytes, Entry | None]) -> str:
    """The id of the tree of ``base`` with these changes. Git refuses paths that it would not check out."""
    absent = Entry(b"0", b"0" * len(base))
    lines = (b"%s %s\t%s\0" % (*(entry or absent), path) for path, entry in changed.items())
    try:
        room.git("read-tree", base)
        room.git("update-index", "-z", "--index-info", stdin=b"".join(lines))
        return room.git("write-tree", "--missing-ok").decode().strip()
    except GitError as error:
        raise Refused("fix-does-not-revert", f"git cannot hold the tree: {error}") from None


def new_object(room: Room, kind: str, text: bytes) -> bytes:
    """The id of a new ``blob`` or ``commit``, kept in the clean room."""
    return room.git("hash-object", "-w", "-t", kind, "--stdin", stdin=text).strip()


def content(room: Room, path: bytes, entry: Entry) -> bytes:
    """The text at a path; Refused where it is endless."""
    with room.stream("cat-file", "blob", entry.id.decode()) as output:
        text = output.read(SOURCE_BYTES + 1)
    if len(text) > SOURCE_BYTES:
        raise does_not_revert(path, f"it is larger than {SOURCE_BYTES:,} bytes")
    return text


def does_not_revert(path: bytes, why: str) -> Refused:
    """The refusal for one file."""
    return Refused("fix-does-not-revert", f"{_shown(path)}: {why}")


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _written(room: Room, trees: Trees, control: Path, without: Path) -> Refusal | None:
    reverted = new_tree(room, *trees)
    left_out = dict((*export(room, trees.base, control).left_out, *export(room, reverted, without).left_out))
    for path in map(_shown, trees.changed):
        if path in left_out:
            reason: Reason = "history-missing" if room.partial else "fix-does-not-revert"
            return Refusal(reason, f"{path} is left out of the trees: {left_out[path]}")
    return None


def _demand_sound(room: Room, policy: Policy, trees: Trees) -> None:
    """The trees differ, in source files only, which are Python where they say so."""
    base, changed = trees
    if not changed:
        raise Refused("no-source-change", "nothing is left of the fix: its commits, or others, take each other back")
    _demand_places(entries(room, base), changed)
    for path, entry in changed.items():
        if policy.file_kind(from_root(room, path)) != "source":
            raise does_not_revert(path, "it would change, and is no source file of the project")
        if entry and entry.is_file and path.endswith(PYTHON):
            _demand_python(path, content(room, path, entry))


def _demand_places(there: Mapping[bytes, Entry], changed: Mapping[bytes, Entry | None]) -> None:
    """What comes to a tree must not stand above or below something else."""
    files = {path for path, entry in {**there, **changed}.items() if entry}
    folders = {folder for path in files for folder in _folders(path)}
    for path, entry in changed.items():
        if entry and (path in folders or not files.isdisjoint(_folders(path))):
            raise does_not_revert(path, "something else has its place since")


def _folders(path: bytes) -> Iterator[bytes]:
    """``a`` and ``a/b`` of ``a/b/c.py``."""
    parts = path.split(b"/")
    return (b"/".join(parts[:count]) for count in range(1, len(parts)))


def _demand_python(path: bytes, text: bytes) -> None:
    try:
        parse(text)
    except ParseError as error:
        raise does_not_revert(path, f"without the fix it is no Python that can be read: {error}") from None


def _reversed(room: Room, fix: Fix, base: str) -> Trees:
    """The tree of ``base``, and what stands without the fix at the paths where it made a difference to it."""
    there = entries(room, base)
    now: dict[bytes, Entry | None] = dict(there)
    for step in fix.steps:
        now |= {change.path: strictly_without(room, step, change, now.get(change.path)) for change in step.changes}
    touched = {change.path for step in fix.steps for change in step.changes}
    return Trees(base, {path: now[path] for path in sorted(touched) if now[path] != there.get(path)})


def strictly_without(room: Room, step: Step, change: Change, now: Entry | None) -> Entry | None:
    """What stood at a path before the change, with all that came after it elsewhere in the file."""
    path, before, after = change
    if now == after:
        return before
    if not (now and before and after) or not all(entry.is_file for entry in (now, before, after)):
        raise does_not_revert(path, "was moved, removed, added or made another kind of file since")
    if before.mode != after.mode and after.mode != now.mode:
        raise does_not_revert(path, "has another mode since")
    mode = now.mode if before.mode == after.mode else before.mode
    for entry in (before, after):
        content(room, path, entry)  # too large ones are refused before git compares them
    text = taken_back(content(room, path, now), _patch(room, step, path))
    if text is None:
        raise does_not_revert(path, f"what {step.commit[:12]} changed in it has changed since, or stands there twice")
    return Entry(mode, new_object(room, "blob", text))


def _patch(room: Room, step: Step, path: bytes) -> bytes:
    """The text changes of one file, whatever attributes call it."""
    options = ("-p", "--text", "--unified=3", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv")
    arguments = (*options, step.parent, step.commit, "--", as_text(path))
    return read_all(room, "--literal-pathspecs", "diff-tree", *arguments)
