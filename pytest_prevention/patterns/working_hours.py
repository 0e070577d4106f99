"""The hours in which people work: by the clock on their wall, which is set twice a year."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import tzinfo

from pytest_prevention.days import zone
from pytest_prevention.patterns.spans import DAY, HOUR, SECOND, Span, merged, moment
from pytest_prevention.policy import Policy

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONDAY = 4  # the first one of 1970 was the fifth of January


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """On these days from one time of day until before another; one that is not later is that of the day after."""

    days: Collection[str]
    from_: str
    to: str
    zone: tzinfo

    @classmethod
    def of(cls, policy: Policy) -> WorkingHours | None:
        """Those that policy names, in its zone."""
        told = policy.tree["deploys"].get("working_hours")
        return cls(told["days"], told["from"], told["to"], zone(policy)) if told else None

    def __str__(self) -> str:
        return f"{', '.join(day for day in _WEEK if day in self.days)} {self.from_} to {self.to} ({self.zone})"

    def within(self, span: Span) -> list[Span]:
        """The working time in a stretch: all moments at which the clock on the wall shows working hours."""
        begin, end = _since_midnight(self.from_), _since_midnight(self.to)
        end += DAY if end <= begin else 0
        found = []
        for since, until, offset in _offsets(self.zone, span):
            for day in range((since + offset) // DAY - 1, (until + offset) // DAY + 1):
                if _WEEK[(day - _MONDAY) % 7] in self.days:
                    local = day * DAY - offset
                    found.append((max(since, local + begin), min(until, local + end)))
        return merged((begin, end) for begin, end in found if begin < end)


def _since_midnight(text: str) -> int:
    hours, minutes = map(int, text.split(":"))
    return hours * HOUR + minutes * 60 * SECOND


def _offsets(local: tzinfo, span: Span) -> Iterator[tuple[int, int, int]]:
    """The stretch in parts within which no clock was changed, each with how far local time is ahead of UTC."""
    begin, end = span

    def offset(at: int) -> int:
        away = moment(at).astimezone(local).utcoffset()
        return int(away.total_seconds()) * SECOND if away else 0

    while begin < end:
        same, known = begin, offset(begin)
        while same < end and offset(min(same + DAY, end)) == known:
            same += DAY
        other = min(same + DAY, end)
        while same + 1 < other:
            middle = (same + other) // 2
            same, other = (middle, other) if offset(middle) == known else (same, middle)
        yield begin, other, known
        begin = other
