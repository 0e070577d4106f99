"""The history of repositories of odd shapes, with odd names and malformed commits."""

from __future__ import annotations

import os
import subprocess
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_prevention.model import History, Unavailable
from pytest_prevention.model.history import ShortHistory
from pytest_prevention.reporters.report import split_step
from tests.histories import DAY, commits, fixes, named, read, told, writing
from tests.repositories import TIME, git, stored

TEXT = "".join(f"line {number}\n" for number in range(20))


def write(folder: Path, *init: str) -> History:
    """A history of 2500 days with renames, a merge, fixes and files apart; as it is read there."""
    with writing(folder, *init) as to:
        to.commit({"a.py": TEXT}, day=-500)
        to.commit({"b.py": "1\n", "tests/test_a.py": ""}, day=0)
        base = to.commit({"a.py": TEXT + "1\n"}, "fix one", day=1000)
        side = to.commit({"a.py": None, "sub/c.py": TEXT + "2\n"}, "fix two", day=1500)
        main = to.commit({"b.py": "2\n", ".gitattributes": "g.py linguist-generated\n"}, day=1600, parents=(base,))
        to.commit({"a.py": None, "sub/c.py": TEXT + "2\n", "g.py": "g"}, "Merge", day=1700, parents=(main, side))
        to.commit({"b.py": "1\n"}, f"This reverts commit {main}.", day=1900)
        to.commit({"sub/c.py": TEXT}, "fix three", day=2000)
    git(folder, "checkout", "-q", "-f", "main")
    return read(folder)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return tmp_path / "repository"


@pytest.fixture
def history(repository: Path) -> History:
    found = write(repository)
    assert len(fixes(found, "sub/c.py")) == 3
    assert found.left_out == {"linguist-generated": 1, "tests": 1}
    return found


def reason(found: History | Unavailable) -> str:
    assert isinstance(found, Unavailable)
    assert found.remedy
    return found.reason


# Shapes of the same repository.


def detached(folder: Path) -> Path:
    git(folder, "checkout", "-q", "--detach")
    git(folder, "branch", "-q", "-D", "main")
    return folder


def linked(folder: Path) -> Path:
    git(folder, "worktree", "add", "-q", "-b", "other", str(folder.parent / "linked"))
    return folder.parent / "linked"


def packed(folder: Path) -> Path:
    git(folder, "gc", "-q", "--prune=now")
    return folder


def loose(folder: Path) -> Path:
    for pack in (folder / ".git/objects/pack").glob("*.pack"):
        content = pack.read_bytes()
        pack.unlink()
        git(folder, "unpack-objects", "-q", stdin=content)
    return folder


def graphed(folder: Path) -> Path:
    git(folder, "repack", "-adq", "--write-bitmap-index")
    git(folder, "commit-graph", "write", "--reachable", "--changed-paths")
    git(folder, "multi-pack-index", "write")
    return folder


def shared(folder: Path) -> Path:
    git(folder.parent, "clone", "-q", "--shared", str(folder), "clone")
    return folder.parent / "clone"


def borrowed_twice(folder: Path) -> Path:
    git(folder.parent, "clone", "-q", "--shared", str(shared(folder)), "once more")
    return folder.parent / "once more"


def without_index(folder: Path) -> Path:
    (folder / ".git/index").unlink()
    return folder


def without_files(folder: Path) -> Path:
    git(folder.parent, "clone", "-q", "--no-checkout", str(folder), "clone")
    return folder.parent / "clone"


def sparse(folder: Path) -> Path:
    git(folder, "sparse-checkout", "set", "--sparse-index", "tests")
    assert not (folder / "sub").exists()
    return folder


def inside_another(folder: Path) -> Path:
    """A submodule, seen from inside."""
    git(folder.parent, "init", "-q", "outer")
    git(folder.parent / "outer", "submodule", "--quiet", "add", str(folder), "inner")
    return folder.parent / "outer/inner"


def foreign(folder: Path) -> Path:
    """Somebody else's: plain git refuses to look."""
    os.chown(folder, 12345, 12345)
    os.chown(folder / ".git", 12345, 12345)
    with pytest.raises(subprocess.CalledProcessError):
        git(folder, "log")
    return folder


