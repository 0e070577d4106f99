"""PRV621: a process that is written down nowhere, or no longer, is known to whoever remembers it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.process import HOW_TO_NAME, documents_of
from pytest_prevention.model import Category, Facts, Hit, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on
from pytest_prevention.rules.done import done


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for action in done(Category.PROCESS, facts):
        if not action.names("file"):
            yield hit_on(action, "names no document.", HOW_TO_NAME)
            continue
        for document in documents_of(action, facts):
            if document.fault:
                yield hit_on(action, f"rests on {document.named}, which {document.fault}.", document.hint)


RULE = Rule(
    "PRV621",
    "process-evidence-missing",
    "The document of a Process action that is Done exists and says something.",
    check,
)
