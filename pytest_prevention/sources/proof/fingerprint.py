"""The fingerprint of a guard: a hash of its syntax tree, by which a proof knows whether the test is still the same one.

It covers the test function (of a class or a file: all of it), of the classes around it decorators, bases and what sets
its tests up, the fixtures that it names, directly or through other fixtures, and the functions, classes and constants
that all these load from their file or from other test code. Comments and layout do not count, nor do our own marks: a
link says what a test is for, not what it does. Not covered are the product, plugins, and fixtures of conftest.py files
that it does not name.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.sources.files import MAX_BYTES, read_bytes
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.proof.definitions import Definitions, Part, is_fixture_decorator, named, statements
from pytest_prevention.sources.proof.scopes import Function
from pytest_prevention.sources.proof.syntax import is_link, words

Read: TypeAlias = Callable[[str], bytes | None]
"""From the path of a file, seen from the root, to what it holds; None where there is no such file."""

VERSION = "1"
"""Of what is covered, and how it is written down: fingerprints of two versions cannot be compared."""

_DIGITS = 16
_NAMED_SETUP = frozenset(
    {"setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown", "setUpModule", "tearDownModule"}
    | {f"{when}{what}" for when in ("setup", "teardown") for what in ("", "_module", "_function", "_class", "_method")}
)


def in_work_tree(root: Path) -> Read:
    """Files as they stand below the root now."""

    def read(path: str) -> bytes | None:
        try:
            return read_bytes(root / path, root)
        except PreventionError:
            return None

    return read


def in_commit(room: Room, commit: str) -> Read:
    """Files as they stood below the root at a commit."""

    def read(path: str) -> bytes | None:
        try:
            with room.stream("cat-file", "blob", f"{commit}:{room.prefix}{path}") as output:
                data = output.read(MAX_BYTES + 1)
        except (GitError, ValueError):  # ValueError: a NUL in the name
            return None
        return data if len(data) <= MAX_BYTES else None

    return read


def fingerprint(read: Read, nodeid: str) -> str | None:
    """The fingerprint of a guard, a node id or the beginning of one; None where it is not there or cannot be parsed.

    ``1:`` and a hash of the guard; where it names fixtures, ``+`` and a hash of those.
    """
    return Fingerprints(read).of(nodeid)


class Fingerprints:
    """The fingerprints of many guards: each file is read and parsed once."""

    def __init__(self, read: Read) -> None:
        self._definitions = Definitions(read)

    def of(self, nodeid: str) -> str | None:
        """See :func:`fingerprint`."""
        path, inside, rest = nodeid.partition("::")
        names = rest.partition("[")[0].split("::") if inside else []
        if any("." in name for name in names):  # a doctest: of the file at large, since its text is no syntax tree
            names = []
        module = self._definitions.module(path)
        if module is None:
            return None
        guard = [Part(path, module)]
        around: list[list[Part]] = []
        for name in names:
            around.append(guard)
            found = next(filter(None, (named(part, name) for part in guard)), [])
            guard = [*self._definitions.with_bases(found)]
        if not guard:
            return None
        frames = (Part(part.path, frame) for level in around for part in level if (frame := _frame(part.node)))
        parts = [*guard, *frames]
        classes = [part for level in around[1:] for part in level]
        fixtures = self._fixtures(path, [guard, *reversed(around)], [part.node for part in parts])
        told = (_hash([*some, *self._definitions.loaded(some, classes, path)]) for some in (parts, fixtures) if some)
        return f"{VERSION}:{'+'.join(told)}"

    def _fixtures(self, path: str, levels: Iterable[Iterable[Part]], nodes: Iterable[ast.AST]) -> list[Part]:
        """The fixtures that these nodes name, and those that they name in turn, in the order of their names.

        ``levels`` is where a fixture is looked for before the conftest.py files, nearest first.
        """
        files = [str(folder / "conftest.py") for folder in PurePosixPath(path).parents]
        conftests = ((file, self._definitions.module(file)) for file in files)
        places = [*levels, *([Part(file, module)] for file, module in conftests if module)]
        found: dict[str, list[Part]] = {}
        waiting = [*_names(nodes)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = [*self._nearest(name, places)]
                waiting += _names(part.node for part in found[name])
        return [part for name in sorted(found) for part in found[name]]

    def _nearest(self, name: str, places: Iterable[Iterable[Part]]) -> Iterator[Part]:
        """The fixture of this name; one that asks for its own name builds on the next one outside."""
        for place in places:
            fixtures = [found for part in place for found in self._called(name, part)]
            yield from fixtures
            if fixtures and name not in _names(part.node for part in fixtures):
                return

    def _called(self, name: str, part: Part) -> list[Part]:
        """The fixtures of this name that stand in a body, or that a module imports."""
        if not isinstance(part.node, ast.Module | ast.ClassDef):
            return []
        own = [Part(part.path, node) for node in statements(part.node.body) if _fixture_name(node) == name]
        own += [one for one in self._definitions.bound(part, name) if _is_made(one.node)]
        if own or not isinstance(part.node, ast.Module):
            return own
        found = self._definitions.defined(part.path, name)
        return [one for one in found if _fixture_name(one.node) is not None or _is_made(one.node)]


def _frame(node: ast.Module | ast.stmt) -> ast.Module | ast.ClassDef | None:
    """A class or module with nothing in its body but what sets its tests up; None for a module without that."""
    if not isinstance(node, ast.Module | ast.ClassDef):
        return None
    frame = copy(node)
    frame.body = [statement for statement in statements(node.body) if _sets_up(statement)]
    return frame if frame.body or isinstance(node, ast.ClassDef) else None


def _sets_up(statement: ast.stmt) -> bool:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name in _NAMED_SETUP or any(map(_is_autouse, statement.decorator_list))
        case ast.Assign(targets=[ast.Name(id="pytestmark")], value=ast.List(elts=marks) | ast.Tuple(elts=marks)):
            return not all(map(is_link, marks))
        case ast.Assign(targets=[ast.Name(id="pytestmark")], value=mark):
            return not is_link(mark)
    return False


def _fixture_name(node: ast.AST) -> str | None:
    """The name by which tests ask for a fixture; None for what is none."""
    if not isinstance(node, Function):
        return None
    decorators = [*filter(is_fixture_decorator, node.decorator_list)]
    given = (word for one in decorators if isinstance(one, ast.Call) for word in one.keywords if word.arg == "name")
    names = (word.value.value for word in given if isinstance(word.value, ast.Constant))
    return next((name for name in names if isinstance(name, str)), node.name) if decorators else None


def _is_made(node: ast.AST) -> bool:
    """Whether it may be a fixture that a call returned: ``body = pytest.fixture(make_body)``."""
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)


def _is_autouse(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and any(word.arg == "autouse" for word in decorator.keywords)


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that may be those of fixtures: arguments, and those given to ``usefixtures`` or ``getfixturevalue``."""
    names: set[str] = set()
    for node in (inner for one in nodes for inner in ast.walk(one)):
        match node:
            case ast.arg(arg=name):
                names.add(name)
            case ast.Call(func=ast.Attribute(attr="usefixtures" | "getfixturevalue"), args=given):
                names.update(one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return names


def _hash(parts: Iterable[Part]) -> str:
    hashed = sha256()
    for part in parts:
        for word in words(part.node):
            hashed.update(word.encode() + b"\n")
    return hashed.hexdigest()[:_DIGITS]
