"""Node ids in Evidence cells: the tests that they name, if these exist."""

from __future__ import annotations

import posixpath
from bisect import bisect
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from pathlib import PurePosixPath

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Action, Link, Problem, covers
from pytest_prevention.sources.files import read_bytes
from pytest_prevention.sources.scan.asserts import Asserts
from pytest_prevention.sources.scan.cases import Cases
from pytest_prevention.sources.scan.library import Library
from pytest_prevention.sources.scan.lineage import Lineage, of_module
from pytest_prevention.sources.scan.module import Class, Definition, Module, ParseError

_NEIGHBOURS = 20
_LIKENESS = 0.75
_OTHERWISE = "name a test that is there, or write it"


class _NoTestError(Exception):
    """A node id that names no test: why, as the rest of a sentence, and what to do about it."""

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__(why)
        self.next_step = next_step


def file_of(nodeid: str) -> str:
    """The file part of a node id, without detours."""
    return posixpath.normpath(nodeid.partition("::")[0])


def first_name(nodeid: str) -> str:
    """The class or function at the margin of the file that a node id leads to; empty for a whole file."""
    return nodeid.partition("::")[2].partition("::")[0].partition("[")[0]


class NamedTests:
    """Looks up node ids in a library."""

    def __init__(self, library: Library, cases: Cases, asserts: Asserts) -> None:
        self._library = library
        self._cases = cases
        self._asserts = asserts

    def link(self, action: Action, nodeid: str) -> Link | Problem:
        """The link that a node id in the row of an action makes, or why it makes none."""
        try:
            return self._link(action, nodeid)
        except _NoTestError as error:
            message = f"Evidence names {nodeid}: {error}."
            return Problem(action.location, "link-never-collected", action.key, message, error.next_step)

    def _link(self, action: Action, nodeid: str) -> Link:
        rest = nodeid.partition("::")[2]
        name = file_of(nodeid)
        if posixpath.isabs(name) or name.split("/")[0] == "..":
            raise _NoTestError("it lies outside the repository", "write the node id as pytest prints it")
        if not (self._library.root / name).is_file():
            raise _NoTestError(f"there is no file {name}", self._hint_for_file(name))
        asserts = self._asserts_in(name, rest.partition("[")[0]) if name.endswith(".py") else None
        spelled = f"{name}::{rest}" if rest else name
        return Link(action.incident, spelled, action.location, "evidence", action.number, asserts)

    def _asserts_in(self, name: str, inner: str) -> bool | None:
        """Whether the tests of this name in a Python file assert anything."""
        try:
            if self._is_doctest(name, inner):
                return None
            found = self._answers(self._library.part(name), inner) if inner else set()
            if not found:
                module = self._library.load(name)
                found = self._answers(module, inner)
                if not found:
                    self._explain(name, inner.split("::") if inner else [], of_module(module))
        except ParseError as error:
            place = f"{name}:{error.line}" if error.line else name
            raise _NoTestError(f"{place} cannot be parsed ({error})", "make it valid Python") from None
        except RecursionError:
            raise _NoTestError(f"{name} is nested too deeply to be read", "name another test") from None
        except PreventionError as error:
            problem = error.problems[0]
            raise _NoTestError(f"{name} {problem.message}", problem.hint) from None
        return next((answer for answer in (True, None, False) if answer in found), None)

    def _is_doctest(self, name: str, inner: str) -> bool:
        """pytest names a doctest by its dotted path; the one of a module ``orders``, where no test is called so."""
        if "." not in inner and (inner != PurePosixPath(name).stem or self._answers(self._library.part(name), inner)):
            return False
        return b">>>" in read_bytes(self._library.root / name, self._library.root)

    def _answers(self, module: Module, inner: str) -> set[bool | None]:
        """For each test of this name, whether it asserts anything."""
        wanted = f"{module.name}::{inner}" if inner else module.name
        return {
            self._asserts.of(case)
            for case in self._cases.of(module)
            if covers(wanted, case.nodeid) or (case.function is None and covers(case.nodeid, wanted))
        }

    def _explain(self, place: str, names: Iterable[str], body: Lineage) -> None:
        """Raise the reason why these names lead to no test; come back where they lead out of sight."""
        definition: Definition | None = None
        for name in names:
            bindings, scope = body.members.get(name, ((), None))
            if scope is None:
                if body.is_open:
                    return
                near = _nearest(name, body.members)
                raise _NoTestError(f"there is no {name} in {place}", f"did you mean {near}?" if near else _OTHERWISE)
            definition = next(self._library.behind(scope, bindings), None)
            if definition is None:
                return
            place = name
            body = self._cases.lineages.of(definition) if isinstance(definition, Class) else Lineage({})
        if definition is None:
            raise _NoTestError("there is no test in it", _OTHERWISE)
        never = self._cases.why_never(definition)
        raise _NoTestError(f"pytest never collects it: {never.why}", never.next_step)

    def _hint_for_file(self, name: str) -> str:
        near = self._by_base.get(posixpath.basename(name)) or _nearest(name, self._by_base.values())
        return f"did you mean {near}?" if near else _OTHERWISE

    @cached_property
    def _by_base(self) -> dict[str, str]:
        """A test file for each name without its folder."""
        names = sorted(file.name for file in self._library.files.values() if file.never is None)
        return {posixpath.basename(name): name for name in reversed(names)}


def _nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that looks most like a word, among its neighbours in alphabetical order."""
    ordered = sorted(names)
    place = bisect(ordered, word)
    near = ordered[max(place - _NEIGHBOURS, 0) : place + _NEIGHBOURS]
    return next(iter(get_close_matches(word, near, n=1, cutoff=_LIKENESS)), None)
