"""The work list of one module for people at a terminal, and the file of test stubs that they fill in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction

from pytest_prevention.model import Unavailable
from pytest_prevention.model.retrofit import Function, Unplaced, WorkList
from pytest_prevention.phrases import counted
from pytest_prevention.reporters.layout import WIDTH, cut, wrapped
from pytest_prevention.reporters.safe import safe
from pytest_prevention.reporters.words import commit_in_words, percent

FUNCTIONS, UNPLACED = 20, 5
"""As many functions, in the list and the stubs alike, and fixes that belong to none as people read."""

_WORD = re.compile(r"[^\W_]+")


def most_urgent(work: WorkList) -> list[Function]:
    """The functions to begin with: what no test executes first, in it what was fixed most often, then the largest."""
    return sorted(work.functions, key=_urgency)[:FUNCTIONS]


def _urgency(function: Function) -> tuple[int, int, int, int]:
    return _executed(function.covered), -len(function.fixes), -function.size, function.first_line


def _executed(covered: Fraction | None) -> int:
    """0: nothing of it, 2: all of it; 1: a part, or nobody knows."""
    return 1 if covered is None else (covered > 0) + (covered == 1)


def work_list_text(work: WorkList) -> str:
    """The list, and what is not known of it."""
    name, urgent, more = safe(work.module), most_urgent(work), len(work.functions) - FUNCTIONS
    if not urgent:
        return "\n".join([*wrapped(f"No functions to test in {name}."), *_unplaced(work.unplaced)]) + "\n"
    lines = wrapped(f"Functions of {name} to characterize by tests, the most urgent first:")
    for rank, function in enumerate(urgent, start=1):
        lines += _row(rank, function, work)
    lines += [f"  and {more} more"] if more > 0 else []
    lines += [*_gap("coverage", work.no_coverage), *_gap("fixes", work.no_history), *_unplaced(work.unplaced)]
    return "\n".join(lines) + "\n"


def _row(rank: int, function: Function, work: WorkList) -> list[str]:
    facts = [f"{counted(function.size, 'line')} of code"]
    if work.no_coverage is None:
        facts.append(_covered(function.covered))
    if work.no_history is None:
        facts.append(counted(len(function.fixes), "fix", "fixes"))
    text = f"{rank}. {safe(function.name)} (line {function.first_line}): {', '.join(facts)}"
    lines = wrapped(text, 3 - len(str(rank)), 5)
    if function.fixes:
        lines.append(cut(f"     newest fix: {safe(commit_in_words(function.fixes[0]))}", WIDTH))
    return lines


def _covered(share: Fraction | None) -> str:
    if share is None:
        return "coverage cannot be told"
    return f"{percent(share.numerator, share.denominator)} covered"


def _gap(what: str, why: Unavailable | None) -> list[str]:
    if why is None:
        return []
    lines = ["", *wrapped(f"{what}: not known: {safe(why.reason)}", 0, 2)]
    return [*lines, *wrapped(f"next: {safe(why.remedy)}", 2, 8)] if why.remedy else lines


def _unplaced(unplaced: tuple[Unplaced, ...]) -> list[str]:
    if not unplaced:
        return []
    lines = ["", "Fixes of the module that belong to none of its functions:"]
    for one in unplaced[:UNPLACED]:
        lines += [cut(f"  {safe(commit_in_words(one.fix))}", WIDTH), *wrapped(safe(one.why), 4)]
    return [*lines, f"  and {len(unplaced) - UNPLACED} more"] if len(unplaced) > UNPLACED else lines


_HEAD = '''\
"""Characterization tests of {module}: what it does today.

To fill one in, call the function, run the test, see what comes out, and assert
exactly that, right or wrong. Then take the skip away and say what the test
guards against: @pytest.mark.incident("INC-001").
"""

import pytest
'''

_STUB = """

@pytest.mark.skip(
    reason={reason},
)
def {name}() -> None:
    raise NotImplementedError
"""
"""It cannot pass, not even without the skip. The comma after the reason keeps formatters from joining the lines."""


def stubs_text(work: WorkList) -> str:
    """A test file with one skipped test for each of the most urgent functions."""
    module = safe(work.module)
    head = _HEAD.format(module=module.replace("\\", r"\\").replace('"', r"\""))
    return head + "".join(
        _STUB.format(
            reason=_literal(f"retrofit: characterize {safe(function.name)} ({module}:{function.first_line})"),
            name=name,
        )
        for name, function in _named(most_urgent(work))
    )


def _named(functions: list[Function]) -> Iterator[tuple[str, Function]]:
    """Each function with a name of its own for its test."""
    taken: set[str] = set()
    for function in functions:
        # Python takes identifiers for the same whose compatibility forms are
        words = _WORD.findall(unicodedata.normalize("NFKC", function.name.lower()))
        wanted = name = "test_" + "_".join(words)
        number = 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        yield name, function


def _literal(text: str) -> str:
    """A string as formatters write it: in double quotes, unless there is one in it."""
    return repr(text) if '"' in text else f'"{repr(text)[1:-1]}"'