def through_a_link(folder: Path) -> Path:
    (folder.parent / "link").symlink_to(folder)
    return folder.parent / "link"


SHAPES = [detached, linked, packed, loose, graphed, shared, borrowed_twice, without_index, without_files, sparse]
SHAPES += [inside_another, through_a_link]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_repository_of_another_shape_has_the_same_history(
    repository: Path, history: History, shape: Callable[[Path], Path]
) -> None:
    assert read(shape(repository)) == history


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_repository_of_a_foreign_owner(repository: Path, history: History) -> None:
    """Nothing of it runs, so there is nothing to be afraid of."""
    assert read(foreign(repository)) == history


def test_sha256(repository: Path, tmp_path: Path) -> None:
    """The same with longer ids; an incident may name the beginning of one."""
    try:
        git(tmp_path, "init", "-q", "--object-format=sha256", "trial")
    except subprocess.CalledProcessError:
        pytest.skip("this git knows no sha256 repositories")
    history = write(repository, "--object-format=sha256")
    assert {len(commit) for commit in commits(history, "sub/c.py")} == {64}
    assert len(fixes(history, "sub/c.py")) == 3
    git(repository, "init", "-q", str(tmp_path / "other"))
    (first, *_) = commits(history, "b.py")
    assert [commit.id for commit in fixes(read(repository, named(first[:50])), "b.py")] == [first]


def test_a_bare_repository_is_told(repository: Path, history: History, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    assert history
    assert "must be run in a work tree" in reason(told(tmp_path / "bare.git"))


def test_a_repository_that_holds_another_counts_no_file_of_it(repository: Path, history: History) -> None:
    """Of a submodule there is only a commit, however it is called."""
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{history.now.commit},inner.py")
    git(repository, "commit", "-qm", "with inner", at=TIME + 2001 * DAY)
    found = read(repository)
    assert found.now.lines == history.now.lines
    assert commits(found, "sub/c.py") == commits(history, "sub/c.py")


@pytest.mark.parametrize("name", ["\u2028", "a\x0bb", "a\x85b", "\udcff", " ", "-x", "a\rb"])
def test_a_repository_in_a_folder_of_an_odd_name(repository: Path, history: History, tmp_path: Path, name: str) -> None:
    """What ends a line in other places does not in a path."""
    repository.rename(tmp_path / name)
    assert read(tmp_path / name) == history


def test_a_repository_in_a_folder_with_a_line_end_is_told(repository: Path, history: History, tmp_path: Path) -> None:
    repository.rename(tmp_path / "a\nb")
    assert history
    assert "line end in its name" in reason(told(tmp_path / "a\nb"))


# Clones that lack something.


def cloned(folder: Path, *options: str) -> Path:
    """A clone through the transport that can leave things out."""
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder.parent, "clone", "-q", *options, f"file://{folder}", "clone")
    return folder.parent / "clone"


def objects(folder: Path) -> set[str]:
    return {str(path) for path in (folder / ".git/objects").rglob("*")}


def test_a_blobless_clone_with_its_files_checked_out(repository: Path, history: History) -> None:
    """Now is known; renames with changes and the lengths of then are not, and nothing is fetched for them."""
    clone = cloned(repository, "--filter=blob:none")
    before = objects(clone)
    found = read(clone)
    assert found.now == history.now
    assert found.left_out == history.left_out
    assert isinstance(found.then, Unavailable)
    assert found.then.reason == "this clone lacks files of 2028-11-05 (a partial clone)"
    assert len(commits(found, "sub/c.py")) == 2
    assert len(commits(found, "a.py")) == 2
    assert objects(clone) == before


def test_a_blobless_clone_follows_files_that_were_moved_unchanged(repository: Path) -> None:
    with writing(repository) as to:
        ids = [to.commit({"a.py": TEXT}), to.commit({"a.py": None, "b.py": TEXT}), to.commit({"b.py": "b" + TEXT})]
    assert commits(read(cloned(repository, "--filter=blob:none")), "b.py") == ids[::-1]


