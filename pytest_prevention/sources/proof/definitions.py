"""What names stand for in many files: statements of a module or class, and those of what it imports from.

Nothing is run, so this takes in all that a name may stand for: every arm of an ``if``, each of two imports.
"""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from pytest_prevention.sources.proof.scopes import OWN, Chain, Function, chains, plain_bases
from pytest_prevention.sources.scan.module import ParseError, arms, parse

_MOST_MODULES = 30
"""How many modules a name is looked for in."""
_MOST_BASES = 200
_MOST_LOADED = 1000
"""How many definitions are followed from one guard."""
_LONGEST = 8
"""How many names of a chain may be those of modules."""


@dataclass(frozen=True, slots=True)
class Part:
    """A statement or a whole module, and the file that it stands in."""

    path: str
    node: ast.Module | ast.stmt


class Definitions:
    """The definitions of many files: each file is read and parsed once."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._modules: dict[str, ast.Module | None] = {}
        self._bound: dict[ast.AST, Mapping[str, Sequence[ast.stmt]]] = {}
        self._imports: dict[str, Sequence[ast.Import | ast.ImportFrom]] = {}
        self._chains: dict[ast.AST, Sequence[Chain]] = {}

    def module(self, path: str) -> ast.Module | None:
        """The syntax tree of a file; None where there is none, or it cannot be parsed."""
        if path not in self._modules:
            data = self._read(path)
            try:
                self._modules[path] = None if data is None else parse(data)
            except ParseError:
                self._modules[path] = None
        return self._modules[path]

    def defined(self, path: str, name: str, may: Callable[[str], bool] = bool) -> list[Part]:
        """What a name of a module stands for: bound there, or where it is imported from, in files that ``may`` be."""
        found: list[Part] = []
        waiting, seen = deque([(path, name)]), set[tuple[str, str]]()
        while waiting and len(seen) < _MOST_MODULES:
            path, name = here = waiting.popleft()
            module = self.module(path)
            if module is None or here in seen:
                continue
            seen.add(here)
            found += self.bound(Part(path, module), name)
            for statement, origin in self._origins(path, name):
                waiting += [(file, origin) for file in self._file(path, statement.module, statement.level, may)]
        return found

    def with_bases(self, found: Iterable[Part], may: Callable[[str], bool] = bool) -> Iterator[Part]:
        """Definitions, and the base classes that their tests and setup may come from."""
        waiting, seen = deque(found), set[ast.AST]()
        while waiting and len(seen) < _MOST_BASES:
            part = waiting.popleft()
            if part.node in seen:
                continue
            seen.add(part.node)
            yield part
            for name in plain_bases(part.node):
                waiting += self.defined(part.path, name.id, may)

    def loaded(self, parts: Sequence[Part], classes: Sequence[Part], own: str) -> list[Part]:
        """What the parts load by name, and what that loads in turn, in the order in which it is met.

        ``classes`` are those around the parts, ``own`` the file of the guard: it and test code are followed, the
        product is not, since every change of it would be one of the test. Fixtures are none of these.
        """

        def may(path: str) -> bool:
            return path == own or is_test_code(path)

        around = [part for part in classes if may(part.path)]
        found: list[Part] = []
        waiting, seen, asked = deque(parts), {part.node for part in parts}, set[tuple[str, Chain]]()
        while waiting and len(found) < _MOST_LOADED:
            part = waiting.popleft()
            for chain in self._loads(part.node) if may(part.path) else ():
                if (part.path, chain) in asked:
                    continue
                asked.add((part.path, chain))
                for one in self._meant(part.path, chain, around, may):
                    if one.node not in seen and not is_fixture(one.node):
                        seen.add(one.node)
                        found.append(one)
                        waiting.append(one)
        return found

    def bound(self, part: Part, name: str) -> list[Part]:
        """The statements of a module or class that bind a name, or work on what it stands for."""
        if not isinstance(part.node, ast.Module | ast.ClassDef):
            return []
        if part.node not in self._bound:
            bound: dict[str, list[ast.stmt]] = defaultdict(list)
            for statement in statements(part.node.body):
                for one in _binds(statement):
                    bound[one].append(statement)
            self._bound[part.node] = bound
        return [Part(part.path, statement) for statement in self._bound[part.node].get(name, ())]

    def _loads(self, node: ast.AST) -> Sequence[Chain]:
        if node not in self._chains:
            self._chains[node] = tuple(dict.fromkeys(chains(node)))
        return self._chains[node]

    def _meant(self, path: str, chain: Chain, around: Sequence[Part], may: Callable[[str], bool]) -> Iterator[Part]:
        """What a chain stands for in a file; of the classes around the guard only the part that it names."""
        first, *behind = chain
        here = [*self.with_bases(self.defined(path, first, may), may)]
        own = {part.node for part in around}
        if first == OWN or any(part.node in own for part in here):
            yield from (one for part in around for name in behind[:1] for one in self.bound(part, name))
        else:
            yield from (one for part in around if part.path == path for one in self.bound(part, first))
        yield from (part for part in here if part.node not in own)
        for file, name in self._modules_of(path, chain, may):
            whole = self.module(file)
            if name:
                yield from self.with_bases(self.defined(file, name, may), may)
            elif whole:
                yield Part(file, whole)

    def _modules_of(self, path: str, chain: Chain, may: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
        """The files of the modules that a chain goes through, with the name that it has behind each; empty: none."""
        for statement in self._imported(path):
            for module, level, used in _begun(statement, chain):
                for end in range(used, min(len(chain), _LONGEST) + 1):
                    name = ".".join(filter(None, [module, *chain[used:end]]))
                    yield from ((file, "".join(chain[end : end + 1])) for file in self._file(path, name, level, may))

    def _imported(self, path: str) -> Sequence[ast.Import | ast.ImportFrom]:
        """The imports of a file, also those in its functions."""
        module = self.module(path)
        if module and path not in self._imports:
            nodes = ast.walk(module)
            self._imports[path] = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        return self._imports.get(path, ())

    def _origins(self, path: str, name: str) -> Iterator[tuple[ast.ImportFrom, str]]:
        """The statements that may bring a name into a module, with the name that it has where it comes from."""
        for statement in self._imported(path):
            if isinstance(statement, ast.ImportFrom):
                for one in statement.names:
                    if one.name == "*" or (one.asname or one.name) == name:
                        yield statement, name if one.name == "*" else one.name

    def _file(self, path: str, module: str | None, level: int, may: Callable[[str], bool]) -> list[str]:
        """The file of a module that is imported in another one, if there is one."""
        files = (file for file in _files(path, module or "", level) if may(file) and self.module(file))
        return [file] if (file := next(files, "")) else []


def is_test_code(path: str) -> bool:
    """Whether a file is of the tests by its name or a folder's; what else a test imports may be the product."""
    *folders, name = PurePosixPath(path).parts
    by_name = any(fnmatchcase(name, glob) for glob in ("conftest.py", "test_*.py", "*_test.py"))
    return by_name or not {"test", "tests"}.isdisjoint(folders)


