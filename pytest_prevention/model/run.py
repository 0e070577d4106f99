"""What a test run showed of the guards."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from pytest_prevention.model.link import Link
from pytest_prevention.model.place import Problem, Unavailable


class Outcome(StrEnum):
    """What became of one guard. The order is worst last among those that ran."""

    NOT_COLLECTED = "not collected"
    DESELECTED = "deselected"
    NOT_RUN = "not run"
    PASSED = "passed"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    FLAKY = "flaky"
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
    """The outcome of one guard (exact node id), with the seconds it took and a line of detail (a skip reason, say)."""

    nodeid: str
    outcome: Outcome
    seconds: float = 0.0
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One test run, or several shards of one combined.

    ``records`` holds, by node id, every guard that was collected, whatever became of it, and ``links`` what they were linked to
    at that time, with exact node ids; ``problems`` are marks that only the run could see and that are no links. ``gaps`` says why the run did not look at
    everything (empty: it was complete): a selection by the user is a gap by design, an early ``pytest.exit()`` is not.
    """

    records: Mapping[str, Record] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()
    gaps: tuple[Unavailable, ...] = ()
    commit: str = ""
    dirty: bool = False
    arguments: tuple[str, ...] = ()

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
