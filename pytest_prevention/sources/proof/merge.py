"""Today's tree without the fix, by a real merge of two changes of the fix commit: all that came since, and its undoing.

Unlike a strict reverse it gets along with lines that changed around those of the fix, and follows renamed files.
"""

from __future__ import annotations

import re

from pytest_prevention.policy import Policy
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.git_tree import as_bytes
from pytest_prevention.sources.proof.fix import Fix, Refused, Step, entries
from pytest_prevention.sources.proof.trees import Trees, builder, content, does_not_revert, new_object, new_tree

ATTRIBUTES = "* merge diff\n"
"""In ``info/attributes`` they go before those of the project, which may say ``merge=union``: every file is merged as
text, or not at all."""

_SIGNATURE = "prevention <> 0 +0000"
_VERSION = re.compile(rb"([0-9]+)\.([0-9]+)")


@builder
def merge_reverse(room: Room, policy: Policy, fix: Fix) -> Trees:
    """The tree of ``room.head``, and the same merged with commits that undo those of the fix, newest first."""
    _demand_merges(room)
    tree = room.git("rev-parse", f"{room.head}^{{tree}}").decode().strip()
    for step in fix.steps:
        tree = _merged(room, _commit(room, tree, step), _commit(room, _undone(room, step), step))
    there, left = entries(room, room.head), entries(room, tree)
    touched = sorted(path for path in there.keys() | left.keys() if there.get(path) != left.get(path))
    return Trees(room.head, {path: left.get(path) for path in touched})


def _demand_merges(room: Room) -> None:
    found = _VERSION.search(room.git("version"))
    if not found or tuple(map(int, found.groups())) < (2, 38):
        raise Refused("fix-does-not-revert", "a merge outside the work tree needs git 2.38 or newer")
    (room.directory / "info").mkdir(exist_ok=True)
    (room.directory / "info/attributes").write_text(ATTRIBUTES, encoding="ascii")


def _undone(room: Room, step: Step) -> str:
    """The tree of a commit with its source changes taken back."""
    for path, *sides in step.changes:
        for entry in sides:
            if entry and entry.is_file:
                content(room, path, entry)  # too large ones are refused before git merges them
    return new_tree(room, step.commit, {change.path: change.before for change in step.changes})


def _commit(room: Room, tree: str, step: Step) -> str:
    """A commit on top of the step's: of two such the step's is the one merge base."""
    text = f"tree {tree}\nparent {step.commit}\nauthor {_SIGNATURE}\ncommitter {_SIGNATURE}\n\nundo\n"
    return new_object(room, "commit", as_bytes(text)).decode()


def _merged(room: Room, ours: str, theirs: str) -> str:
    """The tree of a merge without conflicts."""
    told = b""
    try:
        options = ("--write-tree", "--name-only", "--no-messages", "-z")
        with room.stream("merge-tree", *options, ours, theirs) as output:
            told = output.read()
    except GitError:
        tree, *conflicts = told.split(b"\0")
        if not tree:
            raise
        raise does_not_revert(conflicts[0], "what the fix changed in it has changed since") from None
    return told.partition(b"\0")[0].decode()
