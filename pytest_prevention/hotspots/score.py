"""How likely a module is to be fixed within half a year, from its history and its size.

F and C are its fixes and its commits (fixes included), each counting half after ``history.half_life_days``; LOC are its
lines:

    P = sigmoid(-4.45 + 0.9 ln(1 + F) + 0.55 ln(1 + C) + 0.35 ln LOC)

The weights were set once, on eleven public repositories, the constant anew on ten when the words of a fix were;
nothing is trained. ``benchmarks/hotspots.py`` measures how well they do on any other (docs/hotspots.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, exp2, log, log1p

from pytest_prevention.model import Commit
from pytest_prevention.model.history import DAY

YEAR = 365 * DAY


@dataclass(frozen=True, slots=True)
class Score:
    """``fixes`` and ``commits`` are the decayed sums F and C; ``probability`` is that of a fix within half a year."""

    fixes: float
    commits: float
    probability: float


def score(commits: Iterable[Commit], lines: int, moment: int, half_life_days: float) -> Score:
    """The score of one module, as of the moment, from the commits that had landed by then."""
    fixes = total = 0.0
    for commit in commits:
        if commit.landed <= moment:
            weight = exp2(-max(moment - commit.at, 0) / (half_life_days * DAY))
            total += weight
            fixes += weight if commit.is_fix(moment) else 0.0
    logit = -4.45 + 0.9 * log1p(fixes) + 0.55 * log1p(total) + 0.35 * log(max(lines, 1))
    return Score(fixes, total, 1 / (1 + exp(-logit)))
