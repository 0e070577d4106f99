"""PRV622: process-unenforced."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Document, Status, Unavailable, Unchecked
from pytest_prevention.rules.prv622_process_unenforced import RULE
from tests.rules.build import answers, facts, hit, hits
from tests.rules.documents import BOOK, ENFORCED, process, resting

NO_GIT = Unavailable("no git here")


def test_a_document_that_nothing_enforces_is_found() -> None:
    found = hit(RULE, resting(BOOK))
    assert found.fact.endswith("rests on docs/orders.md, which nothing enforces.")
    assert found.next_step.startswith("let CODEOWNERS give")


def test_silent_where_it_is_enforced() -> None:
    """Even where nobody can tell of another way."""
    assert hits(RULE, resting(ENFORCED)) == []
    assert hits(RULE, resting(replace(ENFORCED, unknown=NO_GIT))) == []


def test_all_documents_must_be() -> None:
    other = replace(BOOK, named="docs/other.md")
    assert "docs/other.md" in hit(RULE, resting(ENFORCED, other)).fact


def test_what_cannot_be_told_is_not_checked_unless_another_is_known_to_be_loose() -> None:
    unknown = replace(BOOK, unknown=NO_GIT)
    assert answers(RULE, resting(unknown)) == [Unchecked("INC-001#1", NO_GIT)]
    other = replace(BOOK, named="docs/other.md")
    assert "docs/other.md" in hit(RULE, resting(unknown, other)).fact


@pytest.mark.parametrize(
    ("changed", "noted"),
    [
        (datetime(2024, 1, 21, 9, 59, tzinfo=UTC), True),
        (datetime(2024, 1, 21, 10, 0, tzinfo=UTC), False),
        (None, False),
    ],
)
def test_a_document_older_than_the_incident_is_noted(changed: datetime | None, noted: bool) -> None:
    """Nobody has written down what the incident taught; by itself that is no finding."""
    found = hit(RULE, resting(replace(BOOK, changed_at=changed)))
    assert ("unchanged since 2024-01-21, before the incident" in found.fact) is noted
    assert hits(RULE, resting(replace(ENFORCED, changed_at=changed))) == []


def test_silent_where_another_rule_speaks_or_nothing_is_done() -> None:
    """What is missing is told by PRV621."""
    gone = Document(named="docs/gone.md", fault="does not exist", hint="create it")
    assert hits(RULE, resting(gone, BOOK)) == []
    assert hits(RULE, facts(process(evidence=()))) == []
    assert hits(RULE, resting(BOOK, of=process(status=Status.TODO))) == []


def test_without_its_source_it_is_not_checked() -> None:
    with pytest.raises(MissingSource):
        answers(RULE, facts(process(), documents=Unavailable("nobody looked")))
