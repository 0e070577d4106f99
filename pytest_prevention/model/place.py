"""Where something stands, what is wrong with it, and what could not be had at all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file; ``path`` is posix and relative to the root, line and column count from 1 (0: none)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing in an input that cannot be read as it was meant.

    ``kind`` is the kebab name of the rule that reports it (``backlog-row-malformed``), or ``usage`` for what ends the
    run. ``subject`` is what it is about (``INC-001#2``, a key, a file); ``hint`` is the next step, ready to paste
    where possible.
    """

    location: Location
    kind: str
    subject: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" + (f"\n    {self.hint}" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A source that could not be examined, and why.

    ``by_design`` tells a gap that the caller chose (no test run was asked for; ``-k`` was given) from one that nobody
    chose: only the second makes a verdict *could not judge*.
    """

    reason: str
    remedy: str = ""
    by_design: bool = False
