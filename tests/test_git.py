"""What is checked out, told truly and without running anything of the repository's."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_prevention.model import Unavailable
from pytest_prevention.sources.git import Checkout, checkout

TIME = 1_700_000_000
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "1600000000 +0000",
    "GIT_COMMITTER_NAME": "C",
    "GIT_COMMITTER_EMAIL": "c@example.org",
    "GIT_COMMITTER_DATE": f"{TIME} -0730",
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env=CLEAN,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def made(folder: Path, *init: str) -> Path:
    """A repository with one commit of two files."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", *init)
    (folder / "a.py").write_text("a = 1\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "b.py").write_text("b = 1\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return made(tmp_path / "repository")


def seen(folder: Path) -> Checkout:
    found = checkout(folder)
    assert isinstance(found, Checkout), found
    return found


def reason(folder: Path) -> str:
    found = checkout(folder)
    assert isinstance(found, Unavailable)
    assert found.remedy
    return found.reason


def told_as(folder: Path, *, dirty: bool = False) -> Checkout:
    return Checkout(git(folder, "rev-parse", "HEAD"), datetime.fromtimestamp(TIME, UTC), dirty)


def test_commit_and_time_are_gits_own(repository: Path) -> None:
    """The id is that of HEAD, and the time is the committer's (not the author's), in UTC."""
    assert seen(repository) == told_as(repository)
    assert seen(repository).committed_at.tzinfo is UTC


def modify(folder: Path) -> None:
    (folder / "a.py").write_text("a = 2\n")


def stage(folder: Path) -> None:
    modify(folder)
    git(folder, "add", "a.py")


def stage_and_put_back(folder: Path) -> None:
    stage(folder)
    (folder / "a.py").write_text("a = 1\n")


def delete(folder: Path) -> None:
    (folder / "sub" / "b.py").unlink()


def add(folder: Path) -> None:
    (folder / "new.py").write_text("")
    git(folder, "add", "new.py")


def hide_by_assumption(folder: Path) -> None:
    git(folder, "update-index", "--assume-unchanged", "a.py")
    modify(folder)


def hide_by_skipping(folder: Path) -> None:
    git(folder, "config", "core.sparseCheckout", "true")
    git(folder, "config", "sparse.expectFilesOutsideOfPatterns", "true")
    git(folder, "update-index", "--skip-worktree", "a.py")
    modify(folder)


def hide_by_monitor(folder: Path) -> None:
    git(folder, "config", "core.fsmonitor", "true")
    git(folder, "update-index", "--fsmonitor-valid", "a.py")
    modify(folder)


@pytest.mark.parametrize(
    "change",
    [
        modify,
        stage,
        stage_and_put_back,
        delete,
        add,
        hide_by_assumption,
        hide_by_skipping,
        hide_by_monitor,
    ],
)
def test_a_tracked_file_that_differs_is_dirty(repository: Path, change: Callable[[Path], None]) -> None:
    """In the work tree or the index, whatever the index says of not looking."""
    change(repository)
    assert seen(repository) == told_as(repository, dirty=True)


def leave(folder: Path) -> None:
    """Nothing."""


def add_untracked(folder: Path) -> None:
    (folder / "untracked.py").write_text("")


def touch(folder: Path) -> None:
    os.utime(folder / "a.py", (1, 1))


def split(folder: Path) -> None:
    git(folder, "update-index", "--split-index")


def leave_out(folder: Path) -> None:
    git(folder, "sparse-checkout", "set", "--no-cone", "/a.py")
    assert not (folder / "sub").exists()


def detach(folder: Path) -> None:
    git(folder, "checkout", "-q", "--detach")


def pack(folder: Path) -> None:
    git(folder, "gc", "-q")


@pytest.mark.parametrize("change", [leave, add_untracked, touch, split, leave_out, detach, pack])
def test_what_changes_no_tracked_file_is_clean(repository: Path, change: Callable[[Path], None]) -> None:
    """Untracked files, new time stamps and other shapes of the same repository do not count."""
    change(repository)
    assert seen(repository) == told_as(repository)


def test_a_subfolder_tells_of_the_whole_repository(repository: Path) -> None:
    modify(repository)
    assert seen(repository / "sub") == told_as(repository, dirty=True)


def test_a_linked_work_tree_has_its_own_head_and_index(repository: Path) -> None:
    """The commit and the changes are those of the work tree, not of the main one."""
    other = repository.parent / "other"
    git(repository, "worktree", "add", "-q", "-b", "other", str(other))
    modify(repository)
    git(repository, "commit", "-qam", "second")
    assert seen(other) == told_as(other)
    assert seen(other).commit != seen(repository).commit
    modify(other)
    assert seen(other).dirty


def test_a_submodule_is_a_repository_of_its_own(repository: Path, tmp_path: Path) -> None:
    """Seen from inside it is the submodule's commit; another commit checked out in it makes the outer one dirty."""
    outer = made(tmp_path / "outer")
    git(outer, "submodule", "--quiet", "add", str(repository), "inner")
    git(outer, "commit", "-qm", "with submodule")
    assert seen(outer) == told_as(outer)
    assert seen(outer / "inner") == told_as(repository)
    modify(outer / "inner")
    git(outer / "inner", "commit", "-qam", "second")
    assert seen(outer) == told_as(outer, dirty=True)


def test_a_shallow_clone_knows_its_head(repository: Path, tmp_path: Path) -> None:
    modify(repository)
    git(repository, "commit", "-qam", "second")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", "shallow")
    assert seen(tmp_path / "shallow") == told_as(repository)


@pytest.mark.parametrize("relative", [False, True])
def test_borrowed_objects_are_found(repository: Path, tmp_path: Path, relative: bool) -> None:
    """A clone that borrows its objects is read through both stores."""
    git(tmp_path, "clone", "-q", "--shared", str(repository), "borrower")
    if relative:
        alternates = tmp_path / "borrower/.git/objects/info/alternates"
        alternates.write_text("../../../repository/.git/objects\n")
    assert seen(tmp_path / "borrower") == told_as(repository)


def test_a_repository_of_sha256_ids(tmp_path: Path) -> None:
    try:
        folder = made(tmp_path / "long", "--object-format=sha256")
    except subprocess.CalledProcessError:
        pytest.skip("this git knows no sha256 repositories")
    assert seen(folder) == told_as(folder)
    assert len(seen(folder).commit) == 64


def test_names_that_are_no_text(repository: Path) -> None:
    """A file name that is not UTF-8 and one with a newline hide no change."""
    odd = os.fsencode(repository) + b"/\xff\n.py"
    Path(os.fsdecode(odd)).write_text("")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "odd")
    assert seen(repository) == told_as(repository)
    Path(os.fsdecode(odd)).write_text("x = 1\n")
    assert seen(repository).dirty


