"""The units of a Python file, and a change of them taken back in a later text."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.sources.proof.undo import Conflict, undone
from pytest_prevention.sources.proof.units import changes, read
from pytest_prevention.sources.scan.module import ParseError

QUOTES = "def f(): return f'{x[\"\u200b\"]}'\n"
"""Older versions of Python cannot write this again."""


def never(*_: bytes) -> None:
    """All merges conflict."""


def names(text: str) -> list[str]:
    return list(read(text.encode()).units)


def differing(before: str, after: str) -> list[str]:
    return [change.name for change in changes(read(before.encode()).units, read(after.encode()).units)]


def undo(before: str, after: str, today: str) -> str:
    """Today's text without what led from before to after; nothing is merged."""
    old, new, now = (read(text.encode()) for text in (before, after, today))
    return b"".join(undone(now, old, new, changes(old.units, new.units), never).lines).decode()


# Units.


def test_units_are_told_by_their_qualified_names() -> None:
    text = """
import os
X: int = 1
X += 1
a, b = 1, 2
class A(object):
    '''Text.'''
    limit = 1
    @property
    def size(self): return 1
    @size.setter
    def size(self, value): pass
    class B:
        def f(self): pass
async def f(): pass
try:
    import json
except ImportError:
    json = None
class C: pass
"""
    assert names(text) == [
        *("X", "Name(id='X', ctx=Store()) +=", "a, b", "A", "class A", "A.limit", "A.size", "A.size.setter"),
        *("A.B", "class A.B", "A.B.f", "f", "json", "C"),
    ]


def test_what_only_type_checkers_read_is_no_unit() -> None:
    text = "if TYPE_CHECKING:\n    import a\n@typing.overload\ndef f(a: int): ...\ndef f(a): return a\n"
    assert names(text) == ["f"]
    assert names("if TYPE_CHECKING:\n    import a\nelse:\n    a = 1\n") == ["a"]


def test_units_of_one_name_are_counted() -> None:
    assert names("def f(): pass\ndef f(): return 1\nprint()\nprint()\n")[:2] == ["f", "f#2"]


def test_code_inside_a_function_or_an_expression_binds_nothing() -> None:
    assert names("x = [y for y in z]\nwith a as b:\n    c = lambda d: d\n    def f():\n        e = 1\n") == [
        "x",
        "b, c, f",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    '''One.'''\n    return 1\n", "def f(): return 1  # two\n"),
        ("class A:\n    '''One.'''\n    def f(self): pass\n", "class A:\n\n    def f(self):\n        pass\n"),
        ("def f(): pass\nX = 1\n", "X = 1\ndef f(): pass\n"),
        ("import a\n", "import b\n"),
    ],
    ids=["text", "text of a class", "order", "imports"],
)
def test_layout_comments_docstrings_and_order_are_no_change(before: str, after: str) -> None:
    assert not differing(before, after)


def test_a_change_is_as_small_as_it_can_be() -> None:
    before = "class A(B):\n    x = 1\n    def f(self): pass\nclass C:\n    x = 1\ndef g(): pass\n"
    assert differing(before, before.replace("f(self)", "f(self, a)")) == ["A.f"]
    assert differing(before, before.replace("A(B)", "A(D)")) == ["class A"]
    assert differing(before, before.replace("class C:\n    x = 1\n", "")) == ["C"]
    assert differing(before, before + "class E:\n    x = 1\n") == ["E"]
    assert differing(before, before.replace("class C:\n    x = 1\n", "class C: x = 1\n")) == ["C"]


def test_a_lone_carriage_return_ends_the_reading() -> None:
    """Python takes it for a line end."""
    with pytest.raises(ParseError, match="carriage return"):
        read(b"a = 1\rb = 2\n")
    assert read(b"a = 1\r\nb = 2\r\n").units.keys() == {"a", "b"}


# Undoing.


