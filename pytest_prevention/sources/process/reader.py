"""The documents that Process actions name in their Evidence: are they there, and what holds people to them?

Paths are data of an untrusted tree: files are read inside the repository only, and no symbolic link leads out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from subprocess import SubprocessError

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Action, Backlog, Category, Incident, Incidents, Status, Unavailable
from pytest_prevention.model.document import Document, Documents
from pytest_prevention.model.facts import NO_DOCUMENTS
from pytest_prevention.sources import files
from pytest_prevention.sources.files import decode, read_bytes
from pytest_prevention.sources.git import GitError, Room, clean_room
from pytest_prevention.sources.git_tree import as_text, read_bounded
from pytest_prevention.sources.process.enforcement import Surroundings
from pytest_prevention.sources.process.headings import headings, is_blank, named
from pytest_prevention.sources.process.jobs import jobs

MAX_BYTES = 512 * 1024
"""Of a file in which a heading is looked for."""

_LONGEST, _MOST = 100, 500
_MARKDOWN = (".md", ".markdown")
_SHOW_IT = "name a file and its heading: file:docs/runbook.md#rollback"


def read_documents(
    root: Path, backlog: Backlog, incidents: Incidents, commit: tuple[Room, str] | None = None
) -> Documents | Unavailable:
    """The documents of all Process actions that are not Dropped and name one.

    ``commit`` is the one whose tree was exported to ``root``, in its room, where it is not the one checked out.
    """
    asked = {
        action: action.names("file")
        for action in backlog.actions
        if action.category is Category.PROCESS and action.status is not Status.DROPPED
    }
    if not any(asked.values()):
        return NO_DOCUMENTS if not asked else Documents()
    known = incidents.by_id()
    with _placed(root, commit) as reader:
        return Documents(
            {
                action.key: tuple(reader.document(name, action, known.get(action.incident)) for name in names)
                for action, names in asked.items()
            }
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Path
    around: Surroundings
    place: tuple[Room, str] | None = None

    def document(self, name: str, action: Action, incident: Incident | None) -> Document:
        path, _, anchor = name.removeprefix("./").partition("#")
        fault, hint = self._fault(path, anchor)
        if fault:
            return Document(named=name, fault=fault, hint=hint)
        mentions = tuple(self.around.mentions(path, action.incident))
        owners = self.around.owners(incident)
        return Document(
            named=name,
            enforced_by=(*mentions, *([owners] if isinstance(owners, str) and owners else [])),
            unknown=owners if isinstance(owners, Unavailable) else None,
            changed_at=self._changed_at(path),
        )

    def _fault(self, path: str, anchor: str) -> tuple[str, str]:
        """What keeps the document from being there, and what to do; both empty where it is."""
        parts = PurePosixPath(path).parts
        if not parts or parts[0] == "/" or ".." in parts or ".git" in parts or "\\" in path:
            return "is no path inside the repository", _SHOW_IT
        try:
            data = read_bytes(self.root / path, self.root, limit=MAX_BYTES if anchor else files.MAX_BYTES)
            text = decode(data, path) if anchor else data.decode("utf-8", "replace")
        except PreventionError as error:
            return error.problems[0].message, error.problems[0].hint
        if not anchor:
            return ("is empty", "write it") if is_blank(text) else ("", "")
        if PurePosixPath(path).suffix.lower() in _MARKDOWN:
            return _fault_of_heading(text, anchor)
        if self.around.prefix + path in self.around.workflows:
            return _fault_of_job(text, path, anchor)
        return "is no Markdown file, so it has no headings", _SHOW_IT

    def _changed_at(self, path: str) -> datetime | None:
        """When it was last committed; None where git knows no such file."""
        if self.place is None:
            return None
        room, head = self.place
        try:
            options = ("log", "-1", "--format=%ct", "--end-of-options", head, "--")
            stamp = room.git("--literal-pathspecs", *options, room.prefix + path)
            return datetime.fromtimestamp(int(stamp), UTC) if stamp.strip() else None
        except (GitError, OSError, SubprocessError, ValueError, OverflowError):
            return None


def _fault_of_heading(text: str, anchor: str) -> tuple[str, str]:
    found = headings(text)
    heading = named(found, anchor)
    if heading is None:
        return f"has no heading #{anchor}", _meant(anchor, [one.anchor for one in found], "headings")
    return ("has nothing below that heading", "write what is to be done") if heading.is_empty else ("", "")


def _fault_of_job(text: str, path: str, anchor: str) -> tuple[str, str]:
    try:
        found = jobs(text, path)
    except PreventionError as error:
        return f"cannot be read: {error.problems[0].message}", error.problems[0].hint
    if anchor in found:
        return "", ""
    return f"has no job {anchor}", _meant(anchor, found, "jobs")


def _meant(anchor: str, names: Sequence[str], what: str) -> str:
    """The name that is nearest; long ones and many are not compared: each comparison costs both lengths."""
    close = get_close_matches(anchor[:_LONGEST], [name for name in names if len(name) <= _LONGEST][:_MOST], 1)
    return f"did you mean #{close[0]}?" if close else f"name one of the {what} that are there"


@contextmanager
def _placed(root: Path, commit: tuple[Room, str] | None) -> Iterator[_Reader]:
    """The reader with the repository around the root, as far as git can tell."""
    with ExitStack() as stack:
        reader = _Reader(root, Surroundings(root))
        try:
            if commit:
                room, head = commit
                below = [path[len(room.prefix) :] for path in _files(room, head)]
                reader = _Reader(root, Surroundings(root, "", below), commit)
            else:
                room = stack.enter_context(clean_room(root))
                around = Surroundings(room.worktree, room.prefix, _files(room, room.head))
                reader = _Reader(root, around, (room, room.head))
        except (GitError, OSError, SubprocessError):
            pass  # then CODEOWNERS cannot be held against modules, and says so
        yield reader


def _files(room: Room, commit: str) -> list[str]:
    """The files of a commit below the root, by their paths from the top."""
    too_many = GitError(f"the tree of {commit} has too many files", "keep the project in a repository of fewer files")
    listing = read_bounded(room, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, too_long=too_many)
    return [path for path in map(as_text, listing.split(b"\0")[:-1]) if path.startswith(room.prefix)]
