"""Git histories for tests: written by git fast-import, which is quick, with all dates given."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from pytest_prevention.model import Commit, History, Incident, Incidents, Location, Unavailable
from pytest_prevention.policy import Policy
from pytest_prevention.sources.git_history import read_history
from tests.records import STANDARD
from tests.repositories import CLEAN, TIME, git

DAY = 86_400
Files = Mapping[str, str | bytes | None]
"""Path (surrogates escape what is not UTF-8) → content; None: the file is deleted."""


class Writer:
    """Writes commits to the branch main of one repository, each a day after the one before."""

    def __init__(self, given: IO[bytes], said: IO[bytes]) -> None:
        self._given = given
        self._said = said
        self._day = 0.0
        self._marks: dict[str, str] = {}
        self.head = ""

    def commit(
        self,
        files: Files | None = None,
        message: str | bytes = "change",
        *,
        day: float | None = None,
        parents: tuple[str, ...] | None = None,
        author: str = "a@example.org",
    ) -> str:
        """The id of a new commit on the head, or on these parents, whose first one gives the other files."""
        self._day = self._day + 1 if day is None else day
        stamp, mark = f"{TIME + int(self._day * DAY)} +0000", f":{len(self._marks) + 1}"
        marks = [self._marks[parent] for parent in ((self.head,) if parents is None else parents) if parent]
        self._tell("" if marks else "reset refs/heads/main\n")
        self._tell(f"commit refs/heads/main\nmark {mark}\nauthor A <{author}> {stamp}\ncommitter C <c@e.org> {stamp}\n")
        self._data(message)
        self._tell(*(f"{word} {parent}\n" for word, parent in zip(("from", *["merge"] * 9), marks, strict=False)))
        for path, content in (files or {}).items():
            if content is None:
                self._tell(f"D {quoted(path)}\n")
            else:
                self._tell(f"M 100644 inline {quoted(path)}\n")
                self._data(content)
        self._tell(f"\nget-mark {mark}\n")
        self._given.flush()
        self.head = self._said.readline().decode().strip()
        self._marks[self.head] = mark
        return self.head

    def _tell(self, *lines: str) -> None:
        self._given.write("".join(lines).encode())

    def _data(self, content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        self._given.write(b"data %d\n%s\n" % (len(data), data))


@contextmanager
def writing(folder: Path, *init: str) -> Iterator[Writer]:
    """A new repository; what is written can be read when the context is left."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main", *init)
    command = ["git", "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--force"]
    with subprocess.Popen(command, cwd=folder, env=CLEAN, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        yield Writer(process.stdin, process.stdout)
    assert process.returncode == 0


def quoted(path: str) -> str:
    """A path as git quotes it: every byte as three octal digits."""
    return '"' + "".join(f"\\{byte:03o}" for byte in os.fsencode(path)) + '"'


def policy(**keys: Any) -> Policy:
    """The standard policy with some keys of ``history`` and ``paths`` changed."""
    changed = {
        section: {key: keys.get(key, value) for key, value in STANDARD.tree[section].items()}
        for section in ("history", "paths")
    }
    return replace(STANDARD, tree={**STANDARD.tree, **changed})


def named(*commits: str, **others: tuple[str, ...]) -> Incidents:
    """INC-001, which was fixed by these commits; keywords are numbers of other incidents, as ``_2``."""
    return Incidents(
        tuple(
            Incident(id=f"INC-00{number[1:]}", title="Title", location=Location("incidents/a.md"), fix_commits=given)
            for number, given in {"_1": commits, **others}.items()
        )
    )


def told(folder: Path, incidents: Incidents = Incidents(), **keys: Any) -> History | Unavailable:  # noqa: B008 - frozen
    """What is read of a history; keywords are keys of the policy."""
    return read_history(folder, policy(**keys), incidents)


def read(folder: Path, incidents: Incidents = Incidents(), **keys: Any) -> History:  # noqa: B008 - frozen
    """The history, which must be there."""
    history = told(folder, incidents, **keys)
    assert isinstance(history, History), history
    return history


def commits(history: History, path: str) -> list[str]:
    """The ids on the trail of a path, newest first."""
    return [commit.id for commit in history.trail(path).commits]


def fixes(history: History, path: str) -> list[Commit]:
    """The commits of the trail that are fixes now."""
    return [commit for commit in history.trail(path).commits if commit.is_fix(history.now.at)]
