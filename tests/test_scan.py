"""Marks in the test tree: where they stand, what is wrong with them, and what never reaches a test."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model import Links, Problem
from pytest_prevention.sources.pytest_config import CollectionRules
from pytest_prevention.sources.scan.reader import scan

MARKED = 'import pytest\n@pytest.mark.incident("INC-001")\ndef test_a(): assert 1 + x\n'


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def scanned(root: Path, files: Mapping[str, str | bytes], rules: CollectionRules | None = None) -> Links:
    write(root, files)
    return scan(root, rules or CollectionRules(), [])


def only_problem(links: Links) -> Problem:
    """The one problem, where there is no link."""
    assert links.links == ()
    (problem,) = links.problems
    return problem


# -- links


def test_a_link_says_where_its_mark_stands(tmp_path: Path) -> None:
    """Node ids are posix and relative to the root; the place is line and column of the mark."""
    (link,) = scanned(tmp_path, {"tests/deep/test_a.py": MARKED}).links
    assert (link.nodeid, str(link.location)) == ("tests/deep/test_a.py::test_a", "tests/deep/test_a.py:2:2")
    assert (link.incident, link.origin, link.action, link.asserts) == ("INC-001", "mark", None, True)


def test_columns_count_characters(tmp_path: Path) -> None:
    """A column is what an editor shows, not a number of bytes."""
    text = 'import pytest\n"äöü"; pytestmark = pytest.mark.incident("INC-001")\ndef test_a(): pass\n'
    (link,) = scanned(tmp_path, {"test_a.py": text}).links
    assert (link.location.line, link.location.column) == (2, 21)


def test_the_mark_of_an_alias_stands_where_it_is_used(tmp_path: Path) -> None:
    """A mark that has a name is linked from the line of the test, not from the line that gives the name."""
    text = 'import pytest\nGUARD = pytest.mark.incident("INC-001")\n\n@GUARD\ndef test_a(): pass\n'
    (link,) = scanned(tmp_path, {"test_a.py": text}).links
    assert (link.location.line, link.location.column) == (4, 2)


def test_of_marks_that_say_the_same_the_nearest_counts(tmp_path: Path) -> None:
    """Function before class before module: one link, at the place that a reader would change."""
    text = """
import pytest
pytestmark = pytest.mark.incident("INC-001")
@pytest.mark.incident("INC-001")
class TestX:
    @pytest.mark.incident("INC-001")
    def test_a(self): pass
    def test_b(self): pass
def test_c(): pass
"""
    lines = {link.nodeid: link.location.line for link in scanned(tmp_path, {"test_a.py": text}).links}
    assert lines == {"test_a.py::TestX::test_a": 6, "test_a.py::TestX::test_b": 4, "test_a.py::test_c": 3}


def test_a_marked_class_with_unknown_bases_is_linked_as_a_whole(tmp_path: Path) -> None:
    """Tests that come from a class out of sight are covered by the class's own node id."""
    text = 'import pytest\nfrom vendor import Base\n@pytest.mark.incident("INC-001")\nclass TestX(Base): pass\n'
    (link,) = scanned(tmp_path, {"test_a.py": text}).links
    assert (link.nodeid, link.asserts) == ("test_a.py::TestX", None)


def test_a_class_from_a_foreign_test_case_is_taken_for_a_unittest(tmp_path: Path) -> None:
    """Whatever is called TestCase is collected whatever its subclass is called."""
    text = """
import pytest
from django.test import TransactionTestCase
class Orders(TransactionTestCase):
    @pytest.mark.incident("INC-001")
    def test_a(self): self.assertTrue(self.x)
"""
    (link,) = scanned(tmp_path, {"test_a.py": text}).links
    assert (link.nodeid, link.asserts) == ("test_a.py::Orders::test_a", True)


def test_links_come_in_a_stable_order(tmp_path: Path) -> None:
    """By incident, then node id, whatever the order in which files are read."""
    mark = '@pytest.mark.incident("INC-00{}")\ndef test_{}(): pass\n'
    files = {
        f"{folder}/test_x.py": "import pytest\n" + mark.format(2, "b") + mark.format(1, "a")
        for folder in ("b", "a", "c")
    }
    found = scanned(tmp_path, files)
    assert [(link.incident, link.nodeid) for link in found.links] == sorted(
        (link.incident, link.nodeid) for link in found.links
    )
    assert len(found.links) == 6
    assert scan(tmp_path, CollectionRules(), []) == found


