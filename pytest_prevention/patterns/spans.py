"""Stretches of time, each from one moment until before another: whole microseconds since 1970, so nothing is rounded.

Several of them are in order and apart from each other, as :func:`merged` leaves them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

Span = tuple[int, int]

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """A moment, aware, as a number."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """The same the other way round, in UTC."""
    return _EPOCH + at * _MICROSECOND


def merged(spans: Iterable[Span]) -> list[Span]:
    """The time that lies in any of them; each may overlap others, and come in any order."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif begin < end:
            found.append((begin, end))
    return found


def common(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """The time that lies in both."""
    found: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        begin, end = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if begin < end:
            found.append((begin, end))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return found


def length(spans: Iterable[Span]) -> int:
    return sum(end - begin for begin, end in spans)


def holds(spans: Sequence[Span], at: int) -> bool:
    """Whether a moment lies in one of them; the end of a span does not."""
    index = bisect_right(spans, at, key=lambda span: span[0])
    return index > 0 and at < spans[index - 1][1]
