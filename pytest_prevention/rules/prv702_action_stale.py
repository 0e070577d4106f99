"""PRV702: what is not done within two weeks of the post-mortem needs somebody who decides about it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.days import anchor_day, day
from pytest_prevention.model import Facts, Hit, Unavailable, Unchecked, available
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, hit_on


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    known = available(facts.incidents).by_id()
    limit = policy.threshold("action_stale_days")
    for action in available(facts.backlog).actions:
        if not action.is_open:
            continue
        anchor = anchor_day(action, known, policy)
        if anchor is None:
            yield Unchecked(action.key, _undated(action.incident))
        elif (age := (day(facts.as_of, policy) - anchor).days) > limit:
            yield hit_on(
                action,
                f"is still open {counted(age, 'day')} after {action.incident} ({anchor}); policy allows {limit:g}.",
                "finish it, or bring it to the next review and write into its Status cell: Dropped: the reason",
            )


def _undated(incident: str) -> Unavailable:
    """One mistake, one finding: PRV104 reports an incident without a record, PRV105 a record without a date."""
    return Unavailable(f"no record says when {incident or 'its incident'} was", "see PRV104 and PRV105", by_design=True)


RULE = Rule("PRV702", "action-stale", "No open action is older than thresholds.action_stale_days.", check)