def test_a_blobless_clone_without_files_is_told(repository: Path, history: History) -> None:
    """Not even attributes can be read there."""
    clone = cloned(repository, "--filter=blob:none", "--no-checkout")
    before = objects(clone)
    assert history
    assert "this clone lacks files of 2029-05-06 (a partial clone)" in reason(told(clone))
    assert objects(clone) == before


def test_a_treeless_clone_is_told(repository: Path, history: History) -> None:
    clone = cloned(repository, "--filter=tree:0")
    before = objects(clone)
    assert history
    assert reason(told(clone))
    assert objects(clone) == before


def test_a_clone_of_one_commit_has_a_history_too_short(repository: Path, history: History) -> None:
    """How far back it reaches, how far it should, and what to do, in CI and at home."""
    assert history
    found = told(cloned(repository, "--depth=1"))
    assert isinstance(found, ShortHistory)
    assert found.days == 0
    assert found.reason == "history reaches back 0 days of 1095"
    assert split_step(found.remedy) == (
        "use fetch-depth 0 with actions/checkout, or fetch the rest",
        "git fetch --shallow-since=2023-05-08",
    )


@pytest.mark.parametrize(("depth", "days"), [(2, 100), (3, 300), (4, 400), (5, 1000)])
def test_a_clone_just_short_of_the_window(repository: Path, history: History, depth: int, days: int) -> None:
    """The oldest commits of a shallow clone have lost their parents and seem to add all files: they do not count."""
    assert history
    found = told(cloned(repository, f"--depth={depth}"))
    assert isinstance(found, ShortHistory)
    assert found.days == days


def test_one_day_is_a_day(repository: Path) -> None:
    with writing(repository) as to:
        for day in (0, 1, 2):
            to.commit({"a.py": str(day)}, day=day)
    assert reason(told(cloned(repository, "--depth=2"))) == "history reaches back 1 day of 1095"


@pytest.mark.parametrize("option", ["--depth=6", "--shallow-since=2023-05-08"])
def test_a_shallow_clone_that_covers_the_window(repository: Path, history: History, option: str) -> None:
    """It is enough: the remedy that a short one is told does help."""
    clone = cloned(repository, option)
    assert (clone / ".git/shallow").exists()
    found = read(clone)
    assert found.trails == history.trails
    assert found.now == history.now


def test_a_forged_shallow_file_does_not_pass_for_a_whole_history(repository: Path, history: History) -> None:
    """In a complete repository it cuts off what somebody wants to hide; that is told as of any shallow clone."""
    (repository / ".git/shallow").write_text(f"{commits(history, 'sub/c.py')[1]}\n")
    assert isinstance(told(repository), ShortHistory)
    (repository / ".git/shallow").write_text(f"{'0' * 40}\n")
    assert read(repository) == history


# Names.


ODD = [
    b"new\nline.py",
    b'quo"te.py',
    b"tab\t.py",
    b"-x.py",
    b"--output=x.py",
    b"\xff\xfe.py",
    b"::error::.py",
    b" space.py",
    b":(glob)x.py",
    b"back\\slash.py",
    "\N{SNAKE}.py".encode(),
    unicodedata.normalize("NFC", "é.py").encode(),
    unicodedata.normalize("NFD", "é.py").encode(),
    b"long" * 60 + b".py",
    b"deep/" * 200 + b"a.py",
    b"\x01\x1b[2J.py",
    b"0123456789abcdef0123456789abcdef01234567",
    b"M",
    b"R100",
    b"A",
    b"trailing.py\n",
    b"a -> b.py",
    b"..py",
    b"$(touch x).py",
    b"*.py",
    b"{a => b}.py",
]


