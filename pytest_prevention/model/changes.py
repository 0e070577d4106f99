"""When the running system was changed: by deploys, or by changes of its data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """Moments of change, aware, in UTC and in order, each once. ``source`` says where they were found.

    ``since``: what happened before was not read; None: nothing was left out.
    """

    at: tuple[datetime, ...]
    source: str
    since: datetime | None = None
