"""PRV512: error-type-recurs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pytest_prevention.model import Action, Category, Incident, Status
from pytest_prevention.rules.prv512_error_type_recurs import RULE
from tests.rules.build import AS_OF, action, facts, hit, hits, incident


def null(number: int, days: float, **changes: object) -> Incident:
    """An incident by null-handling, each in a module of its own."""
    at = AS_OF - timedelta(days=days)
    ordinary = incident(
        f"INC-00{number}",
        started_at=at,
        detected_at=at,
        cause="null-handling",
        modules=(f"src/m{number}",),
        lines={"cause": 11, "error_type": 12},
    )
    return replace(ordinary, **changes)  # type: ignore[arg-type]


THRICE = (null(1, 30), null(2, 20), null(3, 10))
ANSWER = action(9, "INC-003", category=Category.CODE, text="End null-handling (PRV512)")


def test_the_finding_has_its_incidents_counts_test_verdict_and_the_advice() -> None:
    """It stands where the newest record names the cause."""
    found = hit(RULE, facts(*THRICE, null(4, 25, cause="clock")))
    assert (found.subject, str(found.location)) == ("cause null-handling", "incidents/INC-003.md:11")
    assert found.fact == (
        "The cause null-handling: 3 incidents in 3 modules (src/m1, src/m2, src/m3): INC-001, INC-002, INC-003; "
        "1 of 1 since 2024-01-16, 2 of 3 before (not enough data: even 3 of 3 since then would show nothing). "
        "That is a gap across the codebase: in validation, error handling or coverage."
    )
    assert found.next_step == (
        "plan it in incidents/prevention-backlog.md: | 1 | INC-003 | "
        "Close the gap behind null-handling in all modules (PRV512) | Code | P2 | Todo | 2024-02-15 | — |"
    )


def test_a_type_of_error_counts_like_a_cause() -> None:
    """Both can be flagged, each by its own name."""
    typed = [replace(one, cause=None, error_type="KeyError") for one in THRICE]
    found = hit(RULE, facts(*typed))
    assert (found.subject, str(found.location)) == ("error type KeyError", "incidents/INC-003.md:12")


@pytest.mark.parametrize("incidents", [THRICE[:2], (*THRICE[:2], null(3, 10, modules=("src/m2",)))])
def test_fewer_modules_than_policy_says_are_no_pattern(incidents: tuple[Incident, ...]) -> None:
    """Three incidents in two modules are two modules."""
    assert not hits(RULE, facts(*incidents))


@pytest.mark.parametrize(
    ("answer", "silent"),
    [
        (ANSWER, True),
        (replace(ANSWER, text="End null-handling"), False),
        (replace(ANSWER, text="End clock (PRV512)"), False),
        (replace(ANSWER, category=Category.TEST), False),
        (replace(ANSWER, status=Status.DONE, done=date(2024, 1, 30)), False),
    ],
    ids=["open", "no code", "another cause", "no Code action", "claimed"],
)
def test_an_open_action_that_names_rule_and_cause_answers(answer: Action, silent: bool) -> None:
    """A Done one needs its evidence."""
    assert bool(hits(RULE, facts(*THRICE, answer))) is not silent
