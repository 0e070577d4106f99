"""Incidents after changes: windows held against a grid of minutes, across both clock changes, and what is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil, log
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_prevention.model import Changes, Facts, Unavailable
from pytest_prevention.patterns import after_changes
from pytest_prevention.patterns.after_changes import AfterChanges
from pytest_prevention.patterns.changes_words import changes_in_words
from pytest_prevention.patterns.day_shift import DayShift
from pytest_prevention.patterns.spans import common, holds, length, merged
from pytest_prevention.patterns.working_hours import WorkingHours
from pytest_prevention.policy import Policy
from tests.rules import build

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
HOURS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00"}
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
"""A Monday."""


def policy(
    first: str = "2024-01-01",
    zone: str = "UTC",
    window: float = 4,
    hours: dict[str, Any] | None = None,
    level: float = 0.05,
) -> Policy:
    deploys = {"window_hours": window, **({"working_hours": hours} if hours else {})}
    return build.policy(observation={"from": first, "timezone": zone}, deploys=deploys, statistics={"level": level})


def facts(starts: Sequence[datetime | None], changes: Sequence[datetime], as_of: datetime, **more: Any) -> Facts:
    given_ = [
        build.incident(
            f"INC-{number:03}", started_at=at, detected_at=at or FIRST, mitigated_at=None, resolved_at=None, **more
        )
        for number, at in enumerate(starts, 1)
    ]
    return replace(build.facts(*given_), as_of=as_of, deploys=Changes(tuple(sorted(changes)), "tags v*"))


def measured(given_: Facts, demands: Policy | None = None) -> AfterChanges:
    return after_changes.deploys(given_, demands or policy())


def days(*numbers: float) -> list[datetime]:
    return [FIRST + timedelta(days=number) for number in numbers]


# the clock goes forward on 2024-03-31 and back on 2024-10-27, both at 01:00 UTC
CLOCK_CHANGES = [datetime(2024, 3, 30, 23, tzinfo=UTC), datetime(2024, 10, 26, 22, tzinfo=UTC)]
minutes = st.integers(-600, 3 * 1440 + 600)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(CLOCK_CHANGES),
    st.lists(minutes, max_size=6),
    st.lists(st.integers(0, 3 * 1440 - 1), max_size=8),
    st.integers(1, 900),
    st.sampled_from(
        [("08:00", "18:00"), ("22:00", "06:00"), ("02:00", "03:00"), ("02:30", "02:30"), ("00:00", "12:17")]
    ),
    st.sets(st.sampled_from(["thu", "fri", "sat", "sun", "mon", "tue"]), min_size=1),
)
def test_hits_and_time_are_those_of_each_minute(
    begin: datetime, changed: list[int], began: list[int], window: int, hours: tuple[str, str], on: set[str]
) -> None:
    """Three days around a clock change, minute by minute: which lie behind a change, and which in working hours."""
    total = 3 * 1440
    changes = [begin + number * MINUTE for number in changed]
    starts = [begin + number * MINUTE for number in began]
    demands = policy(
        str(begin.astimezone(BERLIN).date()),
        "Europe/Berlin",
        window / 60,
        {"days": sorted(on), "from": hours[0], "to": hours[1]},
    )
    if not starts:
        return
    found = measured(facts(starts, changes, begin + total * MINUTE), demands)

    grid = [begin + number * MINUTE for number in range(total)]
    behind = {
        at
        for at in grid
        if any(change <= at < change + window * MINUTE for change in changes if change < grid[-1] + MINUTE)
    }
    work = {at for at in grid if _works(at, hours, on)}
    assert found.hits == sum(at in behind for at in starts)
    assert found.time_share == pytest.approx(len(behind) / total, abs=1e-12)
    assert found.changes == len({at for at in changed if -window < at < total}) + _repeated(changed, window, total)
    at_work = found.working_hours
    assert not isinstance(at_work, Unavailable)
    assert (at_work.hits, at_work.of) == (sum(at in behind & work for at in starts), sum(at in work for at in starts))
    if work:
        assert at_work.time_share == pytest.approx(len(behind & work) / len(work), abs=1e-12)
    else:
        assert at_work.time_share is None


def _repeated(changed: list[int], window: int, total: int) -> int:
    """Changes are each once where they are read; here some come twice."""
    inside = [at for at in changed if -window < at < total]
    return len(inside) - len({*inside})


def _works(at: datetime, hours: tuple[str, str], on: set[str]) -> bool:
    """By the clock on the wall; a night shift belongs to the day on which it begins."""
    local = at.astimezone(BERLIN)
    clock, yesterday = f"{local:%H:%M}", (local.date() - timedelta(days=1)).strftime("%a").lower()
    today = local.strftime("%a").lower()
    begin, end = hours
    if begin < end:
        return today in on and begin <= clock < end
    return (today in on and clock >= begin) or (yesterday in on and clock < end)


numbers = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


@given(numbers, numbers)
def test_spans_are_sets_of_moments(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    """Union, intersection, length and membership are those of sets; spans that touch are one."""
    one, two = merged(first), merged(second)
    sets = [{at for begin, end in spans for at in range(begin, end)} for spans in (first, second)]
    assert length(one) == len(sets[0])
    assert {at for at in range(45) if holds(one, at)} == sets[0]
    assert {at for at in range(45) if holds(common(one, two), at)} == sets[0] & sets[1]
    assert all(end < begin for (_, end), (begin, _) in pairwise(one))


@pytest.mark.parametrize(("minutes_after", "hits"), [(-1, 0), (0, 1), (239, 1), (240, 0)])
def test_a_window_holds_its_begin_and_not_its_end(minutes_after: int, hits: int) -> None:
    """An incident in the minute of a deploy counts, one exactly four hours behind it does not."""
    (change,) = days(10)
    assert measured(facts([change + minutes_after * MINUTE], [change], *days(30))).hits == hits


def test_windows_are_cut_where_observation_begins_and_ends() -> None:
    """Of a window that reaches in or out only what lies in the observed time counts; a deploy after as-of is none."""
    found = measured(facts(days(5), days(-1 / 24, 10 - 1 / 24, 10, 11), *days(10)))
    assert found.changes == 2
    assert found.time_share == pytest.approx((3 + 1) / 240)


def test_no_change_and_no_incident_with_a_start() -> None:
    """Where one of both is missing nothing is tested, and the reason is said."""
    nothing = measured(facts(days(5), [], *days(40)))
    assert (nothing.hits, nothing.time_share, nothing.p, nothing.verdict) == (0, 0, None, "not enough data")
    assert nothing.reason == "no deploy in this time"
    assert nothing.day_shift == Unavailable("no deploy in this time")
    unknown = measured(facts([None, None], days(5), *days(40)))
    assert (unknown.hits, unknown.of, unknown.no_start) == (0, 0, ("INC-001", "INC-002"))
    assert unknown.reason == "no incident with a known start in this time"
    assert changes_in_words("deploys", unknown)[-1] == "left out, without started_at: INC-001, INC-002"


@pytest.mark.parametrize("every", [1, 2, 5])
def test_how_many_incidents_it_takes(every: int) -> None:
    """ln 0.05 / ln p0 incidents, rounded up, three at least: as many hits are supported, one less not."""
    changes = days(*range(0, 100, every))
    share = 4 / 24 / every
    needed = max(3, ceil(log(0.05) / log(share)))
    enough = measured(facts([at + MINUTE for at in changes[1 : needed + 1]], changes, *days(100)))
    less = measured(facts([at + MINUTE for at in changes[1:needed]], changes, *days(100)))
    assert (enough.hits, enough.verdict) == (needed, "supported")
    assert (less.hits, less.verdict) == (needed - 1, "not enough data")
    assert f"it takes {needed}" in less.reason


def test_it_takes_more_where_windows_are_wide() -> None:
    """Where they cover half of the time five hits show it; where they cover all, no number does."""
    for count, verdict in ((4, "not enough data"), (5, "supported")):
        starts = [at + MINUTE for at in days(*range(1, count + 1))]
        assert measured(facts(starts, days(*range(50)), *days(50)), policy(window=12)).verdict == verdict
    always = measured(facts(days(*range(1, 20)), days(*range(50)), *days(50)), policy(window=24))
    assert (always.time_share, always.verdict) == (1, "not enough data")
    assert always.reason == "the windows cover all of this time"


def test_what_working_hours_explain_is_not_supported() -> None:
    """Deploys and incidents of every working hour go together as people do: over all hours alone it looks certain."""
    work = [day + timedelta(hours=hour) for day in days(*(n for n in range(56) if n % 7 < 5)) for hour in (8, 13)]
    starts = [at + MINUTE for at in work[::5]]
    given_ = facts(starts, work, *days(56))
    assert measured(given_, policy(window=5)).verdict == "supported"
    found = measured(given_, policy(window=5, hours=HOURS))
    assert found.verdict == "descriptive"
    assert found.reason.startswith("within working hours it is not supported (the windows cover all of this time)")


def test_a_fixed_weekly_schedule_cannot_be_told_from_the_calendar() -> None:
    """Deploys and incidents of every Tuesday: shifts by whole weeks catch as many, and that is said."""
    changes = days(*range(1, 80, 7))
    found = measured(facts([at + MINUTE for at in changes[4:9]], changes, *days(80)))
    assert isinstance(found.day_shift, DayShift)
    assert found.day_shift.as_many == (7, 14, 21)
    assert found.day_shift.p == 4 / 28
    assert not found.day_shift.separable
    said = changes_in_words("deploys", found)[-1]
    assert "on a fixed weekly schedule they cannot be told from the calendar (p = 0.14)" in said


def test_deploys_without_a_schedule_can_be_told_from_it() -> None:
    """No shift catches as many: p is one in 28, and nothing is said against it."""
    changes = days(30, 33, 41, 52, 60)
    found = measured(facts([at + MINUTE for at in changes], changes, *days(80)))
    assert isinstance(found.day_shift, DayShift)
    assert (found.day_shift.p, found.day_shift.separable) == (1 / 28, True)
    assert not any("calendar" in line for line in changes_in_words("deploys", found))


def test_a_shift_keeps_the_hour_on_the_wall() -> None:
    """Daily deploys at noon, and incidents ten minutes later, catch as many on each side of the clock change."""
    noons = [datetime(2024, 3, 1, 12, tzinfo=BERLIN) + timedelta(days=number) for number in range(60)]
    changes = [at.astimezone(UTC) for at in noons]
    starts = [(at + 10 * MINUTE).astimezone(UTC) for at in noons[29:34]]
    found = measured(facts(starts, changes, changes[-1]), policy("2024-03-01", "Europe/Berlin", 0.5))
    assert isinstance(found.day_shift, DayShift)
    assert set(found.day_shift.shifts.values()) == {5}


def test_less_than_four_weeks_cannot_be_shifted() -> None:
    """The comparison needs a whole cycle in the observed time."""
    assert measured(facts(days(5), days(5), *days(27))).day_shift == Unavailable("fewer than 28 days were observed")
    assert isinstance(measured(facts(days(5), days(5), *days(28))).day_shift, DayShift)


def test_what_people_said_comes_first() -> None:
    """Direct evidence stands before the windows, and what the window claims against it is told."""
    given_ = facts([at + MINUTE for at in days(30, 33, 41, 52)], days(30, 33, 41, 52), *days(80))
    triggers: list[dict[str, Any]] = [
        {"trigger": "deploy"},
        {"trigger": "load"},
        {"trigger": "unknown", "deploy": "v7"},
        {},
    ]
    assert not isinstance(given_.incidents, Unavailable)
    records = tuple(replace(one, **more) for one, more in zip(given_.incidents.records, triggers, strict=True))
    found = measured(replace(given_, incidents=replace(given_.incidents, records=records)))
    assert (found.human_said.k, found.human_said.n_known) == (1, 2)
    assert found.direct == ("INC-001", "INC-003")
    assert found.other_trigger == {"INC-002": "load"}
    lines = changes_in_words("deploys", found)
    assert lines[0] == (
        "people say deploy for 1 of 2 incidents with a known trigger, and records name what brought INC-003 (v7)"
    )
    assert lines[1].startswith("4 of 4 incidents began within 4 hours after a deploy; such hours make up 0.83 %")
    assert "1 of the 4 had another trigger, so the window says too much: INC-002 load" in lines


def test_changes_that_were_not_read_far_enough() -> None:
    """Where the log of commits begins behind the observed time no share is told."""
    given_ = facts(days(5, 6, 7), days(5, 6, 7), *days(40))
    late = Changes(tuple(days(5, 6, 7)), "commits Release *", FIRST + timedelta(days=1))
    found = measured(replace(given_, deploys=late))
    assert (found.hits, found.changes, found.time_share, found.verdict) == (None, None, None, None)
    assert found.reason.startswith("commits Release * were read back to 2024-01-02 only")
    assert measured(replace(given_, deploys=replace(late, since=FIRST))).hits == 3


@pytest.mark.parametrize("begin", CLOCK_CHANGES)
def test_working_hours_in_words_and_length(begin: datetime) -> None:
    """The night in which the clock is set is an hour shorter or longer."""
    night = WorkingHours(["sat"], "22:00", "06:00", BERLIN)
    spans = night.within((int(begin.timestamp() - 86_400) * 10**6, int(begin.timestamp() + 86_400) * 10**6))
    assert length(spans) / 3600e6 == (7 if begin.month == 3 else 9)
    assert str(night) == "sat 22:00 to 06:00 (Europe/Berlin)"


def test_without_any_change_there_is_one_line() -> None:
    found = replace(measured(facts(days(3), [], *days(30))), named={}, no_start=("INC-9",))
    assert found.changes == 0
    assert changes_in_words("deploys", found) == ["no deploy in the observed time"]


def test_long_lists_of_what_brought_them_are_cut_and_hashes_shortened() -> None:
    found = replace(
        measured(facts([], [], *days(30))), named={f"INC-{number}": f"{number}" * 40 for number in range(1, 8)}
    )
    (said, _) = changes_in_words("deploys", found)
    assert said.startswith("records name what brought INC-3 (3333333333), INC-4 ")
    assert said.endswith(", INC-7 (7777777777) and 2 more")
