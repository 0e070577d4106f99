"""PRV201: a Test action without a linked test is a promise, not a prevention."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.days import is_overdue
from pytest_prevention.ladder import is_linked, mark_to_paste, unread_test_file
from pytest_prevention.model import Action, Category, Facts, Hit, Status, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    unread = unread_test_file(facts)
    patient = policy.rule(RULE.code).grace == "until-due"
    for action in available(facts.backlog).actions:
        if not _wants_test(action) or is_linked(action, facts) or (patient and _has_time(action, facts, policy)):
            continue
        if unread:
            yield Unchecked(action.key, unread)
            continue
        yield hit_on(
            action,
            "has no linked test.",
            f"above the test that would have caught it, paste: {mark_to_paste(action, facts)}",
        )


def _wants_test(action: Action) -> bool:
    """A row whose category cannot be read may be a Test action: a slip of the pen must not open the gate."""
    return action.category in (Category.TEST, None) and action.status is not Status.DROPPED


def _has_time(action: Action, facts: Facts, policy: Policy) -> bool:
    return action.is_open and action.due is not None and not is_overdue(action, facts, policy)


RULE = Rule("PRV201", "test-action-unlinked", "A Test action has at least one linked test.", check)
