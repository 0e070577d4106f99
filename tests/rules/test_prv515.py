"""PRV515: detection-slow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pytest_prevention.model import Category, Incident
from pytest_prevention.rules.prv515_detection_slow import RULE
from tests.rules.build import AS_OF, action, facts, hit, hits, incident


def seen(number: int, minutes: float, detected_by: str | None = None) -> Incident:
    """An incident that was detected so many minutes after it began, so many days before AS_OF as its number says."""
    at = AS_OF - timedelta(days=number)
    detected = at + timedelta(minutes=minutes)
    lines = {"detected_at": 6}
    return incident(f"INC-00{number}", started_at=at, detected_at=detected, detected_by=detected_by, lines=lines)


SLOW = (seen(1, 16), seen(2, 60), seen(3, 5))


def test_the_finding_has_its_incidents_counts_test_verdict_and_the_advice() -> None:
    """It stands where the newest slow record says when it was detected."""
    found = hit(RULE, facts(*SLOW))
    assert (found.subject, str(found.location)) == ("detection", "incidents/INC-001.md:6")
    assert found.fact == (
        "Detection is slow: 2 of 3 incidents took longer than 15 minutes to detect, median 16 minutes (not enough "
        "data: to show a majority needs 5 incidents); no incident says who detected it (detected_by): "
        "INC-002, INC-001. Monitoring and alerting have gaps."
    )
    assert found.next_step == (
        "plan it in incidents/prevention-backlog.md: | 1 | INC-001 | "
        "Alerts that see such incidents before customers do (PRV515) | Monitor | P2 | Todo | 2024-02-15 | — |"
    )


@pytest.mark.parametrize(
    "incidents",
    [
        SLOW[:2],
        (seen(1, 15), seen(2, 60), seen(3, 5)),
        (seen(1, 1, "customer"), seen(2, 1, "monitor"), seen(3, 1, "monitor")),
    ],
    ids=["two incidents", "a median of the target", "a minority by customers"],
)
def test_it_is_silent_below_what_policy_says(incidents: tuple[Incident, ...]) -> None:
    """Fifteen minutes are not longer than fifteen minutes."""
    assert not hits(RULE, facts(*incidents))


def test_customers_who_know_first_are_the_other_sign() -> None:
    """However soon that was."""
    found = hit(RULE, facts(seen(1, 1, "customer"), seen(2, 1, "customer"), seen(3, 1, "monitor")))
    assert "customers were the first to know of 2 of 3: INC-002, INC-001." in found.fact


@pytest.mark.parametrize(("category", "silent"), [(Category.MONITOR, True), (Category.TEST, False)])
def test_an_open_monitor_action_that_names_the_rule_answers(category: Category, silent: bool) -> None:
    """And no other category does."""
    answer = replace(action(4, "INC-001", text="Page on refused orders (PRV515)"), category=category)
    assert bool(hits(RULE, facts(*SLOW, answer))) is not silent
