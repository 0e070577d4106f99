"""Indicators: counts, days and months as their definitions say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.indicators import (
    ActionsCompleted,
    IncidentCount,
    RepeatIncidents,
    TimeTo,
    TimeToComplete,
    actions_completed,
    incident_count,
    measure,
    repeat_incidents,
    time_to,
    time_to_complete,
)
from pytest_prevention.indicators.actions_completed import Tally
from pytest_prevention.indicators.figures import Bounds, Trend
from pytest_prevention.indicators.time_to import DETECT, FIX, MITIGATE, Span
from pytest_prevention.model import (
    Action,
    Backlog,
    Category,
    CodeChange,
    CodeChanges,
    Evidence,
    Facts,
    Incident,
    Incidents,
    Location,
    Priority,
    Rung,
    Status,
    Unavailable,
)
from pytest_prevention.policy import Demand, Policy

AS_OF = datetime(2024, 7, 1, tzinfo=UTC)
POSTMORTEM = datetime(2024, 6, 1, tzinfo=UTC)


def policy(*demands: Demand, **observation: Any) -> Policy:
    level = observation.pop("level", 0.05)
    thresholds = {"action_stale_days": 14, "complete_within_days": 14}
    tree = {"observation": observation, "thresholds": thresholds, "statistics": {"level": level}, "critical_paths": []}
    return Policy(tree, demands=demands)


def incident(id_: str = "INC-001", **stamps: Any) -> Incident:
    return Incident(id=id_, title="t", location=Location("i.md"), **stamps)


def action(number: int = 1, status: Status | None = Status.TODO, **more: Any) -> Action:
    known = {"category": Category.CODE, "priority": Priority.P1, **more}
    key, place = f"INC-001#{number}", Location("b.md")
    return Action(key=key, incident="INC-001", number=number, text="a", location=place, status=status, **known)


def facts(*actions: Action, incidents: tuple[Incident, ...] | None = None, as_of: datetime = AS_OF) -> Facts:
    records = (incident(postmortem_at=POSTMORTEM),) if incidents is None else incidents
    commits = {one.key: (CodeChange(id="abc", subject="Mend", newer=0),) for one in actions if one.evidence}
    return Facts(as_of=as_of, incidents=Incidents(records), backlog=Backlog(actions), code_changes=CodeChanges(commits))


def completed(*actions: Action, under: Policy | None = None) -> ActionsCompleted:
    return actions_completed.measure(facts(*actions), under or policy())


def timed(*actions: Action, incidents: tuple[Incident, ...] | None = None) -> TimeToComplete:
    return time_to_complete.measure(facts(*actions, incidents=incidents), policy())


def counted(*incidents: Incident, as_of: datetime = AS_OF, since: str = "") -> IncidentCount:
    observation = {"from": since} if since else {}
    return incident_count.measure(facts(incidents=incidents, as_of=as_of), policy(**observation))


def done(number: int = 1, on: date | None = date(2024, 6, 10), **more: Any) -> Action:
    return action(number, Status.DONE, done=on, **more)


class TestActionsCompleted:
    def test_dropped_actions_count_neither_as_done_nor_as_to_do(self) -> None:
        figures = completed(done(1), action(2), action(3, Status.DROPPED))
        assert (figures.done, figures.total, figures.share, figures.dropped) == (1, 2, 0.5, 1)

    def test_without_actions_there_is_a_reason_and_no_share(self) -> None:
        figures = completed(action(1, Status.DROPPED))
        assert (figures.share, figures.reason, figures.total) == (None, "no actions", 0)

    def test_groups_hold_every_action_that_was_not_dropped(self) -> None:
        figures = completed(
            done(1), action(2, None, priority=None, category=None), action(3, Status.DROPPED, priority=Priority.P4)
        )
        assert figures.by_priority == {"P1": Tally(1, 1), "P2": Tally(0, 1)}
        assert figures.by_category == {"Code": Tally(1, 1), "unknown": Tally(0, 1)}

    @pytest.mark.parametrize(("due", "late"), [(date(2024, 6, 30), True), (date(2024, 7, 1), False), (None, False)])
    def test_an_open_action_is_overdue_once_its_due_day_is_over(self, due: date | None, late: bool) -> None:
        assert completed(action(due=due)).overdue == (("INC-001#1",) if late else ())

    @pytest.mark.parametrize("status", [Status.DONE, Status.DROPPED])
    def test_what_is_not_open_is_neither_overdue_nor_stale_nor_without_due(self, status: Status) -> None:
        figures = completed(action(1, status, due=date(2024, 6, 2)), action(2, status))
        assert (figures.overdue, figures.stale, figures.no_due) == ((), (), ())

    @pytest.mark.parametrize(("age", "stale"), [(14, False), (15, True)])
    def test_an_open_action_is_stale_once_it_is_older_than_policy_allows(self, age: int, stale: bool) -> None:
        known = facts(action(), incidents=(incident(postmortem_at=AS_OF - timedelta(days=age)),))
        assert bool(actions_completed.measure(known, policy()).stale) is stale

    def test_an_action_whose_incident_has_no_date_is_not_called_stale(self) -> None:
        assert actions_completed.measure(facts(action(), incidents=()), policy()).stale == ()

    def test_the_due_day_itself_is_on_time_and_undated_ones_are_not_judged(self) -> None:
        day = date(2024, 6, 10)
        figures = completed(
            done(1, day, due=day), done(2, day, due=day - timedelta(days=1)), done(3, None, due=day), done(4, day)
        )
        assert figures.on_time == Tally(1, 2)
        assert figures.done_without_date == ("INC-001#3",)

    def test_what_was_done_on_a_later_day_was_open_as_of_then(self) -> None:
        day, due = AS_OF.date(), date(2024, 6, 20)
        figures = completed(done(1, day), done(2, day + timedelta(days=1), due=due))
        assert (figures.done, figures.total, figures.done_after_as_of) == (1, 2, ("INC-001#2",))
        assert (figures.overdue, figures.stale) == (("INC-001#2",), ("INC-001#2",))
        assert (figures.claimed, figures.on_time) == (("INC-001#1",), Tally(0, 0))

    @pytest.mark.parametrize(("began", "total"), [(AS_OF - timedelta(seconds=1), 1), (AS_OF, 0)])
    def test_actions_of_incidents_that_began_later_were_not_there(self, began: datetime, total: int) -> None:
        known = facts(done(), incidents=(incident(started_at=began, postmortem_at=AS_OF),))
        figures, time = actions_completed.measure(known, policy()), time_to_complete.measure(known, policy())
        assert (figures.total, time.completed, time.excluded.after_as_of) == (total, total, figures.after_as_of)
        assert figures.after_as_of == (() if total else ("INC-001#1",))

    def test_done_without_evidence_is_claimed_and_not_verified(self) -> None:
        figures = completed(done(1), done(2, evidence=(Evidence("commit", "abc"),)))
        assert (figures.claimed, figures.verified) == (("INC-001#1",), 1)

    def test_evidence_below_the_demanded_rung_verifies_nothing(self) -> None:
        figures = completed(done(evidence=(Evidence("commit", "abc"),)), under=policy(Demand(Rung.REACHING)))
        assert (figures.claimed, figures.verified) == ((), 0)

    def test_a_policy_that_is_content_with_claims_gets_them(self) -> None:
        assert completed(done(), under=policy(Demand(Rung.CLAIMED))).verified == 1


class TestTimeToComplete:
    def test_days_count_from_the_day_of_the_post_mortem(self) -> None:
        figures = timed(done(1, date(2024, 6, 1)), done(2, date(2024, 6, 13)), done(3, date(2024, 6, 4)))
        assert figures.values == {"INC-001#1": 0, "INC-001#2": 12, "INC-001#3": 3}
        assert (figures.completed, figures.median_of_completed) == (3, 3)

    def test_what_was_done_on_a_later_day_was_waiting_then(self) -> None:
        figures = timed(done(1, AS_OF.date()), done(2, AS_OF.date() + timedelta(days=1)))
        assert (figures.values, figures.waiting) == ({"INC-001#1": 30}, {"INC-001#2": 30})

    def test_open_actions_wait_until_as_of(self) -> None:
        assert timed(action()).waiting == {"INC-001#1": 30}

    def test_nothing_completed_gives_a_reason_and_no_median(self) -> None:
        figures = timed(action())
        assert (figures.median_of_completed, figures.reason) == (None, "no action was completed")

    def test_what_has_no_duration_is_named(self) -> None:
        stray = replace(action(4), incident="INC-404")
        figures = timed(action(1, Status.DROPPED), done(2, None), stray)
        assert figures.excluded.dropped == ("INC-001#1",)
        assert figures.excluded.done_without_date == ("INC-001#2",)
        assert figures.excluded.no_anchor == ("INC-001#4",)
        assert (figures.completed, figures.open) == (0, 0)

    def test_done_before_the_post_mortem_counts_as_no_day_and_is_noted(self) -> None:
        figures = timed(done(1, date(2024, 5, 30)))
        assert figures.values == {"INC-001#1": 0}
        assert figures.done_before_anchor == ("INC-001#1",)

    def test_an_open_action_counts_for_the_target_as_long_as_it_was_seen(self) -> None:
        recent = incident("INC-002", postmortem_at=AS_OF - timedelta(days=14))
        known = (incident(postmortem_at=POSTMORTEM), recent)
        young = replace(action(2), incident="INC-002")
        within = timed(done(1, date(2024, 6, 15)), young, action(3), incidents=known).within_target
        assert within.days == 14
        assert within.share == pytest.approx(1 / 3)
        low, high = within.interval.low, within.interval.high
        assert low is not None
        assert high is not None
        assert low < 1 / 3 < high

    def test_a_target_nobody_could_miss_yet_gives_a_reason_and_no_share(self) -> None:
        within = timed(action(), incidents=(incident(postmortem_at=AS_OF),)).within_target
        assert (within.share, within.reason) == (None, "no action is old enough")

    def test_days_are_those_of_the_zone_that_policy_names(self) -> None:
        midnight_in_berlin = datetime(2024, 5, 31, 22, tzinfo=UTC)
        known = facts(done(1, date(2024, 6, 3)), incidents=(incident(postmortem_at=midnight_in_berlin),))
        assert time_to_complete.measure(known, policy(timezone="Europe/Berlin")).values == {"INC-001#1": 2}


class TestIncidentCount:
    def test_months_without_incidents_are_shown(self) -> None:
        figures = counted(incident(started_at=datetime(2024, 4, 3, tzinfo=UTC)))
        assert figures.by_month == {"2024-04": 1, "2024-05": 0, "2024-06": 0}
        assert (figures.total, figures.partial) == (1, ())

    def test_observation_begins_where_policy_says(self) -> None:
        early, late = (incident(f"INC-{m}", started_at=datetime(2024, m, 3, tzinfo=UTC)) for m in (4, 6))
        figures = counted(early, late, since="2024-05-16")
        assert figures.by_month == {"2024-05": 0, "2024-06": 1}
        assert (figures.observed_from, figures.observed_from_is) == (date(2024, 5, 16), "policy")
        assert figures.excluded.before_observation == ("INC-4",)
        assert figures.partial == ("2024-05",)

    def test_without_policy_observation_begins_with_the_month_of_the_first_incident(self) -> None:
        figures = counted(incident(started_at=datetime(2024, 6, 20, tzinfo=UTC)))
        assert (figures.observed_from, figures.observed_from_is) == (date(2024, 6, 1), "first incident")

    def test_detection_stands_in_for_an_unknown_start(self) -> None:
        figures = counted(incident(detected_at=datetime(2024, 6, 2, tzinfo=UTC)))
        assert figures.by_month == {"2024-06": 1}

    def test_an_incident_counts_in_the_month_in_which_it_began(self) -> None:
        began, seen = datetime(2024, 5, 31, tzinfo=UTC), datetime(2024, 6, 2, tzinfo=UTC)
        assert counted(incident(started_at=began, detected_at=seen)).by_month == {"2024-05": 1, "2024-06": 0}

    def test_a_month_that_is_not_over_is_named(self) -> None:
        figures = counted(incident(started_at=AS_OF), as_of=AS_OF + timedelta(days=3))
        assert figures.partial == ("2024-07",)

    def test_incidents_after_as_of_and_without_date_are_named_not_counted(self) -> None:
        figures = counted(
            incident("INC-1", started_at=POSTMORTEM), incident("INC-2", started_at=AS_OF), incident("INC-3")
        )
        assert figures.total == 1
        assert (figures.excluded.after_as_of, figures.excluded.undated) == (("INC-2",), ("INC-3",))

    @pytest.mark.parametrize("told", [{}, {"compare_at": "2024-05-01"}])
    def test_both_periods_are_the_whole_time_where_the_clock_was_changed(self, told: dict[str, str]) -> None:
        known = facts(incidents=(incident(started_at=POSTMORTEM),))
        berlin = policy(**{"from": "2024-03-01"}, timezone="Europe/Berlin", **told)
        figures = incident_count.measure(known, berlin)
        first, second = figures.periods
        assert figures.exposure_days == pytest.approx(122 + 1 / 24)  # it began at 23 o'clock of UTC
        assert first.days + second.days == figures.exposure_days
        assert first.days == pytest.approx(61 - 1 / 24 if told else 61 + 1 / 48)

    def test_no_incident_in_an_observed_time_is_a_result(self) -> None:
        assert counted(since="2024-06-01").total == 0

    def test_no_incident_and_no_start_is_none(self) -> None:
        figures = counted()
        assert (figures.total, figures.by_month) == (None, {})
        assert "observation.from" in figures.reason

    def test_as_of_before_observation_is_told(self) -> None:
        figures = counted(since="2024-08-01")
        assert (figures.total, figures.by_month, figures.partial) == (None, {}, ())
        assert figures.reason == "as-of lies before observation.from"

    def test_an_id_that_two_records_share_counts_once(self) -> None:
        twice = incident(started_at=POSTMORTEM)
        assert counted(twice, twice).total == 1


def test_an_indicator_without_its_source_says_so_and_the_others_stay() -> None:
    missing = Unavailable("no backlog")
    known = replace(facts(incidents=(incident(started_at=POSTMORTEM),)), backlog=missing)
    figures = measure(known, policy())
    assert figures.leading.actions_completed == missing
    assert figures.leading.time_to_complete == missing
    assert isinstance(figures.lagging.incident_count, IncidentCount)


_days = st.dates(date(2023, 1, 1), date(2025, 1, 1))
_moments = st.datetimes(datetime(2023, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_rows = st.lists(
    st.builds(
        action,
        st.integers(1, 9),
        st.none() | st.sampled_from(Status),
        priority=st.none() | st.sampled_from(Priority),
        category=st.none() | st.sampled_from(Category),
        due=st.none() | _days,
        done=st.none() | _days,
    )
)
_records = st.lists(
    st.builds(incident, st.sampled_from(["INC-001", "INC-002", "INC-003"]), started_at=_moments, postmortem_at=_moments)
)


@given(_rows, _records, _moments)
def test_every_action_and_every_incident_is_accounted_for(
    rows: list[Action], records: list[Incident], as_of: datetime
) -> None:
    known = facts(*rows, incidents=tuple(records), as_of=as_of)
    completion = actions_completed.measure(known, policy())
    time = time_to_complete.measure(known, policy())
    count = incident_count.measure(known, policy())
    assert completion.total + completion.dropped + len(completion.after_as_of) == len(rows)
    for groups in (completion.by_priority, completion.by_category):
        assert sum(tally.total for tally in groups.values()) == completion.total
        assert sum(tally.done for tally in groups.values()) == completion.done
    named = [
        *time.values,
        *time.waiting,
        *time.excluded.dropped,
        *time.excluded.done_without_date,
        *time.excluded.no_anchor,
        *time.excluded.after_as_of,
    ]
    assert {row.key for row in rows} == set(named)
    assert (count.total or 0) + len(count.excluded.after_as_of) == len({record.id for record in records})


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def detected(number: int, **more: Any) -> Incident:
    """An incident that began on the given day of June, an hour before it was detected."""
    began = datetime(2024, 6, number, tzinfo=UTC)
    known = {"started_at": began, "detected_at": began + hours(1), "status": "closed", **more}
    return incident(f"INC-{number:03}", **known)


def time_until(span: Span, *incidents: Incident, as_of: datetime = AS_OF) -> TimeTo:
    return time_to.measure(span, facts(incidents=incidents, as_of=as_of), policy())


class TestTimeTo:
    def test_each_incident_has_its_duration_in_the_order_of_their_start(self) -> None:
        slow = detected(3, detected_at=datetime(2024, 6, 5, tzinfo=UTC))
        figures = time_until(DETECT, replace(slow, id="INC-000"), detected(1))
        assert list(figures.values.items()) == [("INC-001", 60), ("INC-000", 2880)]
        assert (figures.n, figures.unit, figures.median) == (2, "minutes", 1470)

    def test_hours_to_the_fix_count_from_the_detection(self) -> None:
        fixed = detected(1, fixed_at=datetime(2024, 6, 1, 4, 30, tzinfo=UTC))
        assert time_until(FIX, fixed).values == {"INC-001": 3.5}

    @pytest.mark.parametrize(
        ("span", "status", "is_open"),
        [
            (MITIGATE, "active", True),
            (MITIGATE, "mitigated", False),
            (FIX, "active", True),
            (FIX, "mitigated", True),
            (FIX, "resolved", False),
            (FIX, None, False),
        ],
    )
    def test_without_an_end_only_what_goes_on_is_open(self, span: Span, status: str | None, is_open: bool) -> None:
        """What is over, nobody knows since when, has no duration: it must not seem to go on until as-of."""
        figures = time_until(span, detected(30, status=status))
        assert (figures.open, figures.missing) == ((("INC-030",), ()) if is_open else ((), ("INC-030",)))
        assert list(figures.waiting.values()) == ([23 * (60 if span is MITIGATE else 1)] if is_open else [])

    def test_what_ended_after_as_of_was_open_then(self) -> None:
        figures = time_until(FIX, detected(30, fixed_at=AS_OF + hours(1)))
        assert (figures.open, figures.waiting) == (("INC-030",), {"INC-030": 23})

    def test_what_was_detected_after_as_of_was_not_known(self) -> None:
        figures = time_until(DETECT, detected(30), as_of=datetime(2024, 6, 30, 0, 30, tzinfo=UTC))
        assert (figures.after_as_of, figures.n) == (("INC-030",), 0)

    def test_a_missing_stamp_and_a_time_that_runs_backwards_are_named(self) -> None:
        backwards = detected(2, started_at=datetime(2024, 6, 9, tzinfo=UTC))
        figures = time_until(DETECT, detected(1, started_at=None), backwards)
        assert (figures.missing, figures.negative, figures.n) == (("INC-001",), ("INC-002",), 0)
        assert (figures.median, figures.p90, figures.reason) == (None, None, "no incident has both stamps")

    def test_five_incidents_have_a_median_but_no_interval(self) -> None:
        figures = time_until(DETECT, *(detected(day) for day in range(1, 6)))
        assert (figures.median, figures.interval.low, figures.interval.level) == (60, None, None)
        assert figures.interval.reason == "5 incidents: a median interval needs 6"

    def test_four_incidents_carry_no_trend(self) -> None:
        figures = time_until(FIX, *(detected(day, fixed_at=AS_OF) for day in range(1, 5)))
        assert figures.trend == Trend(None, None, None, "4 incidents: a trend needs 5")

    def test_incidents_that_all_took_the_same_time_have_no_trend(self) -> None:
        figures = time_until(DETECT, *(detected(day) for day in range(1, 8)))
        assert figures.trend == Trend(None, None, None, "all 7 incidents have the same value")

    def test_a_median_that_is_not_reached_says_so(self) -> None:
        going_on = (detected(day, status="active") for day in range(2, 5))
        figures = time_until(FIX, detected(1, fixed_at=datetime(2024, 6, 1, 2, tzinfo=UTC)), *going_on)
        assert (figures.median, figures.median_with_open) == (1, None)
        assert "not reached" in figures.reason


def repeated(*incidents: Incident, actions: tuple[Action, ...] = (), as_of: datetime = AS_OF) -> RepeatIncidents:
    return repeat_incidents.measure(facts(*actions, incidents=incidents, as_of=as_of), policy())


class TestRepeatIncidents:
    def test_each_repeat_is_paired_with_the_first_of_its_cause(self) -> None:
        figures = repeated(*(detected(day, cause=cause) for day, cause in [(9, "a"), (3, "a"), (5, "b"), (7, "a")]))
        assert figures.repeats == (("INC-007", "INC-003"), ("INC-009", "INC-003"))
        assert (figures.known_cause, figures.share) == (4, 0.5)

    def test_who_names_an_earlier_one_is_a_repeat_whatever_its_cause(self) -> None:
        known = (detected(1, cause="a"), detected(2, cause="b", repeat_of="INC-001"), detected(3, repeat_of="INC-001"))
        figures = repeated(*known)
        assert figures.repeats == figures.declared == (("INC-002", "INC-001"), ("INC-003", "INC-001"))
        assert figures.share == 0.5
        assert figures.unknown_cause == ("INC-003",)

    def test_without_a_known_cause_there_is_no_share(self) -> None:
        figures = repeated(detected(1), detected(2))
        assert (figures.share, figures.reason) == (None, "no incident has a recorded cause")
        assert figures.repeats == ()

    def test_what_has_no_date_or_is_still_to_come_is_named(self) -> None:
        undated = incident("INC-9", cause="a")
        figures = repeated(
            detected(1, cause="a"), detected(30, cause="a"), undated, as_of=datetime(2024, 6, 30, tzinfo=UTC)
        )
        assert (figures.after_as_of, figures.undated, figures.repeats) == (("INC-030",), ("INC-9",), ())

    @pytest.mark.parametrize(("on", "told"), [(19, True), (20, False), (21, False)])
    def test_an_action_prevents_only_from_the_day_after_it_was_done(self, on: int, told: bool) -> None:
        figures = repeated(
            detected(1, cause="a"),
            detected(20, cause="a"),
            actions=(done(4, date(2024, 6, on)), action(5), done(6, None)),
        )
        assert figures.after_prevention == ((("INC-020", (4,)),) if told else ())

    def test_actions_against_other_causes_and_of_the_repeat_itself_do_not_count(self) -> None:
        early = date(2024, 6, 2)
        own = replace(done(1, early), incident="INC-020")
        known = (detected(1, cause="b"), detected(3, cause="a"), detected(20, cause="a"))
        assert repeated(*known, actions=(done(2, early), own)).after_prevention == ()

    def test_only_what_is_done_prevents(self) -> None:
        dropped = action(4, Status.DROPPED, done=date(2024, 6, 2))
        figures = repeated(detected(1, cause="a"), detected(20, cause="a"), actions=(dropped,))
        assert figures.after_prevention == ()

    def test_an_action_without_a_number_is_named_by_its_key(self) -> None:
        nameless = replace(done(4, date(2024, 6, 2)), number=None)
        figures = repeated(detected(1, cause="a"), detected(20, cause="a"), actions=(nameless,))
        assert figures.after_prevention == (("INC-020", ("INC-001#4",)),)

    def test_without_a_backlog_the_repeats_stay(self) -> None:
        gone = Unavailable("no backlog")
        known = replace(facts(incidents=(detected(1, cause="a"), detected(2, cause="a"))), backlog=gone)
        figures = repeat_incidents.measure(known, policy())
        assert (figures.after_prevention, figures.repeats) == (gone, (("INC-002", "INC-001"),))


class TestRates:
    def test_the_observed_time_is_halved_where_policy_says_nothing(self) -> None:
        figures = counted(detected(1), detected(20), as_of=datetime(2024, 6, 16, tzinfo=UTC))
        halves = [(period.incidents, period.days) for period in figures.periods]
        assert (halves, figures.exposure_days) == ([(1, 7.5), (0, 7.5)], 15)
        assert figures.excluded.after_as_of == ("INC-020",)

    def test_the_last_day_counts_until_as_of(self) -> None:
        """An incident of the evening is not known at noon."""
        figures = counted(detected(1), as_of=datetime(2024, 6, 1, 12, tzinfo=UTC))
        assert (figures.total, figures.exposure_days, figures.rate_per_30_days) == (1, 0.5, 60)
        evening = detected(1, started_at=datetime(2024, 6, 1, 20, tzinfo=UTC))
        assert counted(evening, as_of=datetime(2024, 6, 1, 12, tzinfo=UTC)).total is None

    def test_a_day_of_a_clock_change_has_the_hours_that_it_had(self) -> None:
        known = facts(incidents=(), as_of=datetime(2024, 3, 31, 22, tzinfo=UTC))
        figures = incident_count.measure(known, policy(**{"from": "2024-03-31"}, timezone="Europe/Berlin"))
        assert figures.exposure_days == pytest.approx(23 / 24)

    def test_few_incidents_cannot_be_compared_and_none_has_no_ratio(self) -> None:
        figures = counted(detected(30), since="2024-06-01")
        assert (figures.period_p, figures.rate_ratio) == (None, None)
        assert figures.reason == (
            "1 incident: comparing two periods needs 6; no incident in the first period: no ratio"
        )

    @pytest.mark.parametrize("split", ["2024-06-01", "2024-07-01", "2020-01-01"])
    def test_a_split_outside_the_observed_time_compares_nothing(self, split: str) -> None:
        known = facts(incidents=(detected(3),))
        figures = incident_count.measure(known, policy(**{"from": "2024-06-01"}, compare_at=split))
        assert (figures.periods, figures.period_p, figures.rate_ratio) == ((), None, None)
        assert figures.reason == "observation.compare_at lies outside the observed time"
        assert figures.rate_per_30_days == 1

    def test_months_that_were_not_observed_whole_are_no_part_of_the_trend(self) -> None:
        since, as_of = "2024-01-15", AS_OF + timedelta(days=1)
        known = (incident(f"INC-{m}", started_at=datetime(2024, m, 20, tzinfo=UTC)) for m in (1, 2, 4))
        figures = counted(*known, since=since, as_of=as_of)
        assert figures.partial == ("2024-01", "2024-07")
        assert figures.trend.tau_b == pytest.approx(-4 / 60**0.5)

    def test_no_incident_still_bounds_the_rate(self) -> None:
        figures = counted(since="2024-06-01")
        assert (figures.rate_per_30_days, figures.interval.low) == (0, 0)
        assert figures.interval.high == pytest.approx(3.688879454)


class TestWhatActionsCarry:
    def test_all_done_is_not_certainly_all(self) -> None:
        found = completed(done(1), done(2)).interval
        assert found.low == pytest.approx(0.025**0.5)
        assert found.high == 1

    def test_of_no_actions_there_is_no_interval(self) -> None:
        assert completed().interval == Bounds(None, None, "0 actions: a share needs 1")

    def test_the_median_counts_the_open_ones(self) -> None:
        figures = timed(done(1, date(2024, 6, 3)), done(2, date(2024, 6, 9)), action(3), action(4))
        assert (figures.median_of_completed, figures.median) == (5, 8)
        assert figures.interval == Bounds(None, None, "4 actions: a median interval needs 6")

    def test_a_median_that_is_not_reached_says_so(self) -> None:
        figures = timed(done(1, date(2024, 6, 3)), *(action(number) for number in range(2, 8)))
        assert (figures.median, figures.median_of_completed) == (None, 2)
        assert figures.reason == "so many are open that the median is not reached"
        assert figures.interval == Bounds(2, None, "not reached: so many are open")

    @pytest.mark.parametrize(("on", "share", "word"), [(10, 1, "every one"), (28, 0, "none")])
    def test_none_and_all_in_time_have_no_interval(self, on: int, share: float, word: str) -> None:
        within = timed(done(1, date(2024, 6, on)), done(2, date(2024, 6, on))).within_target
        assert within.share == share
        assert within.interval == Bounds(None, None, f"{word} was done by then: that has no interval")


class TestLevel:
    """All is derived from the level that policy names, and so is what is not enough."""

    STRICT = policy(level=0.01, **{"from": "2024-06-01"})

    def test_intervals_are_wider(self) -> None:
        known = facts(
            done(1), action(2), incidents=tuple(detected(day, postmortem_at=POSTMORTEM) for day in range(1, 9))
        )
        share, usual = (actions_completed.measure(known, one).interval for one in (self.STRICT, policy()))
        assert share.low == pytest.approx(1 - 0.995**0.5)
        assert usual.low == pytest.approx(1 - 0.975**0.5)
        rate = incident_count.measure(known, self.STRICT).interval
        assert rate.low == pytest.approx(
            2.57, abs=0.01
        )  # half of what chi-square with 16 degrees reaches 1 in 200 times

    def test_more_is_needed(self) -> None:
        incidents = tuple(detected(day) for day in range(1, 6))
        known = facts(*(done(number) for number in range(1, 8)), incidents=incidents)
        times = time_to.measure(DETECT, known, self.STRICT)
        assert times.interval.reason == "5 incidents: a median interval needs 8"
        assert times.trend.reason == "5 incidents: a trend needs 6"
        counts = incident_count.measure(known, self.STRICT)
        assert counts.reason == "5 incidents: comparing two periods needs 8"
        assert counts.trend.reason == "1 whole month: a trend needs 6"
        needs = time_to_complete.measure(known, self.STRICT).interval.reason
        assert needs == "7 actions: a median interval needs 8"


class TestSince:
    """Who asks for the time since a day gets what began then; what is older counts only as what a later one repeats."""

    def since(self, day: int, *actions: Action, incidents: tuple[Incident, ...]) -> Facts:
        return replace(facts(*actions, incidents=incidents), since=date(2024, 6, day))

    def test_incidents_count_from_that_day_on(self) -> None:
        known = self.since(5, incidents=tuple(detected(day) for day in (4, 5, 6)))
        count = incident_count.measure(known, policy(**{"from": "2024-06-02"}))
        assert (count.total, count.exposure_days, count.observed_from_is) == (2, 26, "asked for")
        assert count.excluded.before_observation == ("INC-004",)
        times = time_to.measure(DETECT, known, policy())
        assert (list(times.values), times.earlier) == (["INC-005", "INC-006"], ("INC-004",))

    def test_the_day_is_one_of_the_zone_that_policy_names(self) -> None:
        late = detected(4, started_at=datetime(2024, 6, 4, 22, tzinfo=UTC))
        known = self.since(5, incidents=(late,))
        assert time_to.measure(DETECT, known, policy(timezone="Europe/Berlin")).earlier == ()
        assert time_to.measure(DETECT, known, policy()).earlier == ("INC-004",)

    def test_an_earlier_one_is_still_the_first_of_its_cause(self) -> None:
        incidents = tuple(
            detected(day, cause="a", repeat_of=of) for day, of in ((2, ""), (3, "INC-002"), (9, "INC-002"))
        )
        known = self.since(5, done(1, date(2024, 6, 3)), incidents=(detected(1, cause="a"), *incidents))
        figures = repeat_incidents.measure(known, policy())
        assert (figures.known_cause, figures.share) == (1, 1)
        assert (figures.repeats, figures.declared) == ((("INC-009", "INC-001"),), (("INC-009", "INC-002"),))
        assert figures.after_prevention == (("INC-009", (1,)),)
        assert figures.earlier == ("INC-001", "INC-002", "INC-003")

    def test_earlier_ones_without_a_cause_are_not_told(self) -> None:
        figures = repeat_incidents.measure(self.since(5, incidents=(detected(4), detected(6))), policy())
        assert figures.unknown_cause == ("INC-006",)

    @pytest.mark.parametrize(("anchor", "asked"), [(4, False), (5, True)])
    def test_actions_count_by_the_day_from_which_their_time_counts(self, anchor: int, asked: bool) -> None:
        """A post-mortem after that day makes actions of an incident that began before it."""
        old = incident(started_at=POSTMORTEM, postmortem_at=datetime(2024, 6, anchor, tzinfo=UTC))
        known = self.since(5, done(1), action(2), action(3, Status.DROPPED), incidents=(old,))
        completion, time = (module.measure(known, policy()) for module in (actions_completed, time_to_complete))
        assert isinstance(completion, ActionsCompleted)
        assert isinstance(time, TimeToComplete)
        assert (completion.total, completion.dropped, completion.earlier) == ((2, 1, 0) if asked else (0, 0, 3))
        assert (time.completed, time.open, len(time.excluded.earlier)) == ((1, 1, 0) if asked else (0, 0, 3))

    def test_an_action_without_a_day_counts_since_nobody_can_say_that_it_is_older(self) -> None:
        known = self.since(5, action(), incidents=())
        assert actions_completed.measure(known, policy()).total == 1
        assert time_to_complete.measure(known, policy()).excluded.no_anchor == ("INC-001#1",)
