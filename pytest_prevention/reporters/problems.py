"""What is wrong with the input, all of it, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_prevention.model import Problem
from pytest_prevention.reporters.safe import safe


def problems_text(problems: Iterable[Problem]) -> str:
    """One block per problem: file:line:column, what is wrong, and below it what to do next."""
    lines = []
    for problem in problems:
        lines.append(safe(f"{problem.location}: {problem.message}"))
        if problem.hint:
            lines.append("    " + safe(problem.hint))
    return "\n".join(["prevention: this input cannot be used", *lines])
