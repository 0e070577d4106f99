"""Coverage as tests of rules want it: so many statements of so many."""

from __future__ import annotations

from pytest_prevention.model import FileCoverage


def file(covered: int, total: int, branches: int = 0, taken: int = 0) -> FileCoverage:
    """A file whose first ``covered`` of ``total`` lines were executed."""
    return FileCoverage(frozenset(range(covered)), frozenset(range(covered, total)), branches, taken)
