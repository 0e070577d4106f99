"""Durations on a scale, in one line: ``10 |1..2..[3]...1.......1| 70 minutes``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import floor, log

from pytest_prevention.durations import Unit

CELLS = 24
"""With both ends and their unit they fit beside the names of indicators in 80 columns."""

FEWEST, MOST = 2, 60
WIDE = 20
"""Times the shortest, from which on a linear scale would crowd nearly all of them into one cell."""


def chart(minutes: Sequence[float], median: float, unit: Unit) -> list[str]:
    """A digit is how many lie in that cell, ``+`` ten or more; brackets are around the median.

    No line for too few, too many, or all alike.
    """
    low, high = min(minutes, default=0), max(minutes, default=0)
    if not FEWEST <= len(minutes) <= MOST or low == high:
        return []
    wide = low > 0 and high > WIDE * low
    counts = Counter(_cell(one, low, high, wide) for one in minutes)
    signs = [_sign(counts[cell]) for cell in range(CELLS)]
    middle = _cell(median, low, high, wide)
    signs[middle] = f"[{signs[middle]}]"
    scale = ", log scale" if wide else ""
    return [f"{unit.number(low)} |{''.join(signs)}| {unit.number(high)} {unit.name}{scale}"]


def _cell(value: float, low: float, high: float, wide: bool) -> int:
    part = log(value / low) / log(high / low) if wide else (value - low) / (high - low)
    return min(max(floor(part * CELLS), 0), CELLS - 1)


def _sign(count: int) -> str:
    return "." if not count else str(count) if count < 10 else "+"
