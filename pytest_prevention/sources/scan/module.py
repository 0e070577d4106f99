"""One Python file by its syntax tree: what its bodies bind, and where a name comes from. Nothing in it is run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from pytest_prevention.garbage import uncollected
from pytest_prevention.model import Location
from pytest_prevention.sources.scan.tree import PythonFile

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Block: TypeAlias = tuple[tuple[int, int], ...]
"""The branches (statement, arm) that lead to a statement from the top of its scope."""

_HOPS = 8
"""How many assignments and imports a name is followed through."""


class ParseError(ValueError):
    """Not Python that this interpreter can parse; the message says why, ``line`` where."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True, eq=False, kw_only=True)
class _Defined:
    """What stands in a module or class body under a name of its own; the line ``replaced_in`` takes the name away."""

    name: str
    scope: Scope
    block: Block
    replaced_in: int = 0

    @property
    def qualified(self) -> str:
        """``Class::method``, as in a node id."""
        owner = self.scope.owner
        return f"{owner.qualified}::{self.name}" if owner else self.name


@dataclass(slots=True, eq=False, kw_only=True)
class Function(_Defined):
    """A function or method, plain or async."""

    node: FunctionNode


@dataclass(slots=True, eq=False, kw_only=True)
class Class(_Defined):
    """A class; ``body`` is what its statements bind, ``bases`` what the names of its bases meant when it was made."""

    node: ast.ClassDef
    body: Scope = field(init=False)
    bases: dict[str, Sequence[Binding]] = field(init=False)

    def __post_init__(self) -> None:
        self.bases = {
            node.id: tuple(self.scope.lookup(node.id)) for node in self.node.bases if isinstance(node, ast.Name)
        }
        self.body = Scope(self.scope.module, self)
        self.body.read(self.node.body)


Definition: TypeAlias = Function | Class


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """An expression that is assigned to a name; None where it cannot be told (a loop variable, say)."""

    node: ast.expr | None
    block: Block


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """A name from elsewhere; ``origin`` is its dotted path, from a relative import ``..package.__init__.name``."""

    origin: str
    block: Block


Binding: TypeAlias = Function | Class | Value | Imported