@pytest.mark.parametrize("bytes_", ODD)
def test_an_odd_name_is_a_name(repository: Path, bytes_: bytes) -> None:
    """Read, counted, followed, and marked by attributes."""
    name = os.fsdecode(bytes_)
    with writing(repository) as to:
        first = to.commit({"a.py": TEXT, "other.py": "1", "sub/.gitattributes": "* linguist-generated\n"})
        move = to.commit({"a.py": None, name: TEXT + "1\n", "other.py": "2"})
        fix = to.commit({name: TEXT + "2", f"sub/{name}": "1"}, "fix")
        away = to.commit({name: None, "b.py": TEXT + "2"})
        last = to.commit({name: "1\n2", "other.py": "3"}, "fix")
    history = read(repository, source=["**"], tests=[], exclude=[])
    assert history.now.lines[name] == 2
    assert commits(history, name) == [last]
    assert commits(history, "b.py") == [away, fix, move, first]
    assert history.trail("b.py").earlier_names() == (name, "a.py")
    assert history.trail(name, TIME + 3 * DAY) is history.trail("b.py")
    assert len(commits(history, "other.py")) == 3
    assert history.left_out == {"linguist-generated": 2}


def test_names_that_look_alike_are_different(repository: Path) -> None:
    names = [os.fsdecode(name) for name in ODD]
    with writing(repository) as to:
        ids = {name: to.commit({name: f"{number}\n"}) for number, name in enumerate(names)}
    history = read(repository, source=["**"], tests=[], exclude=[])
    assert {name: commits(history, name) for name in names} == {name: [ids[name]] for name in names}


# Malformed commits.


@pytest.fixture
def head(repository: Path, history: History) -> Callable[[bytes], str]:
    """Puts a commit, given by what follows tree and parent, in the place of the last one, and a sound one on it."""
    assert history
    tree, before, base = (git(repository, "rev-parse", name) for name in ("main^{tree}", "main~1^{tree}", "main~1"))

    def put(rest: bytes) -> str:
        odd = stored(repository, "commit", f"tree {tree}\nparent {base}\n".encode() + rest)
        sound = f"tree {before}\nparent {odd}\nauthor A <a@e.org> 1 +0000\ncommitter C <c@e.org> "
        tip = stored(repository, "commit", f"{sound}{TIME + 2001 * DAY} +0000\n\nafter\n".encode())
        git(repository, "update-ref", "refs/heads/main", tip)
        return odd

    return put


STAMP = b"%d +0000" % (TIME + 2000 * DAY)
AUTHOR, COMMITTER = b"author A <a@e.org> " + STAMP + b"\n", b"committer C <c@e.org> " + STAMP + b"\n"


@pytest.mark.parametrize(
    "rest",
    [
        COMMITTER + b"\nfix",
        b"author\n" + COMMITTER + b"\nfix",
        b"author A a@e.org\n" + COMMITTER + b"\nfix",
        b"author A <a@e.org\n" + COMMITTER + b"\nfix",
        b"author A <a\0b@e.org> 1 +0000\n" + COMMITTER + b"\nfix",
        b"author <> 99999999999999999999 +0000\n" + COMMITTER + b"\nfix",
        AUTHOR + COMMITTER + b"encoding latin-1\n\nfix \xe9",
        AUTHOR + COMMITTER + b"encoding nothing\n\nfix \xe9",
        AUTHOR + COMMITTER + b"encoding UTF-16\n\nfix",
        AUTHOR + COMMITTER + b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nfix",
        AUTHOR + COMMITTER + b"mergetag object 0000\n\nfix",
        AUTHOR + COMMITTER + b"\nfix\0\0\nM\0b.py\0",
        AUTHOR + COMMITTER + b"\nfix\n\n" + b"0" * 40 + b"\n" + b"0" * 40 + b"\n1\na\nfix\n\nM\nb.py\n",
        AUTHOR + COMMITTER + b"\r\nfix",
        AUTHOR + COMMITTER + b"\n",
        AUTHOR + COMMITTER,
    ],
)
def test_a_malformed_commit_hides_nothing(
    repository: Path, history: History, head: Callable[[bytes], str], rest: bytes
) -> None:
    """Neither itself nor what was before and after it, and no other file is touched."""
    odd = head(rest)
    found = read(repository)
    assert commits(found, "sub/c.py")[1:2] == [odd]
    assert commits(found, "sub/c.py")[2:] == commits(history, "sub/c.py")[1:]
    assert commits(found, "b.py") == commits(history, "b.py")
    assert found.trails.keys() == history.trails.keys()
    legible = b"\n\nfix" in rest and b"UTF-16" not in rest
    assert not legible or fixes(found, "sub/c.py")[0].id == odd


