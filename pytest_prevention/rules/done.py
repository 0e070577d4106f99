"""Actions that are Done, as the rules on their evidence look at them."""

from __future__ import annotations

from pytest_prevention.model import Action, Category, Facts, Status, available


def done(category: Category, facts: Facts) -> list[Action]:
    """The actions of a category that somebody called Done: before that there is nothing to show."""
    actions = available(facts.backlog).actions
    return [action for action in actions if action.category is category and action.status is Status.DONE]
