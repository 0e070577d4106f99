"""The static scan held against pytest: the same links, for hand-written and for generated test files."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from pytest_prevention.sources.pytest_config import CollectionRules, read_config
from pytest_prevention.sources.scan.reader import scan

CONFTEST = """
import json, pathlib

def pytest_configure(config):
    config.addinivalue_line("markers", "incident: guards")

def pytest_collection_finish(session):
    found = {
        (incident, mark.kwargs.get("action"), item.nodeid.partition("[")[0])
        for item in session.items
        for mark in item.iter_markers("incident")
        for incident in mark.args
    }
    pathlib.Path("found.json").write_text(json.dumps(sorted(map(list, found), key=str)))
"""

LinkKey = tuple[str, int | None, str]

ZOO: Mapping[str, str] = {
    "test_functions.py": """
import pytest

@pytest.mark.incident("INC-001")
def test_plain(): pass

@pytest.mark.incident("INC-001", "INC-007", action=3)
async def test_several(): pass

@pytest.mark.incident("INC-002")
@pytest.mark.incident("INC-003")
def test_stacked(): pass

def test_unmarked(): pass
""",
    "test_aliases.py": """
import pytest as pt
from pytest import mark
from pytest import mark as m
import pytest

incident = pytest.mark.incident
guards = pytest.mark.incident("INC-004")
marks = pytest.mark
BOTH = [pytest.mark.incident("INC-005"), pytest.mark.skip]
ID = "INC-006"
NUMBER: int = 2

@pt.mark.incident("INC-001")
def test_a(): pass

@mark.incident("INC-002")
def test_b(): pass

@m.incident("INC-003")
def test_c(): pass

@incident("INC-007")
@guards
def test_d(): pass

@marks.incident(ID, action=NUMBER)
def test_e(): pass

class TestBoth:
    pytestmark = BOTH
    HERE = "INC-008"

    @pytest.mark.incident(HERE)
    def test_f(self): pass
""",
    "test_module_mark.py": """
import pytest

pytestmark = pytest.mark.incident("INC-001")

def test_a(): pass

class TestB:
    def test_c(self): pass

def helper(): pass
""",
    "test_module_marks.py": """
import pytest

pytestmark: list = [pytest.mark.incident("INC-001"), pytest.mark.incident("INC-002", action=1)]
pytestmark += [pytest.mark.incident("INC-003")]

@pytest.mark.incident("INC-001")
def test_a(): pass
""",
    "test_module_mark_replaced.py": """
import pytest

pytestmark = pytest.mark.incident("INC-001")
pytestmark = pytest.mark.incident("INC-002")

def test_a(): pass
""",
    "test_classes.py": """
import pytest

@pytest.mark.incident("INC-001")
class TestOuter:
    pytestmark = [pytest.mark.incident("INC-002")]

    @pytest.mark.incident("INC-003")
    def test_a(self): pass

    @staticmethod
    def test_static(): pass

    @classmethod
    def test_class(cls): pass

    class TestInner:
        @pytest.mark.incident("INC-004")
        def test_b(self): pass

    class Helper:
        def test_never(self): pass

    def helper(self): pass

class TestChild(TestOuter):
    @pytest.mark.incident("INC-005")
    def test_c(self): pass

class TestSilenced(TestOuter):
    test_a = None
    TestInner = None

class TestOverride(TestChild):
    def test_a(self): pass
""",
    "test_mixins.py": """
import pytest

class Contract:
    @pytest.mark.incident("INC-001")
    def test_rule(self): pass

@pytest.mark.incident("INC-002")
class Other:
    def test_other(self): pass

class TestOne(Contract): pass

class TestTwo(Contract, Other): pass

class TestDiamond(TestOne, TestTwo):
    def test_rule(self): pass

class TestInit(Contract):
    def __init__(self): pass

class TestSwitchedOff(Contract):
    __test__ = False

class TestSwitchedOffToo(TestSwitchedOff): pass

class TestOnAgain(TestSwitchedOff):
    __test__ = True

