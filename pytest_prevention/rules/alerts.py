"""Monitor actions that are Done with the alert rules behind them, as the rules on alerts look at them."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder.monitor import linked_rules, unseen
from pytest_prevention.model import Action, AlertRule, Category, Facts, Unchecked
from pytest_prevention.rules.done import done


def monitored(facts: Facts) -> Iterator[tuple[Action, tuple[AlertRule, ...]] | Unchecked]:
    """Each action with its alert rules, of which there may be none; or why nobody can tell."""
    for action in done(Category.MONITOR, facts):
        rules = linked_rules(action, facts.alerts)
        gap = None if rules else unseen(action, facts.alerts)
        yield Unchecked(action.key, gap) if gap else (action, rules)
