"""The expected failures. Each carries the objects it is about, not a sentence.

Anything else that escapes is a crash of ours: exit code 3, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_prevention.model import Problem, Unavailable


class PreventionError(Exception):
    """The user's input cannot be used as it is; exit code 4.

    ``problems`` holds everything that is wrong, not only the first: one run tells all.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class MissingSource(Exception):
    """A rule asked for a source that is not there; the gate reports the rule as not checked."""

    def __init__(self, unavailable: Unavailable) -> None:
        self.unavailable = unavailable
        super().__init__(unavailable.reason)
