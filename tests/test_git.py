"""What is checked out, told truly and without running anything of the repository's."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from pytest_prevention.model import Unavailable
from pytest_prevention.sources import git as source
from pytest_prevention.sources.git import Checkout, GitError, checkout, clean_room, newest_before
from tests.repositories import CLEAN, TIME, git, made, stored


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


def bare(folder: Path) -> Path:
    git(folder, "clone", "-q", "--bare", str(made(folder / "whole")), "bare.git")
    return folder / "bare.git"


def without_commit(folder: Path) -> Path:
    git(folder, "init", "-q")
    return folder


def torn(folder: Path) -> Path:
    """A commit is there, but none of its objects can be read."""
    for path in made(folder / "torn").glob(".git/objects/??/*"):
        path.chmod(0o644)
        path.write_bytes(b"torn")
    return folder / "torn"


@pytest.mark.parametrize(
    ("make", "said", "remedy"),
    [
        (lambda folder: folder, "not a git repository", "git init && git add -A && git commit"),
        (without_commit, "no commit yet", "git init && git add -A && git commit"),
        (bare, "must be run in a work tree", "run it in a clone with a work tree: git clone PATH"),
        (torn, "is broken", "see what is broken: git fsck"),
    ],
)
def test_what_helps_fits_what_is_wrong(tmp_path: Path, make: Callable[[Path], Path], said: str, remedy: str) -> None:
    """To begin a repository is no advice to somebody who has one."""
    found = checkout(make(tmp_path))
    assert isinstance(found, Unavailable)
    assert said in found.reason
    assert found.remedy == remedy


def test_a_broken_head_is_told(repository: Path) -> None:
    (repository / ".git/HEAD").write_text("1" * 40 + "\n")
    assert "no git history here" in reason(repository)


@pytest.fixture
def history(repository: Path) -> Path:
    """Commits of the first-parent line at TIME, + 10 (from a side branch, merged), + 20 and + 30; tags and a remote."""
    git(repository, "checkout", "-qb", "side")
    git(repository, "commit", "-qm", "side", "--allow-empty", at=TIME + 5)
    git(repository, "checkout", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "-m", "merge", "side", at=TIME + 10)
    git(repository, "tag", "-am", "annotated", "v1", at=TIME)
    git(repository, "tag", "-am", "of a tag", "nested", "v1")
    git(repository, "tag", "light")
    git(repository, "tag", "file", "HEAD:a.py")
    git(repository, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    git(repository, "update-ref", "refs/remotes/origin/HEAD", "HEAD~1")
    for seconds in (20, 30):
        git(repository, "commit", "-qm", "more", "--allow-empty", at=TIME + seconds)
    return repository


def head_of(folder: Path, revision: str) -> str:
    with clean_room(folder, revision) as room:
        assert room.git("rev-parse", "HEAD").decode().strip() == room.head
        return room.head


REVISIONS = ["HEAD", "@", "main", "heads/side", "refs/heads/side", "v1", "nested", "light", "origin/main", "origin"]
REVISIONS += ["HEAD~2", "main^", "main^0", "v1^2", "nested~", "main~2^2~1", "HEAD~~~"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_is_the_commit_that_git_says(history: Path, revision: str) -> None:
    """Branches, tags (peeled, however often), remote branches, and parents of these."""
    assert head_of(history, revision) == git(history, "rev-parse", f"{revision}^{{commit}}")


@pytest.mark.parametrize("digits", [4, 12, 40])
def test_a_commit_id_may_be_abbreviated(history: Path, digits: int) -> None:
    """As git does: a branch of the same name goes first, and a tag's id stands for its commit."""
    commit = git(history, "rev-parse", "side")
    assert head_of(history, commit[:digits]) == commit
    assert head_of(history, git(history, "rev-parse", "v1")[:digits]) == git(history, "rev-parse", "v1^{commit}")
    git(history, "update-ref", f"refs/heads/{commit[:4]}", "main")
    assert head_of(history, commit[:4]) == git(history, "rev-parse", "main")


FOREIGN = ["-", "--all", "-n1", "main..side", "main...side", "^main", "main^!", "main^@", "main^-", "main^{tree}"]
FOREIGN += ["HEAD:a.py", ":/more", ":a.py", "@{1}", "main@{0}", "@{-1}", "main@{upstream}", "ma*", "~1"]
FOREIGN += ["", "a b", "main\n", "a\0b", "\udcff", "main" + "~" * 100]


@pytest.mark.parametrize("revision", FOREIGN)
def test_a_revision_of_another_syntax_is_refused(history: Path, revision: str) -> None:
    """Ranges, reflogs, paths and options mean other things to git; the error says what is understood."""
    with pytest.raises(GitError, match=r"no revision .* a branch, a tag or a commit id, with ~n or \^n"):
        head_of(history, revision)


