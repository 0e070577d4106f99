"""PRV703: postmortem-late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pytest_prevention.model import Incident, Location, Unchecked
from pytest_prevention.rules.prv703_postmortem_late import NO_END, NO_FRONT_MATTER, RULE
from tests.rules.build import answers, facts, hit, hits, incident, policy

END = datetime(2024, 1, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("after", "late"), [(timedelta(hours=48), False), (timedelta(hours=48, seconds=1), True)])
def test_exactly_forty_eight_hours_are_in_time(after: timedelta, late: bool) -> None:
    """The limit itself is allowed."""
    assert [one.subject for one in hits(RULE, facts(incident(postmortem_at=END + after)))] == ["INC-001"] * late


def test_the_finding_says_how_late_and_where() -> None:
    """It stands on the line of postmortem_at, with the end, the hours and the limit."""
    found = hit(RULE, facts(incident(postmortem_at=datetime(2024, 1, 25, tzinfo=UTC))))
    assert str(found.location) == "incidents/INC-001.md:8"
    assert found.fact == (
        'INC-001 "Empty order body returned 500" (SEV2) ended at 2024-01-21 12:00 UTC, and its post-mortem came '
        "84.0 hours later; policy allows 48."
    )
    assert found.next_step.startswith("correct postmortem_at")


def test_a_missing_post_mortem_is_asked_for_with_the_line_to_paste() -> None:
    """The day of as-of stands in for the day on which it will be written."""
    found = hit(RULE, facts(incident(postmortem_at=None)))
    assert found.next_step == "write it, then its date into incidents/INC-001.md: postmortem_at: 2024-02-01"


def test_a_bare_date_counts_from_its_midnight() -> None:
    """The 23rd is in time after noon on the 21st, though its evening would not be."""
    assert hits(RULE, facts(incident(postmortem_at=datetime(2024, 1, 23, tzinfo=UTC)))) == []


@pytest.mark.parametrize(
    ("end", "late"),
    [(datetime(2024, 1, 30, tzinfo=UTC), False), (datetime(2024, 1, 29, 23, 59, tzinfo=UTC), True)],
)
def test_a_missing_post_mortem_is_late_once_the_time_is_over(end: datetime, late: bool) -> None:
    """Up to the limit there is still time to write it."""
    found = hits(RULE, facts(incident(postmortem_at=None, resolved_at=end)))
    assert [one.fact.partition("post-mortem ")[2].partition(" 48")[0] for one in found] == ["is still missing"] * late


@pytest.mark.parametrize(
    ("severity", "judged"), [("SEV1", True), ("SEV2", True), ("SEV3", False), ("SEV4", False), (None, True)]
)
def test_only_severe_incidents_are_judged(severity: str | None, judged: bool) -> None:
    """Who leaves the severity out does not get more time."""
    given = facts(incident(severity=severity, postmortem_at=None))
    assert bool(hits(RULE, given)) is judged


def test_severities_and_hours_are_the_policys() -> None:
    """A team may set its own limits."""
    slow = facts(incident(severity="SEV3", postmortem_at=END + timedelta(hours=30)))
    assert hits(RULE, slow) == []
    assert hit(RULE, slow, policy(postmortem_severities=["SEV3"], thresholds={"postmortem_hours": 24}))


@pytest.mark.parametrize(
    ("status", "judged"), [("active", False), ("mitigated", False), ("closed", True), (None, True)]
)
def test_an_incident_that_is_not_over_is_left_alone(status: str | None, judged: bool) -> None:
    """The clock runs from its end; a status that cannot be read counts as over."""
    assert bool(hits(RULE, facts(incident(status=status, postmortem_at=None)))) is judged


def test_an_end_that_nobody_wrote_down_is_not_checked() -> None:
    """Such a record is invalid, and reported as that; here nothing can be counted."""
    given = facts(incident(mitigated_at=None, resolved_at=None))
    assert answers(RULE, given) == [Unchecked("INC-001", NO_END)]


def test_a_filled_in_template_without_front_matter_is_not_checked() -> None:
    """The file is the post-mortem: it exists, and nothing says since when."""
    given = facts(incident(postmortem_at=None, is_postmortem=True))
    assert answers(RULE, given) == [Unchecked("INC-001", NO_FRONT_MATTER)]


def test_a_template_that_says_when_it_was_written_is_judged() -> None:
    """Only what is not known is not checked."""
    assert hit(RULE, facts(incident(postmortem_at=END + timedelta(days=3), is_postmortem=True)))


def test_front_matter_without_a_status_is_no_template() -> None:
    """Leaving the status out does not get anybody more time."""
    assert hit(RULE, facts(incident(status=None, postmortem_at=None, lines={"id": 2})))


def test_a_record_that_cannot_be_read_is_not_checked_rather_than_passed() -> None:
    """Without severity, status and stamps nothing is known but that there was an incident."""
    blank = Incident(id="INC-001", title="", location=Location("incidents/INC-001.md"))
    assert answers(RULE, facts(blank)) == [Unchecked("INC-001", NO_END)]
