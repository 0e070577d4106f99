"""Which files, classes and functions pytest takes for tests: its configuration, read as data. Nothing is imported."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem
from pytest_prevention.sources.files import read_text


@dataclass(frozen=True, slots=True)
class CollectionRules:
    """pytest's ini values of the same names, with its defaults; ``source`` is the file they stand in, if any."""

    testpaths: tuple[str, ...] = ()
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    norecursedirs: tuple[str, ...] = (
        "*.egg",
        ".*",
        "_darcs",
        "build",
        "CVS",
        "dist",
        "node_modules",
        "venv",
        "{arch}",
    )
    source: str = ""

    def takes_file(self, path: PurePath) -> bool:
        return path.suffix == ".py" and _matches_path(path, self.python_files)

    def enters(self, folder: PurePath) -> bool:
        return folder.name != "__pycache__" and not _matches_path(folder, self.norecursedirs)

    def takes_class(self, name: str) -> bool:
        return _matches_name(name, self.python_classes)

    def takes_function(self, name: str) -> bool:
        return _matches_name(name, self.python_functions)


def _matches_path(path: PurePath, patterns: Iterable[str]) -> bool:
    """pytest's ``fnmatch_ex``: a pattern with a slash is held against the whole path, any other against the name."""
    for pattern in patterns:
        if "/" not in pattern:
            text = path.name
        else:
            text = path.as_posix()
            pattern = pattern if pattern.startswith("/") else f"*/{pattern}"
        if fnmatch.fnmatch(text, pattern):
            return True
    return False


def _matches_name(name: str, patterns: Iterable[str]) -> bool:
    """A prefix, or a glob where it looks like one."""
    return any(
        name.startswith(pattern) or (not {"*", "?", "["}.isdisjoint(pattern) and fnmatch.fnmatch(name, pattern))
        for pattern in patterns
    )


def read_config(root: Path) -> CollectionRules:
    """The rules that pytest would collect by with ``root`` as its root; PreventionError with all that cannot be read.

    The first of pytest's files that holds a configuration decides alone; nothing above ``root`` is looked at.
    """
    for name, options_of in _READERS.items():
        path = root / name
        if path.is_file():
            source = _Source(name, read_text(path, root).replace("\r\n", "\n").replace("\r", "\n"))
            options = options_of(source)
            if options is not None:
                return _rules(options, source)
    return CollectionRules()


@dataclass(frozen=True, slots=True)
class _Source:
    """One configuration file."""

    name: str
    text: str

    def error(self, message: str, line: int = 0, column: int = 0) -> PreventionError:
        return PreventionError([self.problem(message, line, column)])

    def problem(self, message: str, line: int = 0, column: int = 0) -> Problem:
        return Problem(Location(self.name, line, column), "usage", self.name, message, "pytest cannot read it either")

    def line_of(self, key: str) -> int:
        """The line on which an option is first set."""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if line.startswith(key) and line[len(key) :].lstrip().startswith(("=", ":")):
                return number
        return 0


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of one file; ``native`` where they are TOML values that pytest takes as they are."""

    values: Mapping[str, object]
    native: bool = False


def _from_ini(source: _Source, section: str) -> _Options | None:
    # pytest's own parser: configparser differs in details, and takes quadratic time on a line of blanks
    from iniconfig import IniConfig, ParseError

    try:
        sections = IniConfig(source.name, source.text).sections
    except ParseError as error:
        raise source.error(error.msg, error.lineno + 1) from None
    return _Options(sections[section]) if section in sections else None


def _pytest_ini(source: _Source) -> _Options:
    return _from_ini(source, "pytest") or _Options({})


def _pytest_toml(source: _Source) -> _Options:
    return _Options(_table(source, _from_toml(source), "pytest") or {}, native=True)


def _pyproject_toml(source: _Source) -> _Options | None:
    tool = _table(source, _from_toml(source), "tool") or {}
    pytest = _table(source, tool, "pytest") or {}
    native = {key: value for key, value in pytest.items() if key != "ini_options"}
    ini = _table(source, pytest, "ini_options")
    if native and ini:
        raise source.error("has both [tool.pytest] and [tool.pytest.ini_options]; pytest wants one of them")
    if native:
        return _Options(native, native=True)
    if ini is None:
        return None
    return _Options({key: value if isinstance(value, list) else str(value) for key, value in ini.items()})


def _from_toml(source: _Source) -> Mapping[str, object]:
    import tomli

    try:
        return tomli.loads(source.text)
    except tomli.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = map(int, place.groups()) if place else (source.text.count("\n") + 1, 0)
        raise source.error(f"is not TOML: {str(error).split(' (at ')[0]}", line, column) from None
    except RecursionError:
        raise source.error("is not TOML that can be read: it is nested too deeply") from None


def _table(source: _Source, parent: Mapping[str, object], key: str) -> Mapping[str, object] | None:
    table = parent.get(key)
    if table is not None and not isinstance(table, dict):
        raise source.error(f"{key} is no table", source.line_of(key))
    return table


_READERS: Mapping[str, Callable[[_Source], _Options | None]] = {
    "pytest.toml": _pytest_toml,
    ".pytest.toml": _pytest_toml,
    "pytest.ini": _pytest_ini,
    ".pytest.ini": _pytest_ini,
    "pyproject.toml": _pyproject_toml,
    "tox.ini": lambda source: _from_ini(source, "pytest"),
    "setup.cfg": lambda source: _from_ini(source, "tool:pytest"),
}
"""In pytest's order of precedence."""

CONFIG_FILES = frozenset(_READERS)
"""The names of the files that pytest looks for its configuration in."""


def _rules(options: _Options, source: _Source) -> CollectionRules:
    found: dict[str, tuple[str, ...]] = {}
    problems = []
    for key in ("testpaths", "python_files", "python_classes", "python_functions", "norecursedirs"):
        if key in options.values:
            try:
                found[key] = _words(options.values[key], native=options.native)
            except ValueError as error:
                problems.append(source.problem(f"{key}: {error}", source.line_of(key)))
    if problems:
        raise PreventionError(problems)
    return CollectionRules(**found, source=source.name)


def _words(value: object, *, native: bool) -> tuple[str, ...]:
    """The words of one option: a list of strings, or outside native TOML a string as a shell would split it."""
    if isinstance(value, str) and not native:
        return tuple(shlex.split(value))
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise ValueError(f"must be a list of strings, not {value!r}")
