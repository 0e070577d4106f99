"""PRV703: memory fades within days; a post-mortem of a severe incident that comes late is written from guesses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pytest_prevention.model import Facts, Hit, Incident, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, is_over, titled


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    hours = policy.threshold("postmortem_hours")
    severe = {*policy.tree["postmortem_severities"], None}  # who leaves the severity out does not get more time
    for incident in available(facts.incidents).records:
        if incident.severity in severe and is_over(incident):
            yield from _judge(incident, hours, facts.as_of)


def _judge(incident: Incident, hours: float, now: datetime) -> Iterator[Hit | Unchecked]:
    end, written = incident.ended_at, incident.postmortem_at
    place = incident.at("postmortem_at")
    if end is None:
        yield Hit(
            incident.id,
            place,
            f"{titled(incident)} is over, and no stamp says since when.",
            f"write into {incident.location.path} when it was over, as in resolved_at: {now:%Y-%m-%dT%H:%M:%SZ}",
        )
    elif (written or now) - end > timedelta(hours=hours):
        late = ((written or now) - end) / timedelta(hours=1)
        yield Hit(
            incident.id,
            place,
            f"{titled(incident)} ended at {end:%Y-%m-%d %H:%M} UTC, and its post-mortem "
            + (f"came {late:.1f} hours later" if written else f"is still missing {late:.1f} hours later")
            + f"; policy allows {hours:g}.",
            "correct postmortem_at if the date is wrong; else let the next review ask what held it up"
            if written
            else f"write it, then its date into {incident.location.path}: postmortem_at: {now:%Y-%m-%d}",
        )


RULE = Rule(
    "PRV703",
    "postmortem-late",
    "The post-mortem of a severe incident is written within thresholds.postmortem_hours of its end.",
    check,
)
