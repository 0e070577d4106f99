"""The trees of a proof, built in repositories that would run commands or tell lies: the matrix of attacks on git."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.proof.fix import Fix, fix_of
from pytest_prevention.sources.proof.trees import at_the_fix, strict_reverse
from tests.histories import policy
from tests.repositories import git
from tests.test_git_hostile import ATTACKS, Attack, Victim, original, victim

__all__ = ["original", "victim"]  # fixtures: every file has attributes that name drivers
ALSO = "* text eol=crlf ident filter=evil diff=evil merge=union working-tree-encoding=UTF-16 -whitespace\n"
DRIVERS = ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.command", "diff.evil.textconv")


@pytest.fixture
def prey(victim: Victim) -> Iterator[Victim]:
    """The victim, with a merge and a commit that count as fixes."""
    victim.write("c.py", "first = 1\n" + (victim.folder / "c.py").read_text().removesuffix("\n"))
    git(victim.folder, "commit", "-qam", "more")
    yield victim


def built(on: Victim, merge: str, fix: str) -> list[dict[str, bytes]]:
    """The four trees of two proofs."""
    folders = [on.folder.parent / "trees" / str(number) for number in range(4)]
    found = []
    with clean_room(on.folder) as room:
        for technique, commit, (control, without) in (
            (at_the_fix, merge, folders[:2]),
            (strict_reverse, fix, folders[2:]),
        ):
            control.mkdir(parents=True)
            without.mkdir()
            known = fix_of(room, policy(), [commit])
            assert isinstance(known, Fix), known
            assert technique(room, policy(), known, control, without) is None
    for folder in folders:
        files = [path for path in folder.rglob("*") if path.is_file()]
        found.append({str(path.relative_to(folder)): path.read_bytes() for path in files})
        for path in files:
            path.unlink()
        folder.rmdir()
    return found


def contents(on: Victim) -> dict[str, bytes]:
    """Without times: where git would write an object that a pack has, it renews the time of the pack."""
    return {path: content for path, (_, content) in on.files().items()}


def commits_of(on: Victim) -> tuple[str, str]:
    return git(on.folder, "rev-parse", "HEAD~2"), git(on.folder, "rev-parse", "HEAD~1")


@pytest.mark.parametrize("attack", [attack for attack, *_ in ATTACKS], ids=[attack.__name__ for attack, *_ in ATTACKS])
def test_an_attack_runs_nothing_and_changes_no_tree(prey: Victim, attack: Attack) -> None:
    """That plain git falls for each is shown where they are told; no byte of the repository is touched."""
    merge, fix = commits_of(prey)
    truth = built(prey, merge, fix)
    assert (truth[0].keys() - truth[1].keys(), truth[1].keys() - truth[0].keys()) == ({"c.py"}, {"a.py"})
    assert [path for path in truth[2] if truth[2][path] != truth[3][path]] == ["c.py"]
    attack(prey)
    prey.marker.unlink(missing_ok=True)
    before = contents(prey)
    assert built(prey, merge, fix) == truth
    assert not prey.marker.exists()
    assert contents(prey) == before


def test_attributes_drivers_and_hooks_together(prey: Victim) -> None:
    """In the tree, in the work tree and in the git directory; nothing of stash, index, refs and settings changes."""
    merge, fix = commits_of(prey)
    truth = built(prey, merge, fix)
    prey.write("b.py", "stashed")
    git(prey.folder, "-c", "user.name=a", "-c", "user.email=a@e.org", "stash", "-q")
    prey.write("b.py", "staged")
    git(prey.folder, "add", "b.py")
    prey.write("b.py", "changed")
    prey.configure(dict.fromkeys(DRIVERS, prey.script))
    prey.configure({"merge.evil.driver": prey.script, "core.hooksPath": ".git/hooks", "core.autocrlf": "true"})
    prey.configure({"apply.whitespace": "fix", "apply.ignoreWhitespace": "change", "diff.context": "0"})
    prey.configure({"diff.algorithm": "patience", "diff.interHunkContext": "99", "diff.noprefix": "true"})
    for name in ("post-checkout", "post-index-change", "reference-transaction", "post-applypatch", "pre-commit"):
        hook = prey.write(f".git/hooks/{name}", prey.script.read_text())
        hook.chmod(0o755)
    for name in (".gitattributes", ".git/info/attributes"):
        prey.write(name, ALSO)
    prey.plain("status")
    prey.plain("diff", "HEAD~1")
    assert prey.marker.exists()
    prey.marker.unlink()
    before = contents(prey)
    assert built(prey, merge, fix) == truth
    assert not prey.marker.exists()
    assert contents(prey) == before
    assert not list(Path(os.environ["HOME"]).rglob("*"))
