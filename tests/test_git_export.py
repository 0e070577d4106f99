"""A commit's tree as plain files: the very bytes, and from a hostile tree nothing outside the folder."""

from __future__ import annotations

import os
import random
import resource
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_prevention.sources import git_export
from pytest_prevention.sources.git import GitError, clean_room
from pytest_prevention.sources.git_export import Exported, export
from tests.repositories import git, made, stored

FILE, PROGRAM, LINK, FOLDER, SUBMODULE = "100644", "100755", "120000", "40000", "160000"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return made(tmp_path / "repository")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An empty folder in a folder of its own, so that an escape is seen there."""
    (tmp_path / "around" / "target").mkdir(parents=True)
    return tmp_path / "around" / "target"


def exported(repository: Path, target: Path, commit: str = "HEAD") -> Exported:
    with clean_room(repository) as room:
        return export(room, git(repository, "rev-parse", commit), target)


def hostile(repository: Path, *entries: tuple[str, bytes, bytes | str]) -> str:
    """A tree that no git would make: mode, name, and content (bytes) or id (text) of each entry, in this order."""
    tree = b""
    for mode, name, content in entries:
        name_of = content if isinstance(content, str) else stored(repository, "blob", content)
        tree += mode.encode() + b" " + name + b"\0" + bytes.fromhex(name_of)
    return stored(repository, "tree", tree)


def there(folder: Path) -> dict[bytes, bytes]:
    """Every file and link below, and what it holds or where it leads; folders only if empty."""
    found = {}
    for path in folder.rglob("*"):
        name = os.fsencode(path.relative_to(folder))
        if path.is_symlink():
            found[name] = b"-> " + os.fsencode(path.readlink())
        elif not path.is_dir():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[name + b"/"] = b""
    return found


def check(
    repository: Path, target: Path, tree: str, written: Mapping[bytes, bytes], left_out: Mapping[str, str]
) -> None:
    """Exactly these are written and these are left out, for a reason of these words; all else stays as it was."""
    before = there(repository)
    told = exported(repository, target, tree)
    assert there(target) == written
    assert {path for path, _ in told.left_out} == set(left_out)
    assert all(left_out[path] in reason for path, reason in told.left_out), told.left_out
    assert list(told.left_out) == sorted(told.left_out)
    links = sum(content.startswith(b"-> ") for content in written.values())
    assert (told.files, told.links) == (len(written) - links, links)
    assert list(target.parent.iterdir()) == [target]
    assert there(repository) == before


def test_the_bytes_are_those_committed(repository: Path, target: Path) -> None:
    """Whatever the attributes and the configuration say of line ends, filters, keywords and encodings."""
    contents = {b"text": b"a\r\nb\n$Id$", b"empty": b"", b"sub/binary": bytes(range(256)) * 9000, b"sub/sub/x": b"\n\n"}
    contents[b".gitattributes"] = b"* text=auto eol=crlf ident filter=evil working-tree-encoding=UTF-16 export-ignore\n"
    git(repository, "config", "filter.evil.smudge", "tr a-z A-Z")
    git(repository, "config", "core.autocrlf", "true")
    folders: dict[bytes, str] = {}
    sub = hostile(repository, (FILE, b"x", contents[b"sub/sub/x"]))
    folders[b"sub"] = hostile(repository, (FILE, b"binary", contents[b"sub/binary"]), (FOLDER, b"sub", sub))
    tree = hostile(
        repository,
        (FILE, b".gitattributes", contents[b".gitattributes"]),
        (FILE, b"empty", b""),
        (FOLDER, b"sub", folders[b"sub"]),
        (FILE, b"text", contents[b"text"]),
    )
    check(repository, target, tree, contents, {})


def test_a_commit_a_tag_and_a_past_one(repository: Path, target: Path) -> None:
    """The tree is that of the commit, not of the work tree or the index; a deleted file is there again."""
    git(repository, "rm", "-q", "a.py")
    git(repository, "commit", "-qm", "without a")
    (repository / "sub/b.py").write_text("changed")
    check(repository, target, "HEAD~1", {b"a.py": b"a = 1\n", b"sub/b.py": b"b = 1\n"}, {})


def test_only_the_executable_bit_is_kept(repository: Path, target: Path) -> None:
    """The rest of the mode is for the umask to say."""
    tree = hostile(repository, (FILE, b"file", b""), ("104777", b"odd", b""), (PROGRAM, b"program", b""))
    exported(repository, target, tree)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in target.iterdir()}
    old = os.umask(0o022)
    os.umask(old)
    assert modes == {"file": 0o666 & ~old, "odd": 0o777 & ~old, "program": 0o777 & ~old}


def test_the_folder_must_be_empty(repository: Path, target: Path) -> None:
    (target / "mine").write_text("")
    with pytest.raises(ValueError, match="not empty"):
        exported(repository, target)
    assert there(target) == {b"mine": b""}


ODD_NAMES = [
    b"\xff\xfe",
    b"new\nline",
    b"back\\slash",
    b" ",
    b"-rf",
    b"*",
    b"tab\t.py",
    b".gitignore",
    b"git~10",
    b".git-x",
]


def test_odd_names_are_names(repository: Path, target: Path) -> None:
    """Also those that are no UTF-8, as the bytes that they are."""
    tree = hostile(repository, *((FILE, name, name) for name in sorted(ODD_NAMES)))
    check(repository, target, tree, {name: name for name in ODD_NAMES}, {})


@pytest.mark.parametrize("name", ["..", ".", "../up", "a/../../up", "/absolute", "a//b", "a/", "./a", "a/.."])
def test_a_path_out_of_the_folder_is_left_out(repository: Path, target: Path, name: str) -> None:
    """As a file, a link, or a folder with a file; the good file beside it is written."""
    sub = hostile(repository, (FILE, b"x", b"x"))
    tree = hostile(
        repository,
        (FILE, name.encode(), b"evil"),
        (LINK, name.encode(), b"good"),
        (FOLDER, name.encode(), sub),
        (FILE, b"good", b"good"),
    )
    expected = dict.fromkeys((name, f"{name}/x"), "not a path inside the folder")
    check(repository, target, tree, {b"good": b"good"}, expected)


GIT_NAMES = [
    ".git",
    ".GIT",
    ".Git",
    "git~1",
    "GIT~1",
    ".g\u200cit",
    ".git\u200f",
    "\ufeff.git",
    ".gi\u206at",
    ".git.",
    ".git ",
]
GIT_NAMES += [".git . .", ".git::$INDEX_ALLOCATION", ".git:x", "a\\.git", ".git\\hooks"]


@pytest.mark.parametrize("name", GIT_NAMES)
def test_a_git_directory_is_left_out(repository: Path, target: Path, name: str) -> None:
    """By every name that some file system takes for it, at every depth: git would run what lies in it."""
    inner = hostile(repository, (FILE, b"hook", b"evil"))
    sub = hostile(repository, (FOLDER, name.encode(), inner), (FILE, b"good", b"good"))
    tree = hostile(repository, (FILE, name.encode(), b"gitdir: /"), (FOLDER, b"sub", sub))
    expected = dict.fromkeys((name, f"sub/{name}/hook"), "names a git directory")
    check(repository, target, tree, {b"sub/good": b"good"}, expected)


def test_of_entries_in_one_place_the_first_is_written(repository: Path, target: Path) -> None:
    """A file of a folder's name, a folder of a file's, the same file twice; files go before links."""
    sub = hostile(repository, (FILE, b"x", b"below"))
    tree = hostile(
        repository,
        (LINK, b"link", b"twice"),
        (FILE, b"file", b"file"),
        (FOLDER, b"file", sub),
        (FOLDER, b"folder", sub),
        (FILE, b"folder", b"file"),
        (FOLDER, b"link", sub),
        (FILE, b"twice", b"one"),
        (FILE, b"twice", b"two"),
        (LINK, b"way", b"."),
        (LINK, b"way/in", b"../twice"),
    )
    written = {b"file": b"file", b"folder/x": b"below", b"link/x": b"below", b"twice": b"one", b"way": b"-> ."}
    taken = dict.fromkeys(("file/x", "folder", "link", "twice", "way/in"), "another entry of the tree has its place")
    check(repository, target, tree, written, taken)


def test_names_that_the_file_system_cannot_hold(repository: Path, target: Path) -> None:
    """Too long by itself, or as a path; what comes after them is written as if they were not there."""
    tree = hostile(repository, (FILE, b"x", b"x"))
    for _ in range(30):
        tree = hostile(repository, (FOLDER, b"d" * 200, tree))
    long = "d" * 200
    tree = hostile(repository, (FILE, b"a" * 300, b"long"), (FOLDER, long.encode(), tree), (FILE, b"z", b"z"))
    told = exported(repository, target, tree)
    assert [path for path, reason in told.left_out if "cannot hold the name: File name too long" in reason] == [
        "a" * 300,
        "/".join([long] * 31 + ["x"]),
    ]
    assert len(told.left_out) == 2
    assert (target / "z").read_text() == "z"
    assert told.files == 1


def test_links_inside_the_tree_are_kept(repository: Path, target: Path) -> None:
    """To files, folders, each other and nothing."""
    links = {b"a": b"sub/x", b"b": b"sub", b"c": b"b/../a", b"d": b"nothing", b"e": b".", b"g": b"\xff"}
    sub = hostile(repository, (LINK, b"up", b"../a"), (FILE, b"x", b"x"))
    tree = hostile(repository, *((LINK, name, to) for name, to in links.items()), (FOLDER, b"sub", sub))
    written = {name: b"-> " + to for name, to in links.items()}
    check(repository, target, tree, written | {b"sub/x": b"x", b"sub/up": b"-> ../a"}, {})
    assert (target / "sub/up").read_text() == "x"


@pytest.mark.parametrize(
    "to", [b"/etc/passwd", b"..", b"../target/good", b"a/../..", b"../../x", b"", b"x\0y", b"//x", b"sub/../../target"]
)
def test_a_link_out_of_the_tree_is_left_out(repository: Path, target: Path, to: bytes) -> None:
    """Also one that would come back in by the folder's name."""
    tree = hostile(repository, (FILE, b"good", b"good"), (LINK, b"link", to))
    check(repository, target, tree, {b"good": b"good"}, {"link": "of the tree"})


