"""What is wrong with the input, and what was rewritten in it, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_prevention.model import Problem
from pytest_prevention.phrases import counted
from pytest_prevention.reporters.safe import safe


def problems_text(problems: Iterable[Problem]) -> str:
    """One block per problem: file:line:column, what is wrong, and below it what to do next."""
    return "prevention: " + "\n".join(_lines(problems))


def format_text(changes: Sequence[object], left: Sequence[Problem], *, written: bool) -> str:
    """What ``prevention fmt`` did or (not ``written``) would do, and what it left because it cannot decide."""
    done = counted(len(changes), "change") + (" made" if written else " to make")
    lines = [*(safe(str(change)) for change in changes), done if changes else "nothing to change"]
    if left:
        lines += ["left as it is:", *_lines(left)]
    return "\n".join(lines)


def _lines(problems: Iterable[Problem]) -> Iterator[str]:
    for problem in problems:
        yield safe(f"{problem.location}: {problem.message}")
        if problem.hint:
            yield "    " + safe(problem.hint)