def test_no_repository(tmp_path: Path) -> None:
    assert "not a git repository" in reason(tmp_path)


def test_no_commit_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert "no commit yet" in reason(tmp_path)


def test_a_bare_repository_has_nothing_checked_out(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    assert "work tree" in reason(tmp_path / "bare.git")


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert reason(repository) == "git is not installed"


def test_a_broken_head_is_told(repository: Path) -> None:
    (repository / ".git/HEAD").write_text("1" * 40 + "\n")
    assert "no git history here" in reason(repository)


# What follows is hostile: each attack would leave a marker file, or another commit or a clean bill, if it worked.


class Attacker:
    """A repository, and a script that leaves the marker when anything runs it."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self.marker = repository.parent / "ran"
        self.script = repository.parent / "attack.sh"
        self.script.write_text(f"#!/bin/sh\ntouch {self.marker}\ncat\n")
        self.script.chmod(0o755)

    def configure(self, *settings: str, at: Path | None = None) -> None:
        for setting in settings:
            git(at or self.repository, "config", *setting.split("=", 1))

    def attribute(self, text: str) -> None:
        (self.repository / ".git/info/attributes").write_text(text)


def fsmonitor(by: Attacker) -> None:
    by.configure(f"core.fsmonitor={by.script}")


def hooks(by: Attacker) -> None:
    by.configure(f"core.hooksPath={by.script.parent}")
    for name in ("post-index-change", "reference-transaction", "post-checkout"):
        shutil.copy(by.script, by.script.parent / name)
        shutil.copy(by.script, by.repository / ".git/hooks" / name)


def aliases(by: Attacker) -> None:
    by.configure(*(f"alias.{name}=!{by.script}" for name in ("rev-parse", "cat-file", "diff-index", "update-index")))


def filters(by: Attacker) -> None:
    (by.repository / ".gitattributes").write_text("* filter=evil\n")
    by.attribute("* filter=evil\n")
    by.configure(f"filter.evil.clean={by.script}", f"filter.evil.smudge={by.script}", "filter.evil.required=true")


def long_filters(by: Attacker) -> None:
    by.attribute("* filter=evil\n")
    by.configure(f"filter.evil.process={by.script}")


def drivers(by: Attacker) -> None:
    by.attribute("* diff=evil\n")
    by.configure(f"diff.evil.textconv={by.script}", f"diff.evil.command={by.script}", f"diff.external={by.script}")


def pagers(by: Attacker) -> None:
    by.configure(f"core.pager={by.script}", f"pager.rev-parse={by.script}", f"core.editor={by.script}")


def includes(by: Attacker) -> None:
    other = by.repository.parent / "other.config"
    other.write_text(f"[core]\n\tfsmonitor = {by.script}\n[diff]\n\texternal = {by.script}\n")
    by.configure(f"include.path={other}", f"includeIf.gitdir:/.path={other}")


def configuration_of_the_work_tree(by: Attacker) -> None:
    by.configure("core.repositoryFormatVersion=1", "extensions.worktreeConfig=true")
    (by.repository / ".git/config.worktree").write_text(f"[core]\n\tfsmonitor = {by.script}\n")


def home(by: Attacker) -> None:
    """The attributes are the repository's, the filter that they name is the user's."""
    folder = by.repository.parent / "home"
    (folder / ".config/git").mkdir(parents=True)
    (by.repository / ".gitattributes").write_text("* filter=evil\n")
    text = f'[core]\n\tfsmonitor = {by.script}\n[diff]\n\texternal={by.script}\n[filter "evil"]\n\tclean={by.script}\n'
    (folder / ".gitconfig").write_text(text)
    (folder / ".config/git/config").write_text(text)
    os.environ["HOME"] = str(folder)
    os.environ["XDG_CONFIG_HOME"] = str(folder / ".config")


def variables(by: Attacker) -> None:
    other = made(by.repository.parent / "elsewhere")
    os.environ["GIT_DIR"] = str(other / ".git")
    os.environ["GIT_WORK_TREE"] = str(other)
    os.environ["GIT_INDEX_FILE"] = str(other / ".git/index")
    os.environ["GIT_OBJECT_DIRECTORY"] = str(other / ".git/objects")
    os.environ["GIT_EXTERNAL_DIFF"] = os.environ["GIT_PAGER"] = os.environ["GIT_SSH_COMMAND"] = str(by.script)
    os.environ["GIT_CONFIG_COUNT"] = "1"
    os.environ["GIT_CONFIG_KEY_0"] = "core.fsmonitor"
    os.environ["GIT_CONFIG_VALUE_0"] = str(by.script)
    os.environ["GIT_CONFIG_PARAMETERS"] = f"'core.fsmonitor={by.script}'"
    os.environ["GIT_TRACE2_EVENT"] = os.environ["GIT_TRACE"] = str(by.marker)
    os.environ["GIT_EXEC_PATH"] = str(by.script.parent)
    os.environ["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(by.script.parent)


def inner_repository(by: Attacker) -> None:
    """A submodule's own configuration is followed by plain git when it looks for changes in there."""
    inner = made(by.repository / "inner")
    by.configure(f"core.fsmonitor={by.script}", f"filter.evil.clean={by.script}", at=inner)
    (inner / ".git/info/attributes").write_text("* filter=evil\n")
    os.utime(inner / "a.py", (1, 1))
    git(by.repository, "update-index", "--add", "--cacheinfo", f"160000,{git(inner, 'rev-parse', 'HEAD')},inner")
    git(by.repository, "commit", "-qm", "with an inner repository")


ATTACKS = [
    fsmonitor,
    hooks,
    aliases,
    filters,
    long_filters,
    drivers,
    pagers,
    includes,
    configuration_of_the_work_tree,
    home,
    variables,
    inner_repository,
]


@pytest.fixture
def attacker(repository: Path) -> Iterator[Attacker]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(repository.parent))
        before = dict(os.environ)
        yield Attacker(repository)
        for name in set(os.environ) - set(before):
            del os.environ[name]


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Time and content of every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("changed", [False, True])
def test_a_hostile_repository_runs_nothing(
    attacker: Attacker, attack: Callable[[Attacker], None], changed: bool
) -> None:
    """Nothing of it runs, the true commit is told, and not a byte or time stamp of it is touched."""
    attack(attacker)
    attacker.marker.unlink(missing_ok=True)  # making the trap may have sprung it
    truth = told_as(attacker.repository, dirty=changed)
    attacker.marker.unlink(missing_ok=True)
    touch(attacker.repository)
    if changed:
        modify(attacker.repository)
    before = snapshot(attacker.repository)
    assert seen(attacker.repository) == truth
    assert not attacker.marker.exists()
    assert snapshot(attacker.repository) == before


