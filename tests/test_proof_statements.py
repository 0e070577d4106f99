"""The lines of a file that a test can execute after the import."""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from pytest_prevention.sources.proof.statements import statements
from pytest_prevention.sources.scan.module import ParseError

SOURCE = '''\
import os

LIMIT = 10
key = lambda order: order.number


@staticmethod
def total(
    lines,
    voucher=LIMIT,
):
    """What it costs."""
    global seen
    seen: int
    # a comment
    prices = sum(
        line.price
        for line in lines  # all of them

    )
    if (
        prices
        and voucher
    ):
        return prices
    elif seen: pass
    else:
        del prices
    try:
        os.nothing()
    except (
        OSError
    ):
        raise
    finally:
        "not executed"
    with open("a") as one:
        match one:
            case "x" if \\
                prices:
                return 1

    @staticmethod
    def inner():
        return 2
    return inner


class Order:
    number = 1

    def price(self): return 3

    async def paid(self):
        return await self.price()
'''


def first_lines(source: str) -> list[str]:
    text = source.split("\n")
    return [text[line - 1].strip() for line in sorted(set(statements(source.encode()).begins.values()))]


def test_what_runs_when_a_function_is_called() -> None:
    """Statements in bodies by their first lines: no head, docstring, comment or declaration, nothing of the module."""
    assert first_lines(SOURCE) == [
        "prices = sum(",
        "if (",
        "return prices",
        "elif seen: pass",
        "del prices",
        "try:",
        "os.nothing()",
        "except (",
        "raise",
        'with open("a") as one:',
        "match one:",
        'case "x" if \\',
        "return 1",
        "@staticmethod",
        "return 2",
        "return inner",
        "return await self.price()",
    ]


def test_a_line_on_which_a_statement_goes_on_belongs_to_it() -> None:
    """But for the blank lines and comments in it; the statements inside a compound one are their own."""
    found = statements(SOURCE.encode())
    assert found.continued({16, 21}) == {17: 16, 18: 16, 20: 16, 22: 21, 23: 21, 24: 21}
    assert found.begins[25] == 25


def test_the_statements_of_one_function() -> None:
    """By its qualified name, with those of the functions in it; of a name that is not there none."""
    found = statements(SOURCE.encode())
    assert found.of_function("Order.paid") == {55}
    assert {16, 43, 45, 46} <= found.of_function("total") <= set(range(16, 47))
    assert found.of_function("Order.refunded") == found.of_function("<module>") == frozenset()


def test_many_handlers_in_each_other_are_read_once() -> None:
    """Each level must not double the work."""
    deep = "".join(f"{'  ' * depth}try:\n{'  ' * depth}  a\n{'  ' * depth}except E:\n" for depth in range(1, 45))
    assert len(statements(f"def f():\n{deep}{'  ' * 45}b\n".encode()).begins) == 3 * 44 + 1


@pytest.mark.parametrize("data", [b"def f(:\n", b"\0", b"def f():\n  a\r  b\n"])
def test_what_cannot_be_read_is_an_error(data: bytes) -> None:
    """No Python, or lines that git counts in another way."""
    with pytest.raises(ParseError):
        statements(data)


def test_each_statement_is_in_the_line_tables_of_python() -> None:
    """Held against what the compiler makes of modules of the standard library: all statements but unreachable ones."""
    library = Path(sysconfig.get_path("stdlib"))
    for name in ("argparse", "dataclasses", "difflib", "tokenize"):
        data = (library / f"{name}.py").read_bytes()
        found = statements(data)
        functions = _functions(compile(ast.parse(data), name, "exec"))
        compiled = {line for code in functions for _, _, line in code.co_lines()}
        traced = {first for line, first in found.begins.items() if line in compiled}
        assert len(traced) > 100
        assert set(found.begins.values()) == traced


def _functions(code: CodeType, *, inside: bool = False) -> Iterator[CodeType]:
    """The code of all functions, with all that is in them."""
    optimized = 1
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            within = inside or bool(constant.co_flags & optimized)
            yield from [constant] * within
            yield from _functions(constant, inside=within)
