"""Reaching: does a guard execute lines of the fix? Pure: what it executed and where the fix stands are facts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pytest_prevention.model import Facts, FixedLines, Lines, Run, Unavailable

NO_FIX = Unavailable(
    "the incident names no fix commit", "name the commits that repaired it in its record: fix_commits", by_design=True
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which lines of a fix a guard executed; ``of`` are all of them."""

    executed: Lines
    of: FixedLines

    @property
    def reaches(self) -> bool:
        return bool(self.executed)


def reach(incident: str, nodeid: str, facts: Facts) -> Reach | Unavailable:
    """What a guard, a test or the prefix of several, reaches of an incident's fix; or why nobody can tell."""
    if isinstance(facts.run, Unavailable):
        return facts.run
    if isinstance(facts.run.executed, Unavailable):
        return facts.run.executed
    fixed = facts.fixes.get(incident, NO_FIX)
    if isinstance(fixed, Unavailable):
        return fixed
    measured = [
        facts.run.executed[record.nodeid] for record in facts.run.of(nodeid) if record.nodeid in facts.run.executed
    ]
    return Reach(_both(measured, fixed), fixed) if measured else _not_measured(nodeid, facts.run)


def _both(measured: list[Lines], fixed: FixedLines) -> Lines:
    """The lines of the fix that any of these tests executed; files without one are left out."""
    found: dict[str, set[int]] = defaultdict(set)
    for executed in measured:
        for path, lines in fixed.lines.items():
            begins = fixed.begins.get(path, {})
            found[path] |= lines & {begins.get(line, line) for line in executed.get(path, ())}
    return {path: frozenset(lines) for path, lines in found.items() if lines}


def _not_measured(nodeid: str, run: Run) -> Unavailable:
    chosen = not run.complete and all(gap.by_design for gap in run.gaps)
    return Unavailable(f"what {nodeid} executes was not measured", "run it: pytest --prevention", by_design=chosen)
