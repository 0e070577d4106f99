"""The ways in which coverage.py tells guards apart: by contexts, of its own or of one that runs anyway.

Needs coverage.py; the plugin measures through :mod:`pytest_prevention.sources.tracing`.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import threading
import warnings
from collections import defaultdict
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from coverage import Coverage, CoverageData
from coverage.exceptions import ConfigError, CoverageException, CoverageWarning

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Unavailable

OTHER_TRACER = Unavailable(
    "a debugger or another tracer was at work, and there can be one only", "run without it", by_design=True
)
OTHER_COVERAGE = Unavailable("a test left a coverage.py of its own running", "stop it in that test")
OTHER_CONTEXTS = Unavailable("coverage.py is given contexts by something else", "use pytest --cov-context=test instead")

COV_CONTEXTS = ("setup", "run", "teardown")
"""How the names of pytest-cov's contexts end, after the node id."""
NOT_TO_WARN_OF = ["no-ctracer", "trace-changed"]
"""coverage.py's names of warnings: it is slow here; a test has set a tracer, which is seen to."""
_WILD = re.compile(r"[]*?{}[]")


def chosen(root: Path, files: Collection[str], *, theirs: bool) -> Running:
    """How to measure in this process; MissingSource where that cannot be."""
    running = Coverage.current()
    if running is None:
        return Own(root, files)
    if theirs:
        return Theirs(root, files, running)
    if running.get_option("run:dynamic_context"):
        raise MissingSource(OTHER_CONTEXTS)
    return Running(root, files, running)


class Running:
    """A coverage.py that runs anyway: while a guard runs it has our context, and then again the one before."""

    def __init__(self, root: Path, files: Collection[str], coverage: Coverage) -> None:
        self.names = {path: str((root / path).resolve()) for path in sorted(files)}
        self.root = root
        self.coverage = coverage
        self.static = str(coverage.get_option("run:context") or "")
        self.kind = type(sys.gettrace())
        self.tracer: object = None
        """What was set at the beginning of a guard; None where coverage.py uses sys.monitoring."""
        self.context = ""
        self.guards: dict[str, str] = {}
        """Node id by name of context."""

    def begin(self, nodeid: str) -> None:
        """From here on it is this guard that executes; MissingSource where that cannot be noted."""
        self.tracer = sys.gettrace()
        if type(self.tracer) is not self.kind or (self.tracer is None and not _monitors()):
            raise MissingSource(OTHER_TRACER)
        if self.tracer is None:
            _see_again()
        with _telling():
            self._enter(nodeid)

    def end(self) -> None:
        """Up to here it was; MissingSource where something else has come between."""
        with _telling():
            self._leave()
        if sys.gettrace() is not self.tracer:
            raise MissingSource(OTHER_TRACER)

    def _enter(self, nodeid: str) -> None:
        name = f"prevention|{nodeid}".encode(errors="backslashreplace").decode()
        before = self.coverage.switch_context(name)  # None before coverage.py 7.16
        if before not in (None, "", self.static):
            self.coverage.switch_context(str(before).removeprefix(self._full("")))
            raise MissingSource(OTHER_CONTEXTS)
        self.context = self._full(name)
        self.guards[self.context] = nodeid

    def _leave(self) -> None:
        if self.coverage.switch_context("") not in (None, self.context):
            raise MissingSource(OTHER_CONTEXTS)

    def executed(self) -> dict[str, dict[str, frozenset[int]]]:
        """The lines that guards executed, by node id and path; those that executed none are left out.

        MissingSource where code of the files may have been executed unseen.
        """
        found: dict[str, dict[str, frozenset[int]]] = defaultdict(dict)
        with _telling():
            data = self._data()
            measured = data.measured_files()
            for path, name in self.names.items():
                # with relative_files names begin at the root
                known = name if name in measured else path
                if known not in measured:
                    self._check_unseen(path)
                    continue
                for guard, lines in self._by_guard(data.contexts_by_lineno(known)).items():
                    found[guard][path] = frozenset(lines)
        return found

    def _full(self, name: str) -> str:
        return f"{self.static}|{name}" if self.static else name

    def _data(self) -> CoverageData:
        with warnings.catch_warnings(action="ignore"):  # what it has to warn of, it says again at the end of its run
            return self.coverage.get_data()

    def _by_guard(self, contexts: dict[int, list[str]]) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for line, names in contexts.items():
            for name in self.guards.keys() & names:
                found[self.guards[name]].add(line)
        return found

    def _check_unseen(self, path: str) -> None:
        """MissingSource where code of this file, of which nothing was measured, was there to be executed."""
        loaded = _loaded_from(self.root, path)
        if loaded == self.names[path]:
            remedy = "have it measured too, or run without coverage: pytest --no-cov --prevention"
            raise MissingSource(Unavailable(f"coverage.py was told to leave out {path}, which a fix touched", remedy))
        if loaded:
            remedy = "install the tree that is tested: pip install --editable ."
            raise MissingSource(Unavailable(f"{path}, which a fix touched, was imported from elsewhere", remedy))


