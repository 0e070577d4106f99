"""PRV621: process-evidence-missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Category, Document, Documents, Priority, Status, Unavailable
from pytest_prevention.rules.prv621_process_evidence_missing import RULE
from tests.rules.build import answers, facts, hit, hits
from tests.rules.documents import BOOK, process, resting

GONE = Document(named="docs/gone.md", fault="does not exist", hint="create it")


def test_a_done_process_action_without_a_document_is_found() -> None:
    found = hit(RULE, facts(process(evidence=())))
    assert (found.subject, found.priority) == ("INC-001#1", Priority.P1)
    assert found.fact.endswith("names no document.")
    assert found.next_step.endswith("Evidence cell: file:docs/runbook.md#heading")


def test_a_document_that_is_not_there_is_found_with_what_to_do() -> None:
    found = hit(RULE, resting(GONE))
    assert found.fact.endswith("rests on docs/gone.md, which does not exist.")
    assert found.next_step == "create it"


def test_each_document_that_is_missing_is_a_finding() -> None:
    """The one that is there does not stand for the others."""
    other = replace(GONE, named="docs/other.md")
    assert [one.fact.split()[-5] for one in hits(RULE, resting(GONE, BOOK, other))] == [
        "docs/gone.md,",
        "docs/other.md,",
    ]


def test_silent_where_it_is_there() -> None:
    """Whether anybody is held to it is the business of PRV622."""
    assert hits(RULE, resting(BOOK)) == []
    assert hits(RULE, resting(replace(BOOK, unknown=Unavailable("no git")))) == []


@pytest.mark.parametrize("status", [None, *(status for status in Status if status is not Status.DONE)])
def test_before_it_is_done_nothing_need_be_there(status: Status | None) -> None:
    assert hits(RULE, resting(GONE, of=process(status=status))) == []
    assert hits(RULE, facts(process(evidence=(), status=status))) == []


@pytest.mark.parametrize("category", [None, *(one for one in Category if one is not Category.PROCESS)])
def test_other_categories_need_no_document(category: Category | None) -> None:
    assert hits(RULE, facts(process(evidence=(), category=category))) == []


def test_without_its_source_it_is_not_checked_and_only_where_it_matters() -> None:
    unread = Unavailable("nobody looked")
    with pytest.raises(MissingSource):
        answers(RULE, facts(process(), documents=unread))
    assert hits(RULE, facts(process(status=Status.TODO), documents=unread)) == []


def test_nothing_named_is_known_without_looking() -> None:
    assert hit(RULE, facts(process(evidence=()), documents=Documents()))
