"""Deploys and changes of data from git: real repositories, held against what git itself says."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.model import Changes, Unavailable
from pytest_prevention.policy import Policy
from pytest_prevention.sources.changes import PATIENCE, read_changes
from tests.histories import DAY, writing
from tests.records import STANDARD
from tests.repositories import TIME, git, made, stored

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
START = datetime.fromtimestamp(TIME, UTC)
SQL = {"migrations/1.sql": "select 1;\n"}


def policy(tags: Sequence[str] = (), commits: Sequence[str] = (), paths: Sequence[str] = ()) -> Policy:
    tree: dict[str, Any] = {**STANDARD.tree}
    tree["deploys"] = {**tree["deploys"], "tags": list(tags), "commits": list(commits)}
    tree["data_changes"] = {**tree["data_changes"], "paths": list(paths)}
    return replace(STANDARD, tree=tree)


def both(root: Path, since: datetime = LONG_AGO, **asked: Sequence[str]) -> tuple[Any, Any]:
    return read_changes(root, policy(**asked), since)


def seconds(found: Changes | Unavailable) -> list[int]:
    assert isinstance(found, Changes), found
    assert all(at.tzinfo is UTC for at in found.at)
    return [int(at.timestamp()) for at in found.at]


def days(found: Changes | Unavailable) -> list[float]:
    """The changes in days behind the first moment of :mod:`tests.histories`."""
    return [(at - TIME) / DAY for at in seconds(found)]


def reason(found: Changes | Unavailable) -> str:
    assert isinstance(found, Unavailable), found
    return found.reason


def tag(root: Path, name: str, target: str = "HEAD", *, at: int | None = None) -> None:
    """A plain tag; an annotated one where it is said when it was made."""
    git(root, "tag", *([] if at is None else ["-a", "-m", "x"]), name, target, at=at or TIME)


def test_the_time_of_a_tag(tmp_path: Path) -> None:
    """An annotated tag counts from when it was made, a plain one from its commit; as git for-each-ref says."""
    root = made(tmp_path / "r")
    tag(root, "v1")
    tag(root, "v2", at=TIME + 50)
    tag(root, "v3", "v2", at=TIME + 90)
    tag(root, "other", at=TIME + 70)
    deployed, data = both(root, tags=["v*"])
    assert seconds(deployed) == [TIME, TIME + 50, TIME + 90]
    said = git(root, "for-each-ref", "--format=%(creatordate:unix)", "refs/tags/v*")
    assert seconds(deployed) == sorted(map(int, said.split()))
    assert deployed.source == "tags v*"
    assert data.by_design


def test_tags_that_are_no_commits(tmp_path: Path) -> None:
    """A plain tag of a file or a folder has no time and is no deploy; a tag without its maker has its commit's."""
    root = made(tmp_path / "r")
    tag(root, "blob", "HEAD:a.py")
    tag(root, "tree", "HEAD^{tree}")
    assert reason(both(root, tags=["*"])[0]) == "no deploy was found: tags *"
    head = git(root, "rev-parse", "HEAD")
    old = stored(root, "tag", f"object {head}\ntype commit\ntag old\n\nmade by an old git\n".encode())
    git(root, "update-ref", "refs/tags/old", old)
    assert seconds(both(root, tags=["*"])[0]) == [TIME]


def test_a_tag_of_another_branch_counts(tmp_path: Path) -> None:
    """Releases are often cut on branches of their own; other refs are no tags."""
    root = made(tmp_path / "r")
    git(root, "checkout", "-qb", "release")
    git(root, "commit", "-q", "--allow-empty", "-m", "x", at=TIME + 10)
    tag(root, "v1")
    git(root, "commit", "-q", "--allow-empty", "-m", "x", at=TIME + 20)
    git(root, "branch", "v2")
    git(root, "checkout", "-q", "main")
    assert seconds(both(root, tags=["v*"])[0]) == [TIME + 10]


