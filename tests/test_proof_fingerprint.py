"""Fingerprints of guards: what changes them, and what does not."""

from __future__ import annotations

import ast
import io
import keyword
import subprocess
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.sources.files import MAX_BYTES
from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.proof.fingerprint import Fingerprints, Read, fingerprint, in_commit, in_work_tree
from pytest_prevention.sources.proof.syntax import words

PATH = "tests/api/test_orders.py"
GUARD = f"{PATH}::TestOrders::test_empty_body"

MODULE = '''\
import pytest
from orders import create_order

LIMIT = 3

def setup_module():
    create_order("first")

@pytest.fixture
def body(empty=None):
    return "" or empty

@pytest.fixture(name="client", params=[1, 2])
def make_client(request, server):
    return server + request.param

@pytest.mark.usefixtures("clock")
class TestOrders(Base, strict=True):
    """Orders."""

    def setup_method(self):
        self.total = 0

    @pytest.fixture(autouse=True)
    def fresh(self):
        yield 1

    @pytest.mark.parametrize("size", [1, 2.5, -3])
    def test_empty_body(self, size, body, *, client):
        """An empty body is refused."""
        answer = create_order(body, size=size)
        with pytest.raises(ValueError, match="empty") as caught:
            answer["status"] += 400
        assert answer.status == 400 and not caught, "refused"
        for _ in range(3):
            lambda x: (x, "a" "b", b"c", True, None, ...)

    def test_other(self):
        assert create_order("x", body)

def test_alone(body):
    assert body

class Base:
    def setUp(self):
        self.base = 1

    def test_inherited(self):
        assert self.base
'''
CONFTEST = """\
import pytest

@pytest.fixture
def server(port):
    return port

@pytest.fixture
def clock(clock):
    return clock + 12

@pytest.fixture
def unnamed():
    return 13
"""
TOP = """\
import pytest

@pytest.fixture
def port():
    return 80

@pytest.fixture
def clock():
    return 24
"""
FILES = {PATH: MODULE, "tests/conftest.py": CONFTEST, "conftest.py": TOP}


def reading(files: Mapping[str, str | bytes]) -> Read:
    data = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
    return data.get


def print_of(guard: str, **changed: str) -> str | None:
    """The fingerprint with one file replaced: module, conftest or top."""
    names = {"module": PATH, "conftest": "tests/conftest.py", "top": "conftest.py"}
    return fingerprint(reading({**FILES, **{names[name]: text for name, text in changed.items()}}), guard)


def test_fingerprints_stay_as_they_are() -> None:
    """Receipts were made with them: on whichever version of Python, these are the ones."""
    assert print_of(GUARD) == "1:375c15b7b42d5559+54c8c3911fa52b3d"
    assert print_of(f"{PATH}::test_alone") == "1:b6470792155de391+3f859a919de7e6ce"
    assert print_of(f"{PATH}::TestOrders") == "1:ea11a51ef91a1d14+54c8c3911fa52b3d"
    assert print_of(PATH) == "1:a1840da0441fb320+54c8c3911fa52b3d"


def laid_out_anew(source: str, draw: st.DataObject) -> str:
    """The same tokens with other blanks, line ends, comments and quotes between them."""
    lines: list[str] = []
    line, depth, indent = "", 0, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.INDENT:
            indent += 1
        elif token.type == tokenize.DEDENT:
            indent -= 1
        elif token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER):
            if line.strip():
                lines.append(line + draw.draw(st.sampled_from(["", "  ", "  # why", "\n", "\n\n   # else\n"])))
            line = ""
        else:
            gaps = [" ", "   ", "\t", " \\\n"] + (["\n", "  # so\n\n      "] if depth else [])
            depth += (token.string in "([{") - (token.string in ")]}")
            text = token.string
            if token.type == tokenize.STRING and text.startswith('"') and not text.startswith('"""'):
                text = draw.draw(st.sampled_from([text, f"'{text[1:-1]}'", f'"""{text[1:-1]}"""', f"u{text}"]))
            line += text if not line else draw.draw(st.sampled_from(gaps)) + text
            line = line if line.strip() != text else "  " * indent + text
    return "\n".join(lines) + "\n"


