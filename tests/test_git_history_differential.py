"""The history reader against other ways to the same answer: git itself, and a model that is told what happens."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_prevention.model import Incidents
from pytest_prevention.sources import git_log
from pytest_prevention.sources.fixes import Fixes
from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.git_log import Log, read_log
from pytest_prevention.sources.git_tree import as_bytes
from tests.histories import commits, policy, read, writing
from tests.repositories import git

NAMES = [
    "a.py",
    "b.py",
    "sub/a.py",
    "sub/deep/b.py",
    "M",
    "R100",
    "é.py",
    "-x.py",
    "\udcff\n.py",
    "0123456789abcdef" * 3,
]
SOURCES = [name for name in NAMES if name.endswith(".py")]


def log_of(folder: Path) -> Log:
    """The whole log, in which every file is source."""
    with clean_room(folder) as room:
        return read_log(room, room.head, 0, is_source=lambda _: True, fixes=Fixes.of(policy(trailers=[]), Incidents()))


# Linear histories with renames.

changes = st.tuples(st.sampled_from(["add", "edit", "delete", "move", "move and edit"]), st.integers(0, 99))
linear = st.lists(st.lists(changes, min_size=1, max_size=4), min_size=1, max_size=16)


class Files:
    """What is in the tree, and by name which commits touched the file that bears or bore it last.

    A name that was deleted and comes again is the same file again; one that was moved away is another.
    """

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.touched: dict[str, list[int]] = {}
        self.bearers: Counter[str] = Counter()
        self.renames: dict[int, set[tuple[str, str]]] = defaultdict(set)
        self._fresh = count()

    def apply(self, number: int, asked: Iterable[tuple[str, int]]) -> dict[str, str | None]:
        """The changes of one commit; each name takes part in one of them."""
        written: dict[str, str | None] = {}
        for what, choice in asked:
            there = [name for name in self.texts if name not in written]
            free = [name for name in SOURCES if name not in written and name not in self.texts]
            if what == "add" and free:
                name = free[choice % len(free)]
                self.texts[name] = [f"file {next(self._fresh)} line {line}" for line in range(20)]
                self._touch(name, number)
                self.bearers[name] += len(self.touched[name]) == 1
            elif what != "add" and there and (free or not what.startswith("move")):
                name = there[choice % len(there)]
                text = self.texts.pop(name)
                if what.startswith("move"):
                    old, name = name, free[choice % len(free)]
                    self.touched[name] = self.touched.pop(old)
                    self.bearers[name] += 1
                    self.renames[number].add((old, name))
                    written[old] = None
                if what != "delete":
                    self.texts[name] = text + [f"edit {next(self._fresh)}"] * what.endswith("edit")
                self._touch(name, number)
            else:
                continue
            written[name] = "\n".join(self.texts[name]) if name in self.texts else None
        return written

    def _touch(self, name: str, number: int) -> None:
        self.touched.setdefault(name, []).append(number)


@settings(max_examples=30)
@given(history=linear)
def test_trails_and_renames_of_a_line(
    history: list[list[tuple[str, int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The trail of each file has the commits that touched it, those of ``git log --follow``; renames are git's.

    Git itself follows one name at a time: behind the commit that made a file it goes on with what bore the name before.
    So names that several files bore are left out of that comparison.
    """
    folder, files, ids = tmp_path_factory.mktemp("linear") / "repository", Files(), []
    with writing(folder) as to:
        for number, asked in enumerate(history):
            ids.append(to.commit({"kept.py": "kept", **files.apply(number, asked)}))
    found = read(folder, tests=[])
    for name, touched in files.touched.items():
        assert commits(found, name) == [ids[number] for number in reversed(touched)], name
    for name in files.texts:
        names = {name, *found.trail(name).earlier_names()}
        if all(files.bearers[each] == 1 for each in names):
            listed = git(folder, "--literal-pathspecs", "log", "--follow", "--format=%H", "main", "--", name)
            assert commits(found, name) == listed.split(), name
    renames = {
        step.commit.id: {(old, new) for old, new in step.renames} for step in log_of(folder).steps if step.commit
    }
    assert {commit: pairs for commit, pairs in renames.items() if pairs} == {
        ids[number]: {(as_bytes(old), as_bytes(new)) for old, new in pairs} for number, pairs in files.renames.items()
    }
    listed = git(folder, "log", "-M", "--diff-filter=R", "--format=%H", "main")
    assert {commit for commit, pairs in renames.items() if pairs} == set(listed.split())


# Any histories, without renames.

file_changes = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["", "1", "2", None]), max_size=4)
made = st.lists(st.tuples(st.lists(st.integers(0, 9), max_size=3), file_changes, st.binary(max_size=60)), max_size=12)


@settings(max_examples=40)
@given(history=made)
def test_the_paths_of_any_commit(
    history: list[tuple[list[int], dict[str, str | None], bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Of each commit those that differ from all of its parents, whatever its message says."""
    folder = tmp_path_factory.mktemp("any") / "repository"
    trees: dict[str, dict[str, str]] = {}
    expected: dict[str, set[bytes]] = {}
    with writing(folder) as to:
        for back, files, message in [([], {}, b""), *history]:
            ids = list(trees)
            parents = tuple(dict.fromkeys(ids[-1 - number] for number in back if number < len(ids)))
            tree = dict(trees[parents[0]]) if parents else {}
            written = {path: text for path, text in files.items() if text is not None or path in tree}
            tree |= {path: text for path, text in written.items() if text is not None}
            tree = {path: text for path, text in tree.items() if written.get(path, text) is not None}
            # fast-import takes a message as it is, but git ends it where a NUL is
            commit = to.commit(written, message, parents=parents, day=len(ids))
            trees[commit] = tree
            before = [trees[parent] for parent in parents] or [{}]
            paths = {path for each in (tree, *before) for path in each}
            expected[commit] = {
                as_bytes(path) for path in paths if all(old.get(path) != tree.get(path) for old in before)
            }
        # the last one can reach all
        tips = tuple(trees)[-9:]
        to.commit({}, "end", parents=tips)
    reached = set(git(folder, "rev-list", "main").split())
    found = {step.commit.id: set(step.paths) for step in log_of(folder).steps if step.commit}
    assert {commit: paths for commit, paths in found.items() if commit in trees} == {
        commit: paths for commit, paths in expected.items() if paths and commit in reached
    }


@pytest.fixture
def varied(tmp_path: Path) -> Path:
    """Merges, renames, empty commits, odd messages and names."""
    folder, text = tmp_path / "repository", "".join(f"{number}\n" for number in range(9))
    with writing(folder) as to:
        base = to.commit(dict.fromkeys(NAMES, text), "")
        side = to.commit({"a.py": None, "c.py": text, "M": "m"}, "fix\n\nA\n" + "0" * 40)
        to.commit({}, "")
        main = to.commit({"\udcff\n.py": "1", "R100": "2"}, b"\xff\n\n\n", parents=(base,))
        merge = to.commit({"M": "evil", "0123456789abcdef" * 3: "3"}, "M\n\nA\n", parents=(main, side))
        to.commit({"sub/a.py": None, "sub/b.py": text}, "fix " * 30, parents=(merge, base), author="M")
    return folder


@pytest.mark.parametrize("size", [1, 2, 7, 64, 199])
def test_blocks_may_end_anywhere(varied: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """What git prints is cut in blocks by chance."""
    whole = log_of(varied)
    assert len(whole.steps) > 3
    monkeypatch.setattr(git_log, "_BLOCK", size)
    assert log_of(varied) == whole