def test_a_link_out_through_another_is_left_out(repository: Path, target: Path) -> None:
    """Each word of it looks harmless: ``deep/er/top`` is the tree itself, and so its parent is outside."""
    inner = hostile(repository, (LINK, b"top", b"../.."), (FILE, b"x", b"x"))
    deep = hostile(repository, (FOLDER, b"er", inner))
    tree = hostile(
        repository,
        (LINK, b"again", b"out/x"),
        (FOLDER, b"deep", deep),
        (LINK, b"out", b"deep/er/top/.."),
        (LINK, b"short", b"deep/er/top"),
        (LINK, b"sibling", b"short/deep/../../target-2"),
        (LINK, b"through", b"deep/er/top/../x"),
    )
    written = {b"deep/er/top": b"-> ../..", b"deep/er/x": b"x", b"short": b"-> deep/er/top"}
    left_out = dict.fromkeys(("again", "out", "sibling", "through"), "a symbolic link out of the tree")
    check(repository, target, tree, written, left_out)


def test_links_without_end_are_left_out(repository: Path, target: Path) -> None:
    """A circle, a long chain, and links that double at each step, which would take for ever to follow."""
    circle = {b"f": b"f", b"g": b"h", b"h": b"g"}
    chain = {b"c%03d" % number: b"c%03d" % (number + 1) for number in range(400)}
    double = {b"d%02d" % number: b"d%02d/../d%02d" % (number + 1, number + 1) for number in range(60)}
    tree = hostile(repository, *((LINK, name, to) for name, to in (circle | chain | double).items()))
    told = exported(repository, target, tree)
    left_out = {path for path, reason in told.left_out if "out of the tree, or in a circle" in reason}
    assert {"f", "g", "h", "c000", "d00"} <= left_out
    assert told.links + len(left_out) == len(circle | chain | double) == 463
    assert (target / "c399").is_symlink()