def test_names_of_tags(tmp_path: Path) -> None:
    """Slashes, brackets, other alphabets, bytes that are no text, and the name of a commit are names like others."""
    root = made(tmp_path / "r")
    head = git(root, "rev-parse", "HEAD")
    names = [b"deploy/prod/1", "düsseldorf".encode(), b"bad-\xff", head.encode(), b"v1"]
    for number, name in enumerate(names):
        git(root, "commit", "-q", "--allow-empty", "-m", "x", at=TIME + 10 * number)
        git(root, "tag", os.fsdecode(name), "HEAD")

    def found(glob: str) -> list[int]:
        return [(at - TIME) // 10 for at in seconds(both(root, tags=[glob])[0])]

    assert found("*") == [0, 1, 2, 3, 4]
    assert found("deploy/*") == [0]
    assert found("d?sseldorf") == [1]
    assert found("bad-?") == [2]
    assert found(head) == [3]
    assert found("v[0-9]") == [4]


def test_many_tags_packed_and_loose(tmp_path: Path) -> None:
    """Each is there, once for each moment, whether git has packed it or not."""
    root = tmp_path / "r"
    with writing(root) as writer:
        ids = [writer.commit({"a.py": f"{number}\n"}) for number in range(300)]
    lines = "".join(f"create refs/tags/v{number} {id_}\n" for number, id_ in enumerate(ids))
    git(root, "update-ref", "--stdin", stdin=lines.encode())
    git(root, "pack-refs", "--all")
    tag(root, "v300", ids[7])
    tag(root, "v301", ids[8], at=TIME + 1)
    git(root, "tag", "-d", "v9")
    expected = sorted({TIME + 1, *(TIME + DAY * (number + 1) for number in range(300) if number != 9)})
    assert seconds(both(root, tags=["v*"])[0]) == expected
    assert len(seconds(both(root, tags=["v1", "v2?"])[0])) == 11


def test_release_commits_of_the_main_line(tmp_path: Path) -> None:
    """A subject counts as a whole where the commit landed; what a merge brought is no commit of the main line."""
    root = tmp_path / "r"
    with writing(root) as writer:
        first = writer.commit({"a.py": "1\n"}, "Release 1")
        side = writer.commit({"b.py": "1\n"}, "Release on a branch")
        writer.commit({"a.py": "2\n"}, "Release 2\n\nRelease notes", parents=(first,))
        writer.commit({"b.py": "1\n"}, "Release by merge", parents=(writer.head, side))
        writer.commit({}, "After Release 3")
        writer.commit({}, b"Release \xff\xe9")
    assert days(both(root, commits=["Release *"])[0]) == [1, 3, 4, 6]
    assert days(both(root, commits=["Release ?"])[0]) == [1, 3]
    assert both(root, commits=["Release ?"])[0].since == LONG_AGO


def test_sources_are_put_together(tmp_path: Path) -> None:
    """Tags, commits and the file; one moment is one deploy."""
    root = made(tmp_path / "r")
    tag(root, "v1")
    git(root, "commit", "-q", "--allow-empty", "-m", "Release", at=TIME + 5)
    listed = [START + timedelta(seconds=5), START + timedelta(seconds=9)]
    deployed, _ = read_changes(root, policy(["v*"], ["Release"]), LONG_AGO, listed)
    assert seconds(deployed) == [TIME, TIME + 5, TIME + 9]


def test_commits_that_touch_migrations(tmp_path: Path) -> None:
    """What is added, changed, renamed or deleted there counts when it lands; a merge counts by all that it brought."""
    root = tmp_path / "r"
    with writing(root) as writer:
        writer.commit(SQL)
        writer.commit({"a.py": "1\n"})
        base = writer.commit({"migrations/1.sql": "select 2;\n"})
        writer.commit({"migrations/1.sql": None, "migrations/2.sql": "select 2;\n"})
        trunk = writer.commit({"a.py": "2\n"})
        side = writer.commit({"migrations/3.sql": ""}, parents=(base,))
        writer.commit({"migrations/3.sql": ""}, parents=(trunk, side))
        writer.commit({"migrations/2.sql": None})
        writer.commit({"tests/migrations/4.sql": "", "docs/migrations/5.sql": ""})
    assert days(both(root, paths=["migrations/*.sql"])[1]) == [1, 3, 4, 7, 8]
    assert days(both(root, paths=["**/migrations/*.sql"])[1]) == [1, 3, 4, 7, 8]
    assert seconds(both(root, paths=["nowhere/**"])[1]) == []


def test_paths_that_look_like_what_git_says(tmp_path: Path) -> None:
    """A file may be called as a commit is, as a status is, and hold line ends and bytes that are no text."""
    root = tmp_path / "r"
    with writing(root) as writer:
        first = writer.commit({"a.py": "1\n"})
        writer.commit({first: "", "M": "", "data/a\nb\udcff.sql": ""})
        writer.commit({"a.py": "2\n"})
    assert days(both(root, paths=["data/*.sql"])[1]) == [2]
    assert days(both(root, paths=["M"])[1]) == [2]


def test_globs_are_from_the_root_below_the_top(tmp_path: Path) -> None:
    """In a monorepository a service has its own migrations."""
    root = tmp_path / "r"
    with writing(root) as writer:
        writer.commit(SQL)
        writer.commit({f"shop/{path}": content for path, content in SQL.items()})
    git(root, "checkout", "-q", "main")
    assert days(both(root / "shop", paths=["migrations/**"])[1]) == [2]


def test_offsets_are_those_of_the_commit(tmp_path: Path) -> None:
    """A moment is the same in every zone."""
    root = tmp_path / "r"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    tree = git(root, "mktree")
    commit = f"tree {tree}\nauthor A <a@e.org> 1 +0000\ncommitter C <c@e.org> {TIME} +1345\n\nRelease\n"
    git(root, "update-ref", "refs/heads/main", stored(root, "commit", commit.encode()))
    (found,) = both(root, commits=["Release"])[0].at
    assert found == START
    assert found.astimezone(timezone(timedelta(hours=13, minutes=45))).utcoffset() == timedelta(hours=13, minutes=45)


def test_the_line_is_read_back_to_the_windows_that_reach_in(tmp_path: Path) -> None:
    """A deploy an hour before the time that is asked about may have broken what broke in it; an older one not."""
    root = tmp_path / "r"
    with writing(root) as writer:
        for day in (1, 9.9, 10.5):
            writer.commit({}, "Release", day=day)
    found = both(root, START + timedelta(days=10), commits=["Release"])[0]
    assert days(found) == pytest.approx([9.9, 10.5])


def test_one_wrong_clock_does_not_end_the_line(tmp_path: Path) -> None:
    """A commit that says it is old is left out, and those behind it are read."""
    root = tmp_path / "r"
    with writing(root) as writer:
        writer.commit({}, "Release", day=20)
        for _ in range(PATIENCE - 1):
            writer.commit({}, "Release", day=1)
        writer.commit({}, "Release", day=21)
    assert days(both(root, START + timedelta(days=10), commits=["Release"])[0]) == [20, 21]


def test_times_no_calendar_knows(tmp_path: Path) -> None:
    """They are left out; the others are told."""
    root = made(tmp_path / "r")
    tree, head = git(root, "rev-parse", "HEAD^{tree}"), git(root, "rev-parse", "HEAD")
    text = f"tree {tree}\nparent {head}\nauthor A <a@e.org> 1 +0000\ncommitter C <c@e.org> {10**18} +0000\n\nRelease\n"
    far = stored(root, "commit", text.encode())
    git(root, "update-ref", "refs/heads/main", far)
    git(root, "tag", "v2", far)
    git(root, "tag", "v1", head)
    assert seconds(both(root, tags=["v*"], commits=["Release"])[0]) == [TIME]


def test_a_future_time_is_a_time(tmp_path: Path) -> None:
    """Whoever asks about a day cuts off what comes after it; here nothing is hidden."""
    root = made(tmp_path / "r")
    tag(root, "v1", at=4_000_000_000)
    assert seconds(both(root, tags=["v1"])[0]) == [4_000_000_000]


def shallow(tmp_path: Path) -> Path:
    """A clone of the last two of ten releases."""
    origin = tmp_path / "origin"
    with writing(origin) as writer:
        for _ in range(10):
            writer.commit(SQL, "Release")
    git(origin, "tag", "v1", "main")
    git(tmp_path, "clone", "-q", "--depth=2", f"file://{origin}", "clone")
    return tmp_path / "clone"


def test_a_shallow_clone_says_what_it_lacks(tmp_path: Path) -> None:
    """Nothing is told of deploys or data where the clone begins too late, nor of tags, which it may lack."""
    root = shallow(tmp_path)
    deployed, data = both(root, commits=["Release"], paths=["migrations/**"])
    assert reason(deployed) == reason(data)
    assert "shallow: its main line begins on 2023-11-23, and is asked for since" in reason(deployed)
    assert "may lack tags" in reason(both(root, tags=["v*"])[0])
    assert "may lack tags" in reason(both(root, START + timedelta(days=9.5), tags=["v*"], commits=["Release"])[0])


def test_a_shallow_clone_that_goes_back_far_enough(tmp_path: Path) -> None:
    """Where it begins before the time that is asked about, nothing is missing."""
    found = both(shallow(tmp_path), START + timedelta(days=9.5), commits=["Release"])[0]
    assert days(found) == [10]


def test_without_git_only_the_file_speaks(tmp_path: Path) -> None:
    """Where a source that policy names cannot be read nothing is told, rather than a part."""
    deployed, data = read_changes(tmp_path, policy(paths=["m/**"]), LONG_AGO, [START])
    assert reason(deployed) == "policy does not say where deploys stand"
    assert "git" in reason(data)
    assert "git" in reason(read_changes(tmp_path, policy(["v*"]), LONG_AGO, [START])[0])
    told = policy(paths=["m/**"])
    told = replace(told, tree={**told.tree, "deploys": {**told.tree["deploys"], "csv": "deploys.csv"}})
    assert seconds(read_changes(tmp_path, told, LONG_AGO, [START])[0]) == [TIME]


def test_no_commit_yet(tmp_path: Path) -> None:
    """An empty repository has no history, and says so."""
    git(tmp_path, "init", "-q", "-b", "main")
    deployed, data = both(tmp_path, tags=["v*"], commits=["*"], paths=["**"])
    assert reason(deployed) == reason(data)


def _program(*keys: str) -> Callable[[Path, Path], None]:
    """An attack by a program that git would run."""

    def attack(root: Path, marker: Path) -> None:
        script = marker.with_suffix(".sh")
        script.write_text(f"#!/bin/sh\ntouch {marker}\nexit 1\n")
        script.chmod(0o755)
        for key in keys:
            git(root, "config", key, str(script))

    return attack


def _setting(key: str, value: str) -> Callable[[Path, Path], None]:
    def attack(root: Path, _: Path) -> None:
        git(root, "config", key, value)

    return attack


def _zero(root: Path, _: Path) -> None:
    (root / ".git/refs/tags/zero").write_text("0" * 40 + "\n")


def _out(root: Path, _: Path) -> None:
    (root / ".git/refs/tags/out").symlink_to("/etc/passwd")


ATTACKS = {
    "programs": _program("core.pager", "core.fsmonitor", "diff.external", "diff.x.textconv", "gpg.program"),
    "signatures": _setting("log.showSignature", "true"),
    "hidden refs": _setting("transfer.hideRefs", "refs/tags"),
    "order": _setting("tag.sort", "-nonsense"),
    "dates": _setting("log.date", "relative"),
    "renames": _setting("diff.renames", "copies"),
    "a broken ref": _zero,
    "a ref that leads out": _out,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_repository_runs_and_changes_nothing(
    tmp_path: Path, attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its configuration and its broken refs run no program and hide no deploy."""
    root = tmp_path / "r"
    with writing(root) as writer:
        writer.commit({**SQL, ".gitattributes": "* diff=x\n"}, "Release")
    git(root, "checkout", "-q", "main")
    tag(root, "v1")
    ATTACKS[attack](root, tmp_path / "ran")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    deployed, data = both(root, tags=["v*"], commits=["Release"], paths=["migrations/**"])
    assert seconds(deployed) == seconds(data) == [TIME + DAY]
    assert not (tmp_path / "ran").exists()
