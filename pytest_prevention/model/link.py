"""A link: this test guards against that incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_prevention.model.place import Location, Problem

Origin = Literal["mark", "dynamic", "evidence"]


def covers(prefix: str, nodeid: str) -> bool:
    """Whether a link's node id means this test: the same, its parameters, or something inside its class or file."""
    return nodeid == prefix or (nodeid.startswith(prefix) and nodeid[len(prefix) :].startswith(("[", "::")))


@dataclass(frozen=True, slots=True, order=True)
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


@dataclass(frozen=True, slots=True)
class Links:
    """All links known, from collection and from the static scan, and the marks that are none."""

    links: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()

    def of(self, incident: str) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.incident == incident)
