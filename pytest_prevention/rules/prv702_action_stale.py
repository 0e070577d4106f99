"""PRV702: what is not done within two weeks of the post-mortem needs somebody who decides about it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.days import anchor_day, day
from pytest_prevention.model import Facts, Hit, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, counted, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    known = available(facts.incidents).by_id()
    limit = policy.threshold("action_stale_days")
    for action in available(facts.backlog).actions:
        if not action.is_open:
            continue
        anchor = anchor_day(action, known, policy)
        incident = action.incident or "its incident"
        if anchor is None:
            yield hit_on(
                action,
                f"is open, and nothing says since when: {incident} has no record with a date.",
                f"write detected_at or postmortem_at into the record of {incident}",
            )
        elif (age := (day(facts.as_of, policy) - anchor).days) > limit:
            yield hit_on(
                action,
                f"is still open {counted(age, 'day')} after {incident} (from {anchor}); policy allows {limit:g}.",
                "bring it to the next review: finish it, or write into its Status cell: Dropped: the reason",
            )


RULE = Rule("PRV702", "action-stale", "No open action is older than thresholds.action_stale_days.", check)
