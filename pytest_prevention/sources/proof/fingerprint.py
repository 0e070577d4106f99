"""The fingerprint of a guard: a hash of its syntax tree, by which a proof knows whether the test is still the same one.

It covers the test function (of a class or a file: all of it), of the classes around it decorators, bases and what sets
its tests up, and the fixtures that it names, directly or through other fixtures. Comments and layout do not count, nor
do our own marks: a link says what a test is for, not what it does. Not covered are functions that the test calls,
plugins, and fixtures of conftest.py files that it does not name.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.sources.files import MAX_BYTES, read_bytes
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.proof.syntax import is_link, words
from pytest_prevention.sources.scan.module import ParseError, arms, called, parse

Read: TypeAlias = Callable[[str], bytes | None]
"""From the path of a file, seen from the root, to what it holds; None where there is no such file."""

VERSION = "1"
"""Of what is covered, and how it is written down: fingerprints of two versions cannot be compared."""

_DIGITS = 16
_NAMED_SETUP = frozenset(
    {"setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown", "setUpModule", "tearDownModule"}
    | {f"{when}{what}" for when in ("setup", "teardown") for what in ("", "_module", "_function", "_class", "_method")}
)
_MOST_HOPS = 8
"""How many imports a name is followed through."""
_MOST_BASES = 200


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


_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class _Part:
    """A definition or a whole module, and the file that it stands in."""

    path: str
    node: ast.Module | ast.ClassDef | _Function


class Fingerprints:
    """The fingerprints of many guards: each file is read and parsed once."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._modules: dict[str, ast.Module | None] = {}

    def of(self, nodeid: str) -> str | None:
        """See :func:`fingerprint`."""
        path, inside, rest = nodeid.partition("::")
        names = rest.partition("[")[0].split("::") if inside else []
        if any("." in name for name in names):  # a doctest: of the file at large, since its text is no syntax tree
            names = []
        module = self._module(path)
        if module is None:
            return None
        guard = [_Part(path, module)]
        around: list[list[_Part]] = []
        for name in names:
            around.append(guard)
            found = next(filter(None, (_named(part, name) for part in guard)), [])
            guard = [*self._with_bases(found)]
        if not guard:
            return None
        frames = (_frame(part.node) for level in around for part in level)
        nodes = [*(part.node for part in guard), *filter(None, frames)]
        fixtures = self._fixtures(path, [guard, *reversed(around)], nodes)
        return f"{VERSION}:{_hash(nodes)}" + (f"+{_hash(fixtures)}" if fixtures else "")

    def _module(self, path: str) -> ast.Module | None:
        if path not in self._modules:
            data = self._read(path)
            try:
                self._modules[path] = None if data is None else parse(data)
            except ParseError:
                self._modules[path] = None
        return self._modules[path]

    def _with_bases(self, found: Iterable[_Part]) -> Iterator[_Part]:
        """Definitions, and the base classes that their tests and setup may come from."""
        waiting, seen = [*found], set[int]()
        while waiting and len(seen) < _MOST_BASES:
            part = waiting.pop(0)
            if id(part.node) in seen:
                continue
            seen.add(id(part.node))
            yield part
            for base in part.node.bases if isinstance(part.node, ast.ClassDef) else ():
                name = base.value if isinstance(base, ast.Subscript) else base
                if isinstance(name, ast.Name):
                    waiting += self._defined(part.path, name.id)

    def _defined(self, path: str, name: str) -> Sequence[_Part]:
        """What a name of a module stands for: defined there, or where it is imported from."""
        for _ in range(_MOST_HOPS):
            module = self._module(path)
            if module is None:
                break
            if found := _named(_Part(path, module), name):
                return found
            origin = next(_imports(module, name), None)
            if origin is None:
                break
            statement, name = origin
            path = next((file for file in _files(path, statement) if self._module(file)), "")
        return ()

    def _fixtures(self, path: str, levels: Iterable[Iterable[_Part]], nodes: Iterable[ast.AST]) -> list[ast.AST]:
        """The fixtures that these nodes name, and those that they name in turn, in the order of their names.

        ``levels`` is where a fixture is looked for before the conftest.py files, nearest first.
        """
        folders = PurePosixPath(path).parents
        conftests = ((str(folder / "conftest.py"), self._module(str(folder / "conftest.py"))) for folder in folders)
        places = [*levels, *([_Part(file, module)] for file, module in conftests if module)]
        found: dict[str, list[ast.AST]] = {}
        waiting = [*_names(nodes)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = [*self._nearest(name, places)]
                waiting += _names(found[name])
        return [node for name in sorted(found) for node in found[name]]

    def _nearest(self, name: str, places: Iterable[Iterable[_Part]]) -> Iterator[ast.AST]:
        """The fixture of this name; one that asks for its own name builds on the next one outside."""
        for place in places:
            fixtures = [node for part in place for node in self._called(name, part)]
            yield from fixtures
            if fixtures and name not in _names(fixtures):
                return

    def _called(self, name: str, part: _Part) -> list[ast.AST]:
        """The fixtures of this name that stand in a body, or that a module imports."""
        if isinstance(part.node, _Function):
            return []
        own = [node for node in _statements(part.node.body) if _fixture_name(node) == name]
        if own or not isinstance(part.node, ast.Module):
            return [*own]
        return [one.node for one in self._defined(part.path, name) if _fixture_name(one.node) is not None]


def _named(part: _Part, name: str) -> list[_Part]:
    """The functions and classes of this name in a body, all of them: which one counts may depend on the machine."""
    if isinstance(part.node, _Function):
        return []
    definitions = (node for node in _statements(part.node.body) if isinstance(node, _Function | ast.ClassDef))
    return [_Part(part.path, node) for node in definitions if node.name == name]


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of the blocks in it, in their order; not those of functions and classes."""
    waiting = [*body][::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        if not isinstance(statement, _Function | ast.ClassDef):
            waiting += [inner for arm in arms(statement) for inner in arm][::-1]


def _frame(node: ast.AST) -> ast.AST | None:
    """A class or module with nothing in its body but what sets its tests up; None for a module without that."""
    if not isinstance(node, ast.Module | ast.ClassDef):
        return None
    frame = copy(node)
    frame.body = [statement for statement in _statements(node.body) if _sets_up(statement)]
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
    if not isinstance(node, _Function):
        return None
    decorators = [one for one in node.decorator_list if _last_name(called(one)).endswith("fixture")]
    given = (word for one in decorators if isinstance(one, ast.Call) for word in one.keywords if word.arg == "name")
    names = (word.value.value for word in given if isinstance(word.value, ast.Constant))
    return next((name for name in names if isinstance(name, str)), node.name) if decorators else None


def _is_autouse(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and any(word.arg == "autouse" for word in decorator.keywords)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


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


def _imports(module: ast.Module, name: str) -> Iterator[tuple[ast.ImportFrom, str]]:
    """The statements that bring a name into a module, with the name that it has where it comes from."""
    for statement in _statements(module.body):
        if isinstance(statement, ast.ImportFrom):
            yield from ((statement, one.name) for one in statement.names if (one.asname or one.name) == name)


def _files(path: str, statement: ast.ImportFrom) -> Iterator[str]:
    """The files that ``from … import`` may mean, seen from a file: in a package, else from any folder above or src."""
    above, below = [*PurePosixPath(path).parents], (statement.module or "").replace(".", "/")
    level = statement.level
    for folder in above[level - 1 : level] if level else [*above, PurePosixPath("src")]:
        if below:
            yield str(folder / f"{below}.py")
        yield str(folder / below / "__init__.py")


def _hash(nodes: Iterable[ast.AST]) -> str:
    hashed = sha256()
    for node in nodes:
        for word in words(node):
            hashed.update(word.encode() + b"\n")
    return hashed.hexdigest()[:_DIGITS]
