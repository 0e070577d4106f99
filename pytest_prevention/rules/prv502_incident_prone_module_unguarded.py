"""PRV502: a module that has cost an incident and goes on breaking will cost the same one again."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.hotspots import hotspots
from pytest_prevention.ladder import mark_of_incident, unread_test_file
from pytest_prevention.model import Facts, Hit, Unchecked
from pytest_prevention.phrases import counted, shortened
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.modules import incidents_of


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for module in hotspots(facts, policy):
        if not module.flagged or not module.incidents or module.guards:
            continue
        if unread := unread_test_file(facts):
            yield Unchecked(module.path, unread)
            continue
        incidents = incidents_of(module, facts)
        which = "the incident that names it" if len(incidents) == 1 else "any of the incidents that name it"
        yield Hit(
            module.path,
            incidents[0].at("modules"),
            f"{module.path} was fixed {counted(len(module.fixes), 'time')} in 12 months, and no test guards against "
            f"{which}: {shortened(', '.join(one.id for one in incidents))}.",
            f"above the test that would have caught it, paste: {mark_of_incident(incidents[0].id, facts)}",
        )


RULE = Rule(
    "PRV502",
    "incident-prone-module-unguarded",
    "Where a module breaks repeatedly, a test guards against its incidents.",
    check,
)
