"""How good the score has been: what it would have said half a year ago, held against what was fixed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from pytest_prevention.hotspots.score import Score, score
from pytest_prevention.model import History, Snapshot, Unavailable
from pytest_prevention.model.history import HALF_YEAR
from pytest_prevention.policy import Policy

MOST_NAMED = 20
"""As many modules are named; in a small project a quarter of them."""

EDGES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
"""Steps of the probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What the score would have said half a year ago, held against what was fixed since.

    Of ``pool`` modules ``fixed`` were fixed. Of the ``named`` most probable ones ``hits`` were; so many drawn at random
    would have given ``chance`` on average, and the largest ones by lines gave ``by_size``.
    """

    at: int
    pool: int
    fixed: int
    named: int
    hits: int
    chance: float
    by_size: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One module at a cut: its score then, and whether it was fixed within the half year after."""

    path: str
    lines: int
    score: Score
    fixed: bool


def trials(history: History, cut: Snapshot, half_life_days: float) -> tuple[Trial, ...]:
    """The modules of a snapshot by path, scored with what had landed by then and judged by what landed after."""
    end = min(cut.at + HALF_YEAR, history.now.at)

    def trial(path: str, lines: int) -> Trial:
        commits = history.trail(path, cut.at).commits
        fixed = any(cut.at < commit.landed <= end and commit.is_fix(history.now.at) for commit in commits)
        return Trial(path, lines, score(commits, lines, cut.at, half_life_days), fixed)

    return tuple(trial(path, lines) for path, lines in sorted(cut.lines.items()))


def backtest(history: History, policy: Policy) -> Backtest | Unavailable:
    """The score of half a year ago against the fixes since; Unavailable where history does not go back so far."""
    if isinstance(history.then, Unavailable):
        return history.then
    modules = trials(history, history.then, policy.tree["history"]["half_life_days"])
    if not modules:
        return Unavailable("half a year ago there was no source file")
    named, fixed = min(MOST_NAMED, ceil(len(modules) / 4)), sum(one.fixed for one in modules)
    by_score = sorted(modules, key=lambda one: (-one.score.probability, one.path))[:named]
    by_size = sorted(modules, key=lambda one: (-one.lines, one.path))[:named]
    return Backtest(
        at=history.then.at,
        pool=len(modules),
        fixed=fixed,
        named=named,
        hits=sum(one.fixed for one in by_score),
        chance=named * fixed / len(modules),
        by_size=sum(one.fixed for one in by_size),
    )


@dataclass(frozen=True, slots=True)
class Bin:
    """The modules whose probability lay in [``low``, ``high``), 1 included: how many, mean, and share then fixed."""

    low: float
    high: float
    modules: int
    predicted: float
    observed: float


def calibration(modules: Sequence[Trial]) -> tuple[Bin, ...]:
    """Predicted against observed, by steps of the probability; steps without modules are left out."""
    bins = []
    for low, high in pairwise(EDGES):
        inside = [one for one in modules if low <= one.score.probability < high or one.score.probability == high == 1]
        if inside:
            predicted = sum(one.score.probability for one in inside) / len(inside)
            bins.append(Bin(low, high, len(inside), predicted, sum(one.fixed for one in inside) / len(inside)))
    return tuple(bins)


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: the mean distance of predicted and observed, each step by its modules."""
    total = sum(one.modules for one in bins)
    return sum(one.modules * abs(one.predicted - one.observed) for one in bins) / total if total else 0.0
