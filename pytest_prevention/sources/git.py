"""Git, read so that a hostile repository runs nothing and hides nothing.

Only discovery looks at the user's own git directory. Everything else runs in a clean room: a minimal git directory of
our own that borrows the objects, so that no configuration, hook, filter, replacement or graft of the repository takes
part.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Unavailable
from pytest_prevention.sources.files import read_bytes

TIMEOUT_SECONDS = 60
SHALLOW_BYTES = 4_000_000  # a hundred thousand ids

_REVISION = re.compile(r"(?!-)([^~^:?*\[\\ ]+)((?:[~^][0-9]{0,9}){0,20})")
_ACCEPTED = "give a branch, a tag or a commit id, with ~n or ^n after it at will"
_DEEPEN = "the clone is shallow: git fetch --unshallow"
_BEGIN = "git init && git add -A && git commit"
_REMEDIES = {
    "not a git repository (or any": _BEGIN,
    "this operation must be run in a work tree": "run it in a clone with a work tree: git clone PATH",
}
"""How a refusal of git's begins → what helps; of others git itself knows more."""
_FSCK = "see what is broken: git fsck"
_NO_TIME = Unavailable("the commit has no time that can be read", "git commit --amend --no-edit --reset-author")


@dataclass(frozen=True, slots=True)
class Checkout:
    """The commit that is checked out: its id, its commit time (UTC), and whether tracked files differ from it."""

    commit: str
    committed_at: datetime
    dirty: bool


class GitError(Exception):
    """Git said no; the text is its first line. ``remedy`` is the next step where the text does not tell it."""

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.remedy = remedy


def no_history(error: Exception) -> Unavailable:
    """What a failure to read history means: GitError, OSError or SubprocessError."""
    if shutil.which("git") is None:
        return Unavailable("git is not installed", "install git")
    return Unavailable(f"no git history here: {error}", error.remedy if isinstance(error, GitError) else "")


def checkout(root: Path) -> Checkout | Unavailable:
    """What is checked out at ``root``, or why that cannot be told."""
    try:
        with clean_room(root) as room:
            committed_at = commit_time(room, room.head)
            if isinstance(committed_at, Unavailable):
                return committed_at
            return Checkout(room.head, committed_at, room.dirty())
    except (GitError, OSError, subprocess.SubprocessError) as error:
        return no_history(error)


@dataclass(frozen=True, slots=True)
class Room:
    """A clean room: ``git`` and ``stream`` run plumbing in it.

    ``head`` is the commit asked for, by default the one checked out, as a hex id. ``shallow`` are the ids of the
    commits whose parents a shallow clone has cut off; ``partial`` says that other objects may be missing too.
    ``prefix`` leads from the top of the repository to the root that was asked for (``services/shop/``).
    """

    directory: Path
    worktree: Path
    head: str
    index: Path
    shallow: frozenset[str] = frozenset()
    partial: bool = False
    prefix: str = ""

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return run(self.worktree, *self._place(), *arguments, stdin=stdin)

    @contextmanager
    def stream(self, *arguments: str, stdin: bytes = b"") -> Iterator[IO[bytes]]:
        """The standard output of a git command, read while it runs, for as long as it takes.

        Reading may stop early. Where git fails, leaving the context is a GitError; an exception in it kills git.
        """
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:  # files: nothing waits for a pipe
            given.write(stdin)
            given.seek(0)
            with subprocess.Popen(
                _command(*self._place(), *arguments),
                cwd=self.worktree,
                env=_environment(),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=said,
            ) as process:
                try:
                    output = process.stdout or BytesIO()
                    yield output
                    output.close()
                    process.wait()
                except BaseException:
                    process.kill()
                    raise
            if process.returncode not in (0, -signal.SIGPIPE):
                said.seek(0)
                raise _refusal(said.read(), arguments)

    def _place(self) -> tuple[str, str]:
        return f"--git-dir={self.directory}", f"--work-tree={self.worktree}"

    def dirty(self) -> bool:
        """Whether a tracked file differs from HEAD, by a private copy of the index.

        Of a submodule only the commit counts: to look for changes in it, git would follow its configuration.
        """
        if not self.index.is_file():
            return False
        for part in (self.index, *self.index.parent.glob("sharedindex.*")):
            # with its time: git doubts an entry as new as the index
            shutil.copy2(part, self.directory / part.name)
        self._watch_all()
        try:
            self.git("update-index", "-q", "--refresh")
        except GitError:
            return True
        options = ("--name-only", "-z", "--no-ext-diff", "--no-renames", "--ignore-submodules=dirty")
        return bool(self.git("diff-index", *options, self.head, "--"))

    def _watch_all(self) -> None:
        """Take from the copied index what tells git not to look; what a sparse checkout leaves out stays out."""
        listed = [entry.partition(b" ") for entry in self.git("ls-files", "-v", "-z").split(b"\0")]
        assumed = [name for tag, _, name in listed if tag.islower()]
        skipped = [name for tag, _, name in listed if tag.upper() == b"S" and self._exists(name)]
        for option, names in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
            if names:
                self.git("update-index", option, "-z", "--stdin", stdin=b"\0".join(names))

    def _exists(self, name: bytes) -> bool:
        return os.path.lexists(os.path.join(os.fsencode(self.worktree), name))  # noqa: PTH118 - bytes


