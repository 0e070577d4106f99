"""The demo repositories that ship with the package: a tree, and the git history that led to it.

``tree/`` holds the newest state as plain files. ``history.yaml`` tells each commit as what it added, renamed and
changed: the state before it follows from the state after it. We walk back from the tree to the first commit, then
commit forwards. The same description always gives the same hashes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from pytest_prevention import resources
from pytest_prevention.sources import git
from pytest_prevention.sources.files import unusable

Tree = Mapping[str, str]
"""Path → text: the files of one commit."""

_COMMIT = re.compile(r"\{commit:([a-z0-9-]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit as described.

    ``new`` are the paths that it added, ``renamed`` the old paths by the new ones, ``changes`` a diff without line
    numbers for each path that it changed (its new path, where it was renamed too).
    """

    author: str
    date: datetime
    message: str
    id: str = ""
    new: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, str] = field(default_factory=dict)


def names() -> tuple[str, ...]:
    """The demos that can be unpacked."""
    folders = resources.folder("examples").iterdir()
    return tuple(sorted(folder.name for folder in folders if folder.joinpath("history.yaml").is_file()))


def unpack(name: str, target: Path) -> None:
    """Make the repository of a demo at ``target``, which must not exist or be empty: whole or not at all.

    PreventionError where there is no such demo, the target cannot be used, or git is missing.
    """
    _check(name, target)
    description = resources.folder("examples").joinpath(name)
    try:
        with tempfile.TemporaryDirectory(prefix=".prevention-demo-", dir=target.parent) as staging:
            repository = Path(staging) / "repository"
            repository.mkdir()
            _commit_all(repository, description)
            repository.replace(target)
    except OSError as error:
        raise unusable(str(target), f"cannot be made: {error.strerror or error}", "name another folder") from None
    except (git.GitError, subprocess.TimeoutExpired) as error:
        raise unusable(str(target), f"cannot be made, git says: {error}", "git 2.28 or newer is needed") from None


def _check(name: str, target: Path) -> None:
    where = str(target)
    if name not in names():
        raise unusable(name, "is not a demo", f"choose one of: {', '.join(names())}")
    if shutil.which("git") is None:
        raise unusable(where, "cannot be made: git is not installed", "install git")
    if not target.parent.is_dir():
        raise unusable(where, f"cannot be made: there is no folder {target.parent}", f"mkdir -p {target.parent}")
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise unusable(where, "exists and is not a folder", "name a new folder")
    if target.is_dir() and (any(target.iterdir()) or target.samefile(Path.cwd())):
        raise unusable(where, "exists already", "name a new folder")


def _commit_all(repository: Path, description: Traversable) -> None:
    data = yaml.safe_load(description.joinpath("history.yaml").read_text(encoding="utf-8"))
    commits = [Commit(**entry) for entry in data["commits"]]
    git.run(repository, "-c", "init.defaultBranch=main", "init", "--quiet", "--template=")
    hashes: dict[str, str] = {}
    for commit, tree in zip(commits, trees(_read_tree(description.joinpath("tree")), commits), strict=True):
        git.run(repository, "fast-import", "--quiet", stdin=_stream(commit, data["authors"], tree, hashes))
        hashes[commit.id] = hashes["HEAD"] = git.run(repository, "rev-parse", "refs/heads/main").decode().strip()
    git.run(repository, "reset", "--quiet", "--hard")


def trees(newest: Tree, commits: Sequence[Commit]) -> list[Tree]:
    """The files of every commit, oldest first; ValueError where description and newest tree do not fit."""
    states: list[Tree] = []
    tree = dict(newest)
    for commit in reversed(commits):
        states.append(dict(tree))
        for path, change in commit.changes.items():
            tree[path] = undo(tree[path], change, path)
        for path, earlier in commit.renamed.items():
            tree[earlier] = tree.pop(path)
        for path in commit.new:
            del tree[path]
    if tree:
        raise ValueError(f"no commit adds {', '.join(sorted(tree))}")
    return states[::-1]


def undo(text: str, change: str, path: str = "") -> str:
    """The text before a change: a diff whose hunks begin with ``@@`` and are found by what stands in them."""
    lines = text.split("\n")
    for hunk in re.split(r"^@@\n", change, flags=re.MULTILINE)[1:]:
        marked = [(line[:1] or " ", line[1:]) for line in hunk.splitlines()]
        before = [line for mark, line in marked if mark in " -"]
        after = [line for mark, line in marked if mark in " +"]
        places = [at for at in range(len(lines) - len(after) + 1) if lines[at : at + len(after)] == after]
        if len(places) != 1:
            raise ValueError(f"{path}: {len(places)} places hold\n" + "\n".join(after))
        lines[places[0] : places[0] + len(after)] = before
    return "\n".join(lines)


def _read_tree(folder: Traversable, prefix: str = "") -> dict[str, str]:
    """Every file below, by its path; what an installer compiled beside them is none of ours."""
    files: dict[str, str] = {}
    for entry in folder.iterdir():
        if entry.is_file():
            files[prefix + entry.name] = entry.read_text(encoding="utf-8")
        elif entry.name != "__pycache__":
            files |= _read_tree(entry, f"{prefix}{entry.name}/")
    return files


def _stream(commit: Commit, authors: Mapping[str, str], tree: Tree, hashes: Mapping[str, str]) -> bytes:
    """One commit as ``git fast-import`` reads it, on top of the one before."""
    signature = f"{authors[commit.author]} {int(commit.date.timestamp())} +0000"
    parts = [f"commit refs/heads/main\nauthor {signature}\ncommitter {signature}\n"]
    parts.append(_data(commit.message.strip() + "\n"))
    if hashes:
        parts.append(f"from {hashes['HEAD']}\ndeleteall\n")
    for path, text in sorted(tree.items()):
        filled = _COMMIT.sub(lambda found: hashes[found[1]], text)
        parts.append(f"M 100644 inline {path}\n{_data(filled)}")
    return "".join(parts).encode()


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
