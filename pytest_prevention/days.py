"""Calendar days: whole days in the zone that policy names, never hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from pytest_prevention.model import Action, Commit, Facts, Incident
from pytest_prevention.policy import Policy


def zone(policy: Policy) -> tzinfo:
    """The zone of ``observation.timezone``; UTC where policy names none, and UTC without a data base of zones."""
    name = policy.tree["observation"].get("timezone")
    return ZoneInfo(name) if name not in (None, "UTC") else UTC


def day(moment: datetime, policy: Policy) -> date:
    return moment.astimezone(zone(policy)).date()


def midnight(on: date, policy: Policy) -> datetime:
    """The moment at which that day begins."""
    return datetime.combine(on, time(), zone(policy))


def commit_day(commit: Commit, policy: Policy) -> date:
    return day(datetime.fromtimestamp(commit.at, UTC), policy)


def anchor_day(action: Action, incidents: Mapping[str, Incident], policy: Policy) -> date | None:
    """The day from which an action's time counts; None where its incident is unknown or has no stamp."""
    incident = incidents.get(action.incident)
    return day(incident.anchor, policy) if incident and incident.anchor else None


def is_overdue(action: Action, facts: Facts, policy: Policy) -> bool:
    """Open, and the due day is over."""
    return action.is_open and action.due is not None and action.due < day(facts.as_of, policy)
