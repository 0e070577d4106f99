"""PRV311: a guard that executes no line of the fix passes with it and without it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Answer, Facts, Hit, Unavailable, Unchecked, available
from pytest_prevention.phrases import counted, titled
from pytest_prevention.policy import Policy
from pytest_prevention.reaching import Reach, reach
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import guards


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    available(facts.run)
    for guard in guards(facts):
        nodeid = guard.record.nodeid
        if not guard.record.outcome.passing:
            continue  # PRV301 speaks of those
        for incident in guard.incidents:
            if not incident.fix_commits:
                continue  # nobody has said what there is to reach
            proof = facts.proofs.of(incident.id, nodeid)
            if proof is not None and proof.answer is Answer.PROVEN:
                continue  # it fails without the fix: where nobody measures, in another process say, it does reach it
            found = reach(incident.id, nodeid, facts)
            if isinstance(found, Unavailable):
                yield Unchecked(nodeid, found)
            elif not found.reaches:
                yield Hit(
                    nodeid,
                    guard.location,
                    f"The guard of {titled(incident)} passes and executes no line of {_told(found)}.",
                    f"call what was repaired, and see what the guards reach: prevention evidence {incident.id}",
                    guard.priority,
                )


def _told(found: Reach) -> str:
    lines = counted(sum(map(len, found.of.lines.values())), "line")
    whole = "the repaired functions" if found.of.by_function else "its fix"
    path, line = min((path, min(numbers)) for path, numbers in found.of.lines.items() if numbers)
    return f"{whole} ({lines}, {path}:{line})"


RULE = Rule(
    "PRV311",
    "guard-does-not-reach-fix",
    "Every test that guards an incident executes lines of its fix.",
    check,
)
