"""The ladder: on which rung does the evidence for an action stand? One question, a way to answer it per category."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_prevention.ladder.code import standing_of_code
from pytest_prevention.ladder.marks import mark_of_incident, mark_to_paste, tests_wanted
from pytest_prevention.ladder.monitor import standing_of_monitor
from pytest_prevention.ladder.other import standing_of_other
from pytest_prevention.ladder.process import standing_of_process
from pytest_prevention.ladder.test import (
    gap_of,
    is_linked,
    links_of,
    records_of,
    standing_of_test,
    unread_test_file,
)
from pytest_prevention.model import Action, Category, Facts, Rung, Standing
from pytest_prevention.policy import Policy

STANDINGS: Mapping[Category | None, Callable[[Action, Facts, Policy], Standing]] = {
    Category.TEST: standing_of_test,
    Category.MONITOR: standing_of_monitor,
    Category.CODE: standing_of_code,
    Category.PROCESS: standing_of_process,
    None: standing_of_other,
}
"""Who says where an action of each category stands; None: of one whose category cannot be read."""

HIGHEST_EXAMINED: Mapping[Category | None, Rung] = {
    Category.TEST: Rung.PROVEN,
    Category.MONITOR: Rung.PROVEN,
    Category.CODE: Rung.PROVEN,
    Category.PROCESS: Rung.REACHING,
}
"""How far up our own sources see, by category; else to linked. What lies above is unknown, not missing."""


def standing(action: Action, facts: Facts, policy: Policy) -> Standing:
    """The rung of one action, the reason, and what lifts it one rung.

    The best of our own and other people's evidence counts; what is unknown to us stays so where others saw no more.
    """
    own = STANDINGS[action.category](action, facts, policy)
    others = [other for other in facts.standings if other.action == action.key and other.rung is not None]
    return max([own, *others], key=lambda one: one.rung or one.at_least)


__all__ = [
    "HIGHEST_EXAMINED",
    "gap_of",
    "is_linked",
    "links_of",
    "mark_of_incident",
    "mark_to_paste",
    "records_of",
    "standing",
    "tests_wanted",
    "unread_test_file",
]
