"""The ladder of Process actions: is the document there, and what holds people to it? Enforced is its highest rung."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_prevention.ladder.unknown import unknown
from pytest_prevention.model import Action, Document, Facts, Rung, Standing, Unavailable, available
from pytest_prevention.policy import Policy

HOW_TO_NAME = "name the document in the row's Evidence cell: file:docs/runbook.md#heading"
HOW_TO_ENFORCE = (
    "let CODEOWNERS give every file of the incident's modules an owner, "
    "or let a pull request template or a workflow name the document"
)


def standing_of_process(action: Action, facts: Facts, policy: Policy) -> Standing:
    """As high as the lowest of the documents that the action names."""
    named = ", ".join(action.names("file"))
    if not named:
        return Standing(action.key, Rung.CLAIMED, "its Evidence names no file", HOW_TO_NAME)
    if isinstance(facts.documents, Unavailable):
        return unknown(action, facts.documents, Rung.LINKED)
    documents = documents_of(action, facts)
    if not documents:
        return Standing(action.key, Rung.LINKED, f"Evidence names {named}")
    gone = next((one for one in documents if one.fault), None)
    if gone:
        return Standing(action.key, Rung.LINKED, f"{gone.named} {gone.fault}", gone.hint)
    loose = unenforced(documents)
    if loose is None:
        by = "; ".join(dict.fromkeys(one.enforced_by[0] for one in documents if one.enforced_by))
        return Standing(action.key, Rung.REACHING, f"{named} is there, and enforced: {by}{stale(action, facts)}")
    told = f"{named} is there{stale(action, facts)}"
    if loose.unknown:
        return Standing(action.key, Rung.WORKING, told, loose.unknown.remedy, why_unknown=loose.unknown)
    return Standing(action.key, Rung.WORKING, f"{told}, and nothing enforces it", HOW_TO_ENFORCE)


def documents_of(action: Action, facts: Facts) -> tuple[Document, ...]:
    """The documents of one Process action, in the order of its Evidence cell."""
    return available(facts.documents).by_action.get(action.key, ())


def unenforced(documents: Sequence[Document]) -> Document | None:
    """The first of the documents that nothing holds people to; first one of which it is known."""
    loose = [one for one in documents if not one.enforced_by]
    return min(loose, key=lambda one: one.unknown is not None, default=None)


def stale(action: Action, facts: Facts) -> str:
    """A note on documents that nobody has touched since before the incident; it goes on after a sentence."""
    incident = available(facts.incidents).by_id().get(action.incident)
    began = incident.began_at if incident else None
    for one in documents_of(action, facts):
        if began and one.changed_at and one.changed_at < began:
            return f" ({one.named} is unchanged since {one.changed_at:%Y-%m-%d}, before the incident)"
    return ""