class Scope:
    """The body of a module or class: for each name the bindings that may stand behind it in the end.

    A binding replaces those before it in the same block or inside it. In different arms of an ``if`` or ``try`` they
    stand side by side, and so does what a decorator or an assignment makes of the old value.
    """

    def __init__(self, module: Module, owner: Class | None = None) -> None:
        self.module = module
        self.owner = owner
        self.names: dict[str, list[Binding]] = {}
        self.definitions: list[Definition] = []
        self.untested: set[str] = set()
        """Functions with ``__test__ = False``."""
        self.has_star = False

    def lookup(self, name: str) -> Sequence[Binding]:
        """What a name means here: in this body, else in the module."""
        return self.names.get(name) or self.module.scope.names.get(name) or ()

    def clear(self) -> None:
        """Forget everything: what refers to each other in circles would else wait for the garbage collector."""
        for definition in self.definitions:
            if isinstance(definition, Class):
                definition.body.clear()
        self.names.clear()
        self.definitions.clear()

    def value(self, name: str) -> ast.expr | None:
        """The expression behind a name that is assigned in one place only."""
        match self.lookup(name):
            case [Value(node=node)]:
                return node
        return None

    def origin(self, node: ast.expr | None, hops: int = _HOPS) -> str:
        """The dotted path that a name or attribute stands for (``pytest.mark.incident``); empty where it is none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or not hops:
            return ""
        bindings = self.lookup(node.id)
        first = next((binding.origin for binding in bindings if isinstance(binding, Imported)), "")
        if not first:
            first = self.origin(self.value(node.id), hops - 1) if bindings else node.id
        return ".".join([first, *reversed(parts)]) if first else ""

    def read(self, body: Sequence[ast.stmt], block: Block = ()) -> None:
        """Take in the statements of the body, or of one block in it."""
        for number, statement in enumerate(body):
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self._define(statement, block)
                case ast.Import() | ast.ImportFrom():
                    self._import(statement, block)
                case ast.With() | ast.AsyncWith():
                    self.read(statement.body, block)
                case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Delete():
                    self._change(statement, block)
                case _:
                    for arm, part in enumerate(arms(statement)):
                        self.read(part, (*block, (number, arm)))

    def _define(self, node: FunctionNode | ast.ClassDef, block: Block) -> None:
        definition: Definition
        if isinstance(node, ast.ClassDef):
            definition = Class(name=node.name, scope=self, block=block, node=node)
        else:
            definition = Function(name=node.name, scope=self, block=block, node=node)
        self.definitions.append(definition)
        # @value.setter and @function.register go on with what the name stood for
        goes_on = node.name in self.names and any(_mentions(part, node.name) for part in node.decorator_list)
        self._bind(node.name, definition, node.lineno, keep=goes_on)

    def _change(self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete, block: Block) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, value, block)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign([target], value, block)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                self.names.setdefault(name, []).append(Value(value, block))
            case ast.Delete(targets=targets):
                self._assign(targets, None, block)

    def _assign(self, targets: Iterable[ast.expr], value: ast.expr | None, block: Block) -> None:
        for target in targets:
            match target:
                case ast.Name(id=name):
                    goes_on = name in self.names and value is not None and _mentions(value, name)
                    self._bind(name, Value(value, block), target.lineno, keep=goes_on)
                case ast.Tuple(elts=parts) | ast.List(elts=parts):
                    self._assign(parts, None, block)
                case ast.Starred(value=part):
                    self._assign([part], None, block)
                case ast.Attribute(value=ast.Name(id=name), attr="__test__") if is_false(value):
                    self.untested.add(name)

    def _import(self, statement: ast.Import | ast.ImportFrom, block: Block) -> None:
        source = ""
        if isinstance(statement, ast.ImportFrom):
            source = "." * statement.level + (statement.module or "__init__") + "."
        for alias in statement.names:
            if alias.name == "*":
                self.has_star = True
                continue
            name, origin = alias.asname or alias.name, source + alias.name
            if not source and not alias.asname:  # "import a.b" binds a
                name = origin = alias.name.split(".")[0]
            self._bind(name, Imported(origin, block), statement.lineno)

    def _bind(self, name: str, binding: Binding, line: int, *, keep: bool = False) -> None:
        standing = self.names.setdefault(name, [])
        if not keep:
            for old in [old for old in standing if old.block[: len(binding.block)] == binding.block]:
                if isinstance(old, Function | Class):
                    if _is_overload(old.node):
                        continue
                    old.replaced_in = line
                standing.remove(old)
        standing.append(binding)


class Module:
    """One parsed file."""

    def __init__(self, file: PythonFile, data: bytes) -> None:
        self.file = file
        self.name = file.name
        self.scope = Scope(self)
        self._data = data
        try:
            self.scope.read(parse(data).body)
        except RecursionError:
            raise ParseError("it is nested too deeply") from None

    def location(self, node: ast.expr | ast.stmt) -> Location:
        """The place of a node; columns count characters, not bytes."""
        line = self._lines[node.lineno - 1] if node.lineno <= len(self._lines) else b""
        column = len(line[: node.col_offset].decode("utf-8", "replace")) + 1
        return Location(self.file.shown, node.lineno, column)

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._data.splitlines()


def is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def called(node: ast.expr) -> ast.expr:
    """What a decorator or call names, with or without arguments."""
    return node.func if isinstance(node, ast.Call) else node


def parse(data: bytes) -> ast.Module:
    """The syntax tree, or ParseError."""
    try:
        with uncollected(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a string is its author's business
            return ast.parse(data)
    except SyntaxError as error:
        raise ParseError(error.msg, error.lineno or 0) from None
    except (RecursionError, MemoryError):
        raise ParseError("it is nested too deeply") from None
    except ValueError as error:  # null bytes, in some versions of Python
        raise ParseError(str(error)) from None


def arms(statement: ast.Module | ast.stmt) -> Iterator[list[ast.stmt]]:
    """The bodies of a compound statement of which one, several or none may run."""
    for part in ("body", "orelse", "finalbody"):
        yield getattr(statement, part, [])
    for arm in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield arm.body


def _is_overload(node: FunctionNode | ast.ClassDef) -> bool:
    """A stub for type checkers; the function itself comes later under the same name."""
    return any(
        isinstance(part, ast.Name | ast.Attribute)
        and (part.id if isinstance(part, ast.Name) else part.attr) == "overload"
        for part in node.decorator_list
    )


def _mentions(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))
