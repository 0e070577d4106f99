"""The incident marks that are written at a test, a class or a module, by syntax tree."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pytest_prevention.model import Location, Problem
from pytest_prevention.model.mark import INCIDENT_ID, MarkError, read_mark
from pytest_prevention.sources.scan.library import Library
from pytest_prevention.sources.scan.module import Class, Definition, FunctionNode, Module, Scope, Value

_MARK = "pytest.mark.incident"


@dataclass(frozen=True, slots=True)
class Mark:
    """One well-formed mark, where it is applied."""

    ids: tuple[str, ...]
    action: int | None
    location: Location


class Marks:
    """Reads marks once each; those that are malformed become ``problems``."""

    def __init__(self, library: Library, problems: set[Problem]) -> None:
        self._problems = problems
        self._library = library
        self._known: dict[int, tuple[Mark, ...]] = {}

    def of_module(self, module: Module) -> tuple[Mark, ...]:
        """What ``pytestmark`` of a module holds."""
        return self._of(id(module), self._values(module.scope, "pytestmark"), module.scope)

    def of(self, definition: Definition) -> tuple[Mark, ...]:
        """The marks in the decorators of a function or class, in a class's ``pytestmark``, and put around it later."""
        around = self._values(definition.scope, definition.name)
        marks = self._of(id(definition), [*definition.node.decorator_list, *around], definition.scope)
        if isinstance(definition, Class):
            marks += self._of(id(definition.body), self._values(definition.body, "pytestmark"), definition.body)
        return marks

    def decorating(self, node: FunctionNode | ast.ClassDef, scope: Scope) -> tuple[Mark, ...]:
        """The marks in the decorators of what stands inside a function."""
        return self._of(id(node), node.decorator_list, scope)

    def _values(self, scope: Scope, name: str) -> list[ast.expr]:
        return [value.node for value in scope.names.get(name, ()) if isinstance(value, Value) and value.node]

    def _of(self, key: int, expressions: Iterable[ast.expr], scope: Scope) -> tuple[Mark, ...]:
        if key not in self._known:
            self._known[key] = ()  # what refers to itself adds nothing
            self._known[key] = tuple(mark for node in expressions for mark in self._in(node, scope))
        return self._known[key]

    def _in(self, expression: ast.expr, scope: Scope) -> Iterator[Mark]:
        """Every mark in an expression: alone, in a list, in ``pytest.param(marks=...)``, behind a name."""
        todo: list[ast.AST] = [expression]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Call) and scope.origin(node.func) == _MARK:
                yield from self._read(node, node, scope)
            elif isinstance(node, ast.Name | ast.Attribute) and scope.origin(node) == _MARK:
                yield from self._read(node, None, scope)
            elif isinstance(node, ast.Name):
                found = self._library.value(scope, node.id)
                if found is not None:
                    value, there = found
                    place = scope.module.location(node)
                    yield from (replace(mark, location=place) for mark in self._of(id(value), [value], there))
            else:
                todo += ast.iter_child_nodes(node)

    def _read(self, node: ast.expr, call: ast.Call | None, scope: Scope) -> Iterator[Mark]:
        location = scope.module.location(node)
        try:
            args = [self._literal(arg, scope) for arg in call.args] if call else []
            ids, action = read_mark(args, self._keywords(call, scope) if call else {})
        except MarkError as error:
            message = f"The incident mark {error}".rstrip("?.") + ("?" if str(error).endswith("?") else ".")
            self._problems.add(Problem(location, "mark-malformed", location.path, message, _hint(call)))
        else:
            yield Mark(ids, action, location)

    def _keywords(self, call: ast.Call, scope: Scope) -> dict[str, object]:
        if any(keyword.arg is None for keyword in call.keywords):
            raise MarkError("takes its arguments one by one, not as **")
        return {str(keyword.arg): self._literal(keyword.value, scope) for keyword in call.keywords}

    def _literal(self, node: ast.expr, scope: Scope) -> object:
        """The value of a literal, or of a name that stands for one."""
        if isinstance(node, ast.Starred):
            raise MarkError("takes ids one by one, not as *")
        if isinstance(node, ast.Name):
            found = self._library.value(scope, node.id)
            node = found[0] if found else node
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, RecursionError, MemoryError):
            raise MarkError(
                "has an argument that is not a literal: "
                "write the id as a string, so that it can be read without running the tests"
            ) from None


def _hint(call: ast.Call | None) -> str:
    """The mark as it was probably meant."""
    texts = [part.value for part in (ast.walk(call) if call else ()) if isinstance(part, ast.Constant)]
    meant = [text.strip() for text in texts if isinstance(text, str) and INCIDENT_ID.fullmatch(text.strip())]
    ids = ", ".join(json.dumps(incident.upper()) for incident in meant) or '"INC-001"'
    return f"write @pytest.mark.incident({ids})"
