"""PRV613: fix-elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_prevention.model import Incidents, Status, Trail, Unavailable, Unchecked
from pytest_prevention.model.facts import NO_HISTORY
from pytest_prevention.rules.prv613_fix_elsewhere import RULE
from tests.rules.build import answers, fix, history, hit, hits, incident
from tests.rules.commits import ORDERS, change, code, committed

ELSEWHERE = change(10, None, "docs/changes.md")
HISTORY = history({ORDERS: ()})


def test_a_commit_that_touches_nothing_of_what_broke_is_found() -> None:
    found = hit(RULE, committed(ELSEWHERE, history=HISTORY))
    assert found.fact.endswith('"Limit the order" touches no file of src/orders/**.')


@pytest.mark.parametrize("path", [ORDERS, "src/orders/db/rows.sql"])
def test_a_file_of_the_modules_is_enough(path: str) -> None:
    """One file of one commit; whether it is code does not matter."""
    assert hits(RULE, committed(ELSEWHERE, change(12, None, "a.md", path), history=HISTORY)) == []
    assert hits(RULE, committed(change(12, None, "a.md", path))) == []


def test_a_commit_that_was_reverted_touches_nothing_today() -> None:
    """The other commit stands, and it alone is asked."""
    assert hits(RULE, committed(change(4, None, "docs/a.md"), change(10, 5), history=HISTORY))


@pytest.mark.parametrize(("name", "earlier"), [(ORDERS, "src/shop/api.py"), ("src/shop/api.py", ORDERS)])
def test_a_file_is_known_by_all_names_that_it_had(name: str, earlier: str) -> None:
    """The record may name the module as it is called now, or as it was called then."""
    trail = Trail((fix(10, id=ELSEWHERE.id),), ((1, earlier),))
    renamed = replace(HISTORY, trails={"src/other.py": Trail(), name: trail})
    assert hits(RULE, committed(change(10, None, "src/shop/api.py"), history=renamed)) == []


def test_without_history_earlier_names_are_not_known() -> None:
    """The file may have been one of the modules under another name."""
    assert answers(RULE, committed(ELSEWHERE)) == [Unchecked("INC-001#1", NO_HISTORY)]


@pytest.mark.parametrize("known", [(), (incident(),)])
def test_without_modules_there_is_nothing_to_compare_with(known: tuple[object, ...]) -> None:
    given = committed(ELSEWHERE, history=HISTORY, incidents=Incidents(known))  # type: ignore[arg-type]
    (answer,) = answers(RULE, given)
    assert isinstance(answer, Unchecked)
    assert answer.why == Unavailable(
        "the incident names no modules", "name the files that broke in its record, modules", by_design=True
    )


def test_silent_where_another_rule_speaks_or_nothing_is_done() -> None:
    """No commit is PRV611, a reverted one PRV612."""
    assert hits(RULE, committed(history=HISTORY)) == []
    assert hits(RULE, committed(change(10, 5, "docs/a.md"), history=HISTORY)) == []
    assert hits(RULE, committed(ELSEWHERE, of=code(status=Status.TODO), history=HISTORY)) == []
