"""Which code is run in a proof: that of the tree, whatever is installed; what the tree lacks comes from there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_prevention.proving import lacks_a_module
from tests.proof_runs import PASSING, A, calls, made, nothing_left, one, ran  # noqa: F401

FIXED = {"shop/__init__.py": "", "shop/orders.py": "FIXED = True\n"}
BROKEN = {"shop/__init__.py": "", "shop/orders.py": "FIXED = False\n"}
LAZY = "def test_it():\n    from shop.orders import FIXED\n    assert FIXED\n"


def below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {folder + name: text for name, text in files.items()}


@pytest.mark.parametrize("folder", ["", "src/", "lib/"])
def test_the_tree_comes_first(tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another copy on the path, as an editable install puts one there, loses against the tree, in any layout."""
    monkeypatch.setenv("PYTHONPATH", str(made(tmp_path / "installed", FIXED)))
    tree = made(tmp_path / "tree", below(folder, BROKEN) | {A: LAZY})
    orders = f"{folder}shop/orders.py"
    result = ran(tree, watch=(orders, f"{folder}shop/gone.py"))
    assert calls(result) == {"test_it": "failed"}
    assert result.origins == {orders: str(tree / orders)}


def test_modules_below_src(tmp_path: Path) -> None:
    """What lies in ``src`` is importable, package or not, watched or not."""
    tests = "from shop.orders import FIXED\nimport script\n" + PASSING
    tree = made(tmp_path / "tree", {"src/shop/orders.py": "FIXED = True\n", "src/script.py": "", A: tests})
    assert calls(ran(tree)) == {"test_it": "passed"}
    result = ran(tree, watch=("src/shop/orders.py",))
    assert set(result.origins) == {"src/shop/orders.py"}


def test_node_ids_start_at_the_tree(tmp_path: Path) -> None:
    """An ini file beside the tests makes their folder pytest's root; node ids are relative to the tree all the same."""
    tree = made(tmp_path / "tree", {"tests/pytest.ini": "[pytest]\n", A: PASSING})
    assert one(ran(tree, f"{A}::test_it"), "test_it").nodeid == f"{A}::test_it"


def test_origins_of_what_is_no_package(tmp_path: Path) -> None:
    """A script is found by its file under whatever name it is loaded; another file of that name is not it."""
    tree = made(
        tmp_path / "tree",
        {
            "tools/queue.py": "",
            "tools/other.py": "",
            "one.py": "",
            A: "import queue, one, sys\nsys.path.append('tools')\nimport other\n" + PASSING,
        },
    )
    result = ran(tree, watch=("tools/queue.py", "tools/other.py", "one.py"))
    assert result.origins == {
        "one.py": str(tree / "one.py"),
        "tools/other.py": str(tree / "tools/other.py"),
    }


FINDER = """
import importlib.util, pathlib, sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        place = pathlib.Path(ROOT, *name.split("."))
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if name.startswith("shop") and file.is_file():
                return importlib.util.spec_from_file_location(name, file)
sys.meta_path.insert(0, Finder)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fixed package, installed with a finder of its own that comes first, as an editable one of meson-python."""
    folder = made(tmp_path / "installed", FIXED | {"shop/_version.py": "V = 3\n", "shop/added.py": ""})
    made(tmp_path / "site", {"sitecustomize.py": f"ROOT = {str(folder)!r}\n" + FINDER})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    return folder


def test_wrong_code_is_told(tmp_path: Path, installed: Path) -> None:
    """Where a finder of an editable install wins against the tree, the origin says which code was run."""
    result = ran(made(tmp_path / "tree", BROKEN | {A: LAZY}), watch=tuple(BROKEN))
    assert calls(result) == {"test_it": "passed"}
    assert result.origins == {name: str(installed / name) for name in FIXED}


OVERLAID = """
import subprocess, sys
from shop._version import V
from shop.orders import FIXED
def test_it(): assert FIXED
def test_generated(): assert V == 3
def test_added(): import shop.added
def test_other_process():
    code = "from shop.orders import FIXED; import sys; sys.exit(FIXED)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
"""


@pytest.mark.parametrize("by", ["finder", "path"])
def test_overlay(tmp_path: Path, installed: Path, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the overlay the tree's code is run, in other processes too; what was generated is still found.

    A file that the fix added is not there without the fix, though it is installed.
    """
    tree = made(tmp_path / "tree", below("src/", BROKEN) | {A: OVERLAID})
    if by == "path":
        monkeypatch.setenv("PYTHONPATH", str(installed))
    watch = (*below("src/", BROKEN), "src/shop/added.py")
    result = ran(tree, watch=watch, overlay=True)
    expected = {"test_it": "failed", "test_generated": "passed", "test_added": "failed", "test_other_process": "passed"}
    assert calls(result) == expected
    assert one(result, "test_added").kind == "ModuleNotFoundError"
    assert result.origins == {name: str(tree / name) for name in watch[:2]}


GENERATED = """
from shop import VERSION
from shop.orders import FIXED
from shop.fast import speed
def test_it(): assert FIXED
def test_generated(): assert (VERSION, speed) == (3, "c")
"""


@pytest.mark.parametrize("install", ["path file", "finder"])
def test_what_is_generated_comes_from_the_checkout(
    tmp_path: Path, install: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git has no version file and no built module. Without them the tree cannot be imported; the overlay finds them.

    The source is the tree's all the same, in the checkout of whoever works on it the bug is fixed.
    """
    source = "src/" if install == "finder" else ""
    start = {"shop/__init__.py": "from shop._version import VERSION\n"}
    checkout = tmp_path / "checkout"
    made(
        checkout, below(source, FIXED | start | {"shop/_version.py": "VERSION = 3\n", "shop/fast.py": "speed = 'c'\n"})
    )
    hook = f"ROOT = {str(checkout / source)!r}\n" + FINDER
    if install == "path file":
        made(tmp_path / "packages", {"shop.pth": str(checkout)})
        hook = f"import site\nsite.addsitedir({str(tmp_path / 'packages')!r})\n"
    made(tmp_path / "site", {"sitecustomize.py": hook})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    tree = made(tmp_path / "tree", below(source, BROKEN | start) | {A: GENERATED})
    watch = (f"{source}shop/orders.py", f"{source}shop/__init__.py")
    plain = ran(tree, watch=watch)
    if install == "path file":  # a finder of its own brings the checkout's code: that is told by the origins
        assert calls(plain) == {A: "failed"}
        assert lacks_a_module(plain)
    result = ran(tree, watch=watch, overlay=True)
    assert calls(result) == {"test_it": "failed", "test_generated": "passed"}
    assert result.origins == {path: str(tree / path) for path in watch}


def test_a_conftest_that_lacks_what_is_generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then pytest gives up before any test: that too is known for an import that failed, and rescued."""
    start = {"shop/__init__.py": "from shop._version import VERSION\n"}
    checkout = made(tmp_path / "checkout", FIXED | start | {"shop/_version.py": "VERSION = 3\n"})
    tree = made(tmp_path / "tree", BROKEN | start | {"conftest.py": "import shop\n", A: LAZY})
    monkeypatch.setenv("PYTHONPATH", str(checkout))
    plain = ran(tree, watch=("shop/orders.py",))
    assert lacks_a_module(plain)
    assert calls(ran(tree, watch=("shop/orders.py",), overlay=True)) == {"test_it": "failed"}