@contextmanager
def clean_room(root: Path, revision: str = "HEAD") -> Iterator[Room]:
    """Make the room for the repository that holds ``root``; GitError where there is none or it has no commit.

    ``revision`` is a branch, a tag or a commit id (whole or abbreviated), with ``~n`` and ``^n`` after it at will.
    """
    name, suffix = _parts(revision)
    asked = ("--git-dir", "--git-common-dir", "--show-toplevel", "--show-object-format")
    *folders, object_format, _ = os.fsdecode(run(root, "rev-parse", "--path-format=absolute", *asked)).split("\n")
    if len(folders) != 3:
        raise GitError("a folder on the way to the repository has a line end in its name", "rename that folder")
    git_dir, common_dir, worktree = map(Path, folders)
    if not root.resolve().is_relative_to(worktree.resolve()):
        raise GitError(f"core.worktree of the repository is elsewhere, in {worktree}")
    shallow = _shallow(common_dir / "shallow", 40 if object_format == "sha1" else 64)
    with tempfile.TemporaryDirectory(prefix="prevention-git-") as folder:
        directory = Path(folder)
        _furnish(directory, common_dir / "objects", object_format, shallow)
        partial = any((common_dir / "objects/pack").glob("*.promisor"))
        below = root.resolve().relative_to(worktree.resolve())
        prefix = "".join(f"{part}/" for part in below.parts)
        room = Room(directory, worktree, "", git_dir / "index", shallow, partial, prefix)
        base = _reference(root, name, directory / "refs")
        try:
            head = room.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}{suffix}^{{commit}}")
        except GitError:
            raise _unknown(revision, base, shallow) from None
        (directory / "HEAD").write_bytes(head)
        yield replace(room, head=head.decode().strip())


def newest_before(room: Room, moment: datetime) -> str:
    """The newest commit of the first-parent line of ``room.head`` that was committed at ``moment`` or before.

    GitError where there is none; ``moment`` has a time zone.
    """
    stamp = max(0, math.floor(moment.timestamp()))
    found = room.git("rev-list", "-1", "--first-parent", f"--before=@{stamp} +0000", room.head).decode().strip()
    if not found:
        hint = f"; {_DEEPEN}" if room.shallow else ""
        raise GitError(f"no commit is as old as {moment:%Y-%m-%d %H:%M %Z}{hint}")
    return found


def _parts(revision: str) -> tuple[str, str]:
    """The name and the ``~n`` and ``^n`` after it; what git reads in other ways, as a range or options, is refused."""
    match = _REVISION.fullmatch(revision)
    if not match or ".." in match[1] or "@{" in match[1] or not revision.isprintable():
        raise GitError(f"{revision!r} is no revision that is understood here: {_ACCEPTED}")
    return match[1], match[2]


