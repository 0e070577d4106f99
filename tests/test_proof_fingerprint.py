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


CALLING = """\
import pytest
import helpers
import tests.kit.orders
from shop import total
from . import near
from .near import refused as is_refused
from tests.kit import *

LIMITS = [3, 4]
CASES = [1, 2]
CASES.append(LIMITS)
SLOW = pytest.mark.timeout(3)
OTHER = [5]
pytestmark = [SLOW]

class Checker(Base):
    def check(self): assert self

def check(value):
    def inner(): assert Checker(value).check()
    inner()

def expected(): return 7

def unused(): return 8

@pytest.fixture
def body(): return expected()

class TestOrders:
    SIZES = [6]

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("v", CASES)
    def test_it(self, size, v, body, star):
        from .local import late
        check(total(v))
        self.agrees(v)
        near.proper(v)
        tests.kit.orders.paid(v)
        late(is_refused(v), kit_check)

    def agrees(self, v): assert v == self.wanted

    wanted = 9
"""
CALLED = {
    PATH: CALLING,
    "tests/api/near.py": "def refused(v): return v == 10\ndef proper(v): assert v == 11\ndef idle(): return 12\n",
    "tests/api/local.py": "def late(*v): assert v == 13\n",
    "tests/kit/__init__.py": "from .star import *\nfrom .more import Base\n",
    "tests/kit/star.py": "import pytest\ndef kit_check(): return 14\n@pytest.fixture\ndef star(): return 15\n",
    "tests/kit/more.py": "class Base:\n    size = 16\n",
    "tests/kit/orders.py": "def paid(v): assert v == amount()\ndef amount(): return 17\n",
    "shop.py": "def total(v): return 18\n",
    "shop/__init__.py": "def total(v): return 19\n",
}
CALLER = f"{PATH}::TestOrders::test_it"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (PATH, "[3, 4]", "[]"),
        (PATH, "[1, 2]", "[]"),
        (PATH, "CASES.append(LIMITS)", "CASES.clear()"),
        (PATH, "timeout(3)", "timeout(30)"),
        (PATH, "assert self\n", "pass\n"),
        (PATH, "assert Checker(value).check()", "pass"),
        (PATH, "return 7", "return 70"),
        (PATH, "[6]", "[]"),
        (PATH, "v == self.wanted", "v"),
        (PATH, "wanted = 9", "wanted = 90"),
        ("tests/api/near.py", "v == 10", "True"),
        ("tests/api/near.py", "v == 11", "True"),
        ("tests/api/local.py", "v == 13", "True"),
        ("tests/kit/star.py", "return 14", "return 140"),
        ("tests/kit/star.py", "return 15", "return 150"),
        ("tests/kit/more.py", "16", "160"),
        ("tests/kit/orders.py", "v == amount()", "True"),
        ("tests/kit/orders.py", "return 17", "return 170"),
    ],
)
def test_what_the_guard_loads_counts(path: str, old: str, new: str) -> None:
    """Helpers that check, constants that hold the cases: emptied, they leave a test that asserts nothing."""
    assert CALLED[path].count(old) == 1
    changed = {**CALLED, path: CALLED[path].replace(old, new)}
    assert fingerprint(reading(changed), CALLER) != fingerprint(reading(CALLED), CALLER)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (PATH, "return 8", "return 80"),
        (PATH, "OTHER = [5]", "OTHER = []  # none"),
        (PATH, "LIMITS = [3, 4]", "LIMITS = [\n    3,\n    4,  # why\n]"),
        (PATH, "    inner()", "\n\n    inner()  # now"),
        ("tests/api/near.py", "return 12", "return 120"),
        ("shop.py", "18", "180"),
        ("shop/__init__.py", "19", "190"),
    ],
)
def test_the_product_and_what_is_not_loaded_do_not_count(path: str, old: str, new: str) -> None:
    """The product changes all the time: a proof would never hold."""
    assert CALLED[path].count(old) == 1
    changed = {**CALLED, path: CALLED[path].replace(old, new)}
    assert fingerprint(reading(changed), CALLER) == fingerprint(reading(CALLED), CALLER)


def test_what_a_fixture_loads_is_told_apart_from_the_test() -> None:
    """It stands behind the plus sign, as the fixture does."""
    before = str(fingerprint(reading(CALLED), CALLER)).split("+")
    changed = {**CALLED, PATH: CALLING.replace("return 7", "return 70")}
    after = str(fingerprint(reading(changed), CALLER)).split("+")
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


