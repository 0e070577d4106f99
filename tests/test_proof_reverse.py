"""A change taken back strictly, beside what git makes of the same patch and of the same history."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.proof.fix import Fix, fix_of
from pytest_prevention.sources.proof.reverse import taken_back
from pytest_prevention.sources.proof.trees import strict_reverse
from tests.histories import policy, writing
from tests.repositories import CLEAN, git

lines = st.lists(st.sampled_from(["a = 1\n", "b = 1\n", "c = 1\n", "\n", "d = 1\r\n", "e = 1 \n"]), max_size=14)
texts = st.builds(lambda many, last: "".join([*many, last]), lines, st.sampled_from(["", "", "end"]))


def plain(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=folder, env=CLEAN, capture_output=True, check=False)


def patch_of(folder: Path, before: bytes, after: bytes) -> bytes:
    for name, text in (("before", before), ("after", after)):
        (folder / name).write_bytes(text)
    patch = plain(folder, "diff", "--no-index", "--text", "--", "before", "after").stdout
    return patch.replace(b"a/before", b"a/after")


def by_git(folder: Path, now: bytes, patch: bytes) -> bytes | None:
    """What plain git makes of it; None: it refuses."""
    (folder / "after").write_bytes(now)
    (folder / "patch").write_bytes(patch)
    done = plain(folder, "apply", "-R", "--whitespace=nowarn", "patch")
    return None if done.returncode else (folder / "after").read_bytes()


@st.composite
def stories(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A text before a change, after it, and now, when some other lines have come and gone."""
    before = draw(texts).splitlines(keepends=True)
    after = list(before)
    now: list[str] = []
    for text in (after, now):
        text[:] = after
        for _ in range(draw(st.integers(1, 2))):
            start = draw(st.integers(0, len(text)))
            text[start : start + draw(st.integers(0, 2))] = draw(lines.filter(lambda some: len(some) < 3))
    return "".join(before).encode(), "".join(after).encode(), "".join(now).encode()


@settings(max_examples=120)
@given(stories())
@example((b"", b"a\n", b"a\n"))
@example((b"a\n", b"", b""))
@example((b"a\nb", b"a\nb\n", b"a\nb\n"))
def test_it_says_what_git_says_or_nothing(story: tuple[bytes, bytes, bytes]) -> None:
    """It never makes another text than git does, and never speaks where git refuses."""
    before, after, now = story
    with TemporaryDirectory() as name:
        folder = Path(name)
        patch = patch_of(folder, before, after)
        if not patch:
            return
        assert taken_back(after, patch) in (before, None)
        found = taken_back(now, patch)
        if found is not None:
            assert found == (by_git(folder, now, patch) or b"")


NUMBERS = [b"%d\n" % number for number in range(40)]


@pytest.mark.parametrize("place", [0, 1, 2, 3, 20, 36, 37, 38, 39])
@pytest.mark.parametrize("moved", [b"", b"new\n", b"new\n" * 50])
def test_it_speaks_wherever_git_does_if_lines_are_told_apart(tmp_path: Path, place: int, moved: bytes) -> None:
    """Lines in front and behind may have come; at the ends of a text both refuse alike."""
    after = [*NUMBERS[:place], b"fixed\n", *NUMBERS[place + 1 :]]
    patch = patch_of(tmp_path, b"".join(NUMBERS), b"".join(after))
    for now in (moved + b"".join(after), b"".join(after) + moved):
        assert taken_back(now, patch) == by_git(tmp_path, now, patch)


def test_git_guesses_between_two_places(tmp_path: Path) -> None:
    """The difference to git: it takes back the nearer one, here that of a twin; we say nothing."""
    twin = b"".join(NUMBERS[:9])
    fixed = twin.replace(b"4\n", b"fixed\n")
    patch = patch_of(tmp_path, b"y\n" * 20 + twin + b"y\n", b"y\n" * 20 + fixed + b"y\n")
    moved = fixed + b"y\n" * 60 + fixed
    assert by_git(tmp_path, moved, patch) == twin + b"y\n" * 60 + fixed
    assert taken_back(moved, patch) is None


def test_two_changes_of_the_same_lines_stand_at_two_places(tmp_path: Path) -> None:
    """Each hunk alone would stand twice; together, in their order, they stand at one place each."""
    block = b"".join(NUMBERS[:9])
    fixed = block.replace(b"4\n", b"fixed\n")
    patch = patch_of(tmp_path, block + block, fixed + fixed)
    assert taken_back(b"new\n" + fixed + b"new\n" + fixed, patch) == b"new\n" + block + b"new\n" + block


# Histories.

files = st.dictionaries(st.sampled_from(["a.py", "b.py", "tests/test_a.py"]), stories(), min_size=1)


@settings(max_examples=25)
@given(files)
def test_a_history_is_reverted_as_git_reverts_it(told: dict[str, tuple[bytes, bytes, bytes]]) -> None:
    """Where both speak. ``git revert`` merges, so it speaks more often, but never otherwise; renames are off there."""
    with TemporaryDirectory() as name:
        folder, control, without = (Path(name) / part for part in ("repository", "control", "without"))
        with writing(folder) as to:
            for number in range(3):
                fixed = {"z.py": b"z = %d\n" % min(number, 1), "y.py": b"y = %d\n" % number}
                to.commit({path: story[number] for path, story in told.items()} | fixed)
        git(folder, "checkout", "-qf", "main")
        fix = git(folder, "rev-parse", "main~1")
        # y.py changes again and would stop all: it is a test of the project
        ours = policy(tests=["tests/**", "y.py"])
        control.mkdir()
        without.mkdir()
        with clean_room(folder) as room:
            known = fix_of(room, ours, [fix])
            assert isinstance(known, Fix)
            refusal = strict_reverse(room, ours, known, control, without)
        for path in ("tests/test_a.py", "y.py"):
            if (control / path).exists():
                assert refusal or (without / path).read_bytes() == (control / path).read_bytes()
        plain(folder, "-c", "merge.renames=false", "revert", "-n", fix)
        conflicts = plain(folder, "diff", "--name-only", "--diff-filter=U").stdout.decode().split()
        for path in set(known.sources).difference(conflicts):
            assert refusal or (without / path).read_bytes() == (folder / path).read_bytes()