class Unusual(Contract):
    __test__ = True
""",
    "test_abstract.py": """
import abc
from abc import ABC
import pytest

@pytest.mark.incident("INC-001")
class TestAbstract(ABC):
    @abc.abstractmethod
    def make(self): ...

    def test_a(self): pass

class TestStill(TestAbstract): pass

class TestConcrete(TestAbstract):
    def make(self): return 1

class TestMeta(metaclass=abc.ABCMeta):
    @property
    @abc.abstractmethod
    def thing(self): ...

    @pytest.mark.incident("INC-002")
    def test_b(self): pass

class TestPlainAbstract:
    @abc.abstractmethod
    def make(self): ...

    @pytest.mark.incident("INC-003")
    def test_c(self): pass
""",
    "test_unittest.py": """
import unittest
from unittest import TestCase, IsolatedAsyncioTestCase as Loop
import pytest

@pytest.mark.incident("INC-001")
class Orders(unittest.TestCase):
    @pytest.mark.incident("INC-002")
    def test_a(self): pass

    def testB(self): pass

    def check(self): pass

    class TestInner:
        @pytest.mark.incident("INC-003")
        def test_never(self): pass

class Invoices(Orders):
    def __init__(self, *args): super().__init__(*args)
    def test_c(self): pass

class Single(TestCase):
    pytestmark = pytest.mark.incident("INC-004")
    def runTest(self): pass

class Both(TestCase):
    pytestmark = pytest.mark.incident("INC-005")
    def runTest(self): pass
    def test_x(self): pass

class Later(Loop):
    @pytest.mark.incident("INC-006")
    async def test_d(self): pass
""",
    "test_params.py": """
import pytest

CASES = [
    pytest.param(1, marks=pytest.mark.incident("INC-001")),
    pytest.param(2, marks=[pytest.mark.incident("INC-002", action=4), pytest.mark.slow]),
]

@pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.incident("INC-003"))])
def test_direct(n): pass

@pytest.mark.parametrize("n", CASES)
def test_named(n): pass

@pytest.mark.parametrize("n", [pytest.param(i, marks=pytest.mark.incident("INC-004")) for i in range(2)])
class TestComprehension:
    def test_a(self, n): pass

@pytest.mark.parametrize("n", CASES + [3])
def test_sum(n): pass
""",
    "test_shadowing.py": """
import pytest, sys
from functools import singledispatch
from typing import overload

@pytest.mark.incident("INC-001")
def test_a(): pass

def test_a(): pass

class TestX:
    @pytest.mark.incident("INC-002")
    def test_b(self): pass
    def test_b(self): pass

class TestY:
    @pytest.mark.incident("INC-003")
    def test_c(self): pass

class TestY:
    def test_d(self): pass

if sys.version_info > (3,):
    @pytest.mark.incident("INC-004")
    def test_e(): pass
else:
    def test_e(): pass

try:
    import nothing_like_this
except ImportError:
    @pytest.mark.incident("INC-005")
    def test_f(): pass
else:
    def test_f(): pass

@pytest.mark.incident("INC-006")
def test_g(): pass
test_g = 3

@pytest.mark.incident("INC-007")
def test_h(): pass
del test_h

def keep(function): return function

@pytest.mark.incident("INC-008")
def test_i(): pass
test_i = keep(test_i)

@pytest.mark.incident("INC-009")
def _hidden(): pass
test_j = _hidden

with open(__file__):
    @pytest.mark.incident("INC-010")
    def test_k(): pass

def test_l(): pass
test_l = pytest.mark.incident("INC-011")(test_l)

@pytest.mark.incident("INC-012")
def test_m(): pass
test_m.__test__ = False
""",
    "test_never.py": """
import pytest
from dataclasses import dataclass

def case():
    @pytest.mark.incident("INC-001")
    def test_nested(): pass

@pytest.mark.incident("INC-002")
class Helper:
    def test_a(self): pass

@pytest.mark.incident("INC-003")
def helper(): pass

@pytest.mark.incident("INC-004")
class TestNew:
    def __new__(cls): return super().__new__(cls)
    def test_a(self): pass