def test_fixtures_are_found_through_star_imports_of_a_conftest() -> None:
    """``from .kit import *`` brings them as ``from .kit import given`` does."""
    kit = "import pytest\n@pytest.fixture\ndef given(): return 1\n"
    files = {"tests/conftest.py": "from .kit import *\n", "tests/kit.py": kit, PATH: "def test_it(given): 1\n"}
    before = str(fingerprint(reading(files), f"{PATH}::test_it"))
    after = fingerprint(reading({**files, "tests/kit.py": kit.replace("1", "2")}), f"{PATH}::test_it")
    assert "+" in before
    assert before != after


def test_helpers_and_stars_that_chase_each_other_end() -> None:
    """Functions that call each other, modules that import all of each other, more helpers than anybody follows."""
    a = "from .b import *\ndef f(): g()\ndef g(): f(), none()\ndef test_it(): f()\n"
    assert fingerprint(reading({"t/test_a.py": a, "t/tests/b.py": "from .b import *\n"}), "t/test_a.py::test_it")
    long = "".join(f"def f{n}(): f{n + 1}()\n" for n in range(3000)) + "def test_it(): f0()\n"
    near, far = (long.replace(f"): f{n}()", "): 1") for n in (500, 2000))
    found = [fingerprint(reading({"test_a.py": text}), "test_a.py::test_it") for text in (long, near, far)]
    assert found[0] == found[2] != found[1]


def counts(text: str, old: str, new: str = "None", guard: str = "test_it") -> bool:
    """Whether a change of the only test file is one of the guard."""
    assert text.count(old) == 1
    found = [fingerprint(reading({PATH: one}), f"{PATH}::{guard}") for one in (text, text.replace(old, new))]
    assert None not in found
    return found[0] != found[1]


@pytest.mark.parametrize(
    "test",
    [
        "def test_it(x): assert x",
        "def test_it(*x, **y): assert x, y",
        "def test_it():\n    x = 2\n    assert x",
        "def test_it():\n    for x, y in [(2, 3)]: assert x",
        "def test_it():\n    with f() as x: assert x",
        "def test_it():\n    try: f()\n    except E as x: assert x",
        "def test_it():\n    def x(): return 2\n    assert x()",
        "def test_it():\n    class x: pass\n    assert x",
        "def test_it():\n    if (x := f()): assert x",
        "def test_it():\n    match f():\n        case {'a': x}: assert x",
        "def test_it():\n    match f():\n        case [2, *x]: assert x",
        "def test_it():\n    match f():\n        case {**x}: assert x",
        "def test_it():\n    match f():\n        case E() as x: assert x",
        "def test_it():\n    x = 2\n    def inner(): assert x\n    inner()",
        "def test_it():\n    x = 2\n    def inner():\n        nonlocal x\n        assert x\n    inner()",
        "def test_it(): assert [x for x in f() if x]",
        "def test_it(): assert {x: y for x in f() for y in x}",
        "def test_it(): assert (lambda x: x)(2)",
        "def test_it(): assert f(x=2).x",
    ],
)
def test_what_a_name_of_its_own_hides_does_not_count(test: str) -> None:
    """A constant of the file that has the same name as a parameter or a variable of the test has no part in it."""
    assert not counts(f"x = 11\ny = 2\n{test}\n", "11", "12")


@pytest.mark.parametrize(
    "test",
    [
        "def test_it():\n    global x\n    x = x + 1",
        "def test_it():\n    x = 2\n    def inner():\n        global x\n        assert x\n    inner()",
        "def test_it(y=x): assert y",
        "def test_it(y: x): assert y",
        "@pytest.mark.skipif(x, reason='')\ndef test_it(): pass",
        "def test_it(): assert [y for x in [x] for y in x]",
        "def test_it(): assert [x for y in f()], [y for y in f() if x]",
        "def test_it(): assert (lambda y=x: y)()",
        "def test_it(): assert [x for x in f()], x",
        "def test_it():\n    class A:\n        x = x\n    assert A",
        "async def test_it():\n    assert await x",
        "def test_it():\n    assert f'{x}'",
        "def test_it():\n    match f():\n        case x.y: pass",
        "def test_it(): x.y = 2",
        "def test_it(): assert g()\ndef g(x=x): return x",
        "@f\ndef test_it(): pass\ndef f(test): return h(test)\ndef h(test): return x",
        "class K:\n    z = x\ndef test_it(): K()",
        "class K:\n    def m(self): return x\nclass L(K): pass\ndef test_it(): L()",
        "y = z = x\ndef test_it(): assert z",
        "y: int = x\ndef test_it(): assert y",
        "y = 1\ny += x\ndef test_it(): assert y",
        "y = {}\nfor z in x: y[z] = 1\ndef test_it(): assert y",
        "with open(x) as y: pass\ndef test_it(): assert y",
        "def g(): return 1\ng.limit = x\ndef test_it(): assert g()",
    ],
)
def test_what_a_name_leads_to_counts(test: str) -> None:
    """Wherever Python looks the name up outside of the test, in defaults, decorators, first iterables, helpers."""
    assert counts(f"x = 11\n{test}\n", "11", "12")


