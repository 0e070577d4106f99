"""The ladder of Process actions: documents, and what holds people to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pytest_prevention.gate import judge
from pytest_prevention.ladder import standing
from pytest_prevention.model import Document, Evidence, Facts, Rung, Standing, State, Unavailable
from pytest_prevention.policy import Demand
from pytest_prevention.rules.prv302_evidence_below_policy import RULE
from tests.rules.build import facts, policy
from tests.rules.documents import BOOK, ENFORCED, process, resting

GONE = Document(named="docs/gone.md", fault="has no heading #rolback", hint="did you mean #rollback?")
NO_GIT = Unavailable("no git here", "git init")


def stands(given: Facts) -> Standing:
    (row,) = given.backlog.actions  # type: ignore[union-attr]
    return standing(row, given, policy())


def test_each_rung_and_how_to_get_on() -> None:
    """Enforced is the highest rung: nobody can prove a process."""
    found = [stands(one) for one in (facts(process(evidence=())), *map(resting, (GONE, BOOK, ENFORCED)))]
    assert [one.rung for one in found] == [Rung.CLAIMED, Rung.LINKED, Rung.WORKING, Rung.REACHING]
    assert [one.reason for one in found] == [
        "its Evidence names no file",
        "docs/gone.md has no heading #rolback",
        "docs/orders.md is there, and nothing enforces it",
        "docs/orders.md is there, and enforced: CODEOWNERS:1 asks @shop/orders",
    ]
    assert [bool(one.next_step) for one in found] == [True, True, True, False]
    assert found[1].next_step == "did you mean #rollback?"


@pytest.mark.parametrize("kind", ["url", "text", "test", "alert"])
def test_other_evidence_is_a_claim(kind: str) -> None:
    """A URL is never opened; what it shows nobody has seen."""
    row = process(evidence=(Evidence(kind, "https://wiki.example/orders"),))  # type: ignore[arg-type]
    assert stands(facts(row)).rung is Rung.CLAIMED


def test_the_lowest_of_several_documents_counts() -> None:
    """A runbook that is gone is not made up for by another one."""
    other = replace(BOOK, named="docs/other.md")
    assert stands(resting(ENFORCED, GONE)).rung is Rung.LINKED
    assert stands(resting(ENFORCED, other)).rung is Rung.WORKING
    assert stands(resting(ENFORCED, replace(ENFORCED, named="docs/other.md"))).rung is Rung.REACHING


def test_what_cannot_be_told_is_unknown() -> None:
    found = stands(resting(replace(BOOK, unknown=NO_GIT)))
    assert (found.rung, found.why_unknown) == (Rung.WORKING, NO_GIT)
    unread = Unavailable("nobody looked")
    found = stands(facts(process(), documents=unread))
    assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.LINKED, unread)


def test_a_document_older_than_the_incident_is_noted_on_any_rung() -> None:
    old = datetime(2020, 5, 1, tzinfo=UTC)
    for document in (BOOK, ENFORCED):
        reason = stands(resting(replace(document, changed_at=old))).reason
        assert "(docs/orders.md is unchanged since 2020-05-01, before the incident)" in reason


def test_proven_is_out_of_sight() -> None:
    """A policy that demands it is told that nothing here can tell, and neither blames nor passes."""
    demanding = replace(policy(), demands=(Demand(Rung.PROVEN),))
    (result,) = judge(resting(ENFORCED), demanding, [RULE]).results
    assert result.state is State.NOT_CHECKED
    assert result.unchecked[0].why.reason == "nothing here examines whether a Process action is proven"
