"""What a statistic gives: an interval, or why the data cannot carry one."""

from __future__ import annotations

from dataclasses import dataclass

CONFIDENCE = 0.95
"""Level of intervals; tests reach it where p ≤ 1 − CONFIDENCE."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends are included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class NotEnough:
    """There are ``n``, and ``what`` ("a median interval") needs ``needed``: with fewer no outcome reaches the level."""

    n: int
    needed: int
    what: str


@dataclass(frozen=True, slots=True)
class AllEqual:
    """All ``n`` values are the same: nothing can be put in order."""

    n: int
