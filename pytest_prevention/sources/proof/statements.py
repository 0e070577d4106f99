"""The statements of one Python file that run when a function is called, by its syntax tree. Nothing in it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

from pytest_prevention.model.retrofit import MODULE_LEVEL
from pytest_prevention.sources.retrofit.outline import Part, outline
from pytest_prevention.sources.scan.module import parse

_Node: TypeAlias = ast.stmt | ast.ExceptHandler | ast.match_case


@dataclass(frozen=True, slots=True)
class Statements:
    """What a test can execute of one file after it was imported; line numbers count from 1.

    ``begins`` gives for each line of code in a function's body the first line of its statement. A compound statement
    is its head; that of a function runs when the function is made, so it is there only inside another one.
    """

    begins: Mapping[int, int]
    _parts: Mapping[str, Part]

    def of_function(self, name: str) -> frozenset[int]:
        """The first lines of the statements of the functions with this qualified name; empty where there is none."""
        part = self._parts.get(name, Part())
        return frozenset(first for line, first in self.begins.items() if line in part.lines)

    def continued(self, firsts: Set[int]) -> dict[int, int]:
        """Of the statements that begin on these lines, the other lines with the one where they begin."""
        return {line: first for line, first in self.begins.items() if first in firsts and line != first}


def statements(data: bytes) -> Statements:
    """The statements in the bodies of functions; ParseError as :func:`outline` raises it."""
    parts = {name: part for name, part in outline(data).items() if name != MODULE_LEVEL}
    code = {line for part in parts.values() for line in part.code & part.body}
    heads = map(_head, _inside_functions(parse(data)))
    return Statements({line: head.start for head in heads for line in head if line in code}, parts)


def _inside_functions(tree: ast.Module) -> Iterator[_Node]:
    """What runs in the bodies of functions, an outer statement before those in it."""
    waiting: list[tuple[ast.Module | _Node, bool]] = [(tree, False)]
    while waiting:  # a long chain of elif is nested more deeply than Python calls itself
        parent, inside = waiting.pop()
        inside = inside or isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in _inner(parent):
            if inside and _runs(node):
                yield node
            waiting.append((node, inside))


def _inner(parent: ast.Module | _Node) -> Iterator[_Node]:
    return (node for node in ast.iter_child_nodes(parent) if isinstance(node, _Node))


def _runs(node: _Node) -> bool:
    """Whether Python does anything for it: not for a docstring, nor for what only declares a name."""
    match node:
        case ast.Global() | ast.Nonlocal() | ast.AnnAssign(value=None) | ast.Expr(value=ast.Constant()):
            return False
    return True


def _head(node: _Node) -> range:
    """The lines of a statement up to the first one in it."""
    inner = next(_inner(node), None)
    first = _first_line(node)
    if inner is not None:
        return range(first, max(first + 1, _first_line(inner)))
    return range(first, (getattr(node, "end_lineno", None) or first) + 1)


def _first_line(node: _Node) -> int:
    if isinstance(node, ast.match_case):
        return node.pattern.lineno
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
