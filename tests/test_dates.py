"""Dates of the backlog."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_prevention.sources.backlog.dates import read_date
from pytest_prevention.sources.backlog.tables import Fault

ANCHOR = date(2024, 1, 10)
MONTHS = ["January", "February", "March", "April", "May", "June"]
MONTHS += ["July", "August", "September", "October", "November", "December"]
PLAUSIBLE = st.dates(date(1992, 1, 1), date(2098, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-20",
        "20.01.2024",
        "20.1.2024",
        "20 Jan 2024",
        "20 January 2024",
        "20th Jan 2024",
        "20. Jan 2024",
        "Jan 20, 2024",
        "Jan 20 2024",
        "January 20th, 2024",
        "Jan. 20",
        "jan 20",
        "JANUARY 20",
        "20 Jan",
        "20  Jan",
        "\u00a020 Jan ",
    ],
)
def test_a_date_can_be_written_in_many_ways(text: str) -> None:
    assert read_date(text, ANCHOR) == date(2024, 1, 20)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("04/05/2024", "two ways", "2024-04-05 or 2024-05-04"),
        ("04-05-2024", "two ways", "2024-04-05 or 2024-05-04"),
        ("13/05/2024", "no date that can be read", "2024-05-13"),
        ("2024/05/13", "no date that can be read", "2024-05-13"),
        ("2024-5-3", "no date that can be read", "2024-05-03"),
        ("04/05/24", "no date that can be read", "2024-01-20"),
        ("20.01.", "no date that can be read", "2024-01-20"),
        ("20.01.24", "no date that can be read", "2024-01-20"),
        ("20. Januar", "no date that can be read", "2024-01-20"),
        ("Janus 20", "no date that can be read", "2024-01-20"),
        ("next week", "no date that can be read", "2024-01-20"),
        ("٢٠٢٤-٠١-٢٠", "no date that can be read", "2024-01-20"),
        ("2024-02-30", "no day of the calendar", "2024-01-20"),
        ("Feb 30", "no day of the calendar", "2024-01-20"),
        ("32 Jan 2024", "no day of the calendar", "2024-01-20"),
        ("0024-01-20", "the year 24", "1990 to 2100"),
        ("1989-12-31", "the year 1989", "1990 to 2100"),
        ("2101-01-01", "the year 2101", "1990 to 2100"),
    ],
)
def test_what_cannot_be_read_is_told_and_not_guessed(text: str, message: str, hint: str) -> None:
    found = read_date(text, ANCHOR)
    assert isinstance(found, Fault)
    assert text in found.message
    assert message in found.message
    assert hint in found.hint


def test_without_an_anchor_a_date_needs_its_year() -> None:
    found = read_date("Jan 20", None)
    assert isinstance(found, Fault)
    assert "no year" in found.message
    assert "2024-01-20" in found.hint
    assert read_date("Jan 20, 2024", None) == date(2024, 1, 20)


def test_the_window_opens_30_days_before_the_anchor_and_closes_335_days_after() -> None:
    anchor = date(2023, 3, 15)
    assert read_date("Feb 13", anchor) == date(2023, 2, 13), "30 days before"
    assert read_date("Feb 12", anchor) == date(2024, 2, 12), "334 days after"


def test_february_29_is_found_where_the_window_holds_one() -> None:
    assert read_date("Feb 29", date(2023, 12, 1)) == date(2024, 2, 29)
    assert read_date("29 Feb", date(2024, 3, 30)) == date(2024, 2, 29)
    found = read_date("Feb 29", date(2024, 4, 1))
    assert isinstance(found, Fault)
    assert "no year puts it" in found.message


def test_the_one_day_that_a_window_with_february_29_lacks_is_not_guessed() -> None:
    """[2023-12-25, 2024-12-24) is 365 days of a year of 366: neither 24 December is in it."""
    assert isinstance(read_date("Dec 24", date(2024, 1, 24)), Fault)


@given(
    PLAUSIBLE,
    st.integers(-30, 334),
    st.sampled_from(["{month} {day}", "{day} {month}", "{short} {day}", "{day} {short}"]),
)
def test_every_day_of_the_window_is_found_without_its_year(anchor: date, days: int, form: str) -> None:
    day = anchor + timedelta(days)
    name = MONTHS[day.month - 1]
    assert read_date(form.format(month=name, short=name[:3], day=day.day), anchor) == day


@given(PLAUSIBLE, st.sampled_from(MONTHS), st.integers(1, 31))
def test_a_date_without_year_never_leaves_the_window(anchor: date, month: str, day: int) -> None:
    found = read_date(f"{month} {day}", anchor)
    assume(isinstance(found, date))
    assert isinstance(found, date)
    assert timedelta(-30) <= found - anchor < timedelta(335)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.none() | st.dates())
def test_an_iso_date_is_itself_whatever_the_anchor(day: date, anchor: date | None) -> None:
    assert read_date(day.isoformat(), anchor) == day


@given(st.text() | st.from_regex(r"[0-9]{1,4}[./ -][0-9A-Za-z]{1,9}[., /-]{1,2}[0-9]{0,4}"), st.none() | st.dates())
def test_any_text_is_a_date_or_a_fault_with_something_to_do(text: str, anchor: date | None) -> None:
    found = read_date(text, anchor)
    assert isinstance(found, date) or (found.message and found.hint)