@pytest.mark.parametrize("revision", ["nothing", "main~99", "main^3", "file", "0" * 40, "abcdef12", "config"])
def test_a_revision_that_is_no_commit_is_an_error(history: Path, revision: str) -> None:
    """A name of nothing, a parent that is not there, a tag of a file, an id of no object."""
    with pytest.raises(GitError, match=rf"'{revision.replace('^', '.')}' names no commit here: give a branch"):
        head_of(history, revision)


@pytest.mark.parametrize(
    ("seconds", "revision"), [(0, "main~3"), (9, "main~3"), (10, "main~2"), (29.9, "main~1"), (10**9, "main")]
)
def test_the_newest_commit_of_a_moment(history: Path, seconds: float, revision: str) -> None:
    """Committed then or before, on the first-parent line: the commit of the side branch, of second 5, is not on it."""
    with clean_room(history) as room:
        found = newest_before(room, datetime.fromtimestamp(TIME + seconds, UTC))
    assert found == git(history, "rev-parse", revision)


@pytest.mark.parametrize("moment", [datetime.fromtimestamp(TIME - 1, UTC), datetime(1066, 10, 14, tzinfo=UTC)])
def test_no_commit_is_that_old(history: Path, moment: datetime, tmp_path: Path) -> None:
    """Told with the moment; in a shallow clone, with how to have more history."""
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{history}", "shallow")
    for folder, hint in ((history, "$"), (tmp_path / "shallow", "; the clone is shallow: git fetch --unshallow$")):
        with clean_room(folder) as room, pytest.raises(GitError, match=f"as old as {moment.year}-.*{hint}"):
            newest_before(room, moment)


def test_the_room_knows_where_a_shallow_clone_ends(history: Path, tmp_path: Path) -> None:
    """Its log ends there instead of failing, and what lies behind is an error that says so."""
    git(tmp_path, "clone", "-q", "--depth=2", f"file://{history}", "shallow")
    with clean_room(tmp_path / "shallow") as room:
        log = room.git("rev-list", room.head).decode().split()
    assert log == [git(history, "rev-parse", revision) for revision in ("main", "main~1")]
    assert room.shallow == {log[-1]}
    with pytest.raises(GitError, match="the clone is shallow: git fetch --unshallow"):
        head_of(tmp_path / "shallow", "HEAD~2")
    with clean_room(history) as room:
        assert not room.shallow
        assert len(room.git("rev-list", room.head).split()) == 5


def test_a_stream_is_read_while_git_runs(history: Path) -> None:
    """It is given its input, may be left unread, and tells an error of git's in one line."""
    with clean_room(history) as room:
        ids = room.git("rev-list", room.head)
        with room.stream("cat-file", "--batch-check", stdin=ids) as output:
            assert [line.split()[0] for line in output] == ids.split()
        with room.stream("cat-file", "--batch", stdin=ids * 10_000) as output:
            assert output.readline().split()[:2] == [ids.split()[0], b"commit"]
        with pytest.raises(GitError, match=r"^Not a valid object name nothing$"), room.stream("ls-tree", "nothing"):
            pass


def test_an_exception_ends_the_streams_git(repository: Path, tmp_path: Path) -> None:
    """Even one that waits for something that never comes, here a pipe that nobody writes to."""
    os.mkfifo(tmp_path / "pipe")
    with clean_room(repository) as room, pytest.raises(KeyboardInterrupt):  # noqa: SIM117
        with room.stream("hash-object", "--no-filters", str(tmp_path / "pipe")):
            raise KeyboardInterrupt


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


@pytest.fixture
def old_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a git that does not know the variable that forbids it to fetch what is missing."""
    kept = {name: value for name, value in source._environment().items() if name != "GIT_NO_LAZY_FETCH"}
    monkeypatch.setattr(source, "_environment", lambda: kept)


def promise(attacker: Attacker) -> None:
    """Make the repository a partial clone, whose missing objects git fetches by a command of its configuration."""
    attacker.configure(
        "core.repositoryFormatVersion=1",
        "extensions.partialClone=origin",
        "remote.origin.promisor=true",
        f"remote.origin.url={attacker.repository}",
        f"remote.origin.uploadpack={attacker.script}",
    )


@pytest.mark.usefixtures("old_git")
def test_a_missing_head_is_fetched_from_nowhere(attacker: Attacker) -> None:
    """To open the commit in the user's repository would be to fetch it."""
    promise(attacker)
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


def attempt(folder: Path, revision: str) -> str:
    """What the room says of a revision that it must not find."""
    with pytest.raises(GitError) as caught:
        head_of(folder, revision)
    return str(caught.value)


@pytest.mark.usefixtures("old_git")
def test_a_missing_tagged_commit_is_fetched_from_nowhere(attacker: Attacker) -> None:
    """To peel a tag in the user's repository would be to fetch what it tags."""
    commit = "1" * 40
    tag = stored(
        attacker.repository,
        "tag",
        f"object {commit}\ntype commit\ntag v1\ntagger A <a@example.org> 5 +0000\n\n".encode(),
    )
    git(attacker.repository, "update-ref", "refs/tags/v1", tag)
    promise(attacker)
    for revision in ("v1", "v1~1", tag[:8], commit):
        assert "names no commit here" in attempt(attacker.repository, revision)
    assert not attacker.marker.exists()


