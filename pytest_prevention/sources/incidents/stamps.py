"""One stamp of an incident: RFC 3339 text to a moment in UTC."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

FIRST_YEAR, LAST_YEAR = 1990, 2100

# Wider than RFC 3339 on purpose: what is only nearly right gets an answer that says how to write it.
_DATE = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
_TIME = "([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:([.,])([0-9]+))?)?"
_OFFSET = "([Zz]|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})"
_DAY = re.compile(_DATE)
_USUAL = re.compile(f"{_DATE}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}Z")
"""How most stamps are written; large projects have tens of thousands, and these are read in a quarter of the time."""
_NEARLY = re.compile(f"{_DATE}(?:([Tt ]){_TIME}( ?){_OFFSET}?)?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment in UTC. ``until`` is the last moment that ``text`` can mean: of a bare date the end of the day."""

    text: str
    at: datetime
    until: datetime


class StampError(Exception):
    """The text is no stamp: ``message`` continues a sentence that begins with it, ``hint`` says what to write."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def read_stamp(text: str, zone: tzinfo | None = None, *, bare_date: bool = False) -> Stamp:
    """The moment that ``text`` names, to the microsecond (further digits are cut off); else :class:`StampError`.

    RFC 3339, section 5.6: full date, ``T``, ``t`` or a space, full time, and an offset (``Z``, ``z``, ``+01:00``).
    Three things differ: a ``zone`` makes the offset optional, ``bare_date`` also accepts a date alone (its midnight),
    and second 60 is refused, because no clock that a program reads can show it.
    """
    if _USUAL.fullmatch(text) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        with suppress(ValueError):  # not on the clock or in the calendar: below it is told why
            at = datetime.fromisoformat(text)
            return Stamp(text, at, at)
    found = _NEARLY.fullmatch(text)
    if found is None:
        raise StampError("is not an RFC 3339 stamp", "write it like 2024-01-15T10:20:00Z")
    day, separator, *_ = found.groups()
    on = iso_date(day)
    if separator is None:
        if bare_date:
            return day_stamp(on, zone)
        raise StampError("has no time of day", f"add the time: {day}THH:MM:SSZ")
    return _moment(found, on, zone)


def iso_date(text: str) -> date:
    """A date as ISO 8601 writes it, ``2024-01-15``, of a year in which incidents happen; else :class:`StampError`."""
    if not _DAY.fullmatch(text):
        raise StampError("is not a date", "write it like 2024-01-15")
    try:
        on = date.fromisoformat(text)
    except ValueError as error:
        raise StampError(f"is not in the calendar: {error}", "correct the date") from None
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise StampError(f"is not between {FIRST_YEAR} and {LAST_YEAR}", "correct the year")
    return on


def day_stamp(on: date, zone: tzinfo | None = None) -> Stamp:
    """A whole day in the zone, else in UTC. Where the clock skips midnight, the day begins at its first moment."""
    start, end = (datetime.combine(day, time(), zone or UTC).astimezone(UTC) for day in (on, on + timedelta(days=1)))
    return Stamp(str(on), start, end - timedelta(microseconds=1))


def local_moment(local: datetime, zone: tzinfo) -> datetime:
    """A naive local time in UTC; StampError where the clock change skips it or shows it twice."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local
    if skipped:
        raise StampError(
            f"does not exist in {zone}: the clock change skips it",
            f"write the time that the clock showed, {first.astimezone(UTC).astimezone(zone).isoformat()} perhaps",
        )
    raise StampError(
        f"happened twice in {zone}: the clock was turned back",
        f"say which with its offset: {first.isoformat()} or {second.isoformat()}",
    )


def _moment(found: re.Match[str], on: date, zone: tzinfo | None) -> Stamp:
    _, _, hour, minute, second, point, fraction, space, offset = found.groups()
    if second == "60":
        raise StampError("is a leap second, which no clock of a computer shows", "write second 59")
    if offset is None and zone is None:
        raise StampError(
            "has no offset, so nobody can tell when it was",
            "add one (Z is UTC), or name your zone in prevention-policy.yaml: observation: {timezone: Europe/Berlin}",
        )
    away = _canonical(offset or "")
    if second is None or point == "," or space or away != (offset or "").upper():
        written = f"{hour}:{minute}:{second or '00'}" + (f".{fraction}" if fraction else "")
        raise StampError("is not quite RFC 3339", f"write {on}T{written}{away}")
    try:
        local = datetime.combine(on, time(int(hour), int(minute), int(second), int((fraction or "")[:6].ljust(6, "0"))))
        at = local.replace(tzinfo=_offset(away)).astimezone(UTC) if away else local_moment(local, zone or UTC)
    except ValueError as error:
        raise StampError(f"is not on the clock: {error}", "correct the time") from None
    return Stamp(found.string, at, at)


def _canonical(offset: str) -> str:
    """``+01``, ``+0100`` and ``z`` as RFC 3339 writes them; nothing stays nothing."""
    digits = offset[1:].replace(":", "")
    return f"{offset[0]}{digits[:2]}:{digits[2:] or '00'}" if digits else offset.upper()


def _offset(text: str) -> tzinfo:
    """``Z`` or ``±HH:MM``; ValueError beyond 23:59."""
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError("an offset lies between -23:59 and +23:59")
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if text[0] == "-" else away)
