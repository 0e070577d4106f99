"""Pattern: the same type of error recurs in different modules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from pytest_prevention.days import midnight
from pytest_prevention.indicators.window import OUTSIDE, observed, observed_from, split
from pytest_prevention.model import Facts, Incident
from pytest_prevention.patterns.chance import Word, word
from pytest_prevention.patterns.modules import Names, joined, outermost
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import fisher, holm
from pytest_prevention.statistics.tables import Table

Kind = Literal["cause", "error_type"]
KINDS: tuple[Kind, ...] = ("cause", "error_type")
Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """One cause, or one type of error: ``ids`` of its ``incidents``, the newest last, and the ``modules`` they name.

    ``flagged``: it recurs in as many modules as policy says. ``table``: (with it, without), first since
    ``compared_at``, then before, of the incidents whose cause is known. ``p``: one-sided, of "its share did not grow".
    What is flagged is one family: the others have no ``p_holm`` and no ``verdict``. ``reason``: why something is None.
    """

    incidents: int
    ids: tuple[str, ...]
    modules: tuple[str, ...]
    flagged: bool
    table: Table | None
    p: float | None
    p_holm: float | None
    verdict: Word | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SameError:
    """By name, what occurs most first; ``compared_at``: where the observed time is split. ``unknown``: incidents whose
    record names neither a cause nor an error type."""

    causes: Mapping[str, Recurrence]
    error_types: Mapping[str, Recurrence]
    compared_at: datetime | None
    reason: str
    unknown: tuple[str, ...]

    @property
    def flagged(self) -> dict[Key, Recurrence]:
        kinds = zip(KINDS, (self.causes, self.error_types), strict=True)
        return {(kind, name): one for kind, found in kinds for name, one in found.items() if one.flagged}


@lru_cache(maxsize=1)
def measure(facts: Facts, policy: Policy) -> SameError:
    """Over the incidents in the observed time; MissingSource without incidents."""
    incidents = observed(facts, policy)
    known = {kind: [one for one in incidents if getattr(one, kind)] for kind in KINDS}
    of: dict[Key, list[Incident]] = defaultdict(list)
    for kind in KINDS:
        for one in known[kind]:
            of[kind, getattr(one, kind)].append(one)
    named, needed = joined(incidents, Names(facts.history)), policy.tree["patterns"]["same_error"]["modules"]
    modules = {key: outermost(name for one in ones for name in named.get(one.id, ())) for key, ones in of.items()}
    flagged = {key for key, ones in of.items() if len(modules[key]) >= needed and len(ones) > 1}
    at, reason = _compared_at(facts, policy)
    tables = _tables(of, known, at) if at else {}
    ps = {key: fisher(table, "greater") for key, table in tables.items()}
    corrected = holm({key: p for key, p in ps.items() if key in flagged})
    found = {
        key: Recurrence(
            incidents=len(ones),
            ids=tuple(one.id for one in ones),
            modules=modules[key],
            flagged=key in flagged,
            table=tables.get(key),
            p=ps.get(key),
            p_holm=corrected.get(key),
            verdict=word(corrected[key], policy.level, enough=len(corrected) * _least(tables[key]) <= policy.level)
            if key in corrected
            else None,
            reason=reason or ("" if key in flagged else f"in {counted(len(modules[key]), 'module')}: not flagged"),
        )
        for key, ones in sorted(of.items(), key=lambda item: (-len(item[1]), item[0]))
    }
    return SameError(
        causes={name: one for (kind, name), one in found.items() if kind == "cause"},
        error_types={name: one for (kind, name), one in found.items() if kind == "error_type"},
        compared_at=at,
        reason=reason,
        unknown=tuple(one.id for one in incidents if not (one.cause or one.error_type)),
    )


def _compared_at(facts: Facts, policy: Policy) -> tuple[datetime | None, str]:
    """Where the observed time is split, or why it cannot be."""
    first, _ = observed_from(facts, policy)
    if first is None:
        return None, "no incident was observed"
    at = split(midnight(first, policy), facts.as_of, policy)
    return at, "" if at else OUTSIDE


def _tables(
    of: Mapping[Key, Sequence[Incident]], known: Mapping[Kind, Sequence[Incident]], at: datetime
) -> dict[Key, Table]:
    """For each: of its incidents, and of the others whose cause is known, first those that began since then."""
    since = {kind: _since(ones, at) for kind, ones in known.items()}
    tables: dict[Key, Table] = {}
    for (kind, name), ones in of.items():
        mine, others = _since(ones, at), len(known[kind]) - len(ones)
        recent = since[kind] - mine
        tables[kind, name] = (mine, recent), (len(ones) - mine, others - recent)
    return tables


def _since(incidents: Sequence[Incident], at: datetime) -> int:
    return sum(one.began_at is not None and one.began_at >= at for one in incidents)


def _least(table: Table) -> float:
    """The p if as many of them as possible were recent."""
    (a, b), (c, d) = table
    moved = min(b, c)
    return fisher(((a + moved, b - moved), (c - moved, d + moved)), "greater")
