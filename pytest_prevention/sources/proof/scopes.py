"""The names that a piece of code takes from outside itself, by Python's rules of scope.

What is bound in a function hides what its module has under the same name; an import in it does not, since where it
leads is what is asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from pytest_prevention.sources.proof.syntax import is_link

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Chain: TypeAlias = tuple[str, ...]
"""A name and the attributes behind it: ``kit.orders.check``. ``super().check`` and ``cls.check`` are ``self.check``."""
Names: TypeAlias = frozenset[str]

OWN = "self"

_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Waiting: TypeAlias = list[tuple[ast.AST, Names]]


def chains(node: ast.AST) -> Iterator[Chain]:
    """The names that a node loads from outside, in their order; not those of base classes and of our own marks."""
    waiting: _Waiting = [(node, frozenset())]
    while waiting:
        one, hidden = waiting.pop()
        behind: list[str] = []
        while isinstance(one, ast.Attribute):
            behind.append(one.attr)
            one = one.value
        if isinstance(one, ast.Name):
            yield from _chain(one, behind, hidden)
        elif not is_link(one):
            if behind and isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "super":
                yield OWN, *reversed(behind)
            waiting += _inside(one, hidden)[::-1]


def plain_bases(node: ast.AST) -> list[ast.Name]:
    """The base classes that stand there by a plain name, without what is in brackets behind it."""
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    plain = (base.value if isinstance(base, ast.Subscript) else base for base in bases)
    return [base for base in plain if isinstance(base, ast.Name)]


def _chain(name: ast.Name, behind: list[str], hidden: Names) -> Iterator[Chain]:
    if name.id in (OWN, "cls") and behind:
        yield OWN, *reversed(behind)
    elif name.id not in hidden and (behind or isinstance(name.ctx, ast.Load)):
        yield name.id, *reversed(behind)


def _inside(node: ast.AST, hidden: Names) -> _Waiting:
    """The children of a node, each with the names that are hidden there."""
    children = [*ast.iter_child_nodes(node)]
    match node:
        case ast.FunctionDef(args=given) | ast.AsyncFunctionDef(args=given) | ast.Lambda(args=given):
            body = node.body if isinstance(node.body, list) else [node.body]
            inner, own = _hidden([given, *body], hidden), {*map(id, body)}
            return [(child, inner if id(child) in own else hidden) for child in children]
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            first, *_ = node.generators
            inner = _hidden([part.target for part in node.generators], hidden)
            inside = [*(child for child in children if child is not first), first.target, *first.ifs]
            return [(first.iter, hidden), *((child, inner) for child in inside)]
    bases = [*map(id, plain_bases(node))]
    return [(child, hidden) for child in children if id(child) not in bases]


def _hidden(scope: Iterable[ast.AST], outside: Names) -> Names:
    """The names that do not lead out of a scope: those bound in it, and those of the functions around it."""
    bound, module = set[str](), set[str]()
    waiting = [*scope]
    while waiting:
        one = waiting.pop()
        match one:
            case ast.Global(names=names):
                module.update(names)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case ast.MatchMapping(rest=str(name)):
                bound.add(name)
        if not isinstance(one, Function | ast.ClassDef | ast.Lambda | _Comprehension):
            waiting += ast.iter_child_nodes(one)
    return (outside | bound) - module