def test_every_arm_of_a_conditional_definition_counts() -> None:
    """Which one holds depends on the machine."""
    text = "if fast:\n    def f(): return 1\nelse:\n    def f(): return 2\ndef test_it(): f()\n"
    assert counts(text, "return 1")
    assert counts(text, "return 2")
    text = "try:\n    from .fast import f\nexcept ImportError:\n    from .slow import f\ndef test_it(): f()\n"
    for name in ("fast", "slow"):
        helpers = {f"tests/api/{one}.py": "def f(): return 1\n" for one in ("fast", "slow")}
        changed = {**helpers, f"tests/api/{name}.py": "def f(): return 2\n"}
        found = {fingerprint(reading({**one, PATH: text}), f"{PATH}::test_it") for one in (helpers, changed)}
        assert len(found) == 2, name


def test_of_the_guards_own_class_only_what_it_names_counts() -> None:
    """By ``self``, ``cls``, ``super()`` or the name of the class; not the other tests in it."""
    text = """\
class Base:
    def asserts(self): assert 21
    def idle(self): assert 22

class TestIt(Base):
    LIMIT = 23
    OTHER = 24

    def test_it(self):
        super().asserts()
        assert TestIt.LIMIT

    @classmethod
    def test_two(cls): cls.other(25)

    @staticmethod
    def other(n): assert 26
"""
    assert [n for n in range(21, 27) if counts(text, str(n), guard="TestIt::test_it")] == [21, 23]
    assert [n for n in range(21, 27) if counts(text, str(n), guard="TestIt::test_two")] == [25, 26]


def test_modules_are_followed_by_attributes() -> None:
    """A package, its modules, a module under another name, one that is used whole."""
    kit = {"tests/kit/__init__.py": "", "tests/kit/orders.py": "def paid(): return 1\ndef idle(): return 2\n"}
    for imported, call, whole in (
        ("from tests import kit", "kit.orders.paid()", False),
        ("from tests.kit import orders as o", "o.paid()", False),
        ("import tests.kit.orders", "tests.kit.orders.paid()", False),
        ("import tests.kit.orders as o", "o.paid()", False),
        ("from tests.kit import orders", "vars(orders)", True),
    ):
        for old, follows in (("return 1", True), ("return 2", whole)):
            changed = {path: text.replace(old, "return 3") for path, text in kit.items()}
            test = {PATH: f"{imported}\ndef test_it(): {call}\n"}
            found = {fingerprint(reading({**one, **test}), f"{PATH}::test_it") for one in (kit, changed)}
            assert (len(found) == 2) is follows, (imported, old)


def test_a_fixture_that_a_call_made_counts() -> None:
    """``body = pytest.fixture(make_body)`` is no function, but tests ask for it as for one."""
    text = "import pytest\ndef make_body(): return 11\nbody = pytest.fixture(make_body)\ndef test_it(body): 1\n"
    assert counts(text, "11")
    assert counts(text, "fixture(make_body)", "fixture(print)")


def test_deep_code_is_followed() -> None:
    """Lambdas in lambdas, comprehensions in comprehensions, a chain of a thousand attributes."""
    deep = "lambda a: " * 80 + "x"
    assert counts(f"x = 11\ndef test_it(): return {deep}\n", "11")
    lists = "[b for b in " * 80 + "x" + "]" * 80
    assert counts(f"x = 11\ndef test_it(): return {lists}\n", "11")
    assert counts(f"import x\nx = 11\ndef test_it(): return x{'.y' * 900}\n", "11")