def test_nothing_is_imported_or_run(tmp_path: Path) -> None:
    """A test file that would end the process is read like any other."""
    text = MARKED + 'import os\nos._exit(7)\nopen("run", "w")\n'
    assert len(scanned(tmp_path, {"test_a.py": text, "conftest.py": "import os; os._exit(8)"}).links) == 1
    assert not (tmp_path / "run").exists()


def test_more_files_than_are_held_at_a_time(tmp_path: Path) -> None:
    """A base class is found whatever lies between it and the test that inherits from it."""
    files = {f"tests/test_{n:03}.py": MARKED for n in range(100)}
    files["tests/base.py"] = (
        'import pytest\nclass Base:\n    @pytest.mark.incident("INC-002")\n    def test_b(self): pass\n'
    )
    files["tests/test_zzz.py"] = "from base import Base\nclass TestB(Base): pass\n"
    found = scanned(tmp_path, files)
    assert found.problems == ()
    assert len(found.links) == 101
    assert [link.nodeid for link in found.of("INC-002")] == ["tests/test_zzz.py::TestB::test_b"]


@pytest.mark.parametrize(
    "circle",
    [
        "M = [M, N]",
        "M = [O, N]\nO = [M]",
        "M = N\ntest_b = test_c\ntest_c = test_b",
        "M = N\nclass TestA(TestA): x",
        "M = N\nclass TestA:\n    TestB = TestA",
    ],
)
def test_names_that_lead_in_circles_come_to_an_end(tmp_path: Path, circle: str) -> None:
    """What refers to itself adds nothing, and takes nothing away."""
    text = f'import pytest\nN = pytest.mark.incident("INC-001")\n{circle}\n@M\ndef test_a(): pass\n'
    found = scanned(tmp_path, {"test_a.py": text + "pytestmark = N\n"})
    assert found.problems == ()
    assert {link.nodeid for link in found.links} >= {"test_a.py::test_a"}


def test_an_import_from_above_the_root_leads_nowhere(tmp_path: Path) -> None:
    """A base that cannot be one of ours is unknown, whatever lies at the root under the same name."""
    text = 'import pytest\nfrom ...base import Base\n@pytest.mark.incident("INC-001")\nclass TestA(Base): pass\n'
    found = scanned(tmp_path, {"tests/test_a.py": text, "base.py": "class Base:\n    def test_b(self): pass\n"})
    assert [link.nodeid for link in found.links] == ["tests/test_a.py::TestA"]


# -- marks that are malformed


@pytest.mark.parametrize(
    ("mark", "message", "hint"),
    [
        ("pytest.mark.incident", "names no incident", "INC-001"),
        ("pytest.mark.incident()", "names no incident", "INC-001"),
        ("pytest.mark.incident(action=3)", "names no incident", "INC-001"),
        ('pytest.mark.incident(["INC-004", "INC-005"])', "not list", '"INC-004", "INC-005"'),
        ('pytest.mark.incident("inc-001 ")', "did you mean 'INC-001'?", '"INC-001"'),
        ('pytest.mark.incident("")', "''", "INC-001"),
        ('pytest.mark.incident("INC 001")', "'INC 001'", "INC-001"),
        ('pytest.mark.incident(b"INC-001")', "not bytes", "INC-001"),
        ("pytest.mark.incident(1)", "not int", "INC-001"),
        ('pytest.mark.incident("INC-002", incident="INC-003")', "no argument 'incident'", '"INC-002", "INC-003"'),
        ('pytest.mark.incident("INC-002", action=0)', "not 0", "INC-002"),
        ('pytest.mark.incident("INC-002", action=-1)', "not -1", "INC-002"),
        ('pytest.mark.incident("INC-002", action="1")', "not '1'", "INC-002"),
        ('pytest.mark.incident("INC-002", action=True)', "not True", "INC-002"),
        ('pytest.mark.incident(*["INC-002"])', "not as *", "INC-002"),
        ('pytest.mark.incident("INC-002", **{"action": 1})', "not as **", "INC-002"),
        ('pytest.mark.incident(f"INC-{1}")', "not a literal: write the id as a string", "INC-001"),
        ("pytest.mark.incident(unknown)", "not a literal", "INC-001"),
        ("pytest.mark.incident(TWICE)", "not a literal", "INC-001"),
        ('pytest.mark.incident("INC-002", action=unknown)', "not a literal", "INC-002"),
        ('pytest.mark.incident.with_args("INC-002")', "names no incident", "INC-001"),
    ],
)
def test_a_malformed_mark_is_no_link_and_is_told(tmp_path: Path, mark: str, message: str, hint: str) -> None:
    """Each wrong shape is one problem with its place, what is wrong, and the mark to write instead."""
    names = 'TWICE = "INC-1"\nif unknown: TWICE = "INC-2"\n'
    text = f"import pytest\n{names}@{mark}\ndef test_a(): pass\n"
    problem = only_problem(scanned(tmp_path, {"tests/test_a.py": text}))
    assert (problem.kind, str(problem.location)) == ("mark-malformed", "tests/test_a.py:4:2")
    assert problem.message.startswith("The incident mark ")
    assert message in problem.message
    assert hint in problem.hint


