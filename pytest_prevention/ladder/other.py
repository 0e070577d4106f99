"""The ladder of actions whose category cannot be read: nothing here can say what would show them."""

from __future__ import annotations

from pytest_prevention.model import Action, Facts, Rung, Standing
from pytest_prevention.policy import Policy


def standing_of_other(action: Action, facts: Facts, policy: Policy) -> Standing:
    cell = "holds nothing of that kind" if action.evidence else "is empty"
    step = "name what shows it in the row's Evidence cell: alert:…"
    return Standing(action.key, Rung.CLAIMED, f"the Evidence cell {cell}", step)