def test_the_traps_are_real(attacker: Attacker) -> None:
    """Plain git does run what is configured; otherwise the test above could not fail."""
    fsmonitor(attacker)
    git(attacker.repository, "status")
    assert attacker.marker.exists()


def test_a_missing_head_is_fetched_from_nowhere(attacker: Attacker) -> None:
    """A partial clone fetches what it lacks by running what its configuration names."""
    attacker.configure(
        "core.repositoryFormatVersion=1",
        "extensions.partialClone=origin",
        "remote.origin.promisor=true",
        f"remote.origin.url={attacker.repository}",
        f"remote.origin.uploadpack={attacker.script}",
    )
    (attacker.repository / ".git/HEAD").write_text("1" * 40 + "\n")
    assert "no git history here" in reason(attacker.repository)
    assert not attacker.marker.exists()


def test_a_replaced_or_grafted_commit_is_the_true_one(repository: Path) -> None:
    """Replace refs and grafts show another commit under the same id; the time told is the true one's."""
    truth = seen(repository)
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    late = {**CLEAN, "GIT_COMMITTER_DATE": f"{TIME + 86400} +0000"}
    forged = subprocess.check_output(
        ["git", "commit-tree", tree, "-m", "forged"], cwd=repository, env=late, text=True
    ).strip()
    git(repository, "replace", truth.commit, forged)
    (repository / ".git/info/grafts").write_text(f"{truth.commit} {forged}\n")
    assert git(repository, "log", "-1", "--format=%ct") == str(TIME + 86400)
    assert seen(repository) == truth