@pytest.mark.incident("INC-005")
@dataclass
class TestData:
    size: int = 1
    def test_a(self): pass
""",
    "test_switched_off.py": """
import pytest
__test__ = False

@pytest.mark.incident("INC-001")
def test_a(): pass
""",
    "package/__init__.py": """
import pytest
pytestmark = pytest.mark.incident("INC-001")
""",
    "package/conftest.py": """
import pytest
pytestmark = pytest.mark.incident("INC-002")
""",
    "package/base.py": """
import pytest

MARK = pytest.mark.incident("INC-009")

class Base:
    @pytest.mark.incident("INC-003")
    def test_inherited(self): pass

class TestBase:
    @pytest.mark.incident("INC-004")
    def test_imported(self): pass

@pytest.mark.incident("INC-005")
def test_shared(): pass
""",
    "package/test_relative.py": """
from .base import Base
from . import base
import package.base

class TestRelative(Base): pass
class TestByModule(base.Base): pass
class TestByPath(package.base.Base): pass
""",
    "package/test_absolute.py": """
from package.base import TestBase, test_shared, MARK
from package import base as b

@MARK
class TestHere(b.TestBase): pass
""",
    "package/sub/__init__.py": "from ..base import Base\n",
    "package/sub/test_up.py": """
from ..base import Base as Contract
from . import Base
from package.sub import Base as Again

class TestUp(Contract): pass
class TestThrough(Base): pass
class TestAgain(Again): pass
""",
    "plain/helpers.py": """
import pytest

class Mixin:
    @pytest.mark.incident("INC-001")
    def test_mixed_in(self): pass
""",
    "plain/between.py": "from helpers import Mixin as Between\n",
    "plain/test_plain.py": """
import helpers
from between import Between

class TestPlain(helpers.Mixin): pass
class TestBetween(Between): pass
""",
    "plain/test_through.py": "from between import Between as Once\nclass TestThrough(Once): pass\n",
    "deep/build/test_ignored.py": """
import pytest
@pytest.mark.incident("INC-001")
def test_a(): pass
""",
    "deep/env/pyvenv.cfg": "",
    "deep/env/test_environment.py": """
import pytest
@pytest.mark.incident("INC-001")
def test_a(): pass
""",
    "deep/wrong_name.py": """
import pytest
@pytest.mark.incident("INC-001")
def test_a(): pass
""",
    "deep/other_test.py": """
import pytest
@pytest.mark.incident("INC-001")
def test_a(): pass
""",
    "deep/test_latin.py": """# -*- coding: latin-1 -*-
import pytest
WORD = "é"
@pytest.mark.incident("INC-001")
def test_ä(): pass
""",
}


def write_all(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1" if "latin-1" in text else "utf-8"))


def links_by_pytest(root: Path) -> set[LinkKey]:
    """What pytest's own items carry, parameters left out."""
    (root / "conftest.py").write_text(CONFTEST)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""}
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr
    (root / "conftest.py").unlink()
    return {(incident, action, nodeid) for incident, action, nodeid in json.loads((root / "found.json").read_text())}


def links_by_scan(root: Path, rules: CollectionRules | None = None) -> set[LinkKey]:
    found = scan(root, rules or read_config(root), []).links
    return {(link.incident, link.action, link.nodeid) for link in found}


def of_file(links: Iterable[LinkKey], name: str) -> set[LinkKey]:
    return {link for link in links if link[2].startswith(f"{name}::")}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[LinkKey], set[LinkKey]]:
    root = tmp_path_factory.mktemp("zoo")
    write_all(root, ZOO)
    return links_by_scan(root), links_by_pytest(root)


@pytest.mark.parametrize("name", [name for name in ZOO if name.endswith(".py")])
def test_every_form_gives_the_links_that_pytest_collects(name: str, zoo: tuple[set[LinkKey], set[LinkKey]]) -> None:
    """For each file of the zoo the scan finds exactly the marks that pytest's items carry."""
    ours, theirs = zoo
    assert of_file(ours, name) == of_file(theirs, name)


