"""The Timeline table of a filled-in post-mortem template: rows of time and event become the stamps of the incident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from pytest_prevention.sources.incidents.chronology import Flaw
from pytest_prevention.sources.incidents.sections import Section
from pytest_prevention.sources.incidents.stamps import Stamp, StampError, iso_date, local_moment

_TIME = re.compile("(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[T ])?([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?(?: ?(?:UTC|GMT|Z))?")
_UTC = ("utc", "gmt", "z")
_ONE_HOUR = timedelta(hours=1)


class _Event(NamedTuple):
    """Rows whose text holds every word of an alternative give the key its time: the first of them, or the last."""

    key: str
    alternatives: tuple[tuple[str, ...], ...]
    last: bool = False

    def row(self, rows: Iterable[Row]) -> Row | None:
        for words in self.alternatives:
            found = [row for row in rows if all(word in row.event.casefold() for word in words)]
            if found:
                return found[-1 if self.last else 0]
        return None


_EVENTS = (
    _Event("started_at", (("first", "error"),)),
    _Event("detected_at", (("incident", "detected"), ("detected",), ("alert", "fired"))),
    _Event("mitigated_at", (("impact", "resolved"), ("mitigat",)), last=True),
    _Event("fixed_at", (("fix", "deployed"),), last=True),
    _Event("resolved_at", (("incident", "closed"), ("incident", "resolved")), last=True),
    _Event("postmortem_at", (("post-mortem", "held"), ("post-mortem", "written")), last=True),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, the text of its time cell, the event, and the moment that the time means."""

    line: int
    time: str
    event: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the table tells: the row of each key, and what is wrong with rows."""

    rows: dict[str, Row]
    flaws: tuple[Flaw, ...]

    @property
    def stamps(self) -> dict[str, Stamp]:
        return {key: Stamp(f"{row.at:%Y-%m-%dT%H:%M:%SZ}", row.at, row.at) for key, row in self.rows.items() if row.at}


def read_timeline(section: Section, day: date, zone: tzinfo | None) -> Timeline:
    """The table of ``section``. The first row is on ``day``; a later one with an earlier time is on the next day.

    Times are in UTC where the header says so or nobody names a ``zone``.
    """
    header, *rows = _rows(section) or [Row(section.line, "", "")]
    named = header.time.partition("(")[2].rstrip(") ").casefold()
    if named and named not in _UTC and zone is None:
        hint = "write UTC, or name your zone in prevention-policy.yaml: observation: {timezone: Europe/Berlin}"
        return Timeline(
            {}, (Flaw(f"the times are in {named!r}, which is no zone that we know", hint, line=header.line),)
        )
    flaws: list[Flaw] = []
    timed = list(_timed(rows, day, UTC if zone is None or named in _UTC else zone, flaws))
    chosen = {event.key: row for event in _EVENTS if (row := event.row(timed))}
    return Timeline(chosen, tuple(flaws))


def _rows(section: Section) -> list[Row]:
    """Header and rows of the table: everything with a bar, the delimiter excepted."""
    found = []
    for line, text in enumerate(section.lines, section.line + 1):
        first, bar, rest = text.strip().strip("|").partition("|")
        if bar and text.strip(" \t|:-"):
            found.append(Row(line, first.strip(" \t*`~"), rest.strip()))
    return found


def _timed(rows: Iterable[Row], day: date, zone: tzinfo, flaws: list[Flaw]) -> Iterator[Row]:
    """The rows with their moments; one whose time cannot be read is told and left out."""
    before: datetime | None = None
    for row in rows:
        try:
            local = _local(row.time, before.date() if before else day)
            if before and local < before:
                local = _next_day(local, before)
            yield replace(row, at=local_moment(local, zone))
            before = local
        except StampError as error:
            flaws.append(Flaw(f"the time {row.time!r} {error.message}", error.hint, line=row.line))


def _local(text: str, day: date) -> datetime:
    """``14:05``, ``14:05 UTC`` or ``2024-01-16 09:30`` without its zone; StampError for anything else."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise StampError("is not a time of day", "write HH:MM")
    on, hour, minute = found.groups()
    try:
        return datetime.combine(iso_date(on) if on else day, time(int(hour), int(minute)))
    except ValueError as error:
        raise StampError(f"is not on the clock: {error}", "write HH:MM, between 00:00 and 23:59") from None


def _next_day(local: datetime, before: datetime) -> datetime:
    """The same time one day on; StampError where the table more likely is out of order."""
    following = local + timedelta(days=1)
    if before - local < _ONE_HOUR or local.date() < before.date():
        hint = f"sort the rows, or write the date where it is the next day: {following:%Y-%m-%d %H:%M}"
        raise StampError(f"comes after {before:%H:%M}", hint)
    return following
