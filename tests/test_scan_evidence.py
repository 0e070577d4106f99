"""Node ids in the Evidence column: do they name tests that exist?"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model import Action, Evidence, Links, Location, Problem
from pytest_prevention.sources.pytest_config import CollectionRules
from pytest_prevention.sources.scan.reader import scan

ROW = Location("incidents/prevention-backlog.md", 7)

TESTS = """
import pytest, unittest
from vendor import Base, test_imported
from made import *

@pytest.mark.parametrize("n", [1, 2])
def test_params(n): assert n

def test_idle(): pass

def helper(): pass

def test_twice(): pass
def test_twice(): assert x

test_made = make()

class TestOrders:
    def test_total(self): assert self.x
    def test_lines(self): pass
    class TestInner:
        def test_deep(self): pass

class TestVendor(Base):
    def test_own(self): pass

class Orders(unittest.TestCase):
    def test_unit(self): self.fail()

class TestInit:
    def __init__(self): pass
    def test_a(self): pass
"""


def action(*nodeids: str) -> Action:
    evidence = tuple(Evidence("test", nodeid) for nodeid in nodeids)
    return Action(key="INC-001#3", incident="INC-001", number=3, text="Add a test", location=ROW, evidence=evidence)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "tests/test_orders.py": TESTS,
        "tests/test_closed.py": TESTS.replace("from made import *\n", ""),
        "tests/test_empty.py": "import os\n",
        "tests/test_off.py": "__test__ = False\ndef test_a(): pass\n",
        "tests/test_broken.py": "x = 1\ndef (\n",
        "src/shop/orders.py": "def total(): '>>> total()'\n",
        "tests/test_same.py": "def test_same(): assert x\n",
        "docs/guide.rst": ">>> 1\n1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def looked_up(root: Path, *nodeids: str) -> Links:
    return scan(root, CollectionRules(), [action(*nodeids)])


@pytest.mark.parametrize(
    ("nodeid", "asserts"),
    [
        ("tests/test_closed.py::test_params", True),
        ("tests/test_closed.py::test_params[1]", True),
        ("tests/test_closed.py::test_params[a::b]", True),
        ("tests/test_closed.py::test_idle", False),
        ("tests/test_closed.py::test_twice", True),
        ("tests/test_closed.py::test_imported", None),
        ("tests/test_closed.py::test_made", None),
        ("tests/test_closed.py::TestOrders", True),
        ("tests/test_closed.py::TestOrders::test_lines", False),
        ("tests/test_closed.py::TestOrders::TestInner", False),
        ("tests/test_closed.py::TestOrders::TestInner::test_deep", False),
        ("tests/test_closed.py::TestVendor::test_own", False),
        ("tests/test_closed.py::TestVendor::test_inherited", None),
        ("tests/test_closed.py::Orders::test_unit", True),
        ("tests/test_closed.py", True),
        ("tests/test_orders.py::test_from_star", None),
        ("tests/test_same.py::test_same", True),
        ("src/shop/orders.py::shop.orders.total", None),
        ("src/shop/orders.py::orders", None),
        ("docs/guide.rst::guide.rst", None),
        ("docs/guide.rst", None),
    ],
)
def test_a_node_id_that_exists_is_a_link(root: Path, nodeid: str, asserts: bool | None) -> None:
    """The link stands at the row, for its action; parameters and what is out of sight are taken on trust."""
    found = looked_up(root, nodeid)
    assert found.problems == ()
    (link,) = found.links
    assert (link.incident, link.action, link.nodeid, link.origin) == ("INC-001", 3, nodeid, "evidence")
    assert (link.location, link.asserts) == (ROW, asserts)


def test_detours_in_the_path_are_left_out(root: Path) -> None:
    """The link has the node id as pytest spells it, so that it is found among those that ran."""
    (link,) = looked_up(root, "./tests//../tests/test_closed.py::test_idle").links
    assert link.nodeid == "tests/test_closed.py::test_idle"


@pytest.mark.parametrize(
    ("nodeid", "message", "hint"),
    [
        (
            "tests/test_order.py::test_idle",
            "there is no file tests/test_order.py",
            "did you mean tests/test_orders.py?",
        ),
        ("unit/test_empty.py::test_a", "there is no file", "did you mean tests/test_empty.py?"),
        ("nothing/like/it.py::test_a", "there is no file", "name a test that is there"),
        ("tests/test_closed.py::test_idel", "there is no test_idel in tests/test_closed.py", "did you mean test_idle?"),
        ("tests/test_closed.py::TestOrders::test_sum", "there is no test_sum in TestOrders", "name a test"),
        ("tests/test_closed.py::TestOrders::test_totl", "there is no test_totl", "did you mean test_total?"),
        ("tests/test_closed.py::test_idle::test_x", "there is no test_x in test_idle", "name a test"),
        ("tests/test_closed.py::helper", "the function name helper is not matched", "rename it to test_helper"),
        ("tests/test_closed.py::TestInit::test_a", "TestInit has an __init__ method", "fixture"),
        ("tests/test_empty.py", "there is no test in it", "name a test"),
        ("tests/test_empty.py::test_empty", "there is no test_empty in tests/test_empty.py", "name a test"),
        ("tests/test_empty.py::tests.test_empty", "there is no tests.test_empty in tests/test_empty.py", "name a test"),
        ("tests/test_off.py::test_a", "__test__ is false in this file", "delete that line"),
        ("tests/test_broken.py::test_a", "tests/test_broken.py:2 cannot be parsed (invalid syntax)", "valid Python"),
        ("../elsewhere/test_a.py::test_a", "it lies outside the repository", "as pytest prints it"),
        ("tests/../../x/test_a.py::test_a", "it lies outside the repository", "as pytest prints it"),
        ("/etc/passwd::test_a", "it lies outside the repository", "as pytest prints it"),
        (
            "tests\\test_closed.py::test_idle",
            "there is no file tests\\test_closed.py",
            "did you mean tests/test_closed.py",
        ),
        ("tests::test_idle", "there is no file tests", "name a test"),
        ("::test_idle", "there is no file", "name a test"),
        ("tests/test_\0.py::test_idle", "there is no file", "did you mean"),
    ],
)
def test_a_node_id_that_names_no_test_is_told_at_the_row(root: Path, nodeid: str, message: str, hint: str) -> None:
    """A link to nothing is a problem of the action, with the reason and the next step."""
    found = looked_up(root, nodeid)
    assert found.links == ()
    (problem,) = found.problems
    assert (problem.kind, problem.subject, problem.location) == ("link-never-collected", "INC-001#3", ROW)
    assert problem.message.startswith(f"Evidence names {nodeid}: ")
    assert message in problem.message
    assert hint in problem.hint


def test_a_file_that_leads_out_of_the_repository_is_not_read(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A symbolic link in the tree does not let a row name a test elsewhere."""
    outside = tmp_path_factory.mktemp("outside") / "test_a.py"
    outside.write_text("def test_a(): pass\n")
    (root / "tests/test_link.py").symlink_to(outside)
    problems = looked_up(root, "tests/test_link.py::test_a").problems
    assert any(
        isinstance(p, Problem) and p.subject == "INC-001#3" and "out of the repository" in p.message for p in problems
    )