@given(st.data())
def test_layout_and_comments_do_not_count(draw: st.DataObject) -> None:
    """However a formatter cuts the lines, the guard is the same."""
    anew = {name: laid_out_anew(text, draw) for name, text in (("module", MODULE), ("conftest", CONFTEST))}
    for guard in (GUARD, f"{PATH}::test_alone", f"{PATH}::TestOrders", PATH):
        assert print_of(guard, **anew) == print_of(guard)


def other_tokens(source: str, first: str, last: str) -> Iterator[tuple[str, str]]:
    """The source with one token changed, for each name, number, text and sign from one line to another."""
    lines = source.splitlines(keepends=True)
    (start,) = [number for number, text in enumerate(lines, 1) if text.strip() == first]
    end = next(number for number, text in enumerate(lines[start - 1 :], start) if text.strip() == last)
    signs = {"==": "!=", "+": "-", "-": "+", "+=": "-=", "=": "==", "*": ""}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string
        if not start <= token.start[0] <= end:
            continue
        if token.type == tokenize.NAME:
            other = {"and": "or", "not": "", "True": "False", "None": "True", "yield": "return"}.get(text, f"{text}_")
            if keyword.iskeyword(text) and other == f"{text}_":
                continue
        elif token.type == tokenize.NUMBER:
            other = f"1{text}"
        elif token.type == tokenize.STRING:
            other = text.rstrip("\"'") + "!" + text[len(text.rstrip("\"'")) :]
        else:
            other = signs.get(text, text)
        row, column = token.start[0] - 1, token.start[1]
        changed = lines[row][:column] + other + lines[row][column + len(text) :]
        whole = "".join([*lines[:row], changed, *lines[row + 1 :]])
        try:
            ast.parse(whole)
        except SyntaxError:
            continue
        if whole != source:
            yield f"{token.start[0]}: {text} → {other}", whole


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("module", '@pytest.mark.parametrize("size", [1, 2.5, -3])', 'lambda x: (x, "a" "b", b"c", True, None, ...)'),
        ("module", '@pytest.mark.usefixtures("clock")', "class TestOrders(Base, strict=True):"),
        ("module", "def setup_method(self):", "yield 1"),
        ("module", "def setup_module():", 'create_order("first")'),
        ("module", "def body(empty=None):", 'return "" or empty'),
        ("module", "def make_client(request, server):", "return server + request.param"),
        ("module", "class Base:", "self.base = 1"),
        ("conftest", "def server(port):", "return port"),
        ("conftest", "def clock(clock):", "return clock + 12"),
        ("top", "def port():", "return 80"),
        ("top", "def clock():", "return 24"),
    ],
)
def test_every_token_counts(name: str, first: str, last: str) -> None:
    """Of the test, its decorators and parameters, of what sets it up, of the fixtures it names, and those they name."""
    whole = {"module": MODULE, "conftest": CONFTEST, "top": TOP}[name]
    changes = [*other_tokens(whole, first, last)]
    assert changes
    for what, text in changes:
        assert print_of(GUARD, **{name: text}) != print_of(GUARD), what


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("module", "LIMIT = 3", "LIMIT = 4"),
        ("module", 'create_order("x", body)', "create_order()"),
        ("module", "    assert body\n", "    assert not body\n"),
        ("module", "assert self.base", "assert not self.base"),
        ("module", '"""Orders."""', '"""All orders."""'),
        ("conftest", "return 13", "return 14"),
        ("module", "class Base:", "@pytest.mark.incident('INC-009')\nclass Base:"),
        (
            "module",
            '@pytest.mark.usefixtures("clock")',
            '@pytest.mark.incident("INC-1")\n@pytest.mark.usefixtures("clock")',
        ),
        ("module", "    @pytest.mark.param", "    @mark.incident('INC-1', action=2)\n    @pytest.mark.param"),
        ("module", "LIMIT = 3", "pytestmark = pytest.mark.incident('INC-001')"),
        ("module", "LIMIT = 3", "pytestmark = [pytest.mark.incident('INC-001')]"),
        ("module", '"""An empty body is refused."""', '"""\n        An empty body is refused.   \n\n        """'),
    ],
)
def test_what_the_guard_does_not_name_does_not_count(name: str, old: str, new: str) -> None:
    """Other tests, fixtures nobody asked for, the docstring's indent, and links: a guard gets them after its fix."""
    whole = {"module": MODULE, "conftest": CONFTEST, "top": TOP}[name]
    assert whole.count(old) == 1
    assert print_of(GUARD, **{name: whole.replace(old, new)}) == print_of(GUARD)