def test_another_work_tree_hides_no_change(repository: Path, tmp_path: Path) -> None:
    """core.worktree of a repository cannot point the question at files that are not below the root."""
    twin = tmp_path / "twin"
    shutil.copytree(repository, twin, ignore=shutil.ignore_patterns(".git"))
    git(repository, "config", "core.worktree", str(twin))
    modify(repository)
    found = checkout(repository)
    assert isinstance(found, Unavailable) or found.dirty


def test_foreign_objects_forge_nothing(repository: Path, tmp_path: Path) -> None:
    """An alternate store adds objects, and objects are named by what they hold."""
    other = made(tmp_path / "other")
    (repository / ".git/objects/info/alternates").write_text(f"{other}/.git/objects\n/nowhere\n")
    assert seen(repository) == told_as(repository)


def test_a_change_as_old_as_the_index_is_seen(repository: Path) -> None:
    """Same size, same second: git then looks into the file only because the index is no younger than it."""
    while True:
        modify(repository)
        git(repository, "commit", "-qam", "again", "--allow-empty")
        (repository / "a.py").write_text("a = 3\n")
        second = int((repository / "a.py").stat().st_ctime)
        if second == int((repository / ".git/index").stat().st_mtime):
            break
    while int(time.time()) == second:
        time.sleep(0.05)
    assert seen(repository).dirty
