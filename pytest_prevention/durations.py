"""Durations as people say them: ``150 days``, not ``216697.82 minutes``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

_HOUR = 60.0
_DAY = 24 * _HOUR
_YEAR = 365.25 * _DAY


@dataclass(frozen=True, slots=True)
class Unit:
    """``minutes`` is how many of them one unit has."""

    name: str
    minutes: float

    def number(self, minutes: float) -> str:
        """So many minutes in this unit, without its name."""
        return three_digits(minutes / self.minutes)


MINUTES, HOURS, DAYS, YEARS = Unit("minutes", 1), Unit("hours", _HOUR), Unit("days", _DAY), Unit("years", _YEAR)
IN_MINUTES = {unit.name: unit.minutes for unit in (MINUTES, HOURS, DAYS, YEARS)}


def unit_for(minutes: float) -> Unit:
    """The unit in which people say it; from two of a larger one it is that one."""
    larger = [unit for unit in (HOURS, DAYS, YEARS) if abs(minutes) >= 2 * unit.minutes]
    return larger[-1] if larger else MINUTES


def duration(minutes: float) -> str:
    """``1 minute``, ``2.5 hours``, ``30 days``."""
    unit = unit_for(minutes)
    number = unit.number(minutes)
    return f"{number} {unit.name.removesuffix('s') if number == '1' else unit.name}"


def three_digits(number: float) -> str:
    """Rounded to three significant digits, which is at most 0.5 % off; never with an exponent."""
    return format(Decimal(f"{number:.3g}"), "f")