def test_a_malformed_mark_is_told_once(tmp_path: Path) -> None:
    """However many tests carry it, and however many classes inherit it."""
    text = """
import pytest
pytestmark = pytest.mark.incident
BAD = pytest.mark.incident()
class TestA:
    @pytest.mark.incident([])
    @BAD
    def test_a(self): pass
    @BAD
    def test_b(self): pass
class TestB(TestA): pass
"""
    found = scanned(tmp_path, {"test_a.py": text})
    assert found.links == ()
    assert [problem.location.line for problem in found.problems] == [3, 4, 6]


# -- marks that no test carries

NEVER: Mapping[str, tuple[str, str, str]] = {
    "name of the function": ("@M\ndef check_a(): pass", "check_a", "not matched by python_functions (test)"),
    "name of the class": ("@M\nclass Orders:\n    def test_a(self): pass", "Orders", "python_classes (Test)"),
    "method of such a class": ("class Orders:\n    @M\n    def test_a(self): pass", "Orders::test_a", "python_classes"),
    "init": ("@M\nclass TestA:\n    def __init__(self): pass\n    def test_a(self): pass", "TestA", "__init__ method"),
    "new": ("@M\nclass TestA:\n    def __new__(cls): pass\n    def test_a(self): pass", "TestA", "__new__ method"),
    "inherited init": (
        "class Base:\n    def __init__(self): pass\n@M\nclass TestA(Base):\n    def test_a(self): pass",
        "TestA",
        "__init__ method",
    ),
    "dataclass": (
        "import dataclasses\n@M\n@dataclasses.dataclass(frozen=True)\nclass TestA:\n    def test_a(self): pass",
        "TestA",
        "__init__ method",
    ),
    "shadowed function": ("@M\ndef test_a(): pass\n\ndef test_a(): pass", "test_a", "line 6 replaces test_a"),
    "shadowed class": ("@M\nclass TestA:\n    def test_a(self): pass\nclass TestA: pass", "TestA", "line 6 replaces"),
    "in a shadowed class": (
        "class TestA:\n    @M\n    def test_a(self): pass\nclass TestA: pass",
        "TestA::test_a",
        "line 6 replaces TestA",
    ),
    "assigned over": ("@M\ndef test_a(): pass\ntest_a = None", "test_a", "line 5 replaces"),
    "replaced within a with": (
        "@M\ndef test_a(): pass\nwith x:\n    def test_a(): pass",
        "test_a",
        "line 6 replaces test_a",
    ),
    "imported over": ("@M\ndef test_a(): pass\nfrom vendor import test_a", "test_a", "line 5 replaces"),
    "deleted": ("@M\ndef test_a(): pass\ndel test_a", "test_a", "line 5 replaces"),
    "switched off": (
        "@M\nclass TestA:\n    __test__ = False\n    def test_a(self): pass",
        "TestA",
        "__test__ is false",
    ),
    "function switched off": ("@M\ndef test_a(): pass\ntest_a.__test__ = False", "test_a", "__test__ is false"),
    "nested": ("def test_a():\n    @M\n    def inner(): pass", "test_a::inner", "defined inside a function"),
    "fixture": ("@M\n@pytest.fixture\ndef test_a(): pass", "test_a", "is a fixture"),
    "fixture with arguments": (
        "from pytest import fixture\n@M\n@fixture(scope='module')\ndef a(): pass",
        "a",
        "fixture",
    ),
    "class without tests": ("@M\nclass TestA:\n    def helper(self): pass", "TestA", "TestA holds no test"),
    "abstract": (
        "from abc import ABC, abstractmethod\n@M\nclass TestA(ABC):\n    @abstractmethod\n    def x(self): ...\n"
        "    def test_a(self): pass",
        "TestA",
        "is abstract",
    ),
    "unittest method": (
        "import unittest\nclass A(unittest.TestCase):\n    @M\n    def check(self): pass",
        "A::check",
        "does not start with test",
    ),
    "class in a unittest": (
        "import unittest\nclass A(unittest.TestCase):\n    @M\n    class TestB:\n        def test_a(self): pass",
        "A::TestB",
        "collects methods only",
    ),
    "function in a module switched off": ("__test__ = False\n@M\ndef test_a(): pass", "test_a", "false in this file"),
    "module without tests": ("pytestmark = M", "", "the file holds no test"),
    "module switched off": ("__test__ = False\npytestmark = M\ndef test_a(): pass", "", "the file holds no test"),
}


