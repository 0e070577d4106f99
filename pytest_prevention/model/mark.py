"""The shape of the marker: the one place that says which arguments make a link."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

INCIDENT_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+")


class MarkError(ValueError):
    """These arguments are no link; the message continues "the incident mark …"."""


def read_mark(args: Sequence[object], kwargs: Mapping[str, object]) -> tuple[tuple[str, ...], int | None]:
    """The incident ids and the action number of one use of ``@pytest.mark.incident``."""
    if not args:
        raise MarkError("names no incident")
    for arg in args:
        if not isinstance(arg, str):
            raise MarkError(f"takes ids as strings, not {type(arg).__name__}")
        if not INCIDENT_ID.fullmatch(arg):
            raise MarkError(f"has {arg!r}, which is no incident id" + _meant(arg))
    unknown = sorted(set(kwargs) - {"action"})
    if unknown:
        raise MarkError(f"knows no argument {unknown[0]!r}, only action=")
    action = kwargs.get("action")
    if action is not None and (not isinstance(action, int) or isinstance(action, bool) or action < 1):
        raise MarkError(f"takes action= as the number of a backlog row, not {action!r}")
    ids = tuple(dict.fromkeys(str.__str__(arg) for arg in args if isinstance(arg, str)))
    return ids, int(action) if isinstance(action, int) else None


def _meant(text: str) -> str:
    guess = text.strip().upper()
    return f"; did you mean {guess!r}?" if guess != text and INCIDENT_ID.fullmatch(guess) else ""
