"""PRV104: an action of an incident that has no record belongs to nothing; mostly the id is mistyped."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on
from pytest_prevention.rules.spelling import speller


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    known = available(facts.incidents).by_id()
    suggest = speller(known)
    for action in available(facts.backlog).actions:
        if action.incident in known:
            continue
        if not action.incident:
            yield hit_on(action, "names no incident.", "write the id of its incident into the Incident cell")
            continue
        meant = suggest(action.incident)
        yield hit_on(
            action,
            f"names {action.incident}, and no record has that id.",
            f"did you mean {meant}? Write that into the Incident cell"
            if meant
            else f"write its record, incidents/{action.incident}.md (prevention explain PRV105 shows one)",
        )


RULE = Rule("PRV104", "action-of-unknown-incident", "Every action names an incident that has a record.", check)