@pytest.mark.parametrize("case", NEVER)
def test_a_mark_that_no_test_carries_is_told_with_the_reason(tmp_path: Path, case: str) -> None:
    """A mark out of pytest's reach gives no link but a problem: where it stands, on what, and why."""
    body, name, why = NEVER[case]
    text = f'import pytest; M = pytest.mark.incident("INC-001")\n\n{body}\n'
    problem = only_problem(scanned(tmp_path, {"test_x.py": text}))
    assert problem.kind == "link-never-collected"
    assert problem.subject == (f"test_x.py::{name}" if name else "test_x.py")
    assert problem.message.startswith("No test carries this incident mark: ")
    assert why in problem.message
    assert problem.hint
    lines = text.splitlines()
    assert "M" in lines[problem.location.line - 1][problem.location.column - 1 :]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("tests/orders.py", "not matched by python_files (test_*.py, *_test.py)"),
        ("tests/conftest.py", "a conftest.py is no test module"),
        ("tests/__init__.py", "__init__.py of a package is no test module"),
        ("other/test_orders.py", "lies outside testpaths (tests)"),
        ("conftest.py", "lies outside testpaths (tests)"),
    ],
)
def test_a_mark_in_a_file_that_is_not_collected_is_told(tmp_path: Path, name: str, why: str) -> None:
    """The file decides first: no mark in it reaches a test."""
    text = 'import pytest\npytestmark = pytest.mark.incident("INC-001")\ndef test_a(): pass\n'
    (tmp_path / "tests").mkdir()
    problem = only_problem(scanned(tmp_path, {name: text}, CollectionRules(testpaths=("tests",))))
    assert (problem.kind, problem.subject) == ("link-never-collected", name)
    assert why in problem.message


def test_a_mark_that_another_file_inherits_is_used(tmp_path: Path) -> None:
    """A base class in a helper file is fine as long as some test class inherits from it, and told where none does."""
    base = 'import pytest\nclass Base:\n    @pytest.mark.incident("INC-001")\n    def test_a(self): pass\n'
    files = {"tests/contract.py": base, "tests/test_a.py": "from contract import Base\nclass TestA(Base): pass\n"}
    found = scanned(tmp_path, files)
    assert found.problems == ()
    assert [link.nodeid for link in found.links] == ["tests/test_a.py::TestA::test_a"]
    assert found.links[0].location.path == "tests/contract.py"
    (tmp_path / "tests/test_a.py").write_text("from contract import Base\n")
    assert "not matched by python_files" in only_problem(scan(tmp_path, CollectionRules(), [])).message


