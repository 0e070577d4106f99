"""The modules of a test tree, parsed once each, and what their imports of each other mean."""

from __future__ import annotations

import ast
import posixpath
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.sources.files import read_bytes
from pytest_prevention.sources.scan.excerpt import excerpt
from pytest_prevention.sources.scan.module import (
    Binding,
    Class,
    Definition,
    Function,
    Imported,
    Module,
    ParseError,
    Scope,
    Value,
)
from pytest_prevention.sources.scan.tree import PythonFile


class Library:
    """Modules by name. An import is followed where its module is a file below the root; all else stays unknown.

    ``asked`` are by file the names of functions and classes that somebody will look for in it.
    """

    def __init__(self, root: Path, files: Mapping[str, PythonFile], asked: Mapping[str, Collection[str]]) -> None:
        self.root = root
        self.files = files
        self._asked = asked
        self._modules: dict[str, Module | ParseError | PreventionError] = {}
        self._parts: dict[str, Module] = {}
        self._sources: dict[tuple[str, str], str | None] = {}

    def load(self, name: str) -> Module:
        """The module in a file, named as in a node id; ParseError or PreventionError where it cannot be had."""
        if name not in self._modules:
            try:
                self._modules[name] = Module(self._file(name), read_bytes(self.root / name, self.root))
            except (ParseError, PreventionError) as error:
                self._modules[name] = error
        module = self._modules[name]
        if isinstance(module, Module):
            return module
        raise module

    def part(self, name: str) -> Module:
        """The same with no more than what matters for its marks and the names that are asked for."""
        if name not in self._parts:
            data = read_bytes(self.root / name, self.root)
            names = [asked.encode(errors="replace") for asked in self._asked.get(name, ())]
            self._parts[name] = Module(self._file(name), excerpt(data, names))
        return self._parts[name]

    def close(self) -> None:
        """Let go of all syntax trees."""
        for module in (*self._modules.values(), *self._parts.values()):
            if isinstance(module, Module):
                module.scope.clear()

    def definitions(self, scope: Scope, node: ast.expr) -> list[Definition]:
        """The functions and classes that a name or attribute may stand for; none where that is unknown."""
        if isinstance(node, ast.Name):
            return list(self.behind(scope, scope.lookup(node.id)))
        return list(self._imported(scope.module, scope.origin(node), set()))

    def behind(self, scope: Scope, bindings: Iterable[Binding], seen: set[int] | None = None) -> Iterator[Definition]:
        """The functions and classes to which bindings of a scope lead, through plain assignments and imports."""
        seen = set() if seen is None else seen
        for binding in bindings:
            if id(binding) in seen:
                continue
            seen.add(id(binding))
            match binding:
                case Function() | Class():
                    yield binding
                case Value(node=ast.Name(id=name)):
                    yield from self.behind(scope, scope.lookup(name), seen)
                case Imported(origin=origin):
                    yield from self._imported(scope.module, origin, seen)

    def value(self, scope: Scope, name: str) -> tuple[ast.expr, Scope] | None:
        """The expression that is assigned to a name in one place, here or where it is imported from, with its scope."""
        node = scope.value(name)
        if node is not None:
            return node, scope
        match scope.lookup(name):
            case [Imported(origin=origin)]:
                module, last = self._find(scope.module, origin)
                node = module.scope.value(last) if module else None
                if module and node:
                    return node, module.scope
        return None

    def _file(self, name: str) -> PythonFile:
        return self.files.get(name) or PythonFile(self.root / name, name)

    def _imported(self, module: Module, origin: str, seen: set[int]) -> Iterator[Definition]:
        source, name = self._find(module, origin)
        if source is not None:
            yield from self.behind(source.scope, source.scope.names.get(name, ()), seen)

    def _find(self, module: Module, origin: str) -> tuple[Module | None, str]:
        """The module that a dotted path leads to, seen from another, and the name in it."""
        path, _, name = origin.rpartition(".")
        folder = posixpath.dirname(module.name)
        if (folder, path) not in self._sources:
            self._sources[folder, path] = self._file_of(folder, path)
        source = self._sources[folder, path]
        try:
            return (self.load(source) if source else None), name
        except (ParseError, PreventionError):
            return None, name

    def _file_of(self, folder: str, path: str) -> str | None:
        """The file of a module: relative to a package, else from a folder that pytest or a project puts on sys.path."""
        names = path.lstrip(".")
        parts = [part for part in names.split(".") if part != "__init__"]
        if len(names) < len(path):
            level = len(path) - len(names)
            above = folder.split("/") if folder else []
            folders = ["/".join(above[: len(above) - level + 1])] if level <= len(above) + 1 else []
        elif parts[0] in sys.stdlib_module_names or parts[0] in ("", "pytest"):
            folders = []
        else:
            folders = [*self._import_roots(folder), "", "src"]
        for base in folders:
            stem = posixpath.join(base, *parts)
            for name in ([f"{stem}.py"] if parts else []) + [posixpath.join(stem, "__init__.py")]:
                if (self.root / name).is_file():
                    return name
        return None

    def _import_roots(self, folder: str) -> Iterator[str]:
        """The folders from here up to the root that are no packages."""
        for parent in (PurePosixPath(folder), *PurePosixPath(folder).parents):
            if not (self.root / parent / "__init__.py").is_file():
                yield "" if parent == PurePosixPath() else str(parent)