def _unknown(revision: str, base: str, shallow: frozenset[str]) -> GitError:
    if revision == "HEAD":
        born = base != revision
        return (
            GitError(f"the commit of HEAD, {base}, is broken", _FSCK)
            if born
            else GitError("HEAD is no commit yet", _BEGIN)
        )
    hint = f"; {_DEEPEN}" if shallow else ""
    return GitError(f"{revision!r} names no commit here: {_ACCEPTED}{hint}")


def _furnish(directory: Path, objects: Path, object_format: str, shallow: frozenset[str]) -> None:
    """Make a git directory that borrows the objects, and no index of them that could claim other parents or places."""
    for folder in ("objects/info", "refs"):
        (directory / folder).mkdir(parents=True)
    (directory / "objects/info/alternates").write_bytes(os.fsencode(objects) + b"\n")
    (directory / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    if shallow:
        (directory / "shallow").write_text("".join(f"{commit}\n" for commit in sorted(shallow)), encoding="ascii")
    version = 0 if object_format == "sha1" else 1
    extension = "" if object_format == "sha1" else f"[extensions]\n\tobjectFormat = {object_format}\n"
    (directory / "config").write_text(
        f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = false\n"
        f"\tcommitGraph = false\n\tmultiPackIndex = false\n{extension}",
        encoding="ascii",
    )


def _reference(root: Path, name: str, empty: Path) -> str:
    """The id that the user's repository has for a name, or the name itself, which may be an abbreviated id.

    Without its objects: to open one there, an old git would fetch what is missing.
    """
    try:
        found = run(
            root, "rev-parse", "--verify", "--quiet", "--end-of-options", name, GIT_OBJECT_DIRECTORY=os.fspath(empty)
        )
    except GitError:
        return name
    return found.decode().strip()


def _shallow(path: Path, digits: int) -> frozenset[str]:
    """The ids in the file that a shallow clone keeps of its oldest commits; GitError for a file that is none."""
    if not os.path.lexists(path):
        return frozenset()
    try:
        ids = read_bytes(path, path.parent, limit=SHALLOW_BYTES).split()
    except PreventionError:
        ids = [b"unreadable"]
    if not all(re.fullmatch(rb"[0-9a-f]{%d}" % digits, commit) for commit in ids):
        raise GitError(f"{path} is no list of commit ids, clone the repository again")
    return frozenset(commit.decode() for commit in ids)


def run(folder: Path, *arguments: str, stdin: bytes = b"", **variables: str) -> bytes:
    """Standard output of one git command, run without anything that the user's environment or a repository adds."""
    done = subprocess.run(
        _command(*arguments),
        cwd=folder,
        env=_environment() | variables,
        input=stdin,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise _refusal(done.stderr, arguments)
    return done.stdout


def _command(*arguments: str) -> list[str]:
    nothing = (f"{key}={os.devnull}" for key in ("core.hooksPath", "core.attributesFile"))
    fixed = ("safe.directory=*", "core.fsmonitor=false", *nothing)
    return ["git", *(part for setting in fixed for part in ("-c", setting)), *arguments]


def _refusal(stderr: bytes, arguments: tuple[str, ...]) -> GitError:
    text = stderr.decode("utf-8", "replace").strip().splitlines()
    command = next(argument for argument in arguments if not argument.startswith("-"))
    said = text[0].removeprefix("fatal: ") if text else f"git {command} failed"
    return GitError(said, next((remedy for begin, remedy in _REMEDIES.items() if said.startswith(begin)), _FSCK))


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_FLUSH": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def commit_time(room: Room, commit: str) -> datetime | Unavailable:
    """The committer's stamp, from the raw commit."""
    header = room.git("cat-file", "commit", commit).partition(b"\n\n")[0]
    stamp = re.search(rb"^committer .*> ([0-9]+) [-+][0-9]+$", header, re.MULTILINE)
    try:
        return datetime.fromtimestamp(int(stamp[1]), UTC) if stamp else _NO_TIME
    except (ValueError, OverflowError, OSError):
        return _NO_TIME
