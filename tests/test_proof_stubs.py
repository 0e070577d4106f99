"""Stubs: today's tests are collected on code that lacks names they import, and what touches such a name is weak."""

from __future__ import annotations

from pathlib import Path

from pytest_prevention.model.proof import Ran
from tests.proof_runs import A, calls, made, nothing_left, one, ran  # noqa: F401

OLD = {
    "shop/__init__.py": "",
    "shop/orders.py": "class OldError(Exception): pass\ndef total(items): return sum(items)\n",
}
WATCH = ("shop/orders.py", "shop/money.py")


def on_old_code(tmp_path: Path, tests: str, **more: str) -> Ran:
    """The test file ``tests``, with stubs, on ``OLD``; ``conftest``, ``helpers``, ``inner`` are other files."""
    places = {"conftest": "conftest.py", "helpers": "tests/helpers.py", "inner": "shop/inner.py"}
    files = OLD | {A: tests} | {places[name]: text for name, text in more.items()}
    return ran(made(tmp_path / "tree", files), watch=WATCH, stubs=True)


MISSING = [
    ("from shop.orders import refund", "refund(1)", "shop.orders.refund()"),
    ("from shop.orders import total, refund as r", "r.x", "shop.orders.refund.x"),
    ("from shop import money", "money.Money", "shop.money.Money"),
    ("from shop.money import Money", "Money(1)", "shop.money.Money()"),
    ("from shop.money.of import Money", "Money(1)", "shop.money.of.Money()"),
    ("import shop.money", "shop.money.Money(1)", "shop.money"),
    ("import shop.money as m", "m.Money(1)", "shop.money.Money"),
    ("import shop.money.of as m", "m.Money(1)", "shop.money.of.Money"),
    ("import shop.orders\nrefund = shop.orders.refund", "refund(1)", "shop.orders.refund()"),
    ("import shop.orders as o\nclass Uses:\n    refund = o.refund", "Uses.refund(1)", "shop.orders.refund()"),
    ("import shop.orders\nshop.orders.refund", "shop.orders.refund", "shop.orders.refund"),
]


def test_what_is_missing_is_stood_in_for(tmp_path: Path) -> None:
    """However it is imported; the test that uses it says what this code has not, the others run as they are."""
    old = "def test_old():\n    from shop.orders import total\n    assert total([1]) == 2\n"
    files = {
        f"tests/test_{number}.py": f"{import_}\n{old}def test_new():\n    {use}\n"
        for number, (import_, use, _) in enumerate(MISSING)
    }
    result = ran(made(tmp_path / "tree", OLD | files), *files, watch=WATCH, stubs=True)
    for file, (import_, _, absent) in zip(files, MISSING, strict=True):
        new, old_one = one(result, f"{file}::test_new"), one(result, f"{file}::test_old")
        assert (new.outcome, new.kind, new.message) == ("failed", "AbsentName", f"this code has no {absent}"), import_
        assert (old_one.outcome, old_one.kind) == ("failed", "AssertionError"), import_


def test_without_stubs_nothing_is_collected(tmp_path: Path) -> None:
    """Nothing stands in where nobody asked for it."""
    tree = made(tmp_path / "tree", OLD | {A: "from shop.orders import refund\ndef test_it(): pass\n"})
    assert calls(ran(tree, watch=WATCH)) == {A: "failed"}


