"""What guards execute: coverage.py, measuring only while a guard runs, in the process that runs it.

Where nothing is measured yet, coverage.py is started for each guard and stopped after it. Where it runs already (under
pytest-cov, under ``coverage run``) it goes on measuring what it measured, and notes for which guard: its *context*.
Where pytest-cov notes a context for every test, those are read.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Lines, Unavailable

if TYPE_CHECKING:
    from pytest_prevention.sources.meters import Running

NOT_INSTALLED = Unavailable("coverage.py is not installed", "pip install 'pytest-prevention[coverage]'", by_design=True)


class Tracing:
    """Measures which lines of some files each guard executes.

    ``files`` are paths from ``root``; ``theirs`` says that pytest-cov notes contexts itself (``--cov-context=test``).
    The first guard decides how it is done; only then is coverage.py imported.
    """

    def __init__(self, root: Path, files: Collection[str], *, theirs: bool = False) -> None:
        self.root = root
        self.files = files
        self.theirs = theirs
        self._meter: Running | None = None
        self._guard = ""
        self._children = 0
        self._measured: set[str] = set()
        self._with_processes: set[str] = set()
        self._gaps: dict[str, Unavailable] = {}

    def start(self, nodeid: str) -> None:
        """A guard begins, for the first time or anew."""
        self.stop()
        try:
            self._meter = self._meter or self._chosen()
            self._meter.begin(nodeid)
        except MissingSource as gap:
            self._gaps[nodeid] = gap.unavailable
        else:
            self._guard, self._children = nodeid, _children()
            self._measured.add(nodeid)

    def stop(self) -> None:
        """The guard that began last has ended; nothing where none has begun."""
        if not self._guard or self._meter is None:
            return
        guard, self._guard = self._guard, ""
        try:
            self._meter.end()
        except MissingSource as gap:
            self._gaps[guard] = gap.unavailable
        if _children() != self._children:
            self._with_processes.add(guard)

    def executed(self) -> tuple[dict[str, Lines], list[Unavailable]]:
        """What each measured guard executed of the files, and why others were not measured. Asked once, at the end.

        A guard that ran another process and executed nothing itself is left out: what processes execute is not seen.
        """
        self.stop()
        if self._meter is None:
            return {}, self._reasons()
        try:
            found = self._meter.executed()
        except MissingSource as gap:
            return {}, [*self._reasons(), gap.unavailable]
        told = self._measured - self._gaps.keys() - (self._with_processes - found.keys())
        return {guard: found.get(guard, {}) for guard in sorted(told)}, self._reasons()

    def _chosen(self) -> Running:
        try:
            from pytest_prevention.sources.meters import chosen
        except ImportError:
            raise MissingSource(NOT_INSTALLED) from None
        return chosen(self.root, self.files, theirs=self.theirs)

    def _reasons(self) -> list[Unavailable]:
        return list(dict.fromkeys(self._gaps.values()))


def _children() -> int:
    """Grows with every process that was started and has ended; 0 where the system does not tell (Windows)."""
    try:
        from resource import RUSAGE_CHILDREN, getrusage
    except ImportError:
        return 0
    return getrusage(RUSAGE_CHILDREN).ru_minflt
