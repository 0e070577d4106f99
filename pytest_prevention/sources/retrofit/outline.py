"""The functions of one Python file, by its syntax tree. Nothing in it is run."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_prevention.model.retrofit import MODULE_LEVEL
from pytest_prevention.sources.scan.module import FunctionNode, ParseError, arms, parse

_LONE_RETURN = re.compile(rb"\r(?!\n)")


@dataclass(slots=True)
class Part:
    """One function with all that is inside it, or the code outside functions; line numbers count from 1.

    ``lines`` are all its lines, from the first decorator on; of the code outside functions only those that hold code.
    ``body`` are the lines below its head and docstring, ``code`` those of ``lines`` that hold code: comments,
    docstrings and blank lines are none. Definitions of one qualified name are one part. ``does`` anything: without it
    there is nothing to test, as in a protocol or an abstract method.
    """

    lines: set[int] = field(default_factory=set)
    body: set[int] = field(default_factory=set)
    code: set[int] = field(default_factory=set)
    does: bool = False


def outline(data: bytes) -> dict[str, Part]:
    """The parts of a file by qualified name, in order of line, the code outside functions last.

    ParseError where it is not Python, or where its lines are not those that git counts.
    """
    tree = parse(data)
    if alone := _LONE_RETURN.search(data):
        raise ParseError("a carriage return without a line feed", data.count(b"\n", 0, alone.start()) + 1)
    lines = enumerate(data.splitlines(), start=1)
    code = {number for number, line in lines if line.strip() and not line.lstrip().startswith(b"#")}
    code.difference_update(_docstring(tree))
    parts: defaultdict[str, Part] = defaultdict(Part)
    for name, node in sorted(_definitions(tree), key=lambda definition: definition[1].lineno):
        docstring = _docstring(node)
        code.difference_update(docstring)
        if not isinstance(node, ast.ClassDef):
            last = node.end_lineno or node.lineno
            body = docstring.stop if docstring else _first_line(node.body[0])
            parts[name].lines.update(range(_first_line(node), last + 1))
            # as far as lines can tell, what stands on the line of the head is executed when the function is made
            parts[name].body.update(range(max(body, node.lineno + 1), last + 1))
            parts[name].does |= any(map(_does, node.body))
    for part in parts.values():
        part.code = part.lines & code
    outside = code.difference(*(part.lines for part in parts.values()))
    return {**parts, MODULE_LEVEL: Part(outside, outside, outside, does=True)}


def _definitions(tree: ast.Module) -> Iterator[tuple[str, FunctionNode | ast.ClassDef]]:
    """All classes and functions with their qualified names, but nothing inside a function."""
    waiting: list[tuple[str, ast.Module | ast.stmt]] = [("", tree)]
    while waiting:  # a long chain of elif is nested more deeply than Python calls itself
        prefix, parent = waiting.pop()
        for node in (node for arm in arms(parent) for node in arm):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield prefix + node.name, node
                case ast.ClassDef():
                    yield prefix + node.name, node
                    waiting.append((f"{prefix}{node.name}.", node))
                case _:
                    waiting.append((prefix, node))


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _does(statement: ast.stmt) -> bool:
    """Whether it is more than a docstring, ``...``, ``pass`` or ``raise NotImplementedError``."""
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return False
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name != "NotImplementedError"
    return True


def _docstring(node: ast.Module | FunctionNode | ast.ClassDef) -> range:
    """The lines of the docstring; empty where there is none, or where it stands on the line of the head."""
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str())) as text, *_] if text.lineno > getattr(node, "lineno", 0):
            return range(text.lineno, (text.end_lineno or text.lineno) + 1)
    return range(0)