def test_a_file_that_is_nested_too_deeply_is_told(root: Path) -> None:
    """Where a test cannot be looked up the row says so; there is no traceback."""
    names = "".join(f"a{n} = [a{n + 1}]\n" for n in range(2000))
    (root / "tests/test_deep.py").write_text(f"@a0\ndef test_a(): pass\n{names}a2000 = 1\n")
    (problem,) = looked_up(root, "tests/test_deep.py::test_a").problems
    assert (problem.subject, "nested too deeply" in problem.message) == ("INC-001#3", True)


def test_every_row_and_entry_counts(root: Path) -> None:
    """Several actions, several node ids in one cell: each gives its link or problem; other evidence is left alone."""
    two = action("tests/test_closed.py::test_idle", "tests/test_closed.py::nothing")
    other = Action(
        key="INC-002#1",
        incident="INC-002",
        number=1,
        text="x",
        location=ROW,
        evidence=(Evidence("test", "tests/test_closed.py::test_idle"), Evidence("file", "nowhere.md")),
    )
    found = scan(root, CollectionRules(), [two, other])
    assert [(link.incident, link.action) for link in found.links] == [("INC-001", 3), ("INC-002", 1)]
    assert [problem.subject for problem in found.problems] == ["INC-001#3"]


def test_a_test_may_lie_outside_the_test_tree(root: Path) -> None:
    """pytest runs a file that is named to it wherever it lies, so a row may name it."""
    (root / "checks.py").write_text("def test_a(): pass\n")
    found = scan(root, CollectionRules(testpaths=("tests",)), [action("checks.py::test_a")])
    assert [link.nodeid for link in found.links] == ["checks.py::test_a"]


@given(st.text(alphabet="abc./\\:[]\0\n~*test_é\ud800 ", max_size=30))
def test_any_text_is_a_link_or_a_problem(nodeid: str) -> None:
    """Whatever stands in the cell."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.py").write_text("def test_a(): pass\n")
        found = looked_up(Path(folder), nodeid, f"a.py::{nodeid}")
        assert 1 <= len(found.links) + len(found.problems) <= 2
