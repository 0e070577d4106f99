"""The links that stand in the test tree and in Evidence cells, without running or importing a test.

Every mark that is written at a function, class or module gives a link for each test that carries it, or is told as a
problem: malformed, or never collected and why. Marks that a test adds while it runs are the business of the run.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Action, Link, Links, Location, Problem
from pytest_prevention.sources.files import read_bytes
from pytest_prevention.sources.pytest_config import CollectionRules
from pytest_prevention.sources.scan.asserts import Asserts
from pytest_prevention.sources.scan.cases import Cases
from pytest_prevention.sources.scan.excerpt import MARK
from pytest_prevention.sources.scan.library import Library
from pytest_prevention.sources.scan.marks import Mark, Marks
from pytest_prevention.sources.scan.module import Module, ParseError
from pytest_prevention.sources.scan.named import NamedTests, file_of, first_name
from pytest_prevention.sources.scan.strays import stray_marks
from pytest_prevention.sources.scan.tree import PythonFile, python_files

_BATCH = 40
"""Files whose syntax trees are held at the same time; that of a test file takes about a megabyte."""

_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]([^#\n]*)", re.MULTILINE)
_WORD = re.compile(rb"\w+")


def scan(root: Path, rules: CollectionRules, actions: Sequence[Action]) -> Links:
    """All links of the tests below ``root``, and the marks and node ids that are none; in a stable order."""
    root = root.absolute()
    listed, problems = python_files(root, rules)
    files = {file.name: file for file in listed}
    found = _Found(problems=set(problems))
    marked, heirs = _of_interest(root, listed, found)
    named = _named(actions)
    asked = {name: {first_name(nodeid) for _, nodeid in entries} for name, entries in named.items()}
    names = sorted({*marked, *heirs, *named})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of other people's code, which pytest shows anyway
        for start in range(0, len(names), _BATCH):
            with closing(Library(root, files, asked)) as library:
                reader = _Reader(library, rules, found)
                for name in names[start : start + _BATCH]:
                    if name in marked:
                        reader.read_marks(files[name], library.part)
                    elif name in heirs:
                        reader.read_marks(files[name], library.load)
                    reader.read_evidence(named.get(name, ()))
    return found.result()


@dataclass
class _Found:
    """What came to light so far."""

    links: dict[tuple[object, ...], Link] = field(default_factory=dict)
    problems: set[Problem] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    carried: set[Mark] = field(default_factory=set)
    """Marks that some test carries."""
    strays: list[tuple[Mark, Problem]] = field(default_factory=list)
    """Marks that no test carried when their file was read; one in another file may inherit them."""

    def link(self, link: Link) -> None:
        """Of marks that say the same the nearest counts; of functions with one name the one that asserts."""
        key = (link.incident, link.nodeid, link.origin, link.action)
        known = self.links.setdefault(key, link)
        if link.asserts or known.asserts is False:
            self.links[key] = replace(known, asserts=link.asserts)

    def not_checked(self, file: PythonFile, message: str, line: int = 0) -> None:
        """A file that pytest collects and we cannot read. What stands in others makes no link in any case."""
        if file.never is None:
            message = f"{file.shown} {message}. Its incident marks are not checked."
            hint = f"see what pytest says: pytest --collect-only {file.shown}"
            self.problems.add(Problem(Location(file.shown, line), "mark-malformed", file.shown, message, hint))
            self.unread.add(file.shown)

    def result(self) -> Links:
        links = sorted(
            self.links.values(), key=lambda link: (link.incident, link.nodeid, link.origin, link.action or 0)
        )
        strays = {problem for mark, problem in self.strays if mark not in self.carried}
        return Links(tuple(links), tuple(sorted(self.problems | strays)), tuple(sorted(self.unread)))


class _Reader:
    """Reads the files of a library; what it found outlives it."""

    def __init__(self, library: Library, rules: CollectionRules, found: _Found) -> None:
        self._library = library
        self._marks = Marks(self._library, found.problems)
        self._cases = Cases(self._library, rules, self._marks)
        self._asserts = Asserts(self._library)
        self._named = NamedTests(self._library, self._cases, self._asserts)
        self._found = found

    def read_marks(self, file: PythonFile, load: Callable[[str], Module]) -> None:
        """The links by mark of one file, and its marks that are none."""
        try:
            module = load(file.name)
            if file.never is None:
                self._read_cases(module)
            self._found.strays += stray_marks(module, self._marks, self._cases, self._found.carried)
        except ParseError as error:
            self._found.not_checked(file, f"cannot be parsed: {error}", error.line)
        except RecursionError:
            self._found.not_checked(file, "cannot be read: it is nested too deeply")
        except PreventionError as error:
            self._found.not_checked(file, error.problems[0].message)

    def read_evidence(self, named: Iterable[tuple[Action, str]]) -> None:
        """The links by node id."""
        for action, nodeid in named:
            answer = self._named.link(action, nodeid)
            if isinstance(answer, Problem):
                self._found.problems.add(answer)
            else:
                self._found.link(answer)

    def _read_cases(self, module: Module) -> None:
        for case in self._cases.of(module):
            self._found.carried.update(case.marks)
            asserts = self._asserts.of(case) if case.marks else None
            for mark in case.marks:
                for incident in mark.ids:
                    self._found.link(Link(incident, case.nodeid, mark.location, "mark", mark.action, asserts))


def _of_interest(root: Path, files: Iterable[PythonFile], found: _Found) -> tuple[set[str], set[str]]:
    """The names of the files that may hold marks, and of those whose tests may inherit some from these."""
    marked: set[str] = set()
    imports: dict[str, frozenset[bytes]] = {}
    for file in files:
        try:
            data = read_bytes(file.path, root)
        except PreventionError as error:
            found.not_checked(file, error.problems[0].message)
            continue
        if b"mark" in data and MARK.search(data):
            marked.add(file.name)
        else:
            imports[file.name] = frozenset(_WORD.findall(b" ".join(_IMPORT.findall(data))))
    return marked, _heirs(marked, imports)


def _heirs(marked: Iterable[str], imports: dict[str, frozenset[bytes]]) -> set[str]:
    """The files that import, directly or not, from one that holds marks."""
    heirs: set[str] = set()
    stems = set(map(_stem, marked))
    while stems:
        new = {name for name, words in imports.items() if not stems.isdisjoint(words)} - heirs
        heirs |= new
        stems = set(map(_stem, new))
    return heirs


def _stem(name: str) -> bytes:
    """The last part of the name by which a file is imported."""
    path = PurePosixPath(name)
    return (path.parent.name if path.stem == "__init__" else path.stem).encode("utf-8", "surrogateescape")


def _named(actions: Iterable[Action]) -> dict[str, list[tuple[Action, str]]]:
    """The node ids in Evidence cells, with their actions, by file."""
    named: dict[str, list[tuple[Action, str]]] = {}
    for action in actions:
        for evidence in action.evidence:
            if evidence.kind == "test":
                named.setdefault(file_of(evidence.value), []).append((action, evidence.value))
    return named
