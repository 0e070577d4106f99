"""Stamps: RFC 3339 and nothing else, and always the right moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.sources.incidents.stamps import (
    FIRST_YEAR,
    LAST_YEAR,
    StampError,
    day_stamp,
    iso_date,
    read_stamp,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name) for name in ("Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
]


def refusal(text: str, zone: ZoneInfo | None = None) -> StampError:
    with pytest.raises(StampError) as caught:
        read_stamp(text, zone)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15T10:20:00Z",
        "2024-01-15t10:20:00z",
        "2024-01-15 10:20:00Z",
        "2024-01-15T10:20:00.000Z",
        "2024-01-15T10:20:00+00:00",
        "2024-01-15T10:20:00-00:00",
        "2024-01-15T11:20:00+01:00",
        "2024-01-14T22:35:00-11:45",
        "2024-01-15T10:20:00.0000009Z",
    ],
)
def test_one_moment_in_all_its_spellings(text: str) -> None:
    """Every spelling that RFC 3339 allows gives the same moment in UTC, to the microsecond."""
    stamp = read_stamp(text)
    assert (stamp.at, stamp.until, stamp.text) == (datetime(2024, 1, 15, 10, 20, tzinfo=UTC),) * 2 + (text,)
    assert stamp.at.tzinfo is UTC


def test_a_fraction_counts() -> None:
    """Fractions of a second are kept, however many digits they have."""
    assert read_stamp("2024-01-15T10:20:00.25Z").at.microsecond == 250_000
    assert read_stamp("2024-01-15T10:20:00.1234567Z").at.microsecond == 123_456


@pytest.mark.parametrize(
    ("text", "wrong", "hint"),
    [
        ("2024-01-15T10:20Z", "not quite RFC 3339", "write 2024-01-15T10:20:00Z"),
        ("2024-01-15T10:20:00+0100", "not quite RFC 3339", "write 2024-01-15T10:20:00+01:00"),
        ("2024-01-15T10:20:00+01", "not quite RFC 3339", "write 2024-01-15T10:20:00+01:00"),
        ("2024-01-15 10:20:00 +01:00", "not quite RFC 3339", "write 2024-01-15T10:20:00+01:00"),
        ("2024-01-15T10:20:00,5Z", "not quite RFC 3339", "write 2024-01-15T10:20:00.5Z"),
        ("2024-01-15T10:20:60Z", "leap second", "write second 59"),
        ("2024-01-15T10:20:00", "has no offset", "Z is UTC"),
        ("2024-01-15", "no time of day", "2024-01-15THH:MM:SSZ"),
        ("2024-02-30T10:20:00Z", "not in the calendar", "correct the date"),
        ("2024-01-15T24:00:00Z", "not on the clock", "correct the time"),
        ("2024-01-15T10:60:00Z", "not on the clock", "correct the time"),
        ("2024-01-15T10:20:00+24:00", "not on the clock", "correct the time"),
        ("2024-01-15T10:20:00+01:60", "not on the clock", "correct the time"),
        ("0024-01-15T10:20:00Z", "not between 1990 and 2100", "correct the year"),
        ("2204-01-15T10:20:00Z", "not between 1990 and 2100", "correct the year"),
        ("15.01.2024 10:20", "not an RFC 3339 stamp", "2024-01-15T10:20:00Z"),
        ("2024-W03-1T10:20:00Z", "not an RFC 3339 stamp", "2024-01-15T10:20:00Z"),
        ("20240115T102000Z", "not an RFC 3339 stamp", "2024-01-15T10:20:00Z"),
        ("２０２４-01-15T10:20:00Z", "not an RFC 3339 stamp", "2024-01-15T10:20:00Z"),
        ("2024-01-15T10:20:00Z\n", "not an RFC 3339 stamp", "2024-01-15T10:20:00Z"),
        ("", "not an RFC 3339 stamp", "2024-01-15T10:20:00Z"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(text: str, wrong: str, hint: str) -> None:
    """What is not RFC 3339 is refused, and what is nearly right is told the way it has to be."""
    error = refusal(text)
    assert wrong in error.message
    assert hint in error.hint


@given(
    parts=st.tuples(
        st.integers(1985, 2105), st.integers(0, 13), st.integers(0, 32), *(st.integers(0, top) for top in (25, 61, 61))
    ),
    fraction=st.sampled_from(["", ".5", ".000001", ".1234567890123"]),
    separator=st.sampled_from("Tt "),
    offset=st.sampled_from(["Z", "z", "+00:00", "-00:00", "+01:00", "-11:30", "+23:59", "-24:00"]),
)
def test_well_formed_stamps_mean_what_the_standard_library_says(
    parts: tuple[int, ...], fraction: str, separator: str, offset: str
) -> None:
    """A well-formed stamp is accepted where datetime.fromisoformat accepts it, in our years, and alike."""
    year, month, day, hour, minute, second = parts
    text = f"{year}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
    try:
        expected = datetime.fromisoformat(text.upper()).astimezone(UTC) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        expected = None
    try:
        found = read_stamp(text).at
    except StampError:
        found = None
    assert found == expected


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]?[0-9:.,Zz+ -]{0,20}", fullmatch=True))
def test_whatever_is_accepted_the_standard_library_reads_alike(text: str) -> None:
    """No text is accepted that datetime.fromisoformat refuses or reads as another moment."""
    try:
        stamp = read_stamp(text)
    except StampError as error:
        assert error.message
        assert error.hint
        return
    assert stamp.at == datetime.fromisoformat(text.upper())


def test_a_zone_stands_in_for_the_offset() -> None:
    """With a zone the offset may be left out; where it is given it counts."""
    assert read_stamp("2024-07-01T10:00:00", BERLIN).at == datetime(2024, 7, 1, 8, tzinfo=UTC)
    assert read_stamp("2024-01-01T10:00:00", BERLIN).at == datetime(2024, 1, 1, 9, tzinfo=UTC)
    assert read_stamp("2024-07-01T10:00:00Z", BERLIN).at == datetime(2024, 7, 1, 10, tzinfo=UTC)


def test_a_time_that_the_clock_skipped_is_refused() -> None:
    """At the change to summer time, 02:30 never was: the answer names the zone and what the clock showed."""
    error = refusal("2024-03-31T02:30:00", BERLIN)
    assert "does not exist in Europe/Berlin" in error.message
    assert "2024-03-31T03:30:00+02:00" in error.hint


def test_a_time_that_the_clock_showed_twice_needs_its_offset() -> None:
    """At the change to winter time, 02:30 was twice: the answer offers both, and either is accepted."""
    error = refusal("2024-10-27T02:30:00", BERLIN)
    assert "happened twice in Europe/Berlin" in error.message
    for choice in ("2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"):
        assert choice in error.hint
        assert read_stamp(choice, BERLIN).at == datetime.fromisoformat(choice)


@given(seconds=st.integers(788_918_400, 1_893_456_000), zone=st.sampled_from(ZONES))
def test_local_time_never_means_another_moment(seconds: int, zone: ZoneInfo) -> None:
    """What a zone's clock showed between 1995 and 2030 is that moment, or refused where the clock showed it twice."""
    moment = datetime.fromtimestamp(seconds, UTC)
    shown = moment.astimezone(zone)
    text = shown.strftime("%Y-%m-%dT%H:%M:%S")
    if shown.replace(fold=0).utcoffset() == shown.replace(fold=1).utcoffset():
        assert read_stamp(text, zone).at == moment
    else:
        assert "twice" in refusal(text, zone).message


