"""What tests executed: coverage.py's data file, never changed, read without a .coveragerc, which can run code."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Unavailable
from pytest_prevention.sources.files import read_bytes, shown

MAX_BYTES = 256 * 1024 * 1024
_PREFIX = "prevention-coverage-"
_MEASURE = "run the tests with coverage: pytest --cov=. --cov-report="
_NOT_INSTALLED = Unavailable("coverage.py is not installed", "pip install 'pytest-prevention[coverage]'")
_DAMAGE = (ArithmeticError, LookupError, OSError, TypeError, ValueError, sqlite3.Error)
"""What comes out of a data file in which any value may be of any kind, beside coverage.py's own errors."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The lines that tests executed, by path from the root. ``written_at``: when, in seconds since 1970.

    A file that nothing measured is not in it, nor one that a plugin of coverage.py measured (a template, say).
    """

    written_at: float
    lines: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of one file by their first lines, those marked ``# pragma: no cover`` left out."""

    executed: frozenset[int]
    missing: frozenset[int]

    def share(self, lines: Set[int]) -> Fraction | None:
        """The executed share of the statements that begin on these lines; None where none does."""
        executed, missing = len(self.executed & lines), len(self.missing & lines)
        return Fraction(executed, executed + missing) if executed + missing else None


def read_coverage(root: Path, file: Path) -> Coverage | Unavailable:
    """What the data file says of the files below the root, or why that cannot be told."""
    try:
        from coverage.exceptions import CoverageException
    except ImportError:
        return _NOT_INSTALLED
    name = shown(file, root)
    try:
        written_at = file.stat().st_mtime if file.exists() else 0
        lines = _lines(read_bytes(file, root, limit=MAX_BYTES), root)
    except PreventionError as error:
        return Unavailable(f"{name} {error.problems[0].message}", _MEASURE)
    except (CoverageException, *_DAMAGE):
        return Unavailable(f"{name} cannot be read as data of this version of coverage.py", _MEASURE)
    return Coverage(written_at, lines) if lines else Unavailable(f"{name} holds nothing on files here", _MEASURE)


def statements(root: Path, path: str, coverage: Coverage) -> Statements | Unavailable:
    """What coverage.py makes of one Python file, a path from the root, or why that cannot be told."""
    from coverage import Coverage as Session
    from coverage.exceptions import CoverageException

    name = shown(Path(path), root)
    if path not in coverage.lines:
        return Unavailable(f"no test run has measured {name}", _MEASURE)
    try:
        if (root / path).stat().st_mtime > coverage.written_at:
            return Unavailable(f"{name} has changed since its coverage was measured", _MEASURE)
        measured = str((root / path).resolve())
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:  # data in memory stay open in some versions
            session = Session(data_file=str(Path(folder) / "data"), config_file=False)
            session.get_data().add_lines({measured: coverage.lines[path]})
            _, found, _, missing, _ = session.analysis2(measured)
    except (CoverageException, *_DAMAGE):
        return Unavailable(f"coverage.py cannot read {name}", _MEASURE)
    return Statements(frozenset(found) - frozenset(missing), frozenset(missing))


def _lines(content: bytes, root: Path) -> dict[str, frozenset[int]]:
    """Read from a copy: coverage.py creates, completes and locks the files that it opens."""
    from coverage import CoverageData

    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        copy = Path(folder) / "data"
        copy.write_bytes(content)
        data = CoverageData(basename=str(copy))
        data.read()
        found: dict[str, frozenset[int]] = {}
        for measured in data.measured_files():
            path = _from_root(measured, root)
            if path and not data.file_tracer(measured):
                found[path] = found.get(path, frozenset()).union(data.lines(measured) or ())
        return found


def _from_root(measured: str, root: Path) -> str:
    """The path from the root; empty outside it. With ``relative_files`` it is that already."""
    path = PurePath(measured)
    for beginning in (root.absolute(), root.resolve()):
        if path.is_relative_to(beginning):
            return path.relative_to(beginning).as_posix()
    return "" if path.is_absolute() else path.as_posix()
