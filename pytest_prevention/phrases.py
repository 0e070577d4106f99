"""The few phrases that findings and reports share."""

from __future__ import annotations

from pytest_prevention.model import Action, Incident

LONGEST_QUOTE = 80
"""Characters of somebody's text that a finding repeats."""


def is_over(incident: Incident) -> bool:
    """Whether its post-mortem and its actions can be asked for; a status that cannot be read counts as over."""
    return incident.status not in ("active", "mitigated")


def named(action: Action) -> str:
    """An action at the start of a sentence: ``P1 Test action "Add test for empty body" (Todo)``."""
    kind = f"{action.judged_priority} {action.category or ''}".rstrip()
    return f'{kind} action "{shortened(action.text)}" ({action.status or "no status"})'


def titled(incident: Incident) -> str:
    """An incident as it stands in a sentence: ``INC-001 "Empty order body returned 500" (SEV2)``."""
    title = f' "{shortened(incident.title)}"' if incident.title else ""
    return f"{incident.id}{title} ({incident.severity or 'no severity'})"


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 day``, ``2 days``; a plural that is not made with an s is given: ``2 fixes``."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"


def shortened(text: str) -> str:
    """Text of any length as a finding can quote it."""
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
