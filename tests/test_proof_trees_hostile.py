"""The trees of a proof, built in repositories that would run commands or tell lies: the matrix of attacks on git."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.proof.fix import Fix, fix_of
from pytest_prevention.sources.proof.functions import function_wise
from pytest_prevention.sources.proof.merge import merge_reverse
from pytest_prevention.sources.proof.trees import at_the_fix, old_tree, strict_reverse
from tests.histories import policy
from tests.repositories import CLEAN, git
from tests.stories import everything, refused
from tests.test_git_hostile import ATTACKS, Attack, Victim, original

__all__ = ["original"]  # a fixture: every file has attributes that name drivers
ALSO = "* text eol=crlf ident filter=evil diff=evil merge=union working-tree-encoding=UTF-16 -whitespace\n"
DRIVERS = ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.command", "diff.evil.textconv")
CODE = "def {}(a):\n    b = a\n    c = b\n    return c + {}\n"
Built = dict[str, tuple[dict[str, bytes], dict[str, bytes]]]
"""By technique the files with the fix and without it."""


@dataclass(frozen=True)
class Ground:
    """A repository that is not attacked yet; for each technique a fix that it takes back, and what it makes of it."""

    folder: Path
    fixes: dict[str, str]
    truth: Built


@pytest.fixture(scope="module")
def ground(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("ground") / "repository"
    shutil.copytree(original, folder)
    strict, merge = git(folder, "rev-parse", "HEAD", "HEAD~1").split()
    committed(folder, {"c.py": "first = 1\n" + (folder / "c.py").read_text(), "m.py": CODE.format("f", 1)})
    moved = committed(folder, {"m.py": CODE.format("f", 2), "tests/test_m.py": "def test_m(): pass\n"})
    committed(folder, {"m.py": "m = 1\n", "n.py": CODE.format("f", 2).replace("(a):", "(a, d=1):"), "tests/data": "1"})
    committed(folder, {"o.py": CODE.format("g", 1)})
    merged = committed(folder, {"o.py": CODE.format("g", 2)})
    committed(folder, {"o.py": CODE.format("g", 2).replace("(a):", "(a, d=1):")})
    fixes = dict(zip(TECHNIQUES, (merge, strict, merged, moved, moved), strict=True))
    return Ground(folder, fixes, built(folder, fixes))


TECHNIQUES = {build.__name__: build for build in (at_the_fix, strict_reverse, merge_reverse, function_wise, old_tree)}


@pytest.fixture
def prey(ground: Ground, tmp_path: Path) -> Iterator[Victim]:
    shutil.copytree(ground.folder, tmp_path / "repository")
    with pytest.MonkeyPatch.context() as patch:
        yield Victim(tmp_path, patch)


def committed(folder: Path, files: dict[str, str]) -> str:
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    git(folder, "add", *files)
    git(folder, "commit", "-qm", "more")
    return git(folder, "rev-parse", "HEAD")


def built(folder: Path, fixes: dict[str, str]) -> Built:
    found = {}
    for name, fix in fixes.items():
        control, without = (folder.parent / "trees" / side for side in ("control", "without"))
        control.mkdir(parents=True)
        without.mkdir()
        with clean_room(folder) as room:
            known = fix_of(room, policy(), [fix])
            assert isinstance(known, Fix), known
            assert TECHNIQUES[name](room, policy(), known, control, without) is None
        found[name] = (contents(control), contents(without))
        shutil.rmtree(folder.parent / "trees")
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Without times: where git would write an object that a pack has, it renews the time of the pack."""
    return {path: content for path, (_, content) in everything(folder).items()}


def test_the_ground_has_a_fix_for_each_technique(ground: Ground) -> None:
    """What is attacked below: files of each technique that differ."""
    differing = {
        name: {path for path in with_fix | without if with_fix.get(path) != without.get(path)}
        for name, (with_fix, without) in ground.truth.items()
    }
    assert differing == {
        "at_the_fix": {"a.py", "b.py", "c.py"},
        "strict_reverse": {"c.py"},
        "merge_reverse": {"o.py"},
        "function_wise": {"n.py"},
        "old_tree": {"m.py"},
    }


