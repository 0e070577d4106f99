"""PRV703: memory fades within days; a post-mortem of a severe incident that comes late is written from guesses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pytest_prevention.model import Facts, Hit, Incident, Unavailable, Unchecked, available
from pytest_prevention.phrases import is_over, titled
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule

# One mistake, one finding: PRV105 reports a record that does not say when the incident ended.
NO_END = Unavailable("the record does not say when the incident ended", "see PRV105", by_design=True)
NO_FRONT_MATTER = Unavailable(
    "the file is the post-mortem itself, and without front matter it does not say when it was written",
    "begin the file with front matter that has postmortem_at (prevention explain PRV105 shows one)",
    by_design=True,
)


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    hours = policy.threshold("postmortem_hours")
    severe = {*policy.tree["postmortem_severities"], None}  # who leaves the severity out does not get more time
    for incident in available(facts.incidents).records:
        if incident.severity in severe and is_over(incident):
            yield from _judge(incident, hours, facts.as_of)


def _judge(incident: Incident, hours: float, now: datetime) -> Iterator[Hit | Unchecked]:
    end, written = incident.ended_at, incident.postmortem_at
    if end is None:
        yield Unchecked(incident.id, NO_END)
    elif written is None and incident.is_postmortem:
        yield Unchecked(incident.id, NO_FRONT_MATTER)
    elif (late := (written or now) - end) > timedelta(hours=hours):
        yield Hit(
            incident.id,
            incident.at("postmortem_at"),
            f"{titled(incident)} ended at {end:%Y-%m-%d %H:%M} UTC, and its post-mortem "
            f"{'came' if written else 'is still missing'} {late / timedelta(hours=1):.1f} hours later; "
            f"policy allows {hours:g}.",
            "correct postmortem_at if the date is wrong; else let the next review ask what held it up"
            if written
            else f"write it, then its date into {incident.location.path}: postmortem_at: {now:%Y-%m-%d}",
        )


RULE = Rule(
    "PRV703",
    "postmortem-late",
    "A severe incident has its post-mortem within thresholds.postmortem_hours.",
    check,
)
