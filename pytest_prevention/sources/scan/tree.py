"""The test tree: the Python files that pytest collects, and those in which a mark never reaches a test."""

from __future__ import annotations

import glob
import os
import posixpath
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_prevention.model import Location, Problem
from pytest_prevention.sources.files import shown
from pytest_prevention.sources.pytest_config import CONFIG_FILES, CollectionRules


@dataclass(frozen=True, slots=True)
class Never:
    """Why pytest never collects something, as the rest of a sentence, and what to do about it."""

    why: str
    next_step: str


@dataclass(frozen=True, slots=True)
class PythonFile:
    """One file; ``name`` is its node id: posix and relative to the root, odd bytes as the system gave them."""

    path: Path
    name: str
    never: Never | None = None

    @property
    def shown(self) -> str:
        """The name as people see it."""
        return _printable(self.name)


def python_files(root: Path, rules: CollectionRules) -> tuple[list[PythonFile], list[Problem]]:
    """The Python files below testpaths (else the root) in order of name, and the folders that cannot be listed.

    Outside testpaths only files that look like tests are of interest, as never collected; not those of a project within
    the project. Symbolic links are followed where they stay inside the root, after everything else, and each folder is
    entered once, so that a loop ends.
    """
    walker = _Walker(root, rules)
    beginnings = starts(root, rules)
    walker.walk(beginnings)
    if "." not in beginnings:
        walker.walk(["."], outside=True)
    return [walker.files[name] for name in sorted(walker.files)], walker.problems


def starts(root: Path, rules: CollectionRules) -> list[str]:
    """Where pytest starts when it is given no argument: testpaths as globs; all of the root where none is found."""
    patterns = [pattern for pattern in rules.testpaths if "\0" not in pattern]
    # as pytest does it: Path.glob() refuses absolute patterns and means something else by **
    found = [name for pattern in patterns for name in sorted(glob.glob(pattern, root_dir=root, recursive=True))]  # noqa: PTH207
    inside = [os.path.relpath(root / name, root).replace(os.sep, "/") for name in found]
    return [name for name in inside if name.split("/")[0] != ".."] if found else ["."]


class _Walker:
    def __init__(self, root: Path, rules: CollectionRules) -> None:
        self.root = root.absolute()
        self.real_root = root.resolve()
        self.rules = rules
        self.files: dict[str, PythonFile] = {}
        self.problems: list[Problem] = []
        self.entered: set[Path] = set()

    def walk(self, starts: list[str], *, outside: bool = False) -> None:
        folders = [name for name in starts if (self.root / name).is_dir()]
        for name in starts:
            path = self.root / name
            if name.endswith(".py") and path.is_file():  # a file that is named is taken, whatever its name
                self.files[name] = PythonFile(path, name)
        links: deque[str] = deque()
        while folders or links:
            folder = folders.pop() if folders else links.popleft()
            entries = self._entries(folder)
            if outside and folder != "." and any(entry.name in CONFIG_FILES for entry in entries):
                continue  # another project, whose tests are run from there
            for entry in entries:
                name = posixpath.normpath(posixpath.join(folder, entry.name))
                if not _is(entry.is_dir):
                    if name.endswith(".py") and _is(entry.is_file):
                        self._add(name, outside=outside)
                elif self.rules.enters(self.root / name) and not _is_environment(Path(entry.path)):
                    (links if entry.is_symlink() else folders).append(name)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What stands in a folder, if that lies inside the root and was not entered before."""
        path = self.root / folder
        try:
            real = path.resolve()
            if real in self.entered or not real.is_relative_to(self.real_root):
                return []
            self.entered.add(real)
            with os.scandir(path) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except (OSError, RuntimeError) as error:
            name = shown(path, self.root)
            reason = (isinstance(error, OSError) and error.strerror) or str(error)
            message = f"cannot be listed ({reason}): the marks of its tests are not checked"
            self.problems.append(Problem(Location(name), "mark-malformed", name, message, "check its permissions"))
            return []

    def _add(self, name: str, *, outside: bool) -> None:
        path = self.root / name
        taken = self.rules.takes_file(path)
        if not outside:
            never = None if taken else self._unmatched(path)
        elif taken or path.name == "conftest.py":
            where = f"testpaths ({', '.join(self.rules.testpaths)})"
            never = Never(f"the file lies outside {where}", "move it there, or add its folder to testpaths")
        else:
            return
        self.files.setdefault(name, PythonFile(path, name, never))

    def _unmatched(self, path: Path) -> Never:
        if path.name == "conftest.py":
            return Never("a conftest.py is no test module", "put the mark into the test modules")
        if path.name == "__init__.py":
            return Never("the __init__.py of a package is no test module", "put the mark into the test modules")
        patterns = ", ".join(self.rules.python_files)
        why = f"the name of the file is not matched by python_files ({patterns})"
        return Never(why, f"rename it to test_{_printable(path.name)}")


def _is(question: Callable[[], bool]) -> bool:
    """The answer of a directory entry; no where a link leads in circles."""
    try:
        return question()
    except OSError:
        return False


def _is_environment(folder: Path) -> bool:
    """A virtual environment, by the files that pytest goes by."""
    return (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta" / "history").is_file()


def _printable(name: str) -> str:
    """A file name with bytes that are no UTF-8 escaped."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
