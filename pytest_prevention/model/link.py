"""A link: this test guards against that incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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

    def of(self, incident: str) -> tuple[Link, ...]:
        return self._by_incident.get(incident, ())

    @cached_property
    def _by_incident(self) -> dict[str, tuple[Link, ...]]:
        """Grouped once, so that asking for every action in turn stays linear."""
        groups: dict[str, list[Link]] = defaultdict(list)
        for link in self.links:
            groups[link.incident].append(link)
        return {incident: tuple(links) for incident, links in groups.items()}


def merged(declared: Links, collected: Iterable[Link]) -> Links:
    """What the scan declares and what a run collected, as one.

    A collected link replaces the declared mark that covers it, and takes over what only the syntax tree knows: the place of
    the mark and whether the test asserts anything. A declared link that met nothing stays: a run may not have looked there.
    """
    marks = {(link.incident, link.nodeid, link.action): link for link in declared.links if link.origin == "mark"}
    result: set[Link] = set()
    met: set[Link] = set()
    for link in collected:
        keys = ((link.incident, prefix, link.action) for prefix in prefixes(link.nodeid))
        source = next((marks[key] for key in keys if key in marks), None)
        if source is None:
            result.add(link)
        else:
            met.add(source)
            result.add(replace(link, origin="mark", location=source.location, asserts=source.asserts))
    result.update(link for link in declared.links if link not in met)
    return Links(tuple(sorted(result, key=_order)), declared.problems)


def _order(link: Link) -> tuple[str, str, int, str]:
    return link.incident, link.nodeid, link.action or 0, link.origin
