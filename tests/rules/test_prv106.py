"""PRV106: incident-without-action."""

from __future__ import annotations

from datetime import date

import pytest

from pytest_prevention.model import Action, Backlog, Category, Priority, Status
from pytest_prevention.rules.prv106_incident_without_action import RULE
from tests.rules.build import action, facts, hit, hits, incident


def test_an_incident_without_a_row_is_found_with_a_row_to_paste() -> None:
    """The row to paste has the next free number and is due two weeks from now."""
    found = hit(RULE, facts(incident("INC-002"), action(7, "INC-001"), incident("INC-001")))
    assert found.subject == "INC-002"
    assert str(found.location) == "incidents/INC-002.md:1"
    assert found.fact == (
        'INC-002 "Empty order body returned 500" (SEV2) ended in no action: the backlog has no row for it.'
    )
    assert (
        "add to incidents/prevention-backlog.md: | 8 | INC-002 | Add the test that would have caught: "
        "Empty order body returned 500 | Test | P1 | Todo | 2024-02-15 | — |"
    ) in found.next_step


def test_actions_that_stand_only_in_the_post_mortem_are_counted_and_the_first_is_given_to_paste() -> None:
    """What the post-mortem lists counts only once it stands in the backlog."""
    listed = (
        action(1, text="Old idea", status=Status.DROPPED),
        action(2, text="Alert on a | b", category=Category.MONITOR, priority=Priority.P2, due=date(2024, 1, 30)),
    )
    found = hit(RULE, facts(incident(listed_actions=listed)))
    assert "its own post-mortem lists 2 actions that never reached the backlog" in found.fact
    assert "| 1 | INC-001 | Alert on a \\| b | Monitor | P2 | Todo | 2024-01-30 | — |" in found.next_step


@pytest.mark.parametrize(
    ("listed", "cells"),
    [
        (
            action(1, status=Status.DONE, due=date(2024, 1, 30), done=date(2024, 1, 29)),
            "Test | P1 | Done | 2024-01-30 | 2024-01-29",
        ),
        (action(1, category=None, priority=None, status=None, due=None), "Test | P2 | Todo | 2024-02-15 | —"),
    ],
    ids=["complete", "hardly readable"],
)
def test_the_row_to_paste_keeps_what_the_post_mortem_says(listed: Action, cells: str) -> None:
    """What it leaves open is filled in, so that the pasted row is a valid one."""
    found = hit(RULE, facts(incident(listed_actions=(listed,))))
    assert f"| 1 | INC-001 | Add test for empty body | {cells} |" in found.next_step


def test_the_next_free_number_is_above_all_others() -> None:
    """Rows of other incidents count, in any order; a row without a number does not."""
    rows = (action(9, "INC-002"), action(4, "INC-003"), action(None, "INC-003"))
    assert "| 10 | INC-001 |" in hit(RULE, facts(incident(), *rows)).next_step
    assert "| 1 | INC-001 |" in hit(RULE, facts(incident(), rows[2])).next_step


def test_rows_that_are_pasted_together_have_different_numbers() -> None:
    """Two findings, two numbers; else the second paste is a new finding."""
    found = hits(RULE, facts(incident("INC-001"), incident("INC-002"), action(4, "INC-003")))
    assert [one.next_step.partition(": | ")[2].split(" | ")[0] for one in found] == ["5", "6"]


def test_the_row_has_the_columns_of_the_table() -> None:
    """A row with other cells would be a malformed one; a column that we do not know gets a dash."""
    backlog = Backlog(columns=("Incident", "", "#", "Action", "Status"))
    found = hit(RULE, facts(incident(), backlog=backlog))
    text = "Add the test that would have caught: Empty order body returned 500"
    assert found.next_step.endswith(f": | INC-001 | — | 1 | {text} | Todo |")


@pytest.mark.parametrize(
    "row",
    [action(status=Status.DROPPED, reason="the endpoint is gone"), action(category=None)],
    ids=["dropped", "no category"],
)
def test_a_row_that_is_dropped_or_of_no_category_does_not_count(row: Action) -> None:
    """Only a row that may still change something ends an incident."""
    assert "1 row in the backlog, Dropped or without a readable category" in hit(RULE, facts(incident(), row)).fact


@pytest.mark.parametrize("category", Category)
def test_one_action_of_any_category_is_enough(category: Category) -> None:
    """A test, a monitor, a code change or a process change each end an incident."""
    assert hits(RULE, facts(incident(), action(category=category))) == []


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DROPPED] + [None])
def test_any_status_but_dropped_counts(status: Status | None) -> None:
    """Whether the action is finished is the business of other rules."""
    assert hits(RULE, facts(incident(), action(status=status))) == []


def test_a_reason_for_doing_nothing_is_an_answer() -> None:
    """no_action_reason in the record closes the question."""
    assert hits(RULE, facts(incident(no_action_reason="the vendor is replaced this month"))) == []


@pytest.mark.parametrize(("status", "asked"), [("active", False), ("mitigated", False), ("closed", True), (None, True)])
def test_an_incident_that_is_not_over_is_left_alone(status: str | None, asked: bool) -> None:
    """Only an incident that is over is asked for actions; a status that cannot be read counts as over."""
    assert bool(hits(RULE, facts(incident(status=status)))) is asked
