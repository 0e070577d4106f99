"""What a proof says: does the guard fail without the fix, and pass with it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pytest_prevention.model.link import covers
from pytest_prevention.model.place import Location
from pytest_prevention.model.run import Lines

Phase = Literal["collect", "setup", "call", "teardown"]
Method = Literal["at-the-fix", "strict-reverse", "merge-reverse", "function-wise", "old-tree", "old-tree-stubs"]
End = Literal["finished", "timeout", "crashed", "usage"]


class Answer(StrEnum):
    """The verdict on one guard of one incident."""

    PROVEN = "proven"
    WEAK = "proven-weak"
    NOT_PROVEN = "not-proven"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Proof:
    """One guard held against one incident's fix.

    ``method`` is the technique that spoke (empty: none could); ``grade`` how the guard failed without the fix
    (``assertion``, ``exception``, ``timeout``, ``api-absent``, ``fixture``); ``reason`` why it is not proven;
    ``excerpt`` the first lines of the red.
    """

    incident: str
    guard: str
    answer: Answer
    method: Method | Literal[""] = ""
    grade: str = ""
    reason: str = ""
    seconds: float = 0.0
    excerpt: str = ""
    carried_from: str = ""
    """When it was made (RFC 3339), where a receipt of an earlier proof speaks; empty: it was made just now."""
    receipt: Proof | None = None
    """What the receipt claimed that this proof was made to check."""

    @property
    def contradicts(self) -> bool:
        """Whether the receipt that was checked says something else. Another technique may see another red."""
        claim = self.receipt
        if claim is None or self.answer is Answer.INCONCLUSIVE:
            return False
        return claim.answer is not self.answer or (claim.method == self.method and claim.grade != self.grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A proof as ``incidents/proofs.json`` keeps it, with what it was made of.

    ``test`` is the guard's fingerprint (empty: it was not there), ``fix`` the full ids of all commits that the incident
    named; while both are as they were, the proof holds. ``python``, ``platform`` and ``tool`` say what made it, and
    ``proved_at`` when (RFC 3339, UTC).
    """

    incident: str
    guard: str
    answer: Answer
    method: Method | Literal[""] = ""
    grade: str = ""
    reason: str = ""
    excerpt: str = ""
    test: str = ""
    fix: tuple[str, ...] = ()
    python: str
    platform: str
    tool: str
    proved_at: str
    location: Location = field(default=Location("incidents/proofs.json"), compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """Incident and guard: there is one receipt for both."""
        return self.incident, self.guard

    @property
    def proof(self) -> Proof:
        return Proof(
            self.incident,
            self.guard,
            self.answer,
            self.method,
            self.grade,
            self.reason,
            excerpt=self.excerpt,
            carried_from=self.proved_at,
        )


@dataclass(frozen=True, slots=True)
class Stale:
    """A receipt that no longer holds: ``why`` goes on after *the proof of this guard is stale:*."""

    incident: str
    guard: str
    location: Location
    why: str


@dataclass(frozen=True)
class Proofs:
    """What is known of the guards of incidents: proofs that hold for today's tests, and those that no longer do."""

    proofs: tuple[Proof, ...] = ()
    stale: tuple[Stale, ...] = ()

    def of(self, incident: str, nodeid: str) -> Proof | None:
        """The proof of one test of an incident, or the one of the class or file around it."""
        met = (one for one in self._by_incident.get(incident, ()) if covers(one.guard, nodeid))
        return max(met, key=lambda one: len(one.guard), default=None)

    @cached_property
    def _by_incident(self) -> dict[str, list[Proof]]:
        groups: dict[str, list[Proof]] = defaultdict(list)
        for proof in self.proofs:
            groups[proof.incident].append(proof)
        return groups


@dataclass(frozen=True, slots=True)
class FixedLines:
    """Where the fix of an incident stands today: first lines of statements (from 1), by path from the root.

    In the files of ``by_function`` no line of the fix is left, or it only deleted some: their lines are those of the
    functions around it. ``begins`` gives for the lines on which those statements go on the line where they begin: which
    of them a tracer reports is its own business.
    """

    lines: Lines
    by_function: frozenset[str] = frozenset()
    begins: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one phase of one test in the run of a proof; of a deselected test only that, as of ``collect``.

    ``kind`` is the type of the exception (``AssertionError``), ``message`` its first line; both empty where it passed.
    """

    nodeid: str
    phase: Phase
    outcome: Literal["passed", "failed", "skipped", "xfailed", "xpassed", "deselected"]
    kind: str = ""
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of guards in one tree.

    ``origins`` says for each source file asked for from which file its module was loaded (missing: not imported).
    ``end`` is how the run ended, ``excerpt`` the end of its output where it did not finish. ``hung`` are the tests that
    were still running when the time was over, and were set aside so that the others could run. ``memory_bytes`` is how
    much address space the run took at most; None: it was not measured.
    """

    seen: tuple[Seen, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    end: End = "finished"
    excerpt: str = ""
    seconds: float = 0.0
    hung: tuple[str, ...] = ()
    memory_bytes: int | None = None