class Theirs(Running):
    """One in which pytest-cov notes the contexts of all tests: they are only read."""

    def _enter(self, nodeid: str) -> None:
        self.guards.update((self._full(f"{nodeid}|{phase}"), nodeid) for phase in COV_CONTEXTS)

    def _leave(self) -> None:
        pass


class Own(Running):
    """One of our own, which runs only while a guard does and measures only the files asked for."""

    def __init__(self, root: Path, files: Collection[str]) -> None:
        patterns = [_WILD.sub("?", str((root / path).resolve())) for path in files]
        coverage = Coverage(data_file=None, config_file=False, include=patterns)
        coverage.set_option("run:disable_warnings", NOT_TO_WARN_OF)
        super().__init__(root, files, coverage)

    def begin(self, nodeid: str) -> None:
        self._stop()  # where a test left one over it, and a later test ended that
        if Coverage.current() is not None:
            raise MissingSource(OTHER_COVERAGE)
        if sys.gettrace() is not None or threading.gettrace() is not None:
            raise MissingSource(OTHER_TRACER)
        with _telling():
            self.coverage.start()
        self.kind = type(sys.gettrace())
        super().begin(nodeid)

    def end(self) -> None:
        if Coverage.current() is not self.coverage:
            raise MissingSource(OTHER_COVERAGE)
        try:
            super().end()
        finally:
            self._stop()

    def executed(self) -> dict[str, dict[str, frozenset[int]]]:
        self._stop()
        found = super().executed()
        if close := getattr(
            self.coverage.get_data(), "close", None
        ):  # older versions close by themselves or not at all
            close(force=True)
        return found

    def _stop(self) -> None:
        if Coverage.current() is self.coverage:
            with _telling():
                self.coverage.switch_context("")
                self.coverage.stop()

    def _check_unseen(self, path: str) -> None:
        if _loaded_from(self.root, path) != self.names[path]:
            super()._check_unseen(path)


def _loaded_from(root: Path, path: str) -> str:
    """The file from which the module of a source file was loaded; empty where it was not.

    Outside a package another file tells nothing: any module may have that name.
    """
    folder, names = (root / path).parent, [PurePosixPath(path).stem]
    while folder != root.parent and (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    if names[-1] == "__init__":
        names.pop()
    in_package = folder != (root / path).parent
    file = getattr(sys.modules.get(".".join(names)), "__file__", None)
    loaded = str(Path(file).resolve()) if file else ""
    return loaded if in_package or loaded == str((root / path).resolve()) else ""


def _monitors() -> bool:
    """Whether coverage.py is at work through sys.monitoring, which there is since Python 3.12."""
    monitoring = getattr(sys, "monitoring", None)
    return monitoring is not None and "coverage.py" in map(monitoring.get_tool, range(6))


def _see_again() -> None:
    """Through sys.monitoring a line is told once: have those told again that other tests have executed."""
    getattr(sys, "monitoring").restart_events()  # noqa: B009


@contextmanager
def _telling() -> Generator[None]:
    """What coverage.py cannot do, and what it would warn of, is a reason, not a crash of the run that it measures."""
    try:
        with warnings.catch_warnings(action="error", category=CoverageWarning):
            warnings.filterwarnings("ignore", "Dynamic contexts aren't supported with core=sysmon", CoverageWarning)
            yield
    except (ConfigError, CoverageException, CoverageWarning, sqlite3.Error, OSError, RuntimeError) as error:
        reason = f"coverage.py cannot tell what guards execute: {str(error).partition(chr(10))[0]}"
        raise MissingSource(Unavailable(reason, "run coverage.py alone and see what it says")) from None
