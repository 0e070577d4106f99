"""The rules: one small module each, and one explicit table."""

from pytest_prevention.rules import prv201_test_action_unlinked
from pytest_prevention.rules.base import Rule

ALL_RULES: tuple[Rule, ...] = (prv201_test_action_unlinked.RULE,)

__all__ = ["ALL_RULES", "Rule"]