@pytest.mark.parametrize(
    "mark",
    [
        "pytestmark = pytest.mark.usefixtures('unnamed')",
        "pytestmark = [pytest.mark.incident('INC-001'), pytest.mark.skip]",
        "def teardown_function(): pass",
        "@pytest.fixture(autouse=True)\ndef clean(): pass",
    ],
)
def test_what_sets_up_all_tests_of_a_file_counts(mark: str) -> None:
    """It works on the guard, though the guard does not name it."""
    assert print_of(GUARD, module=MODULE.replace("LIMIT = 3", mark)) != print_of(GUARD)


def test_a_fixture_is_told_apart_from_the_test() -> None:
    """The part before the plus sign is the guard's, the one behind it that of the fixtures."""
    before, fixtures = str(print_of(GUARD)).split("+")
    changed = str(print_of(GUARD, top=TOP.replace("80", "81"))).split("+")
    assert changed[0] == before
    assert changed[1] != fixtures


def test_a_fixture_that_is_asked_for_by_its_name_counts() -> None:
    """``request.getfixturevalue("unnamed")`` names it as an argument does."""
    asking = MODULE.replace("answer = create_order(", 'answer = request.getfixturevalue("unnamed")(')
    changed = CONFTEST.replace("return 13", "return 14")
    assert print_of(GUARD, module=asking, conftest=changed) != print_of(GUARD, module=asking)


def test_the_nearest_fixture_counts() -> None:
    """One with the same name further out is hidden, unless the nearer one asks for it."""
    hidden = CONFTEST + "\n@pytest.fixture\ndef body():\n    return 1\n"
    assert print_of(GUARD, conftest=hidden) == print_of(GUARD)
    asked = MODULE.replace("def body(empty=None)", "def body(body)")
    assert print_of(GUARD, module=asked, conftest=hidden) != print_of(GUARD, module=asked)


def test_fixtures_and_bases_are_followed_through_imports() -> None:
    """From a module of helpers, by a path from the root, from src or relative to the package."""
    helpers = "import pytest\n@pytest.fixture\ndef given(): return 1\nclass Case:\n    def test_it(self): assert 1\n"
    for imported, path in (
        ("from .helpers import", "tests/api/helpers.py"),
        ("from ..helpers import", "tests/helpers/__init__.py"),
        ("from . import", "tests/api/__init__.py"),
        ("from tests.helpers import", "tests/helpers.py"),
        ("from helpers import", "tests/api/helpers.py"),
        ("from shop.helpers import", "src/shop/helpers.py"),
    ):
        test = f"{imported} given, Case as Base\nclass TestIt(Base[int]):\n    def test_two(self, given): assert 1\n"
        for guard, old in (("test_two", "return 1"), ("test_it", "assert 1")):
            found = {
                fingerprint(reading({PATH: test, path: text}), f"{PATH}::TestIt::{guard}")
                for text in (helpers, helpers.replace(old, f"{old}0"))
            }
            assert len(found) == 2, (imported, guard)
            assert None not in found


def test_names_that_chase_each_other_end() -> None:
    """Classes that inherit from each other, imports in a circle, fixtures that ask for each other."""
    a = "from .b import x\nclass A(B): pass\nclass B(A): pass\ndef test_it(x): pass\n"
    files = {"t/a.py": a, "t/b.py": "from .a import x\n"}
    assert fingerprint(reading(files), "t/a.py::test_it")
    assert fingerprint(reading(files), "t/a.py::A::test_none") is None
    two = "import pytest\n@pytest.fixture\ndef a(b): 1\n@pytest.fixture\ndef b(a): 1\ndef test_it(a): 1\n"
    assert fingerprint(reading({"t.py": two}), "t.py::test_it")


def test_parameters_mean_the_function() -> None:
    """Whatever stands in the brackets."""
    assert print_of(f"{GUARD}[1-a::b[]") == print_of(GUARD)
    assert fingerprint(reading({"a[1]/t.py": "def test_it(): 1"}), "a[1]/t.py::test_it[x]")


