"""What one module's functions are like to whoever has to write the tests that it never had."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pytest_prevention.model.history import Commit
from pytest_prevention.model.place import Unavailable

MODULE_LEVEL = "<module>"
"""The name under which code outside all functions is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function, with the functions inside it; definitions of one name (overloads, a property) count as one.

    ``name`` is qualified (``Class.method``), ``size`` in lines of code. ``covered`` is the share of the statements of
    its body that tests execute, or None where that is not known. ``fixes`` touched it, newest first.
    """

    name: str
    first_line: int
    last_line: int
    size: int
    covered: Fraction | None = None
    fixes: tuple[Commit, ...] = ()


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A fix of the module of which no function that is there today can be told, and why."""

    fix: Commit
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """The functions of one module that do anything, by line, last the code outside them where fixes touched it.

    ``no_coverage`` and ``no_history`` say why it is not known what tests execute, and what fixes touched.
    """

    module: str
    functions: tuple[Function, ...]
    unplaced: tuple[Unplaced, ...] = ()
    no_coverage: Unavailable | None = None
    no_history: Unavailable | None = None
