"""PRV010: with half of its history missing, a module that breaks every month looks sound."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Location, ShortHistory, Unchecked, available
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule

WHERE = Location(".git")


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    history, window = facts.history, policy.tree["history"]["window_days"]
    if isinstance(history, ShortHistory):
        yield Hit(
            "git history",
            WHERE,
            f"This is a shallow clone: its history reaches back {counted(history.days, 'day')}, and it takes {window} "
            "to tell which modules break repeatedly.",
            history.remedy,
        )
    else:
        available(history)


RULE = Rule("PRV010", "history-insufficient", "The git history here covers history.window_days.", check)
