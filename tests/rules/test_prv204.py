"""PRV204: link-ambiguous."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_prevention.model import Category, Priority, Status
from pytest_prevention.rules.prv204_link_ambiguous import RULE
from tests.rules.build import TEST, action, facts, hit, hits, incident, link

SEVERAL = (incident(), action(1, priority=Priority.P2), action(4, text="Add test for null price"))


def test_a_mark_on_an_incident_with_several_test_actions_is_found() -> None:
    """The finding lists the rows to choose from and is as urgent as the most urgent of them."""
    found = hit(RULE, facts(*SEVERAL, link()))
    assert found.subject == TEST
    assert found.fact == (
        f"The mark on {TEST} does not say which of the 2 Test actions of INC-001 it stands for: "
        '1 "Add test for empty body", 4 "Add test for null price".'
    )
    assert found.next_step == 'name the row\'s number: @pytest.mark.incident("INC-001", action=1)'
    assert found.priority is Priority.P1


@pytest.mark.parametrize(("rows", "end"), [(5, '4 "T4", 5 "T5".'), (6, '4 "T4", 5 "T5", ….')])
def test_of_many_rows_the_first_five_are_listed(rows: int, end: str) -> None:
    """A finding stays readable, however long the backlog."""
    given = facts(incident(), *(action(n, text=f"T{n}") for n in range(1, rows + 1)), link())
    assert hit(RULE, given).fact.endswith(end)


def test_silent_where_the_mark_names_the_row() -> None:
    """action= says it."""
    assert hits(RULE, facts(*SEVERAL, link(action=4))) == []


@pytest.mark.parametrize(
    ("nodeid", "told"),
    [
        (TEST, True),
        ("tests/test_orders.py", True),
        (TEST + "[null]", False),
        ("tests/test_orders.py::test_empty", False),
    ],
)
def test_an_evidence_cell_that_names_the_same_test_says_it_too(nodeid: str, told: bool) -> None:
    """The node id in the row counts for what it covers, and only for that."""
    given = facts(*SEVERAL, link(), link(nodeid, origin="evidence", action=4))
    assert bool(hits(RULE, given)) is not told


@pytest.mark.parametrize("other", [{"category": Category.CODE}, {"status": Status.DROPPED}])
def test_silent_with_one_test_action(other: dict[str, Any]) -> None:
    """Rows of other categories and Dropped ones cannot be meant."""
    assert hits(RULE, facts(incident(), action(1), action(2, **other), link())) == []