def named(part: Part, name: str) -> list[Part]:
    """The functions and classes of this name in a body, all of them: which one counts may depend on the machine."""
    if not isinstance(part.node, ast.Module | ast.ClassDef):
        return []
    definitions = (node for node in statements(part.node.body) if isinstance(node, Function | ast.ClassDef))
    return [Part(part.path, node) for node in definitions if node.name == name]


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of the blocks in it, in their order; not those of functions and classes."""
    waiting = [*body][::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        if not isinstance(statement, Function | ast.ClassDef):
            waiting += [inner for arm in arms(statement) for inner in arm][::-1]


def is_fixture(node: ast.AST) -> bool:
    """Whether it is a function with a decorator whose name ends in ``fixture``."""
    return isinstance(node, Function) and any(map(is_fixture_decorator, node.decorator_list))


def is_fixture_decorator(node: ast.expr) -> bool:
    """``pytest.fixture``, ``fixture(…)``, ``pytest_asyncio.fixture`` and their like."""
    function = node.func if isinstance(node, ast.Call) else node
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return str(name).endswith("fixture")


def _binds(statement: ast.stmt) -> dict[str, None]:
    """The names that a statement binds, or whose values it may change, in their order."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name: None}
        case ast.Assign(targets=[*nodes]) | ast.Delete(targets=[*nodes]):
            pass
        case ast.AnnAssign(target=one) | ast.AugAssign(target=one) | ast.For(target=one) | ast.Expr(value=one):
            nodes = [one]
        case ast.With(items=items):
            nodes = [item.optional_vars for item in items if item.optional_vars]
        case _:
            nodes = []
    return {inner.id: None for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _begun(statement: ast.Import | ast.ImportFrom, chain: Chain) -> Iterator[tuple[str, int, int]]:
    """The modules that a chain may begin with, by an import: name, level, and how many names of the chain it takes."""
    for one in statement.names:
        path = one.name.split(".")
        if isinstance(statement, ast.ImportFrom):
            if (one.asname or one.name) == chain[0]:
                yield ".".join(filter(None, [statement.module, one.name])), statement.level, 1
        elif one.asname == chain[0]:
            yield one.name, 0, 1
        elif not one.asname and [*chain[: len(path)]] == path:
            yield one.name, 0, len(path)


def _files(path: str, module: str, level: int) -> Iterator[str]:
    """The files that an import may mean, seen from a file: in a package, else from any folder above or src."""
    above, below = [*PurePosixPath(path).parents], module.replace(".", "/")
    for folder in above[level - 1 : level] if level else [*above, PurePosixPath("src")]:
        if below:
            yield str(folder / f"{below}.py")
        yield str(folder / below / "__init__.py")
