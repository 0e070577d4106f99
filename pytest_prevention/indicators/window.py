"""The time that indicators and patterns look at, and the incidents that began in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pytest_prevention.days import anchor_day, day, midnight
from pytest_prevention.model import Action, Facts, Incident, available
from pytest_prevention.policy import Policy

OUTSIDE = "observation.compare_at lies outside the observed time"

Origin = Literal["asked for", "policy", "first incident"]


def observed_from(facts: Facts, policy: Policy) -> tuple[date | None, Origin | None]:
    """Since when incidents are observed: who asks says, else policy, else the first of the month of the first one."""
    if facts.since:
        return facts.since, "asked for"
    told = policy.tree["observation"].get("from")
    if told:
        return date.fromisoformat(told), "policy"
    began = [one.began_at for one in available(facts.incidents).records if one.began_at and one.began_at < facts.as_of]
    return (day(min(began), policy).replace(day=1), "first incident") if began else (None, None)


def is_earlier(began: datetime | None, facts: Facts, policy: Policy) -> bool:
    """Whether an incident that began then is older than what was asked for; nobody knows it of one without a date."""
    return facts.since is not None and began is not None and day(began, policy) < facts.since


def is_earlier_action(action: Action, incidents: dict[str, Incident], facts: Facts, policy: Policy) -> bool:
    """The same of an action, which begins on the day of its incident's anchor."""
    anchor = anchor_day(action, incidents, policy)
    return facts.since is not None and anchor is not None and anchor < facts.since


def observed(facts: Facts, policy: Policy) -> list[Incident]:
    """The incidents that began between then and as-of, in order of their start; MissingSource without incidents."""
    first, _ = observed_from(facts, policy)
    start = midnight(first, policy) if first else facts.as_of
    incidents = available(facts.incidents).by_id().values()
    found = [(one.began_at, one.id, one) for one in incidents if one.began_at and start <= one.began_at < facts.as_of]
    return [one for *_, one in sorted(found, key=lambda each: each[:2])]


def split(start: datetime, end: datetime, policy: Policy) -> datetime | None:
    """Where the two periods meet that are compared: where policy says, else in the middle. None: not between them."""
    told = policy.tree["observation"].get("compare_at")
    at = midnight(date.fromisoformat(told), policy) if told else start + (end - start) / 2
    return at if start < at < end else None