def test_a_doctest_is_all_of_its_file() -> None:
    """Its node id names no function, and its text is not Python that stands in a body."""
    text = 'def price():\n    """>>> price()\n    1\n    """\n    return 1\n'
    before, after = (
        fingerprint(reading({"p.py": one}), "p.py::p.price") for one in (text, text.replace("    1", "    2"))
    )
    assert before
    assert after
    assert before != after


def test_a_function_in_several_arms_is_all_of_them() -> None:
    """Which one is collected depends on the machine."""
    text = "if fast:\n    def test_it(): assert 1\nelse:\n    def test_it(): assert 2\n"
    arms = [text, text.replace("assert 1", "assert 3"), text.replace("assert 2", "assert 3")]
    assert len({fingerprint(reading({"t.py": one}), "t.py::test_it") for one in arms}) == 3


@pytest.mark.parametrize(
    ("guard", "text"),
    [
        ("gone.py::test_it", "def test_it(): 1"),
        ("t.py::test_none", "def test_it(): 1"),
        ("t.py::test_it::test_it", "def test_it():\n    def test_it(): 1"),
        ("t.py::", "def test_it(): 1"),
        ("", "def test_it(): 1"),
        ("t\0.py::test_it", "def test_it(): 1"),
        ("t.py::test_it", "def test_it(:"),
        ("t.py::test_it", b"\xff\xfe\x00"),
        ("t.py::test_it", "(" * 100_000),
        ("t.py::test_it", "x = " + "-" * 100_000 + "1\ndef test_it(): 1"),
    ],
    ids=range(10),
)
def test_what_is_not_there_or_cannot_be_parsed_has_none(guard: str, text: str | bytes) -> None:
    """No fingerprint, and no traceback."""
    assert fingerprint(reading({"t.py": text}), guard) is None


def test_long_and_deep_code_is_read() -> None:
    """A chain of elifs, a sum of thousands, an integer of thousands of digits."""
    chain = "if a: 1\n" + "elif a: 1\n" * 500
    text = f"{chain}def test_it():\n    assert {' + '.join('x' * 900)} == 0x{'f' * 9000}\n"
    assert fingerprint(reading({"t.py": text}), "t.py::test_it")


def test_a_field_that_a_later_python_added_does_not_count_where_it_is_empty() -> None:
    """A function has type_params since 3.12; the parts of an f-string are cut in other places since then."""
    old, new = (ast.parse("def f(): f'a{x:>{y}b}c'").body[0] for _ in range(2))
    before = [*words(old)]
    new._fields = (*new._fields, "type_params")  # type: ignore[misc]
    new.type_params = []  # type: ignore[attr-defined]
    text = next(node for node in ast.walk(new) if isinstance(node, ast.JoinedStr))
    text.values[2:] = [ast.Constant(""), ast.Constant("c"), ast.Constant("")]
    assert [*words(new)] == before


def test_the_work_tree_and_a_commit_are_read_alike(tmp_path: Path) -> None:
    """Below a root inside the repository; what leaves the root, or is too large, is not there."""
    root = tmp_path / "services/shop"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "large.py").write_text("def test_it(): 1\n" + "#" * MAX_BYTES)
    (tmp_path / "above.py").write_text("def test_it(): 1\n")
    for command in ("init -q", "add -A", "-c user.name=A -c user.email=a@example.org commit -qm 1"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    with clean_room(root) as room:
        for read in (in_work_tree(root), in_commit(room, room.head)):
            assert fingerprint(read, GUARD) == print_of(GUARD)
            for guard in ("large.py", "../above.py", "../../above.py", str(tmp_path / "above.py"), "a\0b.py", "tests"):
                assert fingerprint(read, f"{guard}::test_it") is None, guard
        (root / PATH).write_text("")
        assert fingerprint(in_work_tree(root), GUARD) is None
        assert fingerprint(in_commit(room, room.head), GUARD) == print_of(GUARD)


def test_many_guards_read_each_file_once() -> None:
    """Hundreds of guards stand in tens of files."""
    asked: list[str] = []

    def read(path: str) -> bytes | None:
        asked.append(path)
        return reading(FILES)(path)

    prints = Fingerprints(read)
    assert prints.of(GUARD) == print_of(GUARD)
    assert prints.of(f"{PATH}::test_alone") == print_of(f"{PATH}::test_alone")
    assert len(asked) == len(set(asked))
