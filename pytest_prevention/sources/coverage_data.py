"""What tests executed: coverage.py's data files, never changed, read without a .coveragerc, which can run code."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Coverage, FileCoverage, Unavailable
from pytest_prevention.policy import Policy
from pytest_prevention.sources.coverage_baseline import read_baseline
from pytest_prevention.sources.coverage_files import MEASURE, DataFiles
from pytest_prevention.sources.files import read_bytes, shown

if TYPE_CHECKING:
    from coverage import CoverageData

MAX_BYTES = 256 * 1024 * 1024
"""Of all data files together."""
MAX_LINES = 1_000_000
"""Of one source file: a few bytes of a data file can stand for many lines."""
_PREFIX = "prevention-coverage-"
_ELSEWHERE = "if they were measured in another folder, have coverage.py write relative_files = true"
_NOT_INSTALLED = Unavailable("coverage.py is not installed", "pip install 'pytest-prevention[coverage]'")
_PYTHON_ONLY = Unavailable("coverage.py measures Python only", by_design=True)
_DAMAGE = (ArithmeticError, LookupError, OSError, TypeError, ValueError, sqlite3.Error)
"""What comes out of a data file in which any value may be of any kind, beside coverage.py's own errors."""

Wanted = Callable[[str], bool]
"""Whether a file, a path from the root, is asked for."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What tests executed of one file: its lines, and from which line they went to which, where that was measured.

    ``at``: when the oldest data file that tells of it was written, in seconds since 1970.
    """

    at: float
    lines: frozenset[int]
    arcs: frozenset[tuple[int, int]] | None = None

    def __or__(self, other: Executed) -> Executed:
        both = None if self.arcs is None or other.arcs is None else self.arcs | other.arcs
        return Executed(min(self.at, other.at), self.lines | other.lines, both)


@dataclass(frozen=True, slots=True)
class Measured:
    """What tests executed, by path from the root.

    A file that nothing measured is not in it, nor one that a plugin of coverage.py measured (a template, say).
    """

    files: Mapping[str, Executed]


def read_measured(root: Path, found: DataFiles | Unavailable, wanted: Wanted) -> Measured | Unavailable:
    """What the data files say of the wanted files below the root, or why that cannot be told."""
    if isinstance(found, Unavailable):
        return found
    try:
        from coverage.exceptions import CoverageException
    except ImportError:
        return _NOT_INSTALLED
    reader, name = _Reader(root, found.inside, wanted), ""
    for file in found.files:
        name = shown(file, root)
        try:
            reader.read(file)
        except PreventionError as error:
            return Unavailable(f"{name} {error.problems[0].message}", MEASURE)
        except (CoverageException, *_DAMAGE):
            return Unavailable(f"{name} cannot be read as data of this version of coverage.py", MEASURE)
    if not reader.any:
        return Unavailable(f"{name} holds nothing on files here", _ELSEWHERE if reader.elsewhere else MEASURE)
    return Measured(reader.files)


def file_coverage(root: Path, path: str, measured: Measured) -> FileCoverage | Unavailable:
    """What coverage.py makes of one Python file, a path from the root, or why that cannot be told."""
    name = shown(Path(path), root)
    executed = measured.files.get(path)
    if executed is None:
        return Unavailable(f"no test run has measured {name}", MEASURE) if path.endswith(".py") else _PYTHON_ONLY
    from coverage.exceptions import CoverageException

    try:
        if (root / path).stat().st_mtime > executed.at:
            return Unavailable(f"{name} has changed since its coverage was measured", MEASURE)
        return _analysed((root / path).resolve(), executed)
    except (CoverageException, *_DAMAGE):
        return Unavailable(f"coverage.py cannot read {name}", MEASURE)


def read_coverage(
    root: Path, policy: Policy, found: DataFiles, wanted: Wanted, sources: Iterable[str]
) -> Coverage | Unavailable:
    """What tests execute of the wanted files: of those that were measured, and of those among ``sources``.

    All paths are from the root. PreventionError where policy names a baseline that is none.
    """
    measured = read_measured(root, found, wanted)
    if isinstance(measured, Unavailable):
        return measured
    paths = measured.files.keys() | set(filter(wanted, sources))
    there = sorted(path for path in paths if (root / path).is_file())
    return Coverage({path: file_coverage(root, path, measured) for path in there}, read_baseline(root, policy))


