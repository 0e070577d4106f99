"""PRV010: history-insufficient."""

from __future__ import annotations

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import ShortHistory, Unavailable
from pytest_prevention.reporters.report import split_step
from pytest_prevention.rules.prv010_history_insufficient import RULE
from tests.rules.build import answers, facts, history, hit, hits, policy

SHALLOW = ShortHistory("history reaches back 12 days", "get the rest: git fetch --shallow-since=2021-01-31", days=12)


def test_a_shallow_clone_is_found_with_the_command_that_brings_the_rest() -> None:
    """It says how far the history reaches, how far it should, what to do in CI, and what to paste here."""
    found = hit(RULE, facts(history=SHALLOW), policy(history={"window_days": 400, "half_life_days": 180}))
    assert (found.subject, str(found.location)) == ("git history", ".git")
    assert found.fact == (
        "This is a shallow clone: its history reaches back 12 days, and it takes 400 to tell which modules break "
        "repeatedly."
    )
    assert split_step(found.next_step) == ("get the rest", "git fetch --shallow-since=2021-01-31")


def test_a_history_that_could_be_read_is_enough() -> None:
    """However young the project is: more history than there is cannot be asked for."""
    assert hits(RULE, facts(history())) == []


def test_without_git_it_is_not_checked_and_says_why() -> None:
    """A project without git has no history to fetch."""
    why = Unavailable("no git history here: not a git repository")
    with pytest.raises(MissingSource) as caught:
        answers(RULE, facts(history=why))
    assert caught.value.unavailable is why
