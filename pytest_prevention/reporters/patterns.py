"""Patterns in words, as the reports for people share them: what is flagged in full, the rest counted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from pytest_prevention.model import Unavailable
from pytest_prevention.patterns import Patterns, SameError, SameModule, SlowDetection
from pytest_prevention.patterns.changes_words import changes_in_words
from pytest_prevention.patterns.words import (
    comparison_in_words,
    customers_in_words,
    detection_in_words,
    error_in_words,
    listed,
    module_in_words,
)
from pytest_prevention.phrases import counted

T = TypeVar("T")

SHOWN = 5
"""As many of a pattern as people read; the others are counted, and stand in the JSON report."""


def patterns_in_words(found: Patterns) -> dict[str, list[str]]:
    """Each pattern by name, in a few short lines. What comes from the repository is still to be made safe."""
    return {
        "Same module": _lines(found.same_module, _modules),
        "Same error": _lines(found.same_error, _errors),
        "After deploys": _lines(found.deploys, partial(changes_in_words, "deploys")),
        "After data changes": _lines(found.data_changes, partial(changes_in_words, "data_changes")),
        "Slow detection": _lines(found.slow_detection, _detection),
    }


def _lines(pattern: T | Unavailable, of: Callable[[T], list[str]]) -> list[str]:
    return [f"not available: {pattern.reason}"] if isinstance(pattern, Unavailable) else of(pattern)


def _modules(found: SameModule) -> list[str]:
    flagged = list(found.flagged.items())
    lines = [f"{name}: {module_in_words(one)}: {listed(one.ids)}" for name, one in flagged[:SHOWN]]
    lines += _rest(len(flagged), len(found.modules), "module", "no incident names a module")
    total = sum(one.exposure_share or 0 for one in found.modules.values())
    if flagged and total > 1 + 1e-9:
        lines.append(
            f"shares of changes add up to {total * 100:.3g} %: a change counts for each module that it touches"
        )
    return [*lines, *_left_out(len(found.without_module), "without a module")]


def _errors(found: SameError) -> list[str]:
    flagged = list(found.flagged.items())
    lines = [
        line
        for key, one in flagged[:SHOWN]
        for line in (f"{error_in_words(key, one)}: {listed(one.ids)}", comparison_in_words(one, found))
    ]
    total = len(found.causes) + len(found.error_types)
    lines += _rest(len(flagged), total, "cause", "no incident has a recorded cause or error type")
    return [*lines, *_left_out(len(found.unknown), "without a cause")] if total else lines


def _detection(found: SlowDetection) -> list[str]:
    lines = [detection_in_words(found)]
    if found.lower_bound and found.verdict != "not enough data":
        lines.append(f"at least {found.lower_bound * 100:.0f} % are slow")
    return [*lines, customers_in_words(found)]


def _rest(flagged: int, total: int, noun: str, nothing: str) -> list[str]:
    """What is not shown."""
    if not total:
        return [nothing]
    more = [f"and {flagged - SHOWN} more that are flagged"] if flagged > SHOWN else []
    others = total - flagged
    if not flagged:
        return [f"none of {counted(total, noun)} is flagged"]
    return [*more, *([f"{counted(others, f'other {noun}')} not flagged"] if others else [])]


def _left_out(number: int, why: str) -> list[str]:
    return [f"left out: {counted(number, 'incident')} {why}"] if number else []
