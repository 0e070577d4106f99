"""A link: this test guards against that incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pytest_prevention.model.place import Location, Problem

Origin = Literal["mark", "dynamic", "evidence"]


def covers(prefix: str, nodeid: str) -> bool:
    """Whether a link's node id means this test: the same, its parameters, or something inside its class or file."""
    return nodeid == prefix or (nodeid.startswith(prefix) and nodeid[len(prefix) :].startswith(("[", "::")))


def prefixes(nodeid: str) -> Iterator[str]:
    """Every prefix that :func:`covers` this node id, the id itself first."""
    yield nodeid
    for cut in range(len(nodeid) - 1, 0, -1):
        if nodeid.startswith(("[", "::"), cut):
            yield nodeid[:cut]


@dataclass(frozen=True, slots=True)
class Link:
    """One test linked to one incident.

    ``nodeid`` is exact where the test was collected; from a scan or from an Evidence cell it is a prefix without
    parameters (see :func:`covers`). ``action`` is the row number where the link names one. ``asserts`` says whether the
    test's syntax tree holds any assertion (None: not looked at).
    """

    incident: str
    nodeid: str
    location: Location
    origin: Origin = "mark"
    action: int | None = None
    asserts: bool | None = None


@dataclass(frozen=True)
class Links:
    """All links known, from collection and from the static scan, and the marks that are none."""

    links: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = ()
    """Test files that could not be parsed: what they link is unknown, not missing."""

    def of(self, incident: str) -> tuple[Link, ...]:
        return self._by_incident.get(incident, ())

    def between(self, incident: str, guard: str) -> tuple[Link, ...]:
        """The links that make a node id, or the beginning of several, a guard of an incident."""
        return tuple(link for link in self.of(incident) if covers(guard, link.nodeid) or covers(link.nodeid, guard))

    @cached_property
    def _by_incident(self) -> dict[str, tuple[Link, ...]]:
        """Grouped once, so that asking for every action in turn stays linear."""
        groups: dict[str, list[Link]] = defaultdict(list)
        for link in self.links:
            groups[link.incident].append(link)
        return {incident: tuple(links) for incident, links in groups.items()}
