"""The time that indicators and patterns look at, and the incidents that began in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

from pytest_prevention.days import anchor_day, day, midnight, zone
from pytest_prevention.model import Action, Facts, Incident, Status, available
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


def is_earlier_action(action: Action, incidents: Mapping[str, Incident], facts: Facts, policy: Policy) -> bool:
    """The same of an action, which begins on the day of its incident's anchor."""
    anchor = anchor_day(action, incidents, policy)
    return facts.since is not None and anchor is not None and anchor < facts.since


@dataclass(frozen=True, slots=True)
class Then:
    """The ``actions`` as they stood at as-of, in the order of the backlog; what a later day brought is named.

    ``done_later``: they were Done on a later day, and open until then. ``not_there``: their incident began at as-of or
    after it.
    """

    actions: Sequence[Action]
    done_later: tuple[str, ...]
    not_there: tuple[str, ...]


def actions_then(facts: Facts, policy: Policy) -> Then:
    """MissingSource without a backlog or incidents."""
    incidents, today = available(facts.incidents).by_id(), day(facts.as_of, policy)
    later = {id_ for id_, one in incidents.items() if one.began_at and one.began_at >= facts.as_of}
    stood: list[Action] = []
    done_later: list[str] = []
    not_there: list[str] = []
    for action in available(facts.backlog).actions:
        if action.incident in later:
            not_there.append(action.key)
        elif action.status is Status.DONE and action.done and action.done > today:
            done_later.append(action.key)
            stood.append(replace(action, status=None, done=None))
        else:
            stood.append(action)
    return Then(stood, tuple(done_later), tuple(not_there))


def observed(facts: Facts, policy: Policy) -> list[Incident]:
    """The incidents that began between then and as-of, in order of their start; MissingSource without incidents."""
    first, _ = observed_from(facts, policy)
    start = midnight(first, policy) if first else facts.as_of
    incidents = available(facts.incidents).by_id().values()
    found = [(one.began_at, one.id, one) for one in incidents if one.began_at and start <= one.began_at < facts.as_of]
    return [one for *_, one in sorted(found, key=lambda each: each[:2])]


def split(start: datetime, end: datetime, policy: Policy) -> datetime | None:
    """Where the two periods meet that are compared: where policy says, else in the middle. None: not between them."""
    told, since = policy.tree["observation"].get("compare_at"), start.astimezone(UTC)  # whose days have 24 hours all
    at = midnight(date.fromisoformat(told), policy) if told else (since + (end - since) / 2).astimezone(zone(policy))
    return at if start < at < end else None
