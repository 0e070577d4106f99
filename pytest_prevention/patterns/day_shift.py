"""Whether hits can be told from the calendar: the same changes on other days would have caught how many?

Who deploys every Tuesday and has incidents on Tuesdays cannot tell which of both it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from pytest_prevention.patterns.spans import DAY, Span, micros

CYCLE = 28
"""Days, in whole weeks: as many shifts fall on each day of the week."""


@dataclass(frozen=True, slots=True)
class DayShift:
    """``observed`` hits, and by days the hits there would have been with all changes so many days later.

    ``p``: the share of the shifts, the one by no day included, with at least as many; at best 1/28. ``separable``:
    it reaches the level, so that the hits are more than the calendar explains.
    """

    observed: int
    shifts: Mapping[int, int]
    p: float
    separable: bool

    @property
    def as_many(self) -> tuple[int, ...]:
        """The shifts with at least as many hits."""
        return tuple(days for days, hits in self.shifts.items() if hits >= self.observed)

    @property
    def is_weekly(self) -> bool:
        """Whether it is all those by whole weeks."""
        return set(range(7, CYCLE, 7)) <= set(self.as_many)


def day_shift(
    starts: Sequence[datetime], is_hit: Callable[[int], bool], observed: Span, zone: tzinfo, level: float
) -> DayShift | None:
    """From the starts of incidents; None where less than a cycle was observed. Hours stay those on the wall.

    To have all changes later is to have all incidents earlier. One that would then begin before the observed time
    begins a cycle later instead, on the same day of the week: who moves it out of sight moves it away from the changes.
    """
    if observed[1] - observed[0] < CYCLE * DAY:
        return None
    local = [at.astimezone(zone) for at in starts]

    def hits(days: int) -> int:
        return sum(is_hit(at) for at in _earlier(local, days, observed[0]))

    seen = hits(0)
    shifts = {days: hits(days) for days in range(1, CYCLE)}
    p = (1 + sum(found >= seen for found in shifts.values())) / CYCLE
    return DayShift(seen, shifts, p, p <= level)


def _earlier(local: Iterable[datetime], days: int, first: int) -> Iterable[int]:
    back, onward = timedelta(days=days), timedelta(days=CYCLE - days)
    for at in local:
        moved = micros(at - back)
        yield moved if moved >= first else micros(at + onward)
