"""PRV611: code-action-unlinked."""

from __future__ import annotations

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Category, Priority, Status, Unavailable
from pytest_prevention.model.code_changes import Astray
from pytest_prevention.rules.prv611_code_action_unlinked import RULE
from tests.rules.build import answers, hit, hits
from tests.rules.commits import change, code, committed

SHALLOW = Unavailable("the clone is shallow")


def test_a_done_code_action_without_a_commit_is_found() -> None:
    """Done is a claim; the finding says both ways to link a commit."""
    found = hit(RULE, committed())
    assert (found.subject, found.priority) == ("INC-001#1", Priority.P1)
    assert found.fact.endswith("has no commit: no commit is linked.")
    assert found.next_step.endswith("or let one carry the trailer Incident with INC-001")


def test_what_evidence_names_in_vain_is_said() -> None:
    """An id that is mistyped, ambiguous or of another branch is told, not ignored."""
    found = hit(RULE, committed(astray=(Astray("commit:1a2b", "names none that led to HEAD"),)))
    assert found.fact.endswith("has no commit: commit:1a2b names none that led to HEAD.")


def test_one_commit_is_enough() -> None:
    """Even where another one is named in vain, or it was reverted: that is told by PRV612."""
    lost = (Astray("commit:1a2b", "names none that led to HEAD"),)
    assert hits(RULE, committed(change(), astray=lost)) == []
    assert hits(RULE, committed(change(10, 5))) == []


@pytest.mark.parametrize("status", [None, *(status for status in Status if status is not Status.DONE)])
def test_before_it_is_done_there_is_nothing_to_show(status: Status | None) -> None:
    """The commit of an open action is yet to be written."""
    assert hits(RULE, committed(of=code(status=status))) == []


@pytest.mark.parametrize("category", [None, *(one for one in Category if one is not Category.CODE)])
def test_other_categories_need_no_commit(category: Category | None) -> None:
    assert hits(RULE, committed(of=code(category=category))) == []


def test_without_history_it_is_not_checked_and_only_where_it_matters() -> None:
    """A shallow clone hides commits; where no Code action is Done nobody asks for them."""
    with pytest.raises(MissingSource):
        answers(RULE, committed(code_changes=SHALLOW))
    assert hits(RULE, committed(of=code(status=Status.TODO), code_changes=SHALLOW)) == []
