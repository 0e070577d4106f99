"""The tests that guard incidents, as the rules look at them: by mark, and by what a run showed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pytest_prevention.ladder import records_of, tests_wanted
from pytest_prevention.model import Backlog, Facts, Hit, Incident, Link, Location, Priority, Record, available
from pytest_prevention.phrases import counted, titled

Urgencies: TypeAlias = Mapping[tuple[str, int | None], Priority]


@dataclass(frozen=True, slots=True)
class Mark:
    """One incident named by one mark, with every test it stands on: a mark on a class is one mistake, not fifty."""

    incident: str
    action: int | None
    location: Location
    nodeids: tuple[str, ...]

    def hit(self, fact: str, next_step: str, priority: Priority | None = None) -> Hit:
        """``fact`` goes on after *the mark on …*."""
        more = f" and {counted(len(self.nodeids) - 1, 'more test')}" if len(self.nodeids) > 1 else ""
        return Hit(self.nodeids[0], self.location, f"The mark on {self.nodeids[0]}{more} {fact}", next_step, priority)


def marks(facts: Facts) -> Iterator[Mark]:
    """Every mark once. What an Evidence cell names is no mark: the row itself is judged."""
    tests: dict[tuple[Location, str, int | None], set[str]] = defaultdict(set)
    for link in available(facts.links).links:
        if link.origin != "evidence":
            tests[link.location, link.incident, link.action].add(link.nodeid)
    for (location, incident, action), nodeids in tests.items():
        yield Mark(incident, action, location, tuple(sorted(nodeids)))


@dataclass(frozen=True, slots=True)
class Guard:
    """One test that is linked to known incidents, with what the run showed of it.

    ``priority`` is that of the most urgent Test action that it stands for; None where it stands for no action.
    """

    record: Record
    location: Location
    incidents: tuple[Incident, ...]
    priority: Priority | None

    def __str__(self) -> str:
        return f"The guard of {' and '.join(titled(incident) for incident in self.incidents)}"


def guards(facts: Facts) -> Iterator[Guard]:
    """Every guard once, however many links it has."""
    run = available(facts.run)
    known = available(facts.incidents).by_id()
    urgency = urgencies(available(facts.backlog))
    records: dict[str, Record] = {}
    links: dict[str, list[Link]] = defaultdict(list)
    for link in available(facts.links).links:
        if link.incident in known:
            for record in records_of(link, run):
                records[record.nodeid] = record
                links[record.nodeid].append(link)
    for nodeid, record in records.items():
        yield Guard(
            record,
            min(link.location for link in links[nodeid]),
            tuple(known[incident] for incident in sorted({link.incident for link in links[nodeid]})),
            most_urgent(links[nodeid], urgency),
        )


def urgencies(backlog: Backlog) -> Urgencies:
    """The most urgent priority of the Test actions that a link can mean, by incident and the row number it names."""
    urgency: dict[tuple[str, int | None], Priority] = {}
    for incident in {action.incident for action in backlog.actions}:
        for action in tests_wanted(backlog, incident):
            for key in {(incident, None), (incident, action.number)}:
                urgency[key] = min(urgency.get(key, action.judged_priority), action.judged_priority)
    return urgency


def most_urgent(links: Iterable[Link], urgency: Urgencies) -> Priority | None:
    """The most urgent priority of the actions that these links stand for."""
    keys = [(link.incident, link.action) for link in links]
    return min((urgency[key] for key in keys if key in urgency), default=None)


def function_of(nodeid: str) -> str:
    """The node id without parameters: all cases of a test are one function."""
    return nodeid.partition("[")[0]
