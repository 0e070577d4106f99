"""The units of a Python file: its functions and methods, the heads of its classes, and the statements between them.

Units are told by their qualified names and compared by their syntax trees, without docstrings: where a unit stands, how
it is laid out and what is around it does not matter. Nothing here is run.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple, TypeVar

from pytest_prevention.sources.scan.module import ParseError, parse

Node = TypeVar("Node", bound=ast.AST)

HEAD = "class "
"""Begins the name of the head of a class; the class as a whole has the plain name."""

_LONE_RETURN = re.compile(rb"\r(?!\n)")
_ACCESSORS = ("getter", "setter", "deleter")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: the lines from ``start`` to ``stop`` (from 0) of its file, with decorators.

    ``scope`` is the qualified name of the class around it (of a head: of its own class), ``meaning`` a digest of its
    syntax tree.
    """

    name: str
    scope: str
    start: int
    stop: int
    lines: tuple[bytes, ...]
    node: ast.stmt
    meaning: str

    @property
    def indent(self) -> bytes:
        first = self.lines[0]
        return first[: len(first) - len(first.lstrip())]

    @property
    def title(self) -> str:
        """What a person calls it: a statement that binds no name has its whole tree as its name."""
        return self.name if "(" not in self.name else repr(self.lines[0].strip().decode("utf-8", "replace")[:60])


Units = Mapping[str, Unit]


@dataclass(frozen=True, slots=True)
class Python:
    """A Python file: its lines, all of which end in a line end, and its units by name, in their order.

    Imports outside functions are no units: they are kept by themselves. Neither is what only type checkers read.
    """

    lines: tuple[bytes, ...]
    tree: ast.Module
    units: Units

    @property
    def names(self) -> set[str]:
        """What it binds in the module and its classes, without their names in front."""
        nodes = (*(unit.node for unit in self.units.values()), *self.imports)
        return {name for node in nodes for name in bound(node)}

    @property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """The import statements of the module itself."""
        return [node for node in self.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


class Changed(NamedTuple):
    """What was done to one unit; None: there was none."""

    name: str
    title: str
    before: Unit | None
    after: Unit | None


def read(text: bytes) -> Python:
    """The file of this text, or ParseError."""
    tree = parse(text)
    if alone := _LONE_RETURN.search(text):
        raise ParseError("a carriage return without a line feed", text.count(b"\n", 0, alone.start()) + 1)
    lines = tuple(line if line.endswith(b"\n") else line + b"\n" for line in text.splitlines(keepends=True))
    try:
        found = list(_units(lines, tree, ""))
    except RecursionError:
        raise ParseError("it is nested too deeply") from None
    seen: Counter[str] = Counter()
    units = {}
    for unit in found:
        seen[unit.name] += 1
        number = seen[unit.name]
        units[unit.name if number == 1 else f"{unit.name}#{number}"] = unit
    return Python(lines, tree, units)


def changes(before: Units, after: Units) -> list[Changed]:
    """What differs, in the order of before; a class that stands on one side only is one change."""
    both = {name for name in before.keys() & after.keys() if name.startswith(HEAD)}
    found = []
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        unit = old or after[name]
        is_in_whole = (name.startswith(HEAD) and name not in both) or (unit.scope and HEAD + unit.scope not in both)
        if is_in_whole or HEAD + name in both or (old and new and old.meaning == new.meaning):
            continue
        found.append(Changed(name, unit.title, old, new))
    return found


def _units(lines: Sequence[bytes], parent: ast.Module | ast.ClassDef, scope: str) -> Iterator[Unit]:
    prefix = f"{scope}." if scope else ""
    for node in _without_docstring(parent).body:
        if (isinstance(node, ast.Import | ast.ImportFrom) and not scope) or _is_for_checkers(node):
            continue
        start, stop = first_line(node) - 1, node.end_lineno or node.lineno
        whole = Unit(prefix + _name(node), scope, start, stop, tuple(lines[start:stop]), node, "")
        inner = list(_parts(lines, whole.name, node)) if isinstance(node, ast.ClassDef) else []
        meaning = _digest(*(unit.meaning for unit in inner)) if inner else _digest(ast.dump(_without_docstring(node)))
        yield replace(whole, meaning=meaning)
        yield from inner


def _parts(lines: Sequence[bytes], name: str, node: ast.ClassDef) -> Iterator[Unit]:
    """The head of a class, with its docstring, and all that is in it; nothing where both stand on one line."""
    first = node.body[0]
    if lines[first.lineno - 1][: first.col_offset].strip():
        return
    has_docstring = len(_without_docstring(node).body) < len(node.body)
    start, stop = first_line(node) - 1, (first.end_lineno or first.lineno) if has_docstring else first_line(first) - 1
    head = copy(node)
    head.body = []
    yield Unit(HEAD + name, name, start, stop, tuple(lines[start:stop]), head, _digest(ast.dump(head)))
    yield from _units(lines, node, name)


def _digest(*texts: str) -> str:
    """Short, since what is nested is told once for each class around it."""
    return sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def _name(node: ast.stmt) -> str:
    """What a statement is told by: its own name, what it assigns to, else all that it binds, else what it says."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            accessors = (_last_name(decorator) for decorator in node.decorator_list)
            return ".".join([node.name, *(word for word in accessors if word in _ACCESSORS)])
        case ast.ClassDef():
            return node.name
        case ast.AugAssign():
            return f"{ast.dump(node.target)} +="
    return ", ".join(sorted(set(bound(node)))) or ast.dump(node)


def bound(node: ast.stmt | ast.alias) -> Iterator[str]:
    """The names that a statement binds, but nothing inside a function, a class or an expression."""
    waiting: list[ast.AST] = [node]
    while waiting:
        match waiting.pop():
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()) as target:
                yield ast.dump(target)
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() | ast.Lambda():
                continue
            case inner:
                waiting += ast.iter_child_nodes(inner)


def _is_for_checkers(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return any(_last_name(decorator) == "overload" for decorator in node.decorator_list)
        case ast.If(test=test, orelse=[]):
            return _last_name(test) == "TYPE_CHECKING"
    return False


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _without_docstring(node: Node) -> Node:
    """The same, or a shallow copy of it."""
    match node:
        case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() if (
            ast.get_docstring(node, clean=False) is not None
        ):
            bare = copy(node)
            bare.body = node.body[1:]
            return bare
    return node


def first_line(node: ast.stmt) -> int:
    """The line of a statement, or of its first decorator."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
