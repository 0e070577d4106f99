"""What a test run showed of the guards."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from pytest_prevention.model.link import Link, Links, prefixes
from pytest_prevention.model.place import Problem, Unavailable


class Outcome(StrEnum):
    """What became of one guard. The order is worst last among those that ran."""

    NOT_COLLECTED = "not collected"
    DESELECTED = "deselected"
    NOT_RUN = "not run"
    PASSED = "passed"
    FLAKY = "flaky"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    FAILED = "failed"
    ERROR = "error"
    CRASHED = "crashed"

    @property
    def ran(self) -> bool:
        return self not in (Outcome.NOT_COLLECTED, Outcome.DESELECTED, Outcome.NOT_RUN)

    @property
    def passing(self) -> bool:
        """Evidence: it ran and passed. A flaky pass is one too (and a finding of its own)."""
        return self in (Outcome.PASSED, Outcome.FLAKY)


_ORDER = {outcome: rank for rank, outcome in enumerate(Outcome)}


def worst(first: Outcome, second: Outcome) -> Outcome:
    """The worse of two; any outcome of a test that ran beats one that did not."""
    return max(first, second, key=_ORDER.__getitem__)


@dataclass(frozen=True, slots=True)
class Record:
    """The outcome of one guard (exact node id), the seconds of its call, a line of detail (a skip reason, say)."""

    nodeid: str
    outcome: Outcome
    seconds: float = 0.0
    detail: str = ""


Lines: TypeAlias = Mapping[str, frozenset[int]]
"""Line numbers from 1 by path from the root."""

NOT_MEASURED = Unavailable("no run measured what the guards execute", "run pytest --prevention", by_design=True)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One test run, or several shards of one combined.

    ``records`` holds, by node id, every guard that was collected, whatever became of it, and ``links`` what they were
    linked to at that time, with exact node ids; ``skipped`` are the files skipped as a whole, with the reason;
    ``problems`` are marks that only the run could see and that are no links. ``gaps`` says why the run did not look
    at everything (empty: it was complete): a selection by the user is a gap by design, an early ``pytest.exit()`` is
    not. ``executed`` tells by node id which lines of which source files (paths from the root) a guard executed, of the
    files that fixes touched; a guard that is not in it was not measured.
    """

    records: Mapping[str, Record] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Unavailable, ...] = ()
    commit: str = ""
    dirty: bool = False
    arguments: tuple[str, ...] = ()
    executed: Mapping[str, Lines] | Unavailable = NOT_MEASURED

    @property
    def complete(self) -> bool:
        return not self.gaps

    def of(self, prefix: str) -> tuple[Record, ...]:
        """The records of all tests that a node id covers (see :func:`covers`), in order of node id."""
        exact = [prefix] if prefix in self.records else []
        inside = self._beginning_with(prefix + "::") + self._beginning_with(prefix + "[")
        return tuple(self.records[nodeid] for nodeid in exact + inside)

    def _beginning_with(self, start: str) -> list[str]:
        after = start[:-1] + chr(ord(start[-1]) + 1)
        return self._sorted[bisect_left(self._sorted, start) : bisect_left(self._sorted, after)]

    @cached_property
    def _sorted(self) -> list[str]:
        """Sorted once: what a node id covers stands together."""
        return sorted(self.records)


def united(several: Iterable[Mapping[str, Lines]]) -> dict[str, Lines]:
    """What guards executed in several processes or runs, as one."""
    result: dict[str, dict[str, frozenset[int]]] = {}
    for one in several:
        for nodeid, files in one.items():
            known = result.setdefault(nodeid, {})
            known.update((path, known.get(path, frozenset()) | lines) for path, lines in files.items())
    return dict(sorted(result.items()))


def merged(declared: Links, run: Run) -> Links:
    """What the scan declares and what a run collected, as one.

    A collected link replaces the declared mark that covers it, and takes over what only the syntax tree knows: the
    place of the mark and whether the test asserts anything. A declared link that met nothing stays: a run may not
    have looked there. Of a malformed mark the scan says the place better, so the run speaks only of files in which
    the scan saw none.
    """
    marks = {(link.incident, link.nodeid, link.action): link for link in declared.links if link.origin == "mark"}
    result: set[Link] = set()
    met: set[Link] = set()
    for link in run.links:
        keys = ((link.incident, prefix, link.action) for prefix in prefixes(link.nodeid))
        source = next((marks[key] for key in keys if key in marks), None)
        if source is None:
            result.add(link)
        else:
            met.add(source)
            result.add(replace(link, origin="mark", location=source.location, asserts=source.asserts))
    result.update(link for link in declared.links if link not in met)
    told = {problem.location.path for problem in declared.problems if problem.kind == "mark-malformed"}
    more = [problem for problem in run.problems if problem.location.path not in told]
    return Links(tuple(sorted(result, key=_order)), (*declared.problems, *more), declared.unread)


def with_skipped(run: Run, links: Links) -> Run:
    """The same with a record for each linked test that was not collected because its file was skipped as a whole."""
    records = {
        link.nodeid: Record(link.nodeid, Outcome.SKIPPED, detail=run.skipped[prefix])
        for link in links.links
        if not run.of(link.nodeid)
        for prefix in prefixes(link.nodeid)
        if prefix in run.skipped
    }
    return replace(run, records={**run.records, **records}) if records else run


def _order(link: Link) -> tuple[str, str, int, str]:
    return link.incident, link.nodeid, link.action or 0, link.origin
