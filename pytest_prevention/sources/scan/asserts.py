"""Does a test assert anything? By syntax tree: yes, no, or it calls something that cannot be seen into."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pytest_prevention.sources.scan.cases import Case
from pytest_prevention.sources.scan.library import Library
from pytest_prevention.sources.scan.lineage import Lineage
from pytest_prevention.sources.scan.module import Definition, Function, Imported, Scope, called

CHECKING = ("check", "verify", "expect", "ensure", "fail", "raises", "warns", "deprecated_call")
"""A call whose name starts with one of these words, or with ``assert``, counts as an assertion."""


@dataclass(slots=True)
class _Body:
    """What one function does by itself."""

    asserts: bool = False
    may_assert: bool = False
    calls: list[ast.Name | ast.Attribute] = field(default_factory=list)
    locals: set[str] = field(default_factory=set)
    inner: set[str] = field(default_factory=set)
    """Functions defined in it; what they do counts as done by it."""


class Asserts:
    """Answers for the tests of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._bodies: dict[Function, _Body] = {}

    def of(self, case: Case) -> bool | None:
        """Whether a test holds any assertion, itself or in functions below the root that it calls; None: unknown."""
        if case.function is None:
            return None
        unknown = False
        seen: set[Function] = set()
        todo = [case.function, *self._around(case.owner)]
        while todo:
            function = todo.pop()
            if function in seen:
                continue
            seen.add(function)
            body = self._body(function)
            if body.asserts:
                return True
            unknown |= body.may_assert
            for call in body.calls:
                functions = self._called(call, function, body, case.owner)
                unknown |= functions is None
                todo += functions or ()
            todo += self._fixtures(function)
        return None if unknown else False

    def _body(self, function: Function) -> _Body:
        if function not in self._bodies:
            self._bodies[function] = _read(function)
        return self._bodies[function]

    def _around(self, owner: Lineage) -> Iterator[Function]:
        """What runs before and after each test of a class."""
        for name in ("setUp", "tearDown", "setup_method", "teardown_method"):
            bindings, scope = owner.members.get(name, ((), None))
            if scope is not None:
                yield from _functions(self._library.behind(scope, bindings))

    def _fixtures(self, function: Function) -> Iterator[Function]:
        """The fixtures of the same file that a test asks for."""
        scope = function.scope.module.scope
        for argument in function.node.args.args:
            yield from _functions(self._library.behind(scope, scope.names.get(argument.arg, ())))

    def _called(
        self, call: ast.Name | ast.Attribute, function: Function, body: _Body, owner: Lineage
    ) -> list[Function] | None:
        """The functions that a call leads to; None where it leads out of sight."""
        scope = function.scope.module.scope
        match call:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                bindings, there = owner.members.get(name, ((), scope))
                known = list(self._library.behind(there, bindings))
                return _functions(known) if known or (owner.is_unittest and not owner.is_open) else None
            case ast.Name(id=name) if name in body.locals | body.inner:
                return [] if name in body.inner else None
            case ast.Name(id=name) if not scope.lookup(name):
                return [] if hasattr(builtins, name) else None
            case ast.Attribute() if not _is_imported(call, scope, body):
                return []  # a method of some object
        known = self._library.definitions(scope, call)
        return _functions(known) if known or _is_harmless(scope.origin(call)) else None


def _read(function: Function) -> _Body:
    body = _Body()
    for decorator in function.node.decorator_list:
        _read_decorator(decorator, function.scope, body)
    for part in (function.node.args, *function.node.body):
        for node in ast.walk(part):
            _read_node(node, body)
    return body


def _read_node(node: ast.AST, body: _Body) -> None:
    match node:
        case ast.Assert(test=test):
            body.asserts |= not _is_vacuous(test)
        case ast.Raise(exc=ast.expr() as raised):
            body.asserts |= _last(raised) in ("AssertionError", "failureException")
            body.may_assert = True
        case ast.Call(func=ast.Name() | ast.Attribute() as func):
            body.asserts |= _suggests_check(_last(func))
            body.calls.append(func)
        case ast.Call() | ast.withitem(context_expr=ast.Name() | ast.Attribute()):
            body.may_assert = True
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            body.inner.add(name)
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            body.locals.add(name)
        case ast.alias(name=name, asname=other):
            body.locals.add(other or name.split(".")[0])


def _read_decorator(node: ast.expr, scope: Scope, body: _Body) -> None:
    """A decorator may wrap the test in a check, as ``@image_comparison`` does; pytest's and Hypothesis's own do not."""
    decorator = called(node)
    if isinstance(decorator, ast.Name):
        decorator = called(scope.value(decorator.id) or decorator)  # MARK = pytest.mark.incident("INC-001")
    last = _last(decorator)
    body.asserts |= _suggests_check(last) or "compar" in last
    is_known = scope.origin(decorator).split(".")[0] in ("pytest", "hypothesis")
    if isinstance(decorator, ast.Name | ast.Attribute) and not is_known:
        body.calls.append(decorator)


def _suggests_check(name: str) -> bool:
    """``check``, ``check_total``, ``checkTotal``, but not ``checkout``."""
    name = name.lstrip("_")
    if name.lower().startswith("assert"):
        return True
    word = next((word for word in CHECKING if name.startswith(word)), None)
    return word is not None and (name == word or not name[len(word)].islower())


def _is_vacuous(test: ast.expr) -> bool:
    """``assert True``, ``assert 1 == 1``, ``assert (x, "message")``; ``assert False`` tells what must not happen."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Tuple):
        return bool(test.elts)
    return not any(isinstance(part, ast.Name) for part in ast.walk(test))


def _is_imported(call: ast.expr, scope: Scope, body: _Body) -> bool:
    while isinstance(call, ast.Attribute):
        call = call.value
    return (
        isinstance(call, ast.Name)
        and call.id not in body.locals
        and any(isinstance(binding, Imported) for binding in scope.lookup(call.id))
    )


def _is_harmless(origin: str) -> bool:
    """Classes, and functions of pytest and the standard library: they do not assert on behalf of a test."""
    return origin.split(".")[0] in (*sys.stdlib_module_names, "pytest") or origin.rpartition(".")[2][:1].isupper()


def _functions(definitions: Iterable[Definition]) -> list[Function]:
    return [definition for definition in definitions if isinstance(definition, Function)]


def _last(node: ast.expr) -> str:
    """The name that a call ends in."""
    match node:
        case ast.Call(func=func):
            return _last(func)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
