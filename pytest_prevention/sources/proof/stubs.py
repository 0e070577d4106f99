"""Stand-ins for names that the packages under proof lack, so that today's tests can be collected on the old code.

A copy of this file stands beside the plugin in the other process. While a test file or a conftest is imported, or what
lies in the tree beside them, a missing name or module of the packages becomes an :class:`Absent`. Until all tests are
collected it goes along with whatever is done to it: it decorates, is a base class, is called. From then on, to touch
it raises :class:`AbsentName`. The packages' own code never meets one.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import resolve_name
from inspect import isclass, isfunction
from pathlib import Path
from types import ModuleType
from typing import Any


class AbsentName(AttributeError):
    """A test touched what this code does not have."""


class Stubs:
    """All of one process.

    ``packages`` are top-level names, ``files`` the test files in ``tree``; paths are absolute. ``made`` are the names
    that were stood in for; ``touched`` says what a test touched since somebody set it to None.
    """

    def __init__(self, packages: Sequence[str], tree: str, files: Sequence[str]) -> None:
        self.packages, self.tree, self.files = frozenset(packages), Path(tree), frozenset(files)
        self.made: set[str] = set()
        self.collecting = True
        self.touched: str | None = None
        self.real_import = builtins.__import__
        self.kind = _asking(self.lacking)

    def install(self) -> None:
        builtins.__import__ = self.importing

    def end(self) -> None:
        """Tests begin: nothing more is stood in for."""
        builtins.__import__ = self.real_import
        self.collecting = False

    def spoiled(self, error: BaseException) -> str | None:
        """What a red has to do with a stub; None: nothing.

        A TypeError may be about one that stands where a class is wanted (``except``), and does not say so.
        """
        if isinstance(error, AbsentName):
            return str(error)
        if self.made and isinstance(error, TypeError):
            return self.touched or "this code lacks names that the test file imports"
        return self.touched

    def importing(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - as the one it replaces
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """In place of ``__import__``, which every import statement calls."""
        arguments = (name, globals, locals, fromlist or (), level)
        full = _resolved(name, globals or {}, level)
        if full.partition(".")[0] not in self.packages or not self.is_of_tests(globals or {}):
            return self.real_import(*arguments)
        try:
            module = self.real_import(*arguments)
        except ModuleNotFoundError as error:
            if not error.name or not f"{full}.".startswith(f"{error.name}."):
                raise  # not what the statement names: something that it imports in turn
            module = self.with_absent(error.name, full, lambda: self.real_import(*arguments))
        self.watch()
        return module

    def with_absent(self, first: str, last: str, import_: Callable[[], ModuleType]) -> ModuleType:
        """Import while the module ``first``, and those below it down to ``last``, seem to be there."""
        parts = last.split(".")
        names = [".".join(parts[:count]) for count in range(first.count(".") + 1, len(parts) + 1)]
        sys.modules.update((name, AbsentModule(self, name)) for name in names)
        self.made.update(names)
        try:
            return import_()
        finally:
            for name in names:
                del sys.modules[name]

    def watch(self) -> None:
        """What the modules of the packages lack is asked of us from now on."""
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in self.packages and type(module) is ModuleType:
                module.__class__ = self.kind

    def is_of_tests(self, module: Mapping[str, object]) -> bool:
        """Whether this is the namespace of a test file, a conftest, or what in the tree is not of the packages."""
        file, name = module.get("__file__"), module.get("__name__")
        if not isinstance(file, str) or not isinstance(name, str):
            return False
        if file in self.files:
            return True
        in_tree = Path(file).is_relative_to(self.tree)
        return in_tree and (Path(file).name == "conftest.py" or name.partition(".")[0] not in self.packages)

    def lacking(self, module: str, name: str, caller: Mapping[str, object]) -> object:
        """What somebody gets who asks a module of the packages for a name that it has not."""
        full = f"{module}.{name}"
        if not _is_dunder(name) and self.is_of_tests(caller) and (self.collecting or full in self.made):
            return self.used(full, has_name=True)
        raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)

    def used(self, name: str, *, has_name: bool = False) -> Any:
        """What comes of something absent, while tests are collected; afterwards the red of the test."""
        if not self.collecting:
            self.touched = f"this code has no {name}"
            raise AbsentName(self.touched)
        self.made.add(name)
        last = name.rpartition(".")[2]
        if last.endswith("Error"):
            return AbsentType(last, (Exception,), {"_stubs": self, "_name": name})
        if last.endswith("Warning"):
            return AbsentType(last, (Warning,), {"_stubs": self, "_name": name})
        return Absent(self, name, has_name=has_name)


def _resolved(name: str, globals_: Mapping[str, object], level: int) -> str:
    with suppress(ImportError):  # the real import will raise it
        return resolve_name("." * level + name, str(globals_.get("__package__") or ""))
    return ""


def _is_dunder(name: str) -> bool:
    """Python and pytest look for these on anything."""
    return name.startswith("__") and name.endswith("__")


def _asking(lacking: Callable[[str, str, Mapping[str, object]], object]) -> type[ModuleType]:
    """A class for modules that ask whenever they lack a name; it changes nothing else about them."""

    class Watched(ModuleType):
        def __getattr__(self, name: str) -> object:
            return lacking(self.__name__, name, sys._getframe(1).f_globals)  # noqa: SLF001 - who asks

    return Watched


class AbsentModule(ModuleType):
    """A module that is not there; any name can be imported from it."""

    def __init__(self, stubs: Stubs, name: str) -> None:
        super().__init__(name)
        self._stubs = stubs
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> object:
        if _is_dunder(name):
            raise AttributeError(name)
        return self._stubs.used(f"{self.__name__}.{name}", has_name=True)


class AbsentType(type):
    """The class of classes that are not there: of exceptions, and of bases of classes in test files."""

    _stubs: Stubs
    _name: str

    def __call__(cls, *arguments: object, **named: object) -> object:
        if BaseException in cls.__mro__ and not cls._stubs.collecting:
            cls._stubs.used(cls._name)
        return super().__call__(*arguments, **named)

    def __getattr__(cls, name: str) -> object:
        if cls._stubs.collecting or _is_dunder(name):  # pytest looks for its own, such as setup_class
            raise AttributeError(name)
        return cls._stubs.used(f"{cls._name}.{name}")


class Absent:
    """A name that is not there. ``has_name``: it may be a function or a class, from which pytest makes a node id."""

    def __init__(self, stubs: Stubs, name: str, *, has_name: bool) -> None:
        self._stubs, self._name = stubs, name
        if has_name:
            self.__name__ = name.rpartition(".")[2]

    def __getattr__(self, name: str) -> object:
        if _is_dunder(name):
            raise AttributeError(name)
        return self._stubs.used(f"{self._name}.{name}")

    def __call__(self, *arguments: object, **named: object) -> object:
        """As a decorator it leaves what it decorates as it is."""
        result = self._stubs.used(f"{self._name}()")
        decorates = len(arguments) == 1 and not named and (isfunction(arguments[0]) or isclass(arguments[0]))
        return arguments[0] if decorates else result

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        self._stubs.used(self._name)

        def missing(instance: object, name: str) -> object:
            return getattr(type(instance), name)

        attributes = {"_stubs": self._stubs, "_name": self._name, "__getattr__": missing}
        return (AbsentType(self._name.rpartition(".")[2], (), attributes),)

    def __repr__(self) -> str:
        return f"<absent {self._name}>"


def _answering(name: str, answer: Callable[[Absent, object], object]) -> Callable[..., object]:
    def method(self: Absent, *_: object) -> object:
        return answer(self, self._stubs.used(f"{self._name}.{name}()"))

    return method


_OPERATORS = ["add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor"]
_MORE = ["getitem", "neg", "pos", "abs", "invert", "enter", "next", "await"]
_ANSWERS: dict[str, Callable[[Absent, object], object]] = {
    **dict.fromkeys([*_OPERATORS, *(f"r{one}" for one in _OPERATORS), *_MORE], lambda _, more: more),
    **dict.fromkeys(["bool", "lt", "le", "gt", "ge"], lambda *_: True),
    **dict.fromkeys(["contains", "exit", "instancecheck", "subclasscheck"], lambda *_: False),
    **dict.fromkeys(["len", "int", "index"], lambda *_: 0),
    **dict.fromkeys(["copy", "deepcopy"], lambda absent, _: absent),
    **dict.fromkeys(["str", "format", "fspath"], lambda absent, _: repr(absent)),
    **dict.fromkeys(["eq", "ne"], lambda *_: NotImplemented),  # the one and the same is equal
    "float": lambda *_: 0.0,
    "iter": lambda *_: iter(()),
}
"""What special methods say while tests are collected; Python finds them on the class only."""
for _name, _answer in _ANSWERS.items():
    setattr(Absent, f"__{_name}__", _answering(f"__{_name}__", _answer))
