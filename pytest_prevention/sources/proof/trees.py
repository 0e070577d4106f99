"""The trees of a proof: one with an incident's fix, and the same without it.

Both are built from git's objects, in an index of our own in the clean room, and written as plain files. Only the fix's
own source files differ between them: never a test, its data or a fixture. So a red in one tree and a green in the other
is the fix's doing.
"""

from __future__ import annotations

from pathlib import Path

from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.git_export import export
from pytest_prevention.sources.git_tree import as_text
from pytest_prevention.sources.proof.fix import Change, Entry, Fix, Reason, Refusal, Refused, Step, entries, read_all
from pytest_prevention.sources.proof.reverse import taken_back
from pytest_prevention.sources.scan.module import ParseError, parse

SOURCE_BYTES = 4_000_000
"""No source file that a person wrote is larger."""

_PYTHON = (b".py", b".pyw")


def at_the_fix(room: Room, fix: Fix, control: Path, without: Path) -> Refusal | None:
    """Write the tree of the newest fix commit into ``control``, and into ``without`` the same without the fix.

    Both folders are there and empty (else ValueError); after a refusal they hold anything. OSError where the disk is
    full.
    """
    return _written(room, fix, fix.commits[0], control, without)


def strict_reverse(room: Room, fix: Fix, control: Path, without: Path) -> Refusal | None:
    """The same for the tree of ``room.head``, from which the fix is taken back where it still stands word for word."""
    return _written(room, fix, room.head, control, without)


def _written(room: Room, fix: Fix, base: str, control: Path, without: Path) -> Refusal | None:
    try:
        changed = _taken_back(room, fix, base)
        tree = _new_tree(room, base, changed)
        left_out = dict((*export(room, base, control).left_out, *export(room, tree, without).left_out))
    except Refused as refused:
        return refused.refusal
    except GitError as error:
        return Refusal("history-missing", f"git cannot read the fix: {error}")
    for path in (path.decode("utf-8", "backslashreplace") for path in changed):
        if path in left_out:
            reason: Reason = "history-missing" if room.partial else "fix-does-not-revert"
            return Refusal(reason, f"{path} is left out of the trees: {left_out[path]}")
    return None


def _taken_back(room: Room, fix: Fix, base: str) -> dict[bytes, Entry | None]:
    """What stands without the fix at the paths where it made a difference to the tree of ``base``."""
    there = entries(room, base)
    now: dict[bytes, Entry | None] = dict(there)
    for step in fix.steps:
        now |= {change.path: _without(room, step, change, now.get(change.path)) for change in step.changes}
    touched = {change.path for step in fix.steps for change in step.changes}
    changed = {path: now[path] for path in sorted(touched) if now[path] != there.get(path)}
    if not changed:
        raise Refused("no-source-change", "the commits of the fix take each other back")
    _demand_places({path for path, entry in now.items() if entry}, changed.keys() - there.keys())
    for path, entry in changed.items():
        if entry and entry.is_file and path.endswith(_PYTHON):
            _demand_python(path, _content(room, path, entry))
    return changed


def _without(room: Room, step: Step, change: Change, now: Entry | None) -> Entry | None:
    """What stood at a path before the change, with all that came after it elsewhere in the file."""
    path, before, after = change
    if now == after:
        return before
    if not (now and before and after) or not all(entry.is_file for entry in (now, before, after)):
        raise _does_not_revert(path, "was moved, removed, added or made another kind of file since")
    if before.mode != after.mode and after.mode != now.mode:
        raise _does_not_revert(path, "has another mode since")
    mode = now.mode if before.mode == after.mode else before.mode
    for entry in (before, after):
        _content(room, path, entry)  # too large ones are refused before git compares them
    text = taken_back(_content(room, path, now), _patch(room, step, path))
    if text is None:
        raise _does_not_revert(path, f"what {step.commit[:12]} changed in it has changed since, or stands there twice")
    return Entry(mode, room.git("hash-object", "-w", "--stdin", stdin=text).strip())


def _patch(room: Room, step: Step, path: bytes) -> bytes:
    """The text changes of one file, whatever attributes call it."""
    options = ("-p", "--text", "--unified=3", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv")
    arguments = (*options, step.parent, step.commit, "--", as_text(path))
    return read_all(room, "--literal-pathspecs", "diff-tree", *arguments)


def _demand_places(there: set[bytes], added: set[bytes]) -> None:
    """What comes back must not stand above or below something else."""
    for path in added:
        parts = path.split(b"/")
        above = {b"/".join(parts[:count]) for count in range(1, len(parts))}
        if above & there or any(other.startswith(path + b"/") for other in there):
            raise _does_not_revert(path, "something else has its place since")


def _demand_python(path: bytes, text: bytes) -> None:
    try:
        parse(text)
    except ParseError as error:
        raise _does_not_revert(path, f"without the fix it is no Python that can be read: {error}") from None


def _new_tree(room: Room, base: str, changed: dict[bytes, Entry | None]) -> str:
    """The id of the tree of ``base`` with these changes. Git refuses paths that it would not check out."""
    absent = Entry(b"0", b"0" * len(base))
    lines = (b"%s %s\t%s\0" % (*(entry or absent), path) for path, entry in changed.items())
    try:
        room.git("read-tree", base)
        room.git("update-index", "-z", "--index-info", stdin=b"".join(lines))
        return room.git("write-tree", "--missing-ok").decode().strip()
    except GitError as error:
        raise Refused("fix-does-not-revert", f"git cannot hold the tree: {error}") from None


def _does_not_revert(path: bytes, why: str) -> Refused:
    return Refused("fix-does-not-revert", f"{path.decode('utf-8', 'backslashreplace')}: {why}")


def _content(room: Room, path: bytes, entry: Entry) -> bytes:
    with room.stream("cat-file", "blob", entry.id.decode()) as output:
        text = output.read(SOURCE_BYTES + 1)
    if len(text) > SOURCE_BYTES:
        raise _does_not_revert(path, f"it is larger than {SOURCE_BYTES:,} bytes")
    return text
