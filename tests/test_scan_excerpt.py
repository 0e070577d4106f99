"""What is cut from a test file before it is parsed: nothing that could change the answer."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Collection
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model import Action, Evidence, Links, Location
from pytest_prevention.sources.pytest_config import CollectionRules
from pytest_prevention.sources.scan import library as test_library
from pytest_prevention.sources.scan.excerpt import excerpt
from pytest_prevention.sources.scan.reader import scan

MANY = "import pytest\n\n\n" + "".join(f"def test_{n}():\n    assert x == {n}\n\n\n" for n in range(9))
MARKED = '@pytest.mark.incident("INC-001")\ndef test_marked(): pass\n'


def defined(data: bytes, names: Collection[bytes] = ()) -> list[str]:
    """The functions and classes at the margin of what is kept."""
    tree = ast.parse(excerpt(data, names))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (MANY, []),
        (MANY + MARKED, ["test_marked"]),
        (MANY + '@pytest.mark.incident("INC-001")\nclass TestX:\n    def test_a(self): pass\n', ["TestX"]),
        (MANY + MARKED.replace("pass", "test_3()"), ["test_3", "test_marked"]),
        (MANY + MARKED.replace("pass", 'f"{test_3()}"'), ["test_3", "test_marked"]),
        (MANY + "def test_marked(): pass\n" + MARKED, ["test_marked", "test_marked"]),
        (MANY + 'M = pytest.mark.incident("A-1")\n@M\ndef test_marked(): pass\n', ["test_marked"]),
        (
            MANY + 'M: object = pytest.mark.incident("A-1")\nBOTH = [M]\n@BOTH\ndef test_marked(): pass\n',
            ["test_marked"],
        ),
        ("@M\ndef test_marked(): pass\n" + MANY + 'M = pytest.mark.incident("A-1")\n', ["test_marked"]),
        (
            MANY + f"class Base:\n    {MARKED.splitlines()[0]}\n    def test_a(self): pass\nclass TestB(Base): x\n",
            ["Base", "TestB"],
        ),
        (MANY + "x = '.incident'  # pytest.mark.incident\n", []),
    ],
)
def test_what_a_mark_needs_is_kept_and_the_rest_is_cut(text: str, kept: list[str]) -> None:
    """The marked, what it mentions, what mentions a name that carries the mark, and twins; not the other tests."""
    assert defined(text.encode()) == kept


@pytest.mark.parametrize(
    "text",
    [
        MANY + 'pytestmark = pytest.mark.incident("A-1")\n',
        MANY + 'M = pytest.mark.incident("A-1")\npytestmark = [M]\n',
        MANY + 'pytestmark = []\npytestmark += [pytest.mark.incident("A-1")]\n',
        MANY + 'M = N = pytest.mark.incident("A-1")\n',
        MANY + 'M, N = pytest.mark.incident("A-1"), 1\n',
        MANY + 'y = 1; M = pytest.mark.incident("A-1")\n',
        MANY + 'if x:\n    M = pytest.mark.incident("A-1")\n',
        MANY + "".join(f"a{n} = a{n + 1}\n" for n in range(20)) + 'a20 = pytest.mark.incident("A-1")\n',
        MANY + "def odd(\na=1): pass\n" + MARKED,
        MANY + "x = y + \\\nz\n" + MARKED,
        MANY + "\f\n" + MARKED,
        MANY.replace("\n", "\r") + MARKED,
        "# coding: shift_jis\n" + MANY + MARKED,
    ],
)
def test_where_a_cut_could_be_wrong_all_is_kept(text: str) -> None:
    """A mark that may reach any test, and a layout that hides where a statement ends."""
    assert excerpt(text.encode()) == text.encode()


def test_lines_stay_where_they_are() -> None:
    """What is kept stands on the same line as in the file."""
    lines = excerpt((MANY + MARKED).encode()).splitlines()
    assert lines.index(b"def test_marked(): pass") == (MANY + MARKED).splitlines().index("def test_marked(): pass")


def test_what_is_asked_for_by_name_is_kept() -> None:
    """The names of node ids, with what they need."""
    assert defined(MANY.encode(), [b"test_3", b"nothing"]) == ["test_3"]


SNIPPETS = (
    "def test_a(): assert x\n",
    "def test_b():\n    helper()\n    test_c()\n",
    "def helper(x=1):\n    return test_b\n",
    '@pytest.mark.incident("INC-1")\ndef test_a(): helper()\n',
    '@pytest.mark.incident("INC-2",\n  action=2,\n)\n# odd\n\nasync def test_c(\n    helper,\n) -> None: test_b()\n',
    "@M\n@keep(\n    1\n)\ndef test_d(): pass\n",
    "@pytest.mark.parametrize('x', CASES)\ndef test_e(x): pass\n",
    "@keep\nclass TestA(Base):\n    def test_f(self): self.helper()\n\n    @M\n    def test_g(self): pass\n",
    "class Base:\n    @pytest.mark.incident('INC-3')\n    def test_h(self): assert 1\n    def helper(self): assert x\n",
    "class TestB(TestA): pass\n",
    "class TestC:\n    def test_i(self): pass\n\n\n    # margin\n# margin\n    def test_a(self): pass\n",
    "M = pytest.mark.incident('INC-4')\n",
    "CASES = [\n1,\n    pytest.param(2, marks=M),\n]\n",
    "pytestmark = [M]\n",
    "Base = TestC\n",
    "test_a = helper\n",
    "del test_a\n",
    "from other import test_a, M\n",
    'def test_text():\n    x = """\ndef test_a(): x\n@pytest.mark.incident("INC-5")\ndef test_b(): x\n"""\n    x()\n',
    "def test_more():\n    '''It's \"quoted\" \\''' and\n'ends' here.'''\n    assert 'it\\'s # no' != \"'''\"\n",
    "def test_data():\n    x = [\n1, (2,\n3), {4:\n5}]\n    helper()\n",
    "def test_joined():\n    x = 1 + \\\n2\n    assert x\n",
    "# it's a comment with a \"quote and '''\n",
    '"""A string at the margin\ndef test_a(): pass\n"""\n',
    "if x:\n    def test_j(): pass\nelse:\n    @M\n    def test_j(): helper()\n",
    "try:\n    import y\nexcept ImportError:\n    y = None\n",
    "x = 1; y = M\n",
    "\r\n",
    "def test_tab():\n\tassert x\n",
    "def test_f():\n    assert f'{helper(\"a\")!r:>{10}}' and rb'\\''\n",
    "def test_nested():\n    @pytest.mark.incident('INC-6')\n    def inner(): pass\n",
    "lambda: test_a\n",
)
ROW = Location("backlog.md", 1)
ACTION = Action(
    key="INC-9#1",
    incident="INC-9",
    number=1,
    text="",
    location=ROW,
    evidence=tuple(
        Evidence("test", f"test_a.py::{name}") for name in ("test_a", "TestA::test_h", "test_text", "test_b")
    ),
)


def scanned(folder: str) -> Links:
    return scan(Path(folder), CollectionRules(), [ACTION])


@given(st.lists(st.sampled_from(SNIPPETS), max_size=14))
def test_the_answer_is_that_of_the_whole_file(snippets: list[str]) -> None:
    """Whatever the layout, the scan of what is kept finds what the scan of everything finds."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_a.py").write_bytes("".join(["import pytest\n", *snippets]).encode())
        ours = scanned(folder)
        with mock.patch.object(test_library, "excerpt", lambda data, names: data):
            assert ours == scanned(folder)


@given(st.text(alphabet="ab'\"#\\\n()[]{} =@:;.", max_size=60))
def test_any_text_is_cut_without_a_trace_of_trouble(text: str) -> None:
    """Whatever stands in a file: as many lines as before, each as it was or empty."""
    data = text.encode() + b"\nx.incident\n"
    before, after = data.split(b"\n"), excerpt(data).split(b"\n")
    assert len(before) == len(after)
    assert all(new in (old, b"") for old, new in zip(before, after, strict=True))
