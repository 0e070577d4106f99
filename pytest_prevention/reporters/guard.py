"""What a failing test guards: the paragraph in its failure section."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill

from pytest_prevention.model import Action, Incident
from pytest_prevention.reporters.safe import safe


def guard_text(incident: str, record: Incident | None, actions: Iterable[Action]) -> str:
    """What is known of one incident: id, severity, date, title, what users saw, the actions tested, the file."""
    if record is None:
        return f"{safe(incident)}: there is no record of it in incidents/"
    day = f", {record.detected_at.date()}" if record.detected_at else ""
    lines = [f"{safe(record.id)} ({record.severity or 'no severity'}{day}): {safe(record.title)}"]
    if record.summary:
        lines.append(fill(safe(record.summary), 78, initial_indent="  users saw: ", subsequent_indent="    "))
    lines += [
        f"  action {safe(action.key)} ({action.status or 'no status'}): {safe(action.text)}" for action in actions
    ]
    lines.append(f"  record: {safe(str(record.location))}")
    return "\n".join(lines)