def _analysed(file: Path, executed: Executed) -> FileCoverage:
    from coverage import Coverage as Session

    name = str(file)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:  # data in memory stay open in some versions
        session = Session(data_file=str(Path(folder) / "data"), config_file=False)
        data = session.get_data()
        if executed.arcs is None:
            data.add_lines({name: executed.lines})
        else:
            data.add_arcs({name: executed.arcs})
            data.touch_file(name)
        _, found, _, missing, _ = session.analysis2(name)
        branches = taken = 0
        if executed.arcs is not None:
            report = Path(folder) / "report"
            session.json_report([name], outfile=str(report))  # the oldest way to its branches that is public
            totals = json.loads(report.read_bytes())["totals"]
            branches, taken = totals["num_branches"], totals["covered_branches"]
    return FileCoverage(frozenset(found) - frozenset(missing), frozenset(missing), branches, taken)


class _Reader:
    """Takes in one data file after the other, at most MAX_BYTES in all."""

    def __init__(self, root: Path, inside: Path, wanted: Wanted) -> None:
        self.root = root
        self.inside = inside
        self.wanted = wanted
        self.files: dict[str, Executed] = {}
        self.any = False
        """Whether anything below the root was measured, wanted or not."""
        self.elsewhere = False
        self._left = MAX_BYTES

    def read(self, file: Path) -> None:
        """PreventionError where it must not be read; what it is damaged by comes out as it is."""
        written_at = file.stat().st_mtime if file.exists() else 0
        content = read_bytes(file, self.inside, limit=self._left, name=shown(file, self.root))
        self._left -= len(content)
        with _opened(content) as data:
            for measured in data.measured_files():
                path = _from_root(measured, self.root)
                if not path or data.file_tracer(measured):
                    self.elsewhere |= not path
                    continue
                self.any = True
                if self.wanted(path):
                    executed = _executed(data, measured, written_at)
                    self.files[path] = self.files[path] | executed if path in self.files else executed


@contextmanager
def _opened(content: bytes) -> Iterator[CoverageData]:
    """A copy: coverage.py creates, completes and locks the files that it opens."""
    from coverage import CoverageData

    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        copy = Path(folder) / "data"
        copy.write_bytes(content)
        _check_bounded(copy)
        data = CoverageData(basename=str(copy))
        data.read()
        yield data


def _check_bounded(copy: Path) -> None:
    """ValueError where a small file could keep us busy: by a view or a computed column, or by runs of lines."""
    with closing(sqlite3.connect(copy)) as connection:

        def there_is(question: str, *values: int) -> bool:
            return bool(connection.execute(f"select exists({question})", values).fetchone()[0])

        if there_is("select 1 from sqlite_master where rootpage = 0"):  # a view, a trigger, a virtual table
            raise ValueError
        if there_is("select 1 from sqlite_master, pragma_table_xinfo(sqlite_master.name) where hidden"):
            raise ValueError
        bits = "select 1 from sqlite_master where name = 'line_bits'"
        if there_is(bits) and there_is("select 1 from line_bits where length(numbits) > ?", MAX_LINES // 8):
            raise ValueError


def _executed(data: CoverageData, measured: str, written_at: float) -> Executed:
    arcs = frozenset(data.arcs(measured) or ()) if data.has_arcs() else None
    return Executed(written_at, frozenset(data.lines(measured) or ()), arcs)


def _from_root(measured: str, root: Path) -> str:
    """The path from the root; empty outside it. With ``relative_files`` it is that already."""
    path = PurePath(measured)
    for beginning in (root.absolute(), root.resolve()):
        if path.is_relative_to(beginning):
            return path.relative_to(beginning).as_posix()
    return "" if path.is_absolute() else path.as_posix()
