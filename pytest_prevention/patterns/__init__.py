"""Systemic patterns across incidents, each held against what chance would do; the fields below are the table.

Policy's thresholds decide what is flagged, for a few incidents matter at once. A test decides about one word only:
*supported*, *descriptive*, or *not enough data* where no outcome could have reached the level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Facts, Unavailable
from pytest_prevention.patterns import after_changes, same_error, same_module, slow_detection
from pytest_prevention.patterns.after_changes import AfterChanges
from pytest_prevention.patterns.same_error import SameError
from pytest_prevention.patterns.same_module import SameModule
from pytest_prevention.patterns.slow_detection import SlowDetection
from pytest_prevention.policy import Policy

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patterns:
    same_module: SameModule | Unavailable
    same_error: SameError | Unavailable
    deploys: AfterChanges | Unavailable
    data_changes: AfterChanges | Unavailable
    slow_detection: SlowDetection | Unavailable


def recognise(facts: Facts, policy: Policy) -> Patterns:
    """Every pattern; one that lacks a source is :class:`Unavailable`, with the reason."""

    def pattern(of: Callable[[Facts, Policy], T]) -> T | Unavailable:
        try:
            return of(facts, policy)
        except MissingSource as missing:
            return missing.unavailable

    return Patterns(
        pattern(same_module.measure),
        pattern(same_error.measure),
        pattern(after_changes.deploys),
        pattern(after_changes.data_changes),
        pattern(slow_detection.measure),
    )


__all__ = ["AfterChanges", "Patterns", "SameError", "SameModule", "SlowDetection", "recognise"]
