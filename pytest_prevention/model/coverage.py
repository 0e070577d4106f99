"""What tests execute of the source files, as a coverage data file has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_prevention.model.place import Unavailable


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """The statements of one file by their first lines; and its branches, where they were measured."""

    statements: frozenset[int]
    executed: frozenset[int]
    branches: int = 0
    executed_branches: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """By path from the root; a file that the tests could have executed and nobody measured is :class:`Unavailable`."""

    files: Mapping[str, FileCoverage | Unavailable]
