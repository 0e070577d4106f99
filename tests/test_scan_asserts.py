"""What counts as an assertion: yes, no, or out of sight."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_prevention.sources.pytest_config import CollectionRules
from pytest_prevention.sources.scan.reader import scan

HEAD = """
import json, unittest, pytest
from time import sleep
from unittest import mock
from vendor import run_case, Client, compare
import vendor.tools
from helpers import inspect_order, touch, Helper
import helpers
from shop.orders import create
MARK = pytest.mark.incident("INC-001")

def same_file(order):
    inner(order)

def inner(order):
    assert order

def idle(order):
    idle(order)
    print(order)

@pytest.fixture
def guarded():
    yield 1
    assert everything.is_well

@pytest.fixture
def plain():
    return Client()
"""

HELPERS = """
def inspect_order(order):
    if order: raise AssertionError("no order")
def touch(order):
    order.touch()
class Helper:
    def go(self): pass
"""

ORDERS = "def create(order):\n    return dict(order)\n"

YES = {
    "assert": "assert order.total == 3",
    "assert in a loop": "for order in orders:\n        assert order",
    "assert in an inner function": "def callback(order): assert order\n    api.call(callback)",
    "assert False": "try: order()\n    except KeyError: pass\n    else: assert False, 'no error'",
    "pytest.raises": "with pytest.raises(ValueError): create(1)",
    "pytest.raises as a call": "pytest.raises(ValueError, create, 1)",
    "pytest.warns": "with pytest.warns(UserWarning): create(1)",
    "pytest.deprecated_call": "with pytest.deprecated_call(): create(1)",
    "pytest.fail": "pytest.fail('never')",
    "raise AssertionError": "raise AssertionError",
    "raise AssertionError with words": "if order: raise AssertionError('x')",
    "mock": "mock.Mock().assert_called_once_with(1)",
    "numpy": "numpy.testing.assert_allclose(1, order)",
    "check": "check_order(order)",
    "verify": "order.verifyTotal()",
    "expect": "expect(page).to_have_title('x')",
    "ensure, private": "_ensure(order)",
    "a helper in the same file": "same_file(order)",
    "a helper in another file": "inspect_order(order)",
    "a helper in another file, by module": "helpers.inspect_order(order)",
}

NO = {
    "nothing": "pass",
    "ellipsis": "...",
    "a docstring": '"""Orders survive."""',
    "assert True": "assert True",
    "assert 1": "assert 1, 'always'",
    "assert constants": "assert 1 + 1 == 2",
    "assert a tuple": "assert (order, 'message')",
    "return": "return create(1) == 2",
    "builtins": "print(len([1]))",
    "standard library": "sleep(1)\n    json.dumps({})",
    "methods": "order.save()\n    order.lines.first().save()",
    "a subject below the root": "create({})",
    "a helper that asserts nothing": "touch(1)\n    idle(2)\n    Helper().go()",
    "a constructor": "Client(1)",
    "a bare raise": "try: create(1)\n    except ValueError: raise",
    "checkout is no check": "order.checkout()",
    "skip": "pytest.skip('later')",
}

UNKNOWN = {
    "a helper from elsewhere": "run_case('x')",
    "a helper from elsewhere, by module": "vendor.tools.run('x')",
    "a name from nowhere": "somewhere('x')",
    "a fixture that is called": "order('x')",
    "a local name": "run = order.run\n    run()",
    "a local import": "from vendor import go\n    go()",
    "another exception": "if order: raise ValueError('x')",
    "a context that is no call": "with order: create(1)",
    "the result of a call": "order.get()('x')",
}


def asserts(root: Path, text: str) -> bool | None:
    (root / "shop").mkdir()
    (root / "shop" / "orders.py").write_text(ORDERS)
    (root / "helpers.py").write_text(HELPERS)
    (root / "test_a.py").write_text(HEAD + text)
    (answer,) = {link.asserts for link in scan(root, CollectionRules(), []).links}
    return answer


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(body, expected, id=name)
        for table, expected in ((YES, True), (NO, False), (UNKNOWN, None))
        for name, body in table.items()
    ],
)
def test_in_a_function(tmp_path: Path, body: str, expected: bool | None) -> None:
    """No only where nothing can assert; unknown where something out of sight might."""
    assert asserts(tmp_path, f"@MARK\ndef test_a(order):\n    {body}\n") is expected


METHODS: Mapping[str, tuple[str, str, bool | None]] = {
    "unittest's own": ("unittest.TestCase", "self.assertEqual(1, self.x)", True),
    "fail": ("unittest.TestCase", "self.fail()", True),
    "failureException": ("unittest.TestCase", "raise self.failureException('x')", True),
    "no assertion of unittest": (
        "unittest.TestCase",
        "self.addCleanup(print)\n        with self.subTest(1): pass",
        False,
    ),
    "a method of the class": ("object", "self.look()", True),
    "an idle method of the class": ("object", "self.rest()", False),
    "a method out of sight": ("vendor.Base", "self.gaze()", None),
    "a method of a foreign TestCase": ("vendor.ShopTestCase", "self.gaze()", None),
    "an attribute that is called": ("object", "self.run()", None),
}


@pytest.mark.parametrize("case", METHODS)
def test_in_a_method(tmp_path: Path, case: str) -> None:
    """Methods of the same class are followed; those of unittest are known."""
    base, body, expected = METHODS[case]
    text = f"""
class TestX({base}):
    @MARK
    def test_a(self):
        {body}
    def look(self): assert self.order
    def rest(self): self.order = 1
"""
    assert asserts(tmp_path, text) is expected


AROUND: Mapping[str, tuple[str, bool | None]] = {
    "a fixture of the same file that asserts": ("@MARK\ndef test_a(guarded): pass", True),
    "a fixture of the same file that does not": ("@MARK\ndef test_a(plain): pass", False),
    "tearDown": (
        "class TestX:\n    @MARK\n    def test_a(self): pass\n    def teardown_method(self): assert self.x",
        True,
    ),
    "a decorator that compares": ("@MARK\n@compare('a.png')\ndef test_a(): pass", True),
    "a decorator from elsewhere": ("@MARK\n@run_case\ndef test_a(): pass", None),
    "decorators of pytest and mock": ("@MARK\n@mock.patch('x')\n@pytest.mark.slow\ndef test_a(): pass", False),
    "twins, one of which asserts": (
        "if x:\n    @MARK\n    def test_a(): pass\nelse:\n    @MARK\n    def test_a(): assert x",
        True,
    ),
}


@pytest.mark.parametrize("case", AROUND)
def test_around_a_test(tmp_path: Path, case: str) -> None:
    """Fixtures, teardown and decorators can assert on behalf of a test."""
    text, expected = AROUND[case]
    assert asserts(tmp_path, text) is expected