INERT = """
import dataclasses, enum, functools, pytest, typing
from shop.orders import (Base, Kind, LIMIT, NotThere, RefundError, SlowWarning, decorate, decorated_with, fresh, total)
import shop.money

assert fresh(1).more[2] + LIMIT * 2 - 1 | 3 and not isinstance(1, Kind) and LIMIT > 3 and len(Kind) == 0
assert list(Kind) == [] and int(LIMIT) == 0 and f"{LIMIT}" and -LIMIT is not None and 2 * LIMIT is not None
assert LIMIT == LIMIT and LIMIT != 3 and {LIMIT: 1} and 1 not in Kind
with fresh() as opened: pass
@decorate
class Decorated: pass
@decorated_with("x")
def helper(value: Kind | None = None, other: typing.Optional[Base] = None) -> dict[str, Kind]: return 7
class Derived(Base, fresh.Mixin):
    kind = Kind.A
class Both(Base, Decorated): pass
@dataclasses.dataclass
class Data:
    kind: Kind
    limit: int = LIMIT
class OwnError(RefundError): pass
partial = functools.partial(fresh, 1)
@pytest.mark.parametrize("case", [Kind.A, Kind, fresh(1), pytest.param(Kind.B, id="b")])
@decorate
def test_cases(case): pass
@pytest.mark.parametrize("case", [1, 2])
@decorated_with("x")
def test_decorated(case): assert total([case]) == 1
class TestBase(Base):
    def test_method(self): assert helper() == 7
    def test_of_base(self): self.check(1)
def test_raises():
    with pytest.raises(RefundError): total([])
def test_raises_own():
    with pytest.raises((OwnError, ValueError)): int("x")
def test_warns():
    with pytest.warns(SlowWarning): total([])
"""


def test_while_collecting_a_stub_goes_along_with_anything(tmp_path: Path) -> None:
    """Decorator, base class, argument, annotation, operand, context: the file is collected as on the new code."""
    result = on_old_code(tmp_path, INERT)
    assert result.end == "finished"
    assert calls(result) == {
        "test_cases[case0]": "passed",
        "test_cases[Kind]": "passed",
        "test_cases[case2]": "passed",
        "test_cases[b]": "passed",
        "test_decorated[1]": "passed",
        "test_decorated[2]": "failed",
        "test_method": "passed",
        "test_of_base": "failed",
        "test_raises": "failed",
        "test_raises_own": "passed",
        "test_warns": "failed",
    }
    assert one(result, "test_decorated[2]").kind == "AssertionError"
    assert one(result, "test_of_base").kind == "AbsentName"
    assert {one(result, name).kind for name in ("test_raises", "test_warns")} == {"Failed"}


TOUCHES = [
    "thing()",
    "thing.attribute",
    "thing[0]",
    "thing + 1",
    "1 + thing",
    "thing == 1",
    "1 == thing",
    "thing < 1",
    "bool(thing)",
    "list(thing)",
    "len(thing)",
    "f'{thing}'",
    "str(thing)",
    "1 in thing",
    "with thing: pass",
    "isinstance(1, thing)",
    "issubclass(int, thing)",
    "class X(thing): pass",
    "raise ThingError",
    "raise ThingError('x')",
    "ThingError.code",
    "raise OwnError",
    "Derived.thing",
    "Derived().thing",
    "Derived(1)",
    "copy.deepcopy(thing)",
    "pytest.raises(thing)",
    "try:\n        {}['a']\n    except thing: pass",
    "assert not hasattr(thing, 'x') and 0",
    "try: thing()\n    except Exception: raise KeyError('x')",
]


def test_while_tests_run_touching_a_stub_is_the_red(tmp_path: Path) -> None:
    """Whatever is done to it, and though the test swallows that and then fails in another way."""
    head = "import copy, pytest\nfrom shop.orders import thing, ThingError\nclass Derived(thing): pass\n"
    head += "class OwnError(ThingError): pass\n"
    tests = "".join(f"def test_{number}():\n    {body}\n" for number, body in enumerate(TOUCHES))
    result = on_old_code(tmp_path, head + tests)
    kinds = {body: one(result, f"::test_{number}").kind for number, body in enumerate(TOUCHES)}
    assert kinds == dict.fromkeys(TOUCHES, "AbsentName")


def test_one_test_does_not_spoil_the_next(tmp_path: Path) -> None:
    """A red that no stub had a part in is graded as any other; one that was survived is nothing."""
    tests = (
        "import pytest\nfrom shop.orders import thing, total\n"
        "def test_touch(): thing()\n"
        "def test_red(): assert total([1]) == 2\n"
        "def test_survived():\n    with pytest.raises(AttributeError): thing()\n"
        "def test_key(): {}['a']\n"
    )
    result = on_old_code(tmp_path, tests)
    assert one(result, "test_red").kind == "AssertionError"
    assert one(result, "test_survived").outcome == "passed"
    assert one(result, "test_key").kind == "KeyError"