@pytest.mark.parametrize("seed", range(12))
def test_no_heap_of_links_leads_out(repository: Path, target: Path, seed: int) -> None:
    """Links at random, of few names and many ways up: where one that was written leads is inside, or nowhere."""
    chance = random.Random(seed)
    names = ["a", "b", "c"]

    def some() -> bytes:
        return "/".join(chance.choice([*names, "..", ".."]) for _ in range(chance.randint(1, 5))).encode()

    def level(depth: int) -> str:
        entries: list[tuple[str, bytes, bytes | str]] = []
        for name in names:
            below = depth and chance.random() < 0.5
            entries.append((FOLDER, name.encode(), level(depth - 1)) if below else (LINK, name.encode(), some()))
        return hostile(repository, *entries)

    told = exported(repository, target, level(2))
    links = [path for path in target.rglob("*") if path.is_symlink()]
    assert len(links) == told.links
    for link in links:
        if link.exists():
            assert link.resolve().is_relative_to(target.resolve())


def test_a_submodule_is_left_out(repository: Path, target: Path) -> None:
    tree = hostile(repository, (FILE, b"good", b"good"), (SUBMODULE, b"module", git(repository, "rev-parse", "HEAD")))
    check(repository, target, tree, {b"good": b"good"}, {"module": "a submodule"})


