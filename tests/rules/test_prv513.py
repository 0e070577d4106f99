"""PRV513: deploys-break."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Category, Incident, Unavailable
from pytest_prevention.model.changes import Changes
from pytest_prevention.rules.prv513_deploys_break import RULE
from tests.rules.build import AS_OF, action, answers, facts, hit, hits, incident


def began(number: int, days: float, trigger: str | None = None) -> Incident:
    """An incident of so many days before AS_OF."""
    at = AS_OF - timedelta(days=days)
    return incident(f"INC-00{number}", started_at=at, detected_at=at, trigger=trigger, lines={"started_at": 5})


THRICE = (began(1, 20), began(2, 15), began(3, 10))


def changed(hours: float) -> Changes:
    """A change so many hours before each of the three."""
    return Changes(tuple(AS_OF - timedelta(days=days, hours=hours) for days in (20, 15, 10)), "made for this test")


def test_the_finding_has_its_incidents_counts_test_verdict_and_the_advice() -> None:
    """It stands where the newest record says when it began."""
    found = hit(RULE, facts(*THRICE, deploys=changed(1)))
    assert (found.subject, str(found.location)) == ("deploys", "incidents/INC-003.md:5")
    assert found.fact.startswith("Incidents follow deploys: 3 of 3 incidents began within 4 hours after a deploy; ")
    assert found.fact.endswith(
        "supported): INC-001, INC-002, INC-003. Better gates let fewer through: tests, canary deploys, health checks."
    )
    assert found.next_step == (
        "plan it in incidents/prevention-backlog.md: "
        "| 1 | INC-003 | Better gates for deploys (PRV513) | Process | P2 | Todo | 2024-02-15 | — |"
    )


@pytest.mark.parametrize(("hours", "flagged"), [(0, True), (3.99, True), (4, False)])
def test_incidents_within_the_window_flag_it(hours: float, flagged: bool) -> None:
    """The window ends before its last moment."""
    assert bool(hits(RULE, facts(*THRICE, deploys=changed(hours)))) is flagged


def test_fewer_than_policy_says_do_not() -> None:
    """Two of three are silent, and checked."""
    assert answers(RULE, facts(*THRICE[:2], deploys=changed(1))) == []


def test_what_people_say_flags_it_without_any_times() -> None:
    """Policy declares none: the records are all there is to go by."""
    said = [replace(one, trigger="deploy") for one in THRICE]
    assert "people say deploy for 3 of 3 incidents" in hit(RULE, facts(*said)).fact
    assert answers(RULE, facts(*said[:2])) == []


def test_where_declared_times_cannot_be_read_it_is_not_checked() -> None:
    """Not found is not kept; and what people say is told all the same."""
    gap = Unavailable("the disk is gone", "bring it back")
    with pytest.raises(MissingSource):
        answers(RULE, facts(*THRICE, deploys=gap))
    assert hits(RULE, facts(*(replace(one, trigger="deploy") for one in THRICE), deploys=gap))


@pytest.mark.parametrize(
    ("text", "category", "silent"),
    [
        ("Better gates for deploys (PRV513)", Category.PROCESS, True),
        ("Better gates for deploys", Category.PROCESS, False),
        ("PRV513", Category.CODE, False),
    ],
)
def test_an_open_action_that_names_the_rule_answers(text: str, category: Category, silent: bool) -> None:
    """It is a Process action."""
    answer = action(4, "INC-003", text=text, category=category)
    assert bool(hits(RULE, facts(*THRICE, answer, deploys=changed(1)))) is not silent
