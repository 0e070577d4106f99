"""PRV205: link-never-collected."""

from __future__ import annotations

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Hit, Links, Unavailable
from pytest_prevention.rules.prv205_link_never_collected import RULE
from tests.rules.build import facts, hits, policy, problem


def test_each_problem_of_its_kind_is_told_as_the_reader_told_it() -> None:
    """Every problem of this kind is a hit with the reader's subject, place, words and next step."""
    found = problem("link-never-collected")
    given = facts(links=Links(problems=(found, problem("some-other-kind", "INC-009#9"))))
    assert hits(RULE, given) == [Hit(found.subject, found.location, found.message, found.hint)]


def test_silent_without_problems() -> None:
    """What could be read without complaint is not complained of."""
    assert hits(RULE, facts()) == []


def test_without_its_source_it_is_not_checked() -> None:
    """The rule does not pass where nothing could be read."""
    with pytest.raises(MissingSource, match="unreadable"):
        list(RULE.check(facts(links=Unavailable("unreadable")), policy()))
