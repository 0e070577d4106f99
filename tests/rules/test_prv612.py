"""PRV612: fix-reverted."""

from __future__ import annotations

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import CodeChange, Status, Unavailable
from pytest_prevention.rules.prv612_fix_reverted import RULE
from tests.rules.build import answers, hit, hits
from tests.rules.commits import change, code, committed


def test_a_reverted_commit_is_found_with_its_revert() -> None:
    found = hit(RULE, committed(change(10, 5)))
    assert found.fact.endswith('is taken back: 0000000000 "Limit the order" was reverted by 0000000000.')
    assert found.next_step == "bring it back, or set the row to Todo: git revert 0000000000"


def test_several_are_one_finding() -> None:
    """The newest is named, the others are counted."""
    found = hit(RULE, committed(change(10, 5), change(12, 4), change(14, 3)))
    assert found.fact.endswith(", and 2 more commits of it too.")


@pytest.mark.parametrize(
    ("commits", "stands"),
    [
        ((change(10),), True),
        ((change(4), change(10, 5)), True),
        ((change(6), change(10, 5)), False),
        ((change(4), change(6), change(10, 5)), True),
        ((change(3, 2), change(4), change(10, 5)), False),
        ((), True),
    ],
)
def test_what_landed_after_the_revert_counts(commits: tuple[CodeChange, ...], stands: bool) -> None:
    """Done again after the revert is done; another part of the change that was there before brings nothing back."""
    assert bool(hits(RULE, committed(*commits))) is not stands


@pytest.mark.parametrize("status", [None, Status.TODO, Status.DROPPED])
def test_only_what_is_done_is_asked(status: Status | None) -> None:
    assert hits(RULE, committed(change(10, 5), of=code(status=status))) == []


def test_without_history_it_is_not_checked() -> None:
    with pytest.raises(MissingSource):
        answers(RULE, committed(code_changes=Unavailable("the clone is shallow")))
