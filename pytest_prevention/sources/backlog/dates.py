"""Dates as people write them into a backlog. What can be read in two ways is not read at all."""

from __future__ import annotations

import re
from datetime import date

from pytest_prevention.sources.backlog.tables import Fault, quoted
from pytest_prevention.sources.incidents.stamps import FIRST_YEAR, LAST_YEAR

DAYS_BEFORE = 30
DAYS_AFTER = 335
"""A date without a year lies in [anchor - 30 days, anchor + 335 days): almost every day of the year, once."""

# Spelled out: calendar and strptime speak the language of the machine, and \d means the digits of every script.
_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name[:length]: number for number, name in enumerate(_NAMES, 1) for length in (3, len(name))} | {"sept": 9}
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?\.? ([A-Za-z]{3,9})\.?,?(?: ([0-9]{4}))?")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?(?:,? ([0-9]{4}))?")
_NUMERIC = re.compile(r"([0-9]{1,4})([/.-])([0-9]{1,2})\2([0-9]{1,4})")
_ANY_LEAP_YEAR = "2000"
_HINT = "write year, month and day: 2024-01-20"


def read_date(text: str, anchor: date | None) -> date | Fault:
    """The date that a text names, or why it names none.

    Read are ``2024-01-20``, ``20.01.2024``, ``20 Jan 2024``, ``Jan 20, 2024``, and ``Jan 20`` and ``20 January``: their
    year is the one that puts them into [anchor - 30 days, anchor + 335 days). Months have English names in any locale.
    """
    text = " ".join(text.split())
    if found := _ISO.fullmatch(text):
        return _day(text, int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTTED.fullmatch(text):
        return _day(text, int(found[3]), int(found[2]), int(found[1]))
    if (found := _DAY_FIRST.fullmatch(text)) and (month := _MONTHS.get(found[2].casefold())):
        return _named(text, found[3], month, int(found[1]), anchor)
    if (found := _MONTH_FIRST.fullmatch(text)) and (month := _MONTHS.get(found[1].casefold())):
        return _named(text, found[3], month, int(found[2]), anchor)
    return _unreadable(text)


def _day(text: str, year: int, month: int, day: int) -> date | Fault:
    try:
        found = date(year, month, day)
    except ValueError:
        return Fault(f"{quoted(text)} is no day of the calendar", _HINT)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        hint = f"correct the year; those from {FIRST_YEAR} to {LAST_YEAR} are read"
        return Fault(f"{quoted(text)} lies in the year {year}", hint)
    return found


def _named(text: str, year: str | None, month: int, day: int, anchor: date | None) -> date | Fault:
    given = _day(text, int(year or _ANY_LEAP_YEAR), month, day)
    if year is not None or isinstance(given, Fault):
        return given
    if anchor is None:
        return Fault(
            f"{quoted(text)} has no year, and its incident has no date that would tell the year",
            f"write the year (2024-{month:02}-{day:02}), or give the incident's record its detected_at",
        )
    return _in_window(text, month, day, anchor)


def _in_window(text: str, month: int, day: int, anchor: date) -> date | Fault:
    """The candidate that lies in the window. Most windows hold no 29 February, and one with it lacks one other day."""
    candidates = [_day(text, year, month, day) for year in (anchor.year, anchor.year + 1, anchor.year - 1)]
    for found in candidates:
        if isinstance(found, date) and -DAYS_BEFORE <= found.toordinal() - anchor.toordinal() < DAYS_AFTER:
            return found
    window = f"{DAYS_BEFORE} days before to {DAYS_AFTER} days after its incident ({anchor})"
    return Fault(f"{quoted(text)} has no year, and no year puts it into the time from {window}", _HINT)


def _unreadable(text: str) -> Fault:
    """Numbers alone are not guessed at, but what they can mean is told."""
    found = _NUMERIC.fullmatch(text)
    first, last, middle = (found[1], found[4], int(found[3])) if found else ("", "", 0)
    orders = [(first, middle, last)] if len(first) == 4 else [(last, middle, first), (last, first, middle)]
    readings = [_day(text, int(year), int(month), int(day)) for year, month, day in orders if len(year) == 4]
    meant = sorted({str(reading) for reading in readings if isinstance(reading, date)})
    if len(meant) == 2:
        return Fault(f"{quoted(text)} can be read in two ways", f"write {meant[0]} or {meant[1]}")
    return Fault(f"{quoted(text)} is no date that can be read", f"write {meant[0]}" if meant else _HINT)