@pytest.mark.parametrize(
    ("before", "after", "today", "expected"),
    [
        ("X = 1\n", "X = 2\n", "Y = 0\nX = 2  # two\n", "Y = 0\nX = 1\n"),
        ("X = 1\n", "X = 1\nY = 2\n", "Y = 2\nX = 1\nZ = 3", "X = 1\nZ = 3\n"),
        ("X = 1\nY = 2\nZ = 3\n", "Z = 3\n", "W = 0\nZ = 3\n", "\nX = 1\n\nY = 2\nW = 0\nZ = 3\n"),
        ("X = 1\nY = 2\nZ = 3\n", "X = 1\nZ = 3\n", "Z = 3\nX = 1\nW = 0\n", "Z = 3\nX = 1\n\nY = 2\nW = 0\n"),
        ("X = 1\n", "", "", "\nX = 1\n"),
        ("X = 1\n", "", "X = 1\nY = 1\n", "X = 1\nY = 1\n"),
        ("X = 1\n", "X = 2\n", "X = 1\nY = 1\n", "X = 1\nY = 1\n"),
        (
            "class A:\n    x = 1\n    def f(self): return 1\n",
            "class A:\n    x = 1\n",
            "class A:\n  x = 1\n  y = 1\nclass B: pass\n",
            "class A:\n  x = 1\n\n  def f(self): return 1\n  y = 1\nclass B: pass\n",
        ),
        (
            "class A:\n    x = 1\n    y = 2\n",
            "class A:\n    y = 2\n",
            "class A:\n    '''Text.'''\n    y = 2\n    z = 1\n",
            "class A:\n    '''Text.'''\n\n    x = 1\n    y = 2\n    z = 1\n",
        ),
        (
            "class A(B):\n    x = 1\n",
            "@c\nclass A(D):\n    x = 1\n",
            "@c\nclass A(\n    D\n):\n    '''Text.'''\n    x = 1\n    y = 1\n",
            "class A(B):\n    x = 1\n    y = 1\n",
        ),
        (
            "class A:\n    def f(self):\n        return 1\n",
            "class A:\n    def f(self):\n        return 2\n",
            "class A:\n\tx = 1\n\tdef f(self):\n\t\treturn 2\n",
            "class A:\n\tx = 1\n\tdef f(self):\n\t    return 1\n",
        ),
        (
            "@a\ndef f(): pass\n",
            "@b\n@c\ndef f(): pass\n",
            "X = 1\n@b\n@c\ndef f(): pass\n",
            "X = 1\n@a\ndef f(): pass\n",
        ),
    ],
    ids=[
        *("changed", "added", "removed, in front", "removed, in its place", "removed, alone", "back", "undone since"),
        *("method removed", "first of a class", "head", "tabs", "decorators"),
    ],
)
def test_units_are_undone_where_they_stand_today(before: str, after: str, today: str, expected: str) -> None:
    assert undo(before, after, today) == expected


@pytest.mark.parametrize(
    ("before", "after", "today", "words"),
    [
        ("X = 1\n", "X = 2\n", "X = 3\n", "X has changed since"),
        ("X = 1\n", "X = 2\n", "Y = 3\n", "X is no longer there"),
        ("", "X = 2\n", "X = 3\n", "X has changed since"),
        ("X = 1\n", "", "X = 3\n", "X has changed since"),
        ("class A:\n    x = 1\n    y = 2\n", "class A:\n    y = 2\n", "y = 2\n", "A.x has lost its class"),
        ("class A(B):\n    x = 1\n", "class A(C):\n    x = 1\n", "class A(C): x = 1\n", "class A is no longer"),
        ("log(1, '(')\n", "", "log(1, '(')\nlog(1, '(')\n", ""),
        ("X = 1\n", "X = 2\n", "X = 2; Y = 1\n", "around the fix"),
        ("X = 1\n", "X = 1\nY = 2\n", "Y = 2; X = 1\n", "around the fix"),
        ("def f(): return 1\n", "def f(): return 2\n", QUOTES, "f has changed since"),
        ("f(1)\nX = 1\n", "f(2)\nX = 1\n", "X = 1\n", r"f\(2\)' is no longer there"),
    ],
)
def test_a_unit_that_cannot_be_undone_is_a_conflict(before: str, after: str, today: str, words: str) -> None:
    if not words:
        assert undo(before, after, today) == today
        return
    with pytest.raises(Conflict, match=words):
        undo(before, after, today)


def test_an_indent_that_would_change_a_string_is_a_conflict() -> None:
    """The lines of a text that is no docstring would move with the code."""
    before = "class A:\n    def f(self):\n        return '''\n        1'''\n"
    today = "class A:\n  x = 1\n  def f(self):\n    return '''\n        2'''\n"
    with pytest.raises(Conflict, match=r"A\.f cannot be told"):
        undo(before, before.replace("1", "2"), today)


# Imports.


@pytest.mark.parametrize(
    ("before", "after", "today", "expected"),
    [
        ("X = 1\n", "import a\nX = a\n", "import a\nX = a\nY = 1\n", "X = 1\nY = 1\n"),
        ("X = 1\n", "import a\nX = a\n", "import a\nX = a\nY = a\n", "import a\nX = 1\nY = a\n"),
        (
            "X = 1\n",
            "from a import b\nX = b\n",
            "from a import (c,\n b)\nX = b\nY = c\n",
            "from a import c\nX = 1\nY = c\n",
        ),
        (
            "import a\nX = a\n",
            "X = 1\n",
            "'''Text.'''\nimport b\nX = 1\nY = b\n",
            "'''Text.'''\nimport b\nimport a\nX = a\nY = b\n",
        ),
        (
            "import a\nX = a\n",
            "X = 1\n",
            "# coding: utf-8\nX = 1\nY = 1\n",
            "# coding: utf-8\nimport a\nX = a\nY = 1\n",
        ),
        ("import a\nX = a\n", "X = 1\n", "import a\nX = 1\nY = a\n", "import a\nX = a\nY = a\n"),
        (
            "from a import f\nX = f\n",
            "from b import f\nX = f\n",
            "from b import f\nX = f\nY = f\n",
            "from a import f\nX = f\nY = f\n",
        ),
        ("from a import *\n", "from b import *\n", "from b import *\nY = 1\n", "from a import *\nY = 1\n"),
    ],
    ids=["goes", "is used", "goes from a list", "comes back", "first", "back", "changed", "star"],
)
def test_imports_go_and_come_back_with_the_change(before: str, after: str, today: str, expected: str) -> None:
    assert undo(before, after, today) == expected