def test_what_is_decorated_with_something_else_is_no_business_of_ours(tmp_path: Path) -> None:
    """Other marks, other people's functions called incident, and marks that are added while a test runs."""
    text = """
import pytest
from shop import incident
@incident("INC-001")
@pytest.mark.slow
@pytest.mark.skipif(incident, reason="mark")
def test_a(request):
    request.node.add_marker(pytest.mark.incident("INC-002"))
    request.applymarker(pytest.mark.incident)
"""
    assert scanned(tmp_path, {"test_a.py": text}) == Links()


def test_overloads_setters_and_registrations_shadow_nothing(tmp_path: Path) -> None:
    """Definitions that share a name on purpose are no shadows."""
    text = """
import functools, pytest, typing
M = pytest.mark.incident("INC-001")
@M
@typing.overload
def test_a(): ...
def test_a(): pass
@M
@functools.singledispatch
def test_b(x=1): pass
@test_b.register
def test_b(x: int = 1): pass
class TestC:
    @M
    def test_c(self): pass
    @test_c.setter
    def test_c(self): pass
"""
    found = scanned(tmp_path, {"test_a.py": text})
    assert found.problems == ()
    assert {link.nodeid for link in found.links} == {
        "test_a.py::test_a",
        "test_a.py::test_b",
        "test_a.py::TestC::test_c",
    }


# -- files that cannot be read

UNREADABLE: Mapping[str, tuple[bytes, str]] = {
    "syntax error": (b"# mark.incident\ndef test_a(:\n", ":2"),
    "null byte": (b"# mark.incident\nx = '\0'\n", ""),
    "not utf-8": (b"# mark.incident\nx = '\xff'\n", ""),
    "unknown encoding": (b"# coding: nonsense\n# mark.incident\n", ""),
    "not an encoding of text": (b"# coding: rot13\n# mark.incident\n", ""),
    "parentheses": (b"# mark.incident\nx = " + b"(" * 5000, ""),
    "attributes": (b"# mark.incident\nx = a" + b".b" * 50_000, ""),
    "unary": (b"# mark.incident\nx = " + b"-" * 50_000 + b"1", ""),
    "branches": (b"# mark.incident\nif a: pass\n" + b"elif b: pass\n" * 5000, ""),
    "names": (
        b"import pytest\n@a0\ndef test_a(): pass\n"
        + b"".join(b"a%d = [a%d]\n" % (n, n + 1) for n in range(2000))
        + b"a2000 = pytest.mark.incident('INC-001')\n",
        "",
    ),
    "huge": (b"# mark.incident\n" + b"\n" * (8 * 1024 * 1024), ""),
}


def test_a_file_that_cannot_hold_a_mark_is_not_even_parsed(tmp_path: Path) -> None:
    """Rays are incident on a plane, and a question mark is none of ours; a line end within a mark is."""
    words = "# the incident ray, marked by an arrow\ndef test_a(:\n"
    assert scanned(tmp_path, {"test_a.py": words}).problems == ()
    broken = "import pytest\n@(pytest.mark\n  .  \\\n  incident('INC-001'))\ndef test_b(): pass\n"
    assert [link.nodeid for link in scanned(tmp_path, {"test_b.py": broken}).links] == ["test_b.py::test_b"]


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read_is_told_as_not_checked(tmp_path: Path, case: str) -> None:
    """A test file that holds the word and cannot be parsed is one problem that says so; never a traceback."""
    data, line = UNREADABLE[case]
    problem = only_problem(scanned(tmp_path, {"test_a.py": data}))
    assert problem.kind == "mark-malformed"
    assert "not checked" in problem.message
    assert str(problem.location).startswith(f"test_a.py{line}")


def test_thousands_of_classes_in_a_row_are_read(tmp_path: Path) -> None:
    """A chain of bases longer than anybody writes is followed for 200 classes, and costs no more than as many."""
    chain = "".join(f"class TestA{n}(TestA{n - 1}): pass\n" for n in range(1, 2000))
    text = f"import pytest\nclass TestA0:\n    @pytest.mark.incident('INC-001')\n    def test_a(self): pass\n{chain}"
    nodeids = {link.nodeid for link in scanned(tmp_path, {"test_a.py": text}).links}
    assert nodeids == {f"test_a.py::TestA{n}::test_a" for n in range(200)}


