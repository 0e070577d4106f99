"""PRV622: a document that nobody is held to is read once."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.process import HOW_TO_ENFORCE, documents_of, stale, unenforced
from pytest_prevention.model import Category, Facts, Hit, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on
from pytest_prevention.rules.done import done


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for action in done(Category.PROCESS, facts):
        if not action.names("file"):
            continue
        documents = documents_of(action, facts)
        loose = unenforced(documents)
        if loose is None or any(one.fault for one in documents):
            continue
        if loose.unknown:
            yield Unchecked(action.key, loose.unknown)
        else:
            fact = f"rests on {loose.named}, which nothing enforces{stale(action, facts)}."
            yield hit_on(action, fact, HOW_TO_ENFORCE)


RULE = Rule(
    "PRV622",
    "process-unenforced",
    "Owners, a template or a workflow hold people to a process that is Done.",
    check,
)