def test_the_zoo_is_not_empty(zoo: tuple[set[LinkKey], set[LinkKey]]) -> None:
    """The comparison above compares something."""
    assert len(zoo[1]) > 60


class Writer:
    """Writes random test files out of everything that decides whether a mark reaches a test."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.classes: list[str] = []

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def mark(self) -> str:
        return f'pytest.mark.incident("INC-{self.random.randrange(9)}")'

    def decorators(self) -> Iterator[str]:
        while self.random.random() < 0.4:
            yield "@" + self.pick(self.mark(), self.mark(), "MARK", "keep")

    def function(self, *, method: bool) -> Iterator[str]:
        yield from self.decorators()
        name = self.pick("test_a", "test_b", "test_c", "helper", "testX", "runTest")
        yield f"{self.pick('', '', 'async ')}def {name}({'self' if method else ''}): pass"

    def class_(self, depth: int) -> Iterator[str]:
        yield from self.decorators()
        name = self.pick("TestA", "TestB", "TestC", "Base", "Other")
        known = [base for base in self.classes if base != name]
        bases = self.random.sample(known, min(len(known), self.random.choice([0, 0, 1, 1, 2]))) if not depth else []
        if not bases and self.random.random() < 0.25:
            bases = [self.pick("unittest.TestCase", "TestCase", "ABC", "object", "Generic[T]")]
        yield f"class {name}({', '.join(bases)}):"
        yield "    kind = 1"
        for line in self.body(depth + 1):
            yield f"    {line}"
        if not depth:
            self.classes = [*known, name]

    def body(self, depth: int) -> Iterator[str]:
        for _ in range(self.random.randrange(1, 5)):
            chance = self.random.random()
            if chance < 0.55:
                yield from self.function(method=depth > 0)
            elif chance < 0.75 and depth < 2:
                yield from self.class_(depth)
            elif chance < 0.82:
                yield f"pytestmark = {self.pick(self.mark(), '[' + self.mark() + ', MARK]')}"
            elif chance < 0.86 and depth:
                yield f"__test__ = {self.pick('True', 'False')}"
            elif chance < 0.89 and depth:
                yield "def __init__(self, *args): super().__init__(*args)"
            elif chance < 0.92 and depth:
                yield from ("@abc.abstractmethod", "def make(self): ...")
            elif chance < 0.95 or depth:
                yield f"{self.pick('test_a', 'test_b', 'TestA')} = None"
            else:
                yield f"if {self.pick('YES', 'NO')}:"
                for line in self.function(method=False):
                    yield f"    {line}"

    def text(self) -> str:
        lines = [
            "import abc, pytest, unittest",
            "from abc import ABC",
            "from typing import Generic, TypeVar",
            "from unittest import TestCase",
            'T = TypeVar("T")',
            'MARK = pytest.mark.incident("INC-9")',
            "YES, NO = True, False",
            "def keep(function): return function",
        ]
        return "\n".join([*lines, *self.body(0), *self.class_(0), *self.body(0), ""])


def generated(count: int) -> dict[str, str]:
    """Files that can be imported; an impossible order of bases is no subject here."""
    files: dict[str, str] = {}
    for seed in range(count):
        text = Writer(seed).text()
        try:
            exec(text.replace("mark.incident", "mark.usefixtures"), {"__name__": "generated"})
        except TypeError:
            continue
        files[f"test_{seed}.py"] = text
    return files


def test_generated_files_give_the_links_that_pytest_collects(tmp_path: Path) -> None:
    """Whatever the classes, bases and marks: no link is missed, and none made up unless something is conditional."""
    files = generated(250)
    write_all(tmp_path, files)
    ours, theirs = links_by_scan(tmp_path), links_by_pytest(tmp_path)
    assert len(theirs) > 500
    assert theirs - ours == set()
    made_up = {nodeid.partition("::")[0] for _, _, nodeid in ours - theirs}
    assert {name for name in made_up if "\nif " not in files[name]} == set()
