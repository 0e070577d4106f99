"""Repositories whose commits are told one by one, and the trees of proofs that are built from them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.proof.fix import Fix, Refusal, fix_of
from pytest_prevention.sources.proof.functions import function_wise
from pytest_prevention.sources.proof.merge import merge_reverse
from pytest_prevention.sources.proof.trees import Build, at_the_fix, old_tree
from tests.histories import policy
from tests.repositories import git

Written = tuple[int, bytes]
MARK = b"<<<<<<<"
LINES = "".join(f"line_{number} = {number}\n" for number in range(30))
NEW_TEST = {"tests/test_a.py": "def test_a(): assert True\n"}


class Story:
    """A repository whose commits are told one by one, and what proofs find in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repository"
        self.trees = folder / "trees"
        self.folder.mkdir()
        self.trees.mkdir()
        git(self.folder, "init", "-q", "-b", "main")
        self.times = 0

    def commit(self, files: Mapping[str, str | bytes | Path | None] | None = None, *options: str) -> str:
        """The id of a new commit; a Path is the target of a link, None a file that goes."""
        for name, content in (files or {}).items():
            path = self.folder / name
            if path.is_symlink() or path.exists():
                path.unlink()
            if content is None:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                path.symlink_to(content)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "change", *options)
        return self.head

    @property
    def head(self) -> str:
        return git(self.folder, "rev-parse", "HEAD")

    def fix(self, *commits: str, root: str = "") -> Fix | Refusal:
        with clean_room(self.folder / root) as room:
            return fix_of(room, policy(), commits)

    def built(self, technique: Build, *commits: str, root: str = "") -> dict[str, Written | None] | Refusal:
        """What stands in the tree without the fix where it differs (None: nothing); no file of the user changes."""
        before = everything(self.folder)
        self.times += 1
        control, without = (self.trees / f"{name}{self.times}" for name in ("control", "without"))
        control.mkdir()
        without.mkdir()
        with clean_room(self.folder / root) as room:
            fix = fix_of(room, policy(), commits)
            assert isinstance(fix, Fix), fix
            refusal = technique(room, policy(), fix, control, without)
        assert everything(self.folder) == before
        if refusal:
            return refusal
        there, left = everything(control), everything(without)
        assert not any(path.name == ".git" for path in (*control.rglob("*"), *without.rglob("*")))
        nodes = {path.lstat().st_ino for path in control.rglob("*") if not path.is_dir()}
        assert not nodes & {path.lstat().st_ino for path in without.rglob("*") if not path.is_dir()}
        assert set(there) <= {path for base in bases_of(technique, fix) for path in self.listed(base)}
        assert not any(MARK in content for _, content in left.values())
        differing = {path for path in there.keys() | left.keys() if there.get(path) != left.get(path)}
        assert differing
        if technique not in (merge_reverse, function_wise):  # these follow what was renamed or moved since
            assert differing <= {f"{root}{path}" for path in fix.sources}
        assert {policy().file_kind(path.removeprefix(root)) for path in differing} == {"source"}
        return {path: left.get(path) for path in differing}

    def listed(self, commit: str) -> list[str]:
        return git(self.folder, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", commit).splitlines()


def bases_of(technique: Build, fix: Fix) -> set[str]:
    """The commits whose files may stand in the tree with the fix."""
    return {at_the_fix: {fix.commits[0]}, old_tree: {fix.commits[0], "HEAD"}}.get(technique, {"HEAD"})


def everything(folder: Path) -> dict[str, Written]:
    """Mode and content of every file and link below."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(folder))] = (path.lstat().st_mode, content)
    return found


def texts(built: dict[str, Written | None] | Refusal) -> dict[str, str | None]:
    assert isinstance(built, dict), built
    return {path: written and written[1].decode() for path, written in built.items()}


def refused(found: object, reason: str, *words: str) -> None:
    """It is a refusal for this reason, and tells these words."""
    assert isinstance(found, Refusal), found
    assert found.reason == reason, found
    assert all(word in found.detail for word in words), found
