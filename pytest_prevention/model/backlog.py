"""An action: one row of the prevention backlog."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from pytest_prevention.model.place import Location, Problem
from pytest_prevention.model.words import Category, Priority, Status

EvidenceKind = Literal["test", "alert", "commit", "pull", "file", "url", "text"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry of an Evidence cell: ``tests/test_orders.py::test_empty``, ``alert:NAME``, …, or free text.

    ``pull`` is a pull request by its number, ``#123``.
    """

    kind: EvidenceKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action. A field is None where its cell is empty, or unreadable (and a problem in :attr:`Backlog.problems`).

    ``key`` is unique in the backlog: ``INC-001#2`` (incident, row number).
    """

    key: str
    incident: str
    number: int | None
    text: str
    location: Location
    category: Category | None = None
    priority: Priority | None = None
    status: Status | None = None
    due: date | None = None
    done: date | None = None
    owner: str = ""
    reason: str = ""
    """Why it was dropped: what stands behind the word in the Status cell, or a Reason or Notes cell."""
    verified: bool | None = None
    evidence: tuple[Evidence, ...] = ()
    has_owner_column: bool = False
    """Nobody misses an owner in a table without an Owner column."""

    @property
    def judged_priority(self) -> Priority:
        """The priority that policies apply: P2 for a row whose priority nobody wrote down."""
        return self.priority or Priority.P2

    def names(self, *kinds: EvidenceKind) -> tuple[str, ...]:
        """What its Evidence cell names of these kinds, in order."""
        return tuple(entry.value for entry in self.evidence if entry.kind in kinds)

    @property
    def is_open(self) -> bool:
        """Neither Done nor Dropped; a status that cannot be read counts as open."""
        return self.status is None or self.status.is_open


@dataclass(frozen=True)
class Backlog:
    """All actions in the order of the file, and what is wrong with it. Every row counts, malformed ones too."""

    actions: tuple[Action, ...] = ()
    problems: tuple[Problem, ...] = ()
    path: str = "incidents/prevention-backlog.md"
    columns: tuple[str, ...] = ("#", "Incident", "Action", "Category", "Priority", "Status", "Due", "Done")
    """Those of the table that a new row belongs to, by our headers; empty where a column is none of ours."""

    def of(self, incident: str) -> tuple[Action, ...]:
        return self._by_incident.get(incident, ())

    @cached_property
    def _by_incident(self) -> dict[str, tuple[Action, ...]]:
        """Grouped once, so that asking for every incident in turn stays linear; each group in the order of the file."""
        groups: dict[str, list[Action]] = defaultdict(list)
        for action in sorted(self.actions, key=lambda action: action.location):
            groups[action.incident].append(action)
        return {incident: tuple(actions) for incident, actions in groups.items()}