@pytest.mark.parametrize("attack", [attack for attack, *_ in ATTACKS], ids=[attack.__name__ for attack, *_ in ATTACKS])
def test_an_attack_runs_nothing_and_changes_no_tree(ground: Ground, prey: Victim, attack: Attack) -> None:
    """That plain git falls for each is shown where they are told; no byte of the repository is touched."""
    attack(prey)
    prey.marker.unlink(missing_ok=True)
    before = contents(prey.folder)
    assert built(prey.folder, ground.fixes) == ground.truth
    assert not prey.marker.exists()
    assert contents(prey.folder) == before


def test_attributes_drivers_and_hooks_together(ground: Ground, prey: Victim) -> None:
    """In the tree, in the work tree and in the git directory; nothing of stash, index, refs and settings changes."""
    prey.write("b.py", "stashed")
    git(prey.folder, "-c", "user.name=a", "-c", "user.email=a@e.org", "stash", "-q")
    prey.write("b.py", "staged")
    git(prey.folder, "add", "b.py")
    prey.write("b.py", "changed")
    prey.configure(dict.fromkeys(DRIVERS, prey.script))
    prey.configure({"merge.evil.driver": prey.script, "core.hooksPath": ".git/hooks", "core.autocrlf": "true"})
    prey.configure({"apply.whitespace": "fix", "apply.ignoreWhitespace": "change", "diff.context": "0"})
    prey.configure({"diff.algorithm": "patience", "diff.interHunkContext": "99", "diff.noprefix": "true"})
    prey.configure({"merge.default": "evil", "merge.renames": "false", "merge.renormalize": "true"})
    prey.configure({"grep.patternType": "perl", "grep.fallbackToNoIndex": "true", "grep.lineNumber": "true"})
    for name in ("post-checkout", "post-index-change", "reference-transaction", "post-applypatch", "pre-commit"):
        hook = prey.write(f".git/hooks/{name}", prey.script.read_text())
        hook.chmod(0o755)
    for name in (".gitattributes", ".git/info/attributes"):
        prey.write(name, ALSO)
    prey.plain("status")
    prey.plain("diff", "HEAD~1")
    assert prey.marker.exists()
    prey.marker.unlink()
    before = contents(prey.folder)
    assert built(prey.folder, ground.fixes) == ground.truth
    assert not prey.marker.exists()
    assert contents(prey.folder) == before
    assert not list(Path(os.environ["HOME"]).rglob("*"))


def test_a_file_that_fills_the_memory_is_not_read(tmp_path: Path) -> None:
    """100 MB of nothing, small in git: as source, no technique touches it; as a test's data it is left out."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    head = "commit refs/heads/main\nmark :{}\ncommitter A <a@e.org> 1700000000 +0000\ndata 0\n"
    size = 100_000_000
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, env=CLEAN, stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(f"blob\nmark :1\ndata {size}\n".encode() + bytes(size) + b"\n")
        for number, big in ((2, ""), (3, "M 100644 :1 big.py\nM 100644 :1 tests/big\n"), (4, "M 100644 :1 more.py\n")):
            source = f"a = {number}\n"
            files = f"M 100644 inline a.py\ndata {len(source)}\n{source}\n{big}\n"
            process.stdin.write((head.format(number) + files).encode())
        process.stdin.close()
    assert process.returncode == 0
    with clean_room(folder) as room:
        fix = fix_of(room, policy(), [git(folder, "rev-parse", "main~1")])
        assert isinstance(fix, Fix)
        assert fix.sources == ("a.py", "big.py")
        for name, technique in TECHNIQUES.items():
            control, without = tmp_path / f"{name}-control", tmp_path / f"{name}-without"
            control.mkdir()
            without.mkdir()
            refused(technique(room, policy(), fix, control, without), "fix-does-not-revert", ".py")
            assert sum(len(content) for folder in (control, without) for content in contents(folder).values()) < 100