@pytest.mark.usefixtures("old_git")
def test_abbreviated_ids_of_missing_tagged_commits_are_fetched_from_nowhere(attacker: Attacker) -> None:
    """Of two objects that begin alike git opens both, to see which one is a commit or a tag of one."""
    tags: dict[str, bytes] = {}
    for number in count():
        tag = f"object {'1' * 40}\ntype commit\ntag v{number}\ntagger A <a@example.org> 5 +0000\n\n".encode()
        begin = hashlib.sha1(b"tag %d\0" % len(tag) + tag).hexdigest()[:4]
        if begin in tags:
            break
        tags[begin] = tag
    for content in (tag, tags[begin]):
        stored(attacker.repository, "tag", content)
    promise(attacker)
    attacker.configure("core.disambiguate=committish")
    assert "names no commit here" in attempt(attacker.repository, begin)
    assert not attacker.marker.exists()


def chunk(data: bytearray, header: int, name: bytes) -> int:
    """The place of a chunk in a commit-graph or multi-pack-index, by the table behind its header."""
    return int.from_bytes(data[data.index(name, header) + 4 :][:8])


def test_a_forged_commit_graph_hides_no_parent(history: Path) -> None:
    """It is an index of the commits that git believes without a look at them."""
    git(history, "commit-graph", "write", "--reachable")
    graph = history / ".git/objects/info/commit-graph"
    data = bytearray(graph.read_bytes())
    ids, start = sorted(git(history, "rev-list", "--all").split()), chunk(data, 8, b"CDAT")
    place = start + 36 * ids.index(git(history, "rev-parse", "main")) + 20
    data[place : place + 4] = (0x70000000).to_bytes(4)  # no parent
    graph.chmod(0o644)
    graph.write_bytes(data)
    assert git(history, "rev-list", "--count", "main") == "1"  # the trap is real
    with clean_room(history) as room:
        assert room.git("rev-list", "--count", room.head) == b"5\n"


def test_a_forged_index_of_packs_swaps_no_objects(history: Path) -> None:
    """It says where in which pack an object lies, and git believes that too."""
    truth = git(history, "cat-file", "commit", "main")
    git(history, "repack", "-adq")
    git(history, "multi-pack-index", "write")
    index = history / ".git/objects/pack/multi-pack-index"
    data = bytearray(index.read_bytes())
    ids = git(history, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    start = chunk(data, 12, b"OOFF")
    one, other = (start + 8 * ids.index(git(history, "rev-parse", name)) for name in ("main", "side"))
    data[one : one + 8], data[other : other + 8] = data[other : other + 8], data[one : one + 8]
    index.chmod(0o644)
    index.write_bytes(data)
    assert git(history, "cat-file", "commit", "main") != truth  # the trap is real
    with clean_room(history) as room:
        assert room.git("cat-file", "commit", room.head).decode().strip() == truth


@pytest.mark.parametrize("stamp", ["99999999999999 +0000", "9" * 5000 + " +0000", "x +0000", "-5 +0000", "", "5"])
def test_a_commit_of_no_time_is_told(repository: Path, stamp: str) -> None:
    """A year that no calendar has, or no number: what is wrong and what helps, not a crash."""
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    text = f"tree {tree}\nauthor A <a@example.org> 5 +0000\ncommitter C <c@example.org> {stamp}\n\nodd\n"
    for content in (text, text.replace("committer", "nobody")):
        git(repository, "update-ref", "refs/heads/main", stored(repository, "commit", content.encode()))
        assert reason(repository) == "the commit has no time that can be read"


def link_to_ids(path: Path) -> None:
    ids = path.parent.parent.parent / "ids"
    ids.write_text("1" * 40 + "\n")
    path.symlink_to(ids)


@pytest.mark.parametrize(
    "make",
    [
        link_to_ids,
        lambda path: path.symlink_to("nowhere"),
        os.mkfifo,
        Path.mkdir,
        lambda path: path.write_text("[core]\n"),
        lambda path: path.write_text("1" * 39 + "\n"),
        lambda path: path.write_text("1" * 64 + "\n"),
        lambda path: path.write_bytes(b"1" * 40 + b"\0\n"),
    ],
)
def test_a_shallow_file_of_something_else_is_told(repository: Path, make: Callable[[Path], object]) -> None:
    """A link out, a pipe, a folder, other text: an error, and no wait."""
    make(repository / ".git/shallow")
    assert "shallow is no list of commit ids" in attempt(repository, "main")


def test_an_endless_shallow_file_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "SHALLOW_BYTES", 2 * 41)
    (repository / ".git/shallow").write_text(("1" * 40 + "\n") * 2)
    assert head_of(repository, "main")
    (repository / ".git/shallow").write_text(("1" * 40 + "\n") * 3)
    assert "shallow is no list of commit ids" in attempt(repository, "main")