def test_a_newest_commit_without_an_author_hides_nothing(repository: Path, history: History) -> None:
    """Git then takes its date for 1970, though the committer gave one."""
    tree, base = git(repository, "rev-parse", "main^{tree}"), git(repository, "rev-parse", "main~1")
    odd = stored(repository, "commit", f"tree {tree}\nparent {base}\n".encode() + COMMITTER + b"\nfix")
    git(repository, "update-ref", "refs/heads/main", odd)
    found = read(repository)
    assert commits(found, "sub/c.py") == [odd, *commits(history, "sub/c.py")[1:]]
    assert found.now.at == history.now.at


@pytest.mark.parametrize("stamp", [b"", b"x", b"-5 +0000", b"0 +0000", b"1", b"12345678901234567890123 +0000", b"> 5"])
def test_a_commit_of_an_odd_date_hides_nothing_else(
    repository: Path, history: History, head: Callable[[bytes], str], stamp: bytes
) -> None:
    """Git takes it for 1970, or for the end of time; then it was made when it landed."""
    odd = head(AUTHOR + b"committer C <c@e.org> " + stamp + b"\n\nfix")
    found = read(repository)
    assert [commit for commit in commits(found, "sub/c.py")[1:] if commit != odd] == commits(history, "sub/c.py")[1:]
    assert all(commit.at <= commit.landed <= found.now.at for commit in found.trail("sub/c.py").commits)


@pytest.mark.parametrize("stamp", ["", "x", "-5 +0000", "99999999999999 +0000", "9" * 50 + " +0000"])
def test_a_newest_commit_of_no_date_is_told(repository: Path, history: History, stamp: str) -> None:
    """There is no now then."""
    tree = git(repository, "rev-parse", "main^{tree}")
    text = f"tree {tree}\nparent {history.now.commit}\nauthor A <a@e.org> 1 +0000\ncommitter C <c@e.org> {stamp}\n\nfix"
    git(repository, "update-ref", "refs/heads/main", stored(repository, "commit", text.encode()))
    assert "the commit has no time that can be read" in reason(told(repository))


@pytest.mark.parametrize("moment", [datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)])
def test_a_history_of_another_century(repository: Path, moment: datetime) -> None:
    days = (moment.timestamp() - TIME) / DAY
    with writing(repository) as to:
        first = to.commit({"a.py": "1"}, day=days - 0.5)
        last = to.commit({"a.py": "2"}, day=days)
    history = read(repository)
    assert commits(history, "a.py") == [last, first]
    assert history.now.at == moment.timestamp()


def test_a_tree_of_billions_of_files_is_told(repository: Path, history: History) -> None:
    """Ten names for one tree, ten times over."""
    mode, held = b"100644", git(repository, "rev-parse", "main:b.py")
    for _ in range(10):
        rows = (mode + b" %d.py\0" % name + bytes.fromhex(held) for name in range(10))
        mode, held = b"40000", stored(repository, "tree", b"".join(rows))
    commit = git(repository, "commit-tree", held, "-m", "bomb", "-p", history.now.commit)
    git(repository, "update-ref", "refs/heads/main", commit)
    assert "has too many files" in reason(told(repository))


def test_a_tree_that_no_git_would_make_is_told_or_read(repository: Path, history: History) -> None:
    """A path that leads out, and one into the git directory."""
    blob, old = git(repository, "rev-parse", "main:b.py"), git(repository, "rev-parse", "main:sub")
    rows = (("100644", b"a.py", blob), ("40000", b"..", old), ("40000", b".git", old))
    content = b"".join(f"{mode} ".encode() + name + b"\0" + bytes.fromhex(object_) for mode, name, object_ in rows)
    commit = git(repository, "commit-tree", stored(repository, "tree", content), "-m", "odd")
    git(repository, "update-ref", "refs/heads/main", commit)
    assert history
    assert set(read(repository).now.lines) == {"a.py", "../c.py", ".git/c.py"}
