"""The ladder of actions whose evidence nothing here examines: what the Evidence cell names."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_prevention.model import Action, Category, Facts, Rung, Standing
from pytest_prevention.model.backlog import EvidenceKind
from pytest_prevention.policy import Policy

EVIDENCE_OF: Mapping[Category | None, EvidenceKind] = {
    Category.MONITOR: "alert",
    Category.CODE: "commit",
    Category.PROCESS: "file",
}
"""The kind of Evidence entry that links an action of each other category."""


def standing_of_other(action: Action, facts: Facts, policy: Policy) -> Standing:
    kind = EVIDENCE_OF.get(action.category)
    named = [entry.value for entry in action.evidence if entry.kind == kind]
    if named:
        return Standing(action.key, Rung.LINKED, f"Evidence names {', '.join(named)}")
    cell = "holds nothing of that kind" if action.evidence else "is empty"
    return Standing(
        action.key,
        Rung.CLAIMED,
        f"the Evidence cell {cell}",
        f"name what shows it in the row's Evidence cell: {kind or 'alert'}:…",
    )