@pytest.mark.parametrize(("month", "day", "word"), [(3, 31, "does not exist"), (10, 27, "twice")])
def test_every_minute_of_a_clock_change_is_judged(month: int, day: int, word: str) -> None:
    """Exactly the sixty minutes of the hour that is skipped or doubled are refused."""
    refused = []
    for hour, minute in product(range(24), range(60)):
        try:
            read_stamp(f"2024-{month:02}-{day}T{hour:02}:{minute:02}:00", BERLIN)
        except StampError as error:
            assert word in error.message
            refused.append((hour, minute))
    assert refused == [(2, minute) for minute in range(60)]


def test_a_bare_date_is_its_midnight_and_lasts_the_day() -> None:
    """A date alone is accepted only where the caller says so: its midnight in the zone, up to its last moment."""
    stamp = read_stamp("2024-01-17", bare_date=True)
    assert stamp.at == datetime(2024, 1, 17, tzinfo=UTC)
    assert stamp.until == datetime(2024, 1, 17, 23, 59, 59, 999_999, tzinfo=UTC)
    assert read_stamp("2024-01-17", BERLIN, bare_date=True).at == datetime(2024, 1, 16, 23, tzinfo=UTC)


def test_a_day_without_midnight_begins_at_its_first_moment() -> None:
    """Where the clock change skips midnight the day begins an hour after the one before ended."""
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    stamp = day_stamp(iso_date("2018-11-04"), sao_paulo)
    assert stamp.at.astimezone(sao_paulo).isoformat() == "2018-11-04T01:00:00-02:00"
    assert day_stamp(iso_date("2018-11-03"), sao_paulo).until == stamp.at - timedelta(microseconds=1)


@pytest.mark.parametrize("text", ["20240115", "2024-W03-1", "2024-1-5", "2024-01-15T", " 2024-01-15", "1989-12-31"])
def test_a_date_is_written_in_full(text: str) -> None:
    """Other forms of ISO 8601, and years without incidents, are no dates."""
    with pytest.raises(StampError):
        iso_date(text)