def test_a_file_of_no_interest_is_not_parsed(tmp_path: Path) -> None:
    """A broken file without marks, or one that is no test, is not our business."""
    files = {"test_a.py": b"def (", "template.py": b"# incident mark\ndef {{ name }}(:"}
    assert scanned(tmp_path, files) == Links()


def test_warnings_about_other_peoples_code_stay_silent(tmp_path: Path) -> None:
    """What Python says of the code in test files is said when pytest runs them, not by us."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scanned(tmp_path, {"test_a.py": MARKED + 'x = "\\d"\nassert (1, "always true")\ny = 1 is 2\n'})
    assert caught == []


def test_a_test_that_is_a_link_out_of_the_repository_is_told(tmp_path: Path) -> None:
    """What lies outside is not read, and not passed over in silence."""
    write(tmp_path, {"outside.py": MARKED, "repo/test_a.py": "", "repo/other.py": ""})
    for name in ("test_link.py", "helper.py"):
        (tmp_path / "repo" / name).symlink_to(tmp_path / "outside.py")
    problem = only_problem(scan(tmp_path / "repo", CollectionRules(), []))
    assert problem.location.path == "test_link.py"
    assert "symbolic link out of the repository" in problem.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_or_folder_is_told(tmp_path: Path) -> None:
    """What the system does not let us read is a problem, not a silence."""
    write(tmp_path, {"a/test_a.py": MARKED, "b/test_b.py": MARKED})
    (tmp_path / "a/test_a.py").chmod(0)
    (tmp_path / "b").chmod(0)
    try:
        found = scan(tmp_path, CollectionRules(), [])
    finally:
        (tmp_path / "b").chmod(0o755)
    assert [problem.location.path for problem in found.problems] == ["a/test_a.py", "b"]


@given(st.binary(max_size=200))
def test_any_bytes_give_links_or_problems(data: bytes) -> None:
    """Whatever stands in a test file: links or problems, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_a.py").write_bytes(b"# incident mark\n" + data)
        assert isinstance(scan(Path(folder), CollectionRules(), []), Links)


STATEMENTS = (
    "@pytest.mark.incident\ndef test_a(): pass",
    "@pytest.mark.incident('INC-1')\nasync def test_a(test_a, *, x=test_a): await test_a()",
    "@M\n@M()\n@M.x\n@M[0]\nclass TestA(TestA, *TestA, metaclass=M): test_a = test_a",
    "class TestB(TestA, TestA):\n    pytestmark = pytestmark\n    @pytestmark\n    def test_b(self): self.test_b()",
    "class TestA(TestB, test_a.TestA):\n    class TestA(TestA): test_a = M",
    "class TestA(TestCase):\n    def runTest(self): self.fail()",
    "M = pytest.mark.incident('INC-1')",
    "M = M",
    "M: M",
    "pytestmark = [M, *pytestmark, pytest.mark.incident(M)]",
    "pytestmark += [pytest.mark.incident(*M, **M)]",
    "test_a = test_b = lambda: test_a()()",
    "test_a, (TestA, *M) = M",
    "def test_b():\n    @M\n    def incident(): raise test_b\n    with M: assert M\n    incident(); M.x(); x()()[0]()",
    "del test_a, M.x, M[0]",
    "test_a.__test__ = False",
    "__test__ = M",
    "from . import *",
    "from . import test_a, M",
    "from .test_a import TestA, M as pytest",
    "from .... import M",
    "import test_a, test_a.x as TestA",
    "import pytest as M",
    "if M:\n    M = 1\nelse:\n    def test_a(): assert True",
    "try: pass\nexcept M as M: M = 2\nfinally: import M",
    "for M in M:\n    class TestA(M): pass",
    "match M:\n    case M: test_a = 1",
)


@given(st.lists(st.sampled_from(STATEMENTS), max_size=12))
def test_any_statements_give_links_or_problems(statements: list[str]) -> None:
    """The same for files that can be parsed, and in which everything refers to everything, itself included."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_a.py").write_text("\n".join(["import pytest  # incident", *statements]))
        links = scan(Path(folder), CollectionRules(), [])
        assert not any("cannot be parsed" in problem.message for problem in links.problems)