def test_what_is_too_large_is_left_out(repository: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob, a link's target, and the tree as a whole, from the file on that would make it too large."""
    monkeypatch.setattr(git_export, "BLOB_BYTES", 10_000)
    monkeypatch.setattr(git_export, "TREE_BYTES", 25_000)
    fits = b"x" * 10_000
    names = [b"a", b"b", b"c", b"d"]
    entries = [(FILE, name, fits) for name in names] + [(FILE, b"e", fits + b"x"), (FILE, b"f", b"small")]
    tree = hostile(repository, *entries, (LINK, b"link", b"a/" * 2049))
    left_out = dict.fromkeys("cd", "the tree is larger than 25,000 bytes")
    left_out |= {"e": "larger than 10,000 bytes", "link": "a symbolic link with an endless target"}
    check(repository, target, tree, {b"a": fits, b"b": fits, b"f": b"small"}, left_out)


def test_a_hundred_megabytes_are_left_out(repository: Path, target: Path) -> None:
    """By the limit that is set, without being read."""
    blob = stored(repository, "blob", bytes(100_000_000))
    tree = hostile(repository, (FILE, b"good", b"good"), (FILE, b"large", blob))
    check(repository, target, tree, {b"good": b"good"}, {"large": "larger than 50,000,000 bytes"})


def test_a_tree_without_end_is_an_error(repository: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine small objects that name a thousand million files: told soon, nothing written."""
    monkeypatch.setattr(git_export, "ENTRIES", 5_000)
    tree = hostile(repository, *((FILE, f"{number}".encode(), b"") for number in range(10)))
    for _ in range(8):
        tree = hostile(repository, *((FOLDER, f"{number}".encode(), tree) for number in range(10)))
    with pytest.raises(GitError, match="more than 5,000 files"):
        exported(repository, target, tree)
    assert there(target) == {}


def test_content_missing_in_a_partial_clone_is_told(repository: Path, target: Path, tmp_path: Path) -> None:
    """What the clone holds is written; nothing is fetched."""
    git(repository, "config", "uploadpack.allowFilter", "true")
    (repository / "large").write_bytes(b"x" * 5000)
    git(repository, "add", "large")
    git(repository, "commit", "-qm", "large")
    git(tmp_path, "clone", "-q", "-n", "--filter=blob:limit=1k", f"file://{repository}", "partial")
    written = {b"a.py": b"a = 1\n", b"sub/b.py": b"b = 1\n"}
    check(tmp_path / "partial", target, "HEAD", written, {"large": "its content is not in this clone"})


def test_an_object_of_another_kind_is_no_file(repository: Path, target: Path) -> None:
    """A tree under a file's mode is left out, and the files after it hold their own bytes."""
    inner = hostile(repository, (FILE, b"x", b"y" * 3_000_000))
    tree = hostile(repository, (FILE, b"a", b"a"), (FILE, b"b", inner), (LINK, b"c", inner), (FILE, b"d", b"d"))
    check(repository, target, tree, {b"a": b"a", b"d": b"d"}, dict.fromkeys("bc", "not a file in git but tree"))


def test_a_broken_object_is_an_error(repository: Path, target: Path) -> None:
    """A blob that cannot be unpacked, and a tree that names one for a folder."""
    blob = git(repository, "rev-parse", "HEAD:a.py")
    loose = repository / ".git/objects" / blob[:2] / blob[2:]
    data = loose.read_bytes()
    loose.chmod(0o644)
    loose.write_bytes(data[:-6] + b"broken")
    (target / "one").mkdir()
    with pytest.raises(GitError, match="an object cannot be read, see git fsck"):
        exported(repository, target / "one")
    (target / "two").mkdir()
    with pytest.raises(GitError, match="not a tree"):
        exported(
            repository,
            target / "two",
            hostile(repository, (FOLDER, b"folder", git(repository, "rev-parse", "HEAD:sub/b.py"))),
        )


def test_a_full_disk_is_an_error(repository: Path, target: Path) -> None:
    """It says nothing of the path: no file may be left out for it. A limit on file sizes stands for the disk."""
    tree = hostile(repository, (FILE, b"file", b"x" * 100_000))
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with clean_room(repository) as room, pytest.raises(OSError, match="File too large"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
        try:
            export(room, tree, target)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
