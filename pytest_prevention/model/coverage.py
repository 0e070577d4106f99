"""What tests execute of the source files, as coverage.py tells it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from fractions import Fraction

from pytest_prevention.model.place import Unavailable

NO_BASELINE = Unavailable(
    "policy names no earlier report",
    "write one (prevention report --output coverage-baseline.json) and name it in coverage.baseline",
    by_design=True,
)


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """The statements of one file by their first lines, those marked ``# pragma: no cover`` left out.

    Of its ``branches`` (ways out of a line that has several) so many were ``taken``; none where none were measured.
    """

    executed: frozenset[int]
    missing: frozenset[int]
    branches: int = 0
    taken: int = 0

    @property
    def statements(self) -> int:
        return len(self.executed) + len(self.missing)

    def share(self, lines: Set[int]) -> Fraction | None:
        """The executed share of the statements that begin on these lines; None where none does."""
        executed, missing = len(self.executed & lines), len(self.missing & lines)
        return Fraction(executed, executed + missing) if executed + missing else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an earlier report says of one module: covered of total, so many of which are branches."""

    covered: int
    total: int
    branches: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """By path from the root the files that incidents name; one that tests could execute and nobody measured is
    :class:`Unavailable`. ``earlier`` is what the report that policy names as baseline says, by module."""

    files: Mapping[str, FileCoverage | Unavailable]
    earlier: Mapping[str, Recorded] | Unavailable = NO_BASELINE
