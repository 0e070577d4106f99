"""Monitor actions that are Done with the alert rules behind them, as the rules on alerts look at them."""

from __future__ import annotations

from pytest_prevention.ladder.monitor import linked_rules, unseen
from pytest_prevention.model import Action, AlertRule, Category, Facts, Unchecked
from pytest_prevention.rules.done import done


def monitored(facts: Facts) -> tuple[list[tuple[Action, tuple[AlertRule, ...]]], list[Unchecked]]:
    """Each action with its alert rules, of which there may be none; and the actions of which nobody can tell."""
    seen: list[tuple[Action, tuple[AlertRule, ...]]] = []
    gaps: list[Unchecked] = []
    for action in done(Category.MONITOR, facts):
        rules = linked_rules(action, facts.alerts)
        gap = None if rules else unseen(action, facts.alerts)
        if gap:
            gaps.append(Unchecked(action.key, gap))
        else:
            seen.append((action, rules))
    return seen, gaps
