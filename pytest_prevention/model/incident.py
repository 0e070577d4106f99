"""An incident: one file, its front matter and what we take from the post-mortem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from pytest_prevention.model.backlog import Action
from pytest_prevention.model.place import Location, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident. Stamps are aware datetimes in UTC; a bare date is its midnight.

    ``severity`` is SEV1–SEV4 and ``status`` active, mitigated, resolved or closed, or None where the record does not
    say so validly (the problem is then in :attr:`Incidents.problems`). ``modules`` are path globs from the root.
    """

    id: str
    title: str
    location: Location
    severity: str | None = None
    status: str | None = None
    started_at: datetime | None = None
    detected_at: datetime | None = None
    mitigated_at: datetime | None = None
    fixed_at: datetime | None = None
    resolved_at: datetime | None = None
    postmortem_at: datetime | None = None
    detected_by: str | None = None
    trigger: str | None = None
    cause: str | None = None
    error_type: str | None = None
    introduced_by: str | None = None
    deploy: str | None = None
    repeat_of: str | None = None
    no_action_reason: str | None = None
    prove_never: str | None = None
    """Why its fix must not be taken back, not even for a proof; None: it may."""
    modules: tuple[str, ...] = ()
    contributing: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    fix_commits: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    summary: str = ""
    """What users saw: the first paragraph of the post-mortem's Summary (else Impact) section."""
    is_postmortem: bool = False
    """Whether the file is a filled-in post-mortem template, without front matter."""
    listed_actions: tuple[Action, ...] = ()
    """Rows of an action table inside the incident's own file; they count only once they stand in the backlog."""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Front matter key → line, for findings."""

    @property
    def began_at(self) -> datetime | None:
        """When it began, as far as that is known: else when it was detected."""
        return self.started_at or self.detected_at

    @property
    def anchor(self) -> datetime | None:
        """The time from which its actions are counted: the post-mortem, else the last thing known."""
        return self.postmortem_at or self.resolved_at or self.fixed_at or self.mitigated_at or self.detected_at

    @property
    def ended_at(self) -> datetime | None:
        """When it was over: resolved, else fixed, else mitigated."""
        return self.resolved_at or self.fixed_at or self.mitigated_at

    def at(self, key: str) -> Location:
        """The place of one front matter key, else of the record."""
        return Location(self.location.path, self.lines[key]) if key in self.lines else self.location


@dataclass(frozen=True)
class Incidents:
    """All incident records in order of id, and what is wrong with them."""

    records: tuple[Incident, ...] = ()
    problems: tuple[Problem, ...] = ()

    def by_id(self) -> Mapping[str, Incident]:
        return self._by_id

    @cached_property
    def _by_id(self) -> dict[str, Incident]:
        """Made once, so that asking for the incident of every action in turn stays linear."""
        return {incident.id: incident for incident in reversed(self.records)}
