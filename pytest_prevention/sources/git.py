"""Git, read so that a hostile repository runs nothing and hides nothing.

Only discovery looks at the user's own git directory. Everything else runs in a clean room: a minimal git directory of
our own that borrows the objects, so that no configuration, hook, filter, replacement or graft of the repository takes
part.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pytest_prevention.model import Unavailable

TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Checkout:
    """The commit that is checked out: its id, its commit time (UTC), and whether tracked files differ from it."""

    commit: str
    committed_at: datetime
    dirty: bool


class GitError(Exception):
    """Git said no; the text is its first line."""


def checkout(root: Path) -> Checkout | Unavailable:
    """What is checked out at ``root``, or why that cannot be told."""
    if shutil.which("git") is None:
        return Unavailable("git is not installed", "install git")
    try:
        with clean_room(root) as room:
            commit, head = room.head, room.git("cat-file", "commit", room.head)
            return Checkout(commit, _commit_time(head), room.dirty())
    except (GitError, OSError, subprocess.SubprocessError) as error:
        return Unavailable(f"no git history here: {error}", "git init && git add -A && git commit")


@dataclass(frozen=True, slots=True)
class Room:
    """A clean room: ``git`` runs plumbing in it. ``head`` is the commit checked out, as a hex id."""

    directory: Path
    worktree: Path
    head: str
    index: Path

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        place = (f"--git-dir={self.directory}", f"--work-tree={self.worktree}")
        return run(self.worktree, *place, *arguments, stdin=stdin)

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
def clean_room(root: Path) -> Iterator[Room]:
    """Make the room for the repository that holds ``root``; GitError where there is none or it has no commit."""
    found = run(root, "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--show-toplevel")
    git_dir, common_dir, worktree = (Path(os.fsdecode(line)) for line in found.splitlines())
    if not root.resolve().is_relative_to(worktree.resolve()):
        raise GitError(f"core.worktree of the repository is elsewhere, in {worktree}")
    object_format = run(root, "rev-parse", "--show-object-format").decode().strip()
    # not HEAD^{commit}: to open the commit here, an old git would fetch what is missing
    head = run(root, "rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    with tempfile.TemporaryDirectory(prefix="prevention-git-") as name:
        room = Path(name)
        for folder in ("objects/info", "refs"):
            (room / folder).mkdir(parents=True)
        (room / "objects/info/alternates").write_bytes(os.fsencode(common_dir / "objects") + b"\n")
        (room / "HEAD").write_text(head + "\n", encoding="ascii")
        version = 0 if object_format == "sha1" else 1
        extension = "" if object_format == "sha1" else f"[extensions]\n\tobjectFormat = {object_format}\n"
        (room / "config").write_text(
            f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = false\n{extension}", encoding="ascii"
        )
        yield Room(room, worktree, head, git_dir / "index")


def run(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Standard output of one git command, run without anything that the user's environment or a repository adds."""
    done = subprocess.run(
        [
            "git",
            "-c",
            "safe.directory=*",
            "-c",
            "core.fsmonitor=false",
            "-c",
            f"core.hooksPath={os.devnull}",
            *arguments,
        ],
        cwd=folder,
        env=_environment(),
        input=stdin,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        text = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(text[0].removeprefix("fatal: ") if text else f"git {arguments[0]} failed, no commit yet?")
    return done.stdout


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def _commit_time(commit: bytes) -> datetime:
    """The committer's stamp of a raw commit object."""
    header = commit.partition(b"\n\n")[0]
    line = next(line for line in header.splitlines() if line.startswith(b"committer "))
    return datetime.fromtimestamp(int(line.rsplit(b" ", 2)[1]), UTC)
