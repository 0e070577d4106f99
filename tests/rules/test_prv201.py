"""PRV201: test-action-unlinked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.ladder import standing
from pytest_prevention.model import Category, Priority, Status, Unavailable, Unchecked, available
from pytest_prevention.rules.prv201_test_action_unlinked import RULE
from tests.rules.build import action, answers, facts, hit, hits, link, policy

PATIENT = policy({"PRV201": {"severity": "error", "grace": "until-due"}})


@pytest.mark.parametrize("status", [*(status for status in Status if status is not Status.DROPPED), None])
def test_a_test_action_without_a_link_is_found_whatever_its_status(status: Status | None) -> None:
    """Done without a test is a claim, Todo without a test a hole; both are findings."""
    found = hit(RULE, facts(action(status=status)))
    assert found.subject == "INC-001#1"
    assert found.priority is Priority.P1
    assert found.fact.endswith("has no linked test.")
    assert found.next_step.endswith('paste: @pytest.mark.incident("INC-001")')


def test_with_several_test_actions_the_mark_to_paste_names_the_row() -> None:
    """Pasting what the finding says never makes an ambiguous link."""
    found = hits(RULE, facts(action(1), action(2, status=Status.DONE), action(3, status=Status.DROPPED)))
    assert [one.next_step.rpartition("@")[2] for one in found] == [
        'pytest.mark.incident("INC-001", action=1)',
        'pytest.mark.incident("INC-001", action=2)',
    ]


def test_a_row_whose_category_cannot_be_read_may_be_a_test() -> None:
    """A slip in the Category cell does not take the demand away."""
    assert hit(RULE, facts(action(category=None)))


def test_a_test_file_that_cannot_be_parsed_may_hold_the_link() -> None:
    """What nobody could look at is not checked, rather than missing; a link seen elsewhere counts as ever."""
    given = facts(action(1), action(2, incident="INC-002"), link(incident="INC-002"))
    unseen = replace(given, links=replace(available(given.links), unread=("tests/test_broken.py",)))
    assert [(answer.subject, type(answer)) for answer in answers(RULE, unseen)] == [("INC-001#1", Unchecked)]
    [standing_of_first, standing_of_second] = [
        standing(one, unseen, policy()).rung for one in available(given.backlog).actions
    ]
    assert (standing_of_first, standing_of_second) == (None, None)


@pytest.mark.parametrize("category", [Category.MONITOR, Category.CODE, Category.PROCESS])
def test_other_categories_need_no_test(category: Category) -> None:
    """Other evidence is asked of them by other rules."""
    assert hits(RULE, facts(action(category=category))) == []


def test_a_dropped_action_needs_no_test() -> None:
    """It was decided against."""
    assert hits(RULE, facts(action(status=Status.DROPPED))) == []


@pytest.mark.parametrize(
    ("changes", "linked"),
    [
        ({}, True),
        ({"action": 1}, True),
        ({"action": 2}, False),
        ({"incident": "INC-002"}, False),
        ({"origin": "evidence", "action": 1}, True),
        ({"origin": "dynamic"}, False),
    ],
)
def test_which_links_count(changes: dict[str, Any], linked: bool) -> None:
    """A mark on the incident or the row counts, an Evidence cell too; a mark added at run time is gone with the run."""
    assert bool(hits(RULE, facts(action(), link(**changes)))) is not linked


@pytest.mark.parametrize(
    ("due", "status", "spared"),
    [
        (date(2024, 2, 1), Status.TODO, True),
        (date(2024, 1, 31), Status.TODO, False),
        (None, Status.TODO, False),
        (date(2024, 2, 15), Status.DONE, False),
        (date(2024, 2, 15), None, True),
    ],
)
def test_grace_lasts_through_the_due_day_and_only_for_open_actions(
    due: date | None, status: Status | None, spared: bool
) -> None:
    """With grace until-due an open action has time up to and including its due day; without a date it has none."""
    given = facts(action(due=due, status=status))
    assert bool(hits(RULE, given, PATIENT)) is not spared
    assert hit(RULE, given)


@pytest.mark.parametrize("source", ["links", "backlog"])
def test_without_its_sources_it_is_not_checked(source: str) -> None:
    """No tests could be scanned is not the same as no test is linked."""
    with pytest.raises(MissingSource):
        answers(RULE, facts(action(), **{source: Unavailable("unreadable")}))
