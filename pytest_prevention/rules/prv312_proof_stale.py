"""PRV312: a proof speaks of the test that was proven, not of the one that has become of it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.phrases import titled
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import most_urgent, urgencies


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    known, links = available(facts.incidents).by_id(), available(facts.links)
    urgency = urgencies(available(facts.backlog))
    for stale in facts.proofs.stale:
        linked = links.between(stale.incident, stale.guard)
        if stale.incident in known and linked:
            yield Hit(
                stale.guard,
                stale.location,
                f"The proof of the guard of {titled(known[stale.incident])} is stale: {stale.why}.",
                f"prove it again: prevention prove {stale.incident}",
                most_urgent(linked, urgency),
            )


RULE = Rule(
    "PRV312",
    "proof-stale",
    "Every proof of a guard is one of the test as it stands today.",
    check,
)