def test_only_test_files_meet_stubs(tmp_path: Path) -> None:
    """The package's own code finds out that the name is missing, before and after a test file was given a stub."""
    inner = (
        "import shop.orders\nhas = hasattr(shop.orders, 'refund')\n"
        "try:\n    import shop.money\nexcept ImportError:\n    found = False\nelse:\n    found = True\n"
        "try:\n    from shop.orders import refund\nexcept ImportError:\n    refund = None\n"
        "def later():\n    import sys\n    assert 'shop.money' not in sys.modules\n"
        "    return hasattr(shop.orders, 'refund'), hasattr(shop, 'money')\n"
    )
    tests = (
        "from shop.orders import refund\nimport shop.money\nfrom shop import inner\n"
        "def test_inner():\n    assert not inner.has and not inner.found and inner.refund is None\n"
        "def test_later(): assert inner.later() == (False, False)\n"
        "def test_natural():\n    import shop.orders\n    shop.orders.never_named\n"
        "def test_lazy():\n    from shop.gone import x\n"
    )
    result = on_old_code(tmp_path, tests, inner=inner)
    found = {name: one(result, name).kind for name in ("test_inner", "test_later", "test_natural", "test_lazy")}
    assert found == {
        "test_inner": "",
        "test_later": "",
        "test_natural": "AttributeError",
        "test_lazy": "ModuleNotFoundError",
    }


def test_conftest_and_helpers_meet_stubs(tmp_path: Path) -> None:
    """What lies in the tree beside the tests, and is not of the package; a fixture that touches a stub is red."""
    result = on_old_code(
        tmp_path,
        "from helpers import check\ndef test_helped(): check(3)\ndef test_fixture(refunded): pass\n",
        helpers="from shop.orders import refund\ndef check(value): refund(value)\n",
        conftest="import pytest\nfrom shop.money import Money\n@pytest.fixture\ndef refunded(): return Money(3)\n",
    )
    assert one(result, "test_helped").kind == "AbsentName"
    fixture = one(result, "test_fixture", "setup")
    assert (fixture.outcome, fixture.kind) == ("failed", "AbsentName")


def test_test_files_inside_the_package_meet_stubs(tmp_path: Path) -> None:
    """Relative imports too."""
    files = {
        "shop/tests/__init__.py": "",
        "shop/tests/test_o.py": "from ..orders import refund\nfrom .. import money\n",
    }
    files["shop/tests/test_o.py"] += "def test_o(): refund()\ndef test_m(): money.Money()\n"
    result = ran(made(tmp_path / "tree", OLD | files), "shop/tests/test_o.py", watch=WATCH, stubs=True)
    assert {one(result, name).kind for name in ("test_o", "test_m")} == {"AbsentName"}


def test_other_imports_fail_as_they_do(tmp_path: Path) -> None:
    """Of other packages, of a module that is there and cannot be imported, or beyond the top."""
    imports = ["from nowhere import x", "import os.nowhere", "from shop import broken", "from .. import x"]
    files = {f"tests/test_{number}.py": f"{line}\ndef test_it(): pass\n" for number, line in enumerate(imports)}
    tree = made(tmp_path / "tree", OLD | {"shop/broken.py": "import shop.nothere\n"} | files)
    assert calls(ran(tree, *files, watch=WATCH, stubs=True)) == dict.fromkeys(files, "failed")


def test_with_nothing_missing_nothing_changes(tmp_path: Path) -> None:
    """Even a TypeError is what it is."""
    tests = "from shop.orders import total\nimport shop\ndef test_it(): total(1)\ndef test_s(): assert repr(shop)\n"
    result = on_old_code(tmp_path, tests)
    assert one(result, "test_it").kind == "TypeError"
    assert one(result, "test_s").outcome == "passed"


def test_a_package_that_is_all_new(tmp_path: Path) -> None:
    """The fix may have brought the whole of it."""
    tree = made(tmp_path / "tree", {A: "import money\nfrom money.coins import Coin\ndef test_it(): Coin()\n"})
    result = ran(tree, watch=("money/coins.py",), stubs=True)
    assert one(result, "test_it").kind == "AbsentName"
