"""The files of the test tree, as pytest would walk it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from pytest_prevention.sources.pytest_config import CollectionRules
from pytest_prevention.sources.scan.reader import scan
from pytest_prevention.sources.scan.tree import python_files

MARKED = 'import pytest\n@pytest.mark.incident("INC-001")\ndef test_a(): pass\n'


def make(root: Path, names: Iterable[str]) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(MARKED)


def collected(root: Path, rules: CollectionRules | None = None) -> list[str]:
    files, problems = python_files(root, rules or CollectionRules())
    assert problems == []
    return [file.name for file in files if file.never is None]


def test_without_testpaths_the_root_is_walked(tmp_path: Path) -> None:
    """Everything but hidden, built and vendored folders, and virtual environments of both kinds."""
    make(tmp_path, ["test_a.py", "b_test.py", "deep/er/test_c.py", "deep/c.py", "test.txt"])
    make(
        tmp_path,
        [f"{name}/test_x.py" for name in (".tox", "build", "dist", "venv", "node_modules", "a.egg", "__pycache__")],
    )
    make(tmp_path, ["env/test_x.py", "conda/test_x.py", "env/pyvenv.cfg", "conda/conda-meta/history"])
    assert collected(tmp_path) == ["b_test.py", "deep/er/test_c.py", "test_a.py"]


@pytest.mark.parametrize(
    ("testpaths", "expected"),
    [
        (("tests",), ["tests/test_a.py"]),
        (("tests", "more"), ["more/test_b.py", "tests/test_a.py"]),
        (("t*", "tests/"), ["tests/test_a.py"]),
        (("**/more",), ["more/test_b.py"]),
        (("checks.py",), ["checks.py"]),
        (("build",), ["build/test_c.py"]),
        (("nowhere",), ["more/test_b.py", "tests/test_a.py"]),
        (("../outside",), []),
        (("../outside/test_z.py",), []),
        (("nul\0/*",), ["more/test_b.py", "tests/test_a.py"]),
    ],
)
def test_testpaths_are_globs_from_the_root(tmp_path: Path, testpaths: tuple[str, ...], expected: list[str]) -> None:
    """A folder or file that is named is taken whatever its name; where nothing is found, pytest walks the root."""
    make(tmp_path, ["outside/test_z.py"])
    root = tmp_path / "root"
    make(root, ["tests/test_a.py", "more/test_b.py", "build/test_c.py", "checks.py"])
    assert collected(root, CollectionRules(testpaths=testpaths)) == expected


def test_an_absolute_entry_of_testpaths_below_the_root(tmp_path: Path) -> None:
    """An absolute path is as good as a relative one."""
    make(tmp_path, ["tests/test_a.py", "test_b.py"])
    assert collected(tmp_path, CollectionRules(testpaths=(str(tmp_path / "tests"),))) == ["tests/test_a.py"]


def test_outside_testpaths_what_looks_like_a_test_is_listed_as_never_collected(tmp_path: Path) -> None:
    """Tests and conftest.py, but not the product, and not what belongs to a project within the project."""
    make(tmp_path, ["tests/test_a.py", "conftest.py", "shop/orders.py", "shop/test_b.py"])
    make(tmp_path, ["examples/one/test_c.py", "examples/one/pyproject.toml", "examples/one/deep/test_d.py"])
    files, _ = python_files(tmp_path, CollectionRules(testpaths=("tests",)))
    assert [file.name for file in files if file.never] == ["conftest.py", "shop/test_b.py"]


def test_links_are_followed_inside_the_root_and_end(tmp_path: Path) -> None:
    """A folder that is linked into the tree is read there; loops and links out of the root are not followed."""
    make(tmp_path, ["outside/test_z.py"])
    root = tmp_path / "root"
    make(root, ["tests/test_a.py", "shared/test_b.py"])
    (root / "tests/shared").symlink_to(root / "shared")
    (root / "tests/loop").symlink_to(root / "tests")
    (root / "tests/up").symlink_to(root)
    (root / "tests/outside").symlink_to(tmp_path / "outside")
    (root / "tests/self").symlink_to("self")
    (root / "tests/test_self.py").symlink_to("test_self.py")
    (root / "tests/test_gone.py").symlink_to("gone.py")
    assert collected(root, CollectionRules(testpaths=("tests",))) == ["tests/shared/test_b.py", "tests/test_a.py"]
    assert collected(root) == ["shared/test_b.py", "tests/test_a.py"]


def test_a_folder_with_several_links_to_it_is_read_under_the_first(tmp_path: Path) -> None:
    """Which name a test gets does not hang on the order in which the system lists a folder."""
    make(tmp_path, ["shared/test_a.py"])
    (tmp_path / "tests").mkdir()
    for name in "gdbfaec":
        (tmp_path / "tests" / name).symlink_to(tmp_path / "shared")
    assert collected(tmp_path, CollectionRules(testpaths=("tests",))) == ["tests/a/test_a.py"]


def test_a_root_that_is_a_link(tmp_path: Path) -> None:
    """The names are the same from whichever side one comes."""
    make(tmp_path / "real", ["tests/test_a.py"])
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert collected(tmp_path / "link") == ["tests/test_a.py"]
    assert len(scan(tmp_path / "link", CollectionRules(), []).links) == 1


def test_patterns_with_a_slash_see_the_whole_path(tmp_path: Path) -> None:
    """python_files and norecursedirs may name folders too."""
    make(tmp_path, ["unit/a.py", "unit/slow/a.py", "other/a.py"])
    rules = CollectionRules(python_files=("unit/*.py",), norecursedirs=("unit/slow",))
    assert collected(tmp_path, rules) == ["unit/a.py"]


@pytest.mark.parametrize(
    "name", ["test_\n.py", "test_'\".py", "test_ :: [x].py", "test_\ud800\udcff.py", "test_é\u202e.py"]
)
def test_odd_file_names_survive(tmp_path: Path, name: str) -> None:
    """A node id has the bytes of the name as the system gives them; the place that people see is text."""
    path = tmp_path / os.fsdecode(name.encode("utf-8", "surrogatepass"))
    path.write_text(MARKED + "@pytest.mark.incident()\ndef test_b(): pass\n")
    found = scan(tmp_path, CollectionRules(), [])
    (link,) = found.links
    assert link.nodeid == f"{path.name}::test_a"
    for place in (link.location.path, found.problems[0].location.path):
        place.encode("utf-8")


@pytest.mark.parametrize("name", ["helper_\udcff.py", "other/test_\udcff.py"])
def test_odd_names_are_escaped_in_messages(tmp_path: Path, name: str) -> None:
    """Whatever the problem, its words can be printed."""
    make(tmp_path, ["tests/test_a.py"])
    folder = "tests" if name.startswith("helper") else ""
    make(tmp_path / folder, [name])
    for problem in scan(tmp_path, CollectionRules(testpaths=("tests",)), []).problems:
        f"{problem.subject}{problem}".encode()


def test_what_is_no_file_is_no_test(tmp_path: Path) -> None:
    """Folders and pipes may be called what they like."""
    (tmp_path / "test_folder.py").mkdir()
    os.mkfifo(tmp_path / "test_pipe.py")
    assert collected(tmp_path) == []


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    """Where there is no folder there are no tests."""
    assert collected(tmp_path / "gone") == []
