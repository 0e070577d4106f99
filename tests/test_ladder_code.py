"""The ladder of Code actions: commits, reverts, modules, proofs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_prevention.ladder import standing
from pytest_prevention.model import (
    Answer,
    CodeChange,
    Evidence,
    Facts,
    Incidents,
    Links,
    Proof,
    Proofs,
    Rung,
    Standing,
    Status,
    Unavailable,
)
from pytest_prevention.model.code_changes import Astray
from pytest_prevention.model.facts import NO_HISTORY
from tests.rules.build import TEST, history, incident, link, policy
from tests.rules.commits import ORDERS, change, code, committed

FIX = change(10)
"""The commit that the incident names as its fix."""
PROVEN = Proof("INC-001", TEST, Answer.PROVEN, "strict-reverse", "assertion")


def given(*commits: CodeChange, **sources: Any) -> Facts:
    """Facts in which nothing is missing but a linked test and its proof."""
    return committed(*commits, **{"history": history({ORDERS: ()}), **sources})


def linked(**sources: Any) -> dict[str, Any]:
    """With a test that is linked to the incident."""
    return {"links": Links((link(),)), **sources}


def stands(facts: Facts) -> Standing:
    return standing(code(), facts, policy())


def test_each_rung_and_how_to_get_on() -> None:
    """From a claim to a proof, and what each standing says."""
    ladder = [
        given(),
        given(change(10, 5)),
        given(change(10, None, "docs/a.md")),
        given(FIX),
        given(FIX, **linked(proofs=Proofs((PROVEN,)))),
    ]
    found = [stands(facts) for facts in ladder]
    assert [one.rung for one in found] == list(Rung)
    assert [one.reason for one in found] == [
        "no commit is linked",
        '0000000000 "Limit the order" was reverted by 0000000000',
        '0000000000 "Limit the order" stands and touches none of the incident\'s modules',
        '0000000000 "Limit the order" stands and touches what broke, but no test is linked',
        f'{TEST} fails without 0000000000 "Limit the order"',
    ]
    assert all(one.next_step for one in found[:-1])
    assert all(one.why_unknown is None for one in found)


def test_what_evidence_names_in_vain_is_a_claim() -> None:
    """Nobody has seen such a commit."""
    found = stands(given(astray=(Astray("commit:1a2b", "names none that led to HEAD"),)))
    assert (found.rung, found.reason) == (Rung.CLAIMED, "commit:1a2b names none that led to HEAD")


def test_done_again_after_a_revert_stands() -> None:
    assert stands(given(change(4), change(10, 5))).rung is Rung.REACHING
    assert stands(given(change(7), change(10, 5))).rung is Rung.LINKED


@pytest.mark.parametrize(
    ("proof", "rung"),
    [
        (PROVEN, Rung.PROVEN),
        (replace(PROVEN, answer=Answer.WEAK), Rung.PROVEN),
        (replace(PROVEN, answer=Answer.WEAK, grade="fixture"), Rung.REACHING),
        (replace(PROVEN, answer=Answer.NOT_PROVEN, grade=""), Rung.REACHING),
        (replace(PROVEN, answer=Answer.INCONCLUSIVE, grade=""), Rung.REACHING),
        (replace(PROVEN, incident="INC-002"), Rung.REACHING),
        (replace(PROVEN, guard="tests/test_other.py::test_a"), Rung.REACHING),
    ],
)
def test_a_proof_counts_as_policy_says_and_for_linked_tests(proof: Proof, rung: Rung) -> None:
    """The same grades that count for the test itself."""
    assert stands(given(FIX, **linked(proofs=Proofs((proof,))))).rung is rung


def test_a_proof_is_one_of_the_fix() -> None:
    """A commit that is none of the fix_commits was not taken back for it."""
    proven = linked(proofs=Proofs((PROVEN,)))
    found = stands(given(change(11), **proven))
    assert found.rung is Rung.REACHING
    assert "is none of the incident's fix_commits" in found.reason
    assert "fix_commits of INC-001" in found.next_step
    assert stands(given(change(4), FIX, **proven)).rung is Rung.PROVEN


def test_a_linked_test_without_a_proof_is_to_be_proven() -> None:
    assert stands(given(FIX, **linked())).next_step == "prove it: prevention prove INC-001"


def test_without_history_of_commits_at_least_the_claim_is_known() -> None:
    """What Evidence names is linked by its word; a trailer may be there or not."""
    shallow = Unavailable("the clone is shallow", "git fetch --unshallow")
    found = stands(given(code_changes=shallow))
    assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.CLAIMED, shallow)
    named = code(evidence=(Evidence("pull", "#12"),))
    assert standing(named, given(of=named, code_changes=shallow), policy()).at_least is Rung.LINKED


def test_without_modules_or_renames_reaching_is_unknown() -> None:
    """Working is known all the same."""
    for facts, why in (
        (given(FIX, incidents=Incidents()), "the incident names no modules"),
        (given(FIX, incidents=Incidents((incident(),))), "the incident names no modules"),
        (given(change(10, None, "docs/a.md"), history=NO_HISTORY), NO_HISTORY.reason),
    ):
        found = stands(facts)
        assert found.rung is Rung.WORKING
        assert found.why_unknown
        assert found.why_unknown.reason == why


def test_without_links_a_proof_is_unknown() -> None:
    found = stands(given(FIX, links=Unavailable("tests/ is unreadable")))
    assert (found.rung, found.why_unknown) == (Rung.REACHING, Unavailable("tests/ is unreadable"))


def test_what_is_not_done_stands_where_it_stands() -> None:
    """The ladder says how far the evidence reaches, whatever the table says."""
    row = code(status=Status.IN_PROGRESS)
    assert standing(row, given(FIX, of=row), policy()).rung is Rung.REACHING
