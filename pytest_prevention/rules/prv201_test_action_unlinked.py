"""PRV201: a Test action without a linked test is a promise, not a prevention."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.ladder import links_of, mark_to_paste
from pytest_prevention.model import Category, Facts, Hit, Status, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    setting = policy.rule(RULE.code)
    for action in available(facts.backlog).actions:
        if action.category is not Category.TEST or action.status is Status.DROPPED or links_of(action, facts):
            continue
        if (
            setting.grace == "until-due"
            and action.is_open
            and action.due is not None
            and facts.as_of.date() <= action.due
        ):
            continue
        yield Hit(
            action.key,
            action.location,
            f'{action.judged_priority} Test action "{action.text}" ({action.status or "no status"}) has no linked test.',
            f"above the test that would have caught it, paste: {mark_to_paste(action)}",
            action.judged_priority,
        )


RULE = Rule("PRV201", "test-action-unlinked", "A Test action has at least one linked test.", check)