@pytest.mark.parametrize(
    ("before", "after", "today", "words"),
    [
        ("from a import f\n", "from b import f\n", "from c import f\nY = f\n", "f is imported from elsewhere"),
        ("X = 1\n", "import a\nX = 2\n", "import a; Y = 2\nX = 2\n", "imports of the fix"),
        ("X = 1\n", "import a\nX = 2\n", "import a; import b\nX = 2\n", "imports of the fix"),
    ],
)
def test_imports_that_cannot_be_undone_are_a_conflict(before: str, after: str, today: str, words: str) -> None:
    with pytest.raises(Conflict, match=words):
        undo(before, after, today)


@pytest.mark.parametrize(
    ("before", "after", "today", "name"),
    [
        ("import a\nX = a.b\n", "import a\nX = 1\n", "X = 1\nY = 1\n", "a"),
        ("def g(): pass\ndef f(): g()\n", "def g(): pass\ndef f(): pass\n", "def f(): pass\n", "g"),
        (
            "class A:\n    def g(self): pass\n    def f(self): self.g()\n",
            "class A:\n    def g(self): pass\n    def f(self): pass\n",
            "class A:\n    def f(self): pass\n",
            "g",
        ),
    ],
    ids=["import", "function", "method"],
)
def test_what_a_unit_used_before_must_still_be_there(before: str, after: str, today: str, name: str) -> None:
    """Else every red would be a NameError of our own making."""
    with pytest.raises(Conflict, match=f"needs {name}, which is no longer there"):
        undo(before, after, today)


# Laws.

Body = dict[str, int]
"""The names of a body's units in order, each with a number that stands for what it does."""
BODIES = st.lists(st.sampled_from("abcdef"), unique=True).flatmap(
    lambda names: st.lists(st.integers(0, 2), min_size=len(names), max_size=len(names)).map(
        lambda numbers: dict(zip(names, numbers, strict=True))
    )
)


def told(body: Body, methods: Body, docstring: str = "") -> str:
    """A module of functions, constants, and a class; its first letters say which."""
    lines = [f"'''{docstring}'''"]
    for name, number in body.items():
        if name in "abc":
            lines.append(f"def {name}(x):\n    '''{docstring}'''\n    return x + {number}\n")
        else:
            lines.append(f"{name.upper()} = {number}\n")
    lines.append("class K:\n    always = 1\n")
    lines += (f"    def {name}(self):\n        return '''\n{number}'''\n" for name, number in methods.items())
    return "\n".join(lines)


@st.composite
def fixes(draw: st.DrawFn) -> tuple[Body, Body]:
    """A body before and after a fix: some units changed, some gone, some new, none in another order."""
    before = draw(BODIES)
    after: Body = {}
    for name, number in before.items():
        match draw(st.sampled_from(["stays", "stays", "changes", "goes"])):
            case "stays":
                after[name] = number
            case "changes":
                after[name] = number + 10
    for name in draw(st.lists(st.sampled_from("abcdef"), unique=True)):
        if name not in before:
            items = list(after.items())
            items.insert(draw(st.integers(0, len(items))), (name, 20))
            after = dict(items)
    return before, after


@given(fixes(), fixes())
def test_undone_right_after_the_fix_it_is_what_was_before(module: tuple[Body, Body], inner: tuple[Body, Body]) -> None:
    """In every syntax node."""
    before, after = (told(body, methods) for body, methods in zip(module, inner, strict=True))
    assert ast.dump(ast.parse(undo(before, after, after))) == ast.dump(ast.parse(before))


@given(fixes(), fixes(), st.data())
def test_what_came_since_stays_as_it_is(
    module: tuple[Body, Body], inner: tuple[Body, Body], data: st.DataObject
) -> None:
    """Others change, come and go, all in another order and layout: only the fix is taken back."""
    before, after = (told(body, methods) for body, methods in zip(module, inner, strict=True))
    (body, left), (methods, methods_left) = (later(data, *bodies) for bodies in (module, inner))
    today = ast.unparse(ast.parse(told(body, methods, "Other.")))
    expected = told(left, methods_left)
    found = undo(before, after, today)
    assert {name: unit.meaning for name, unit in read(found.encode()).units.items() if name != "K"} == {
        name: unit.meaning for name, unit in read(expected.encode()).units.items() if name != "K"
    }


def later(data: st.DataObject, before: Body, after: Body) -> tuple[Body, Body]:
    """A body after more changes of units that the fix left alone, in any order; and the same without the fix."""
    alone = {name for name in after if before.get(name) == after[name]}
    fixed = {name: number for name, number in after.items() if name not in alone}
    others = {
        name: after[name] + data.draw(st.sampled_from([0, 100])) for name in sorted(alone) if data.draw(st.booleans())
    }
    now = dict(data.draw(st.permutations([*fixed.items(), *others.items(), ("z", 1)])))
    return now, {**{name: number for name, number in before.items() if name not in alone}, **others, "z": 1}
