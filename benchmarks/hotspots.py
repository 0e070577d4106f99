"""How good are the hotspots? What they would have named every half year, held against what was fixed afterwards.

    python benchmarks/hotspots.py REPOSITORY… [--cuts N] [--policy FILE] [--json FILE]

A repository is a checkout or a bare one. Its own policy says what is source and what is a fix, else the one given, else
the standard. The first cut lies 182 days before HEAD, each further one 182 days before the last, N of them or as many
as there are. A cut counts when the log reaches back 365 days before it, the pool (the source files of the commit that
the main line had then) is 20 files or more, and in the 182 days after it some of them were fixed and some were not. The
score sees what had landed by the cut and is not older than the window of the policy; reverts that landed later undo
nothing yet. Fixes after the cut count by the day on which they landed.

For each ranking, ties broken by path:

    top-20 hits    share of the fixes in the 182 days after the cut (each once per module that it touched) that hit one
                   of the first 20 modules
    top-5 % hits   the same for the first 5 % of the pool
    precision@20   share of the first 20 modules that were fixed in those 182 days
    AUC            how often a module that was fixed stands before one that was not (ties count half)

A repository's figure is the median over its cuts, that of all the median over repositories; a difference is the mean of
the differences at each cut, then over repositories. In brackets stand 95 % intervals: 1,000 draws of as many cuts, for
all repositories of as many repositories and then cuts, with a fixed seed. The calibration error is the mean distance of
predicted and observed, by steps of the probability, over the modules of all cuts.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from statistics import fmean, median
from typing import Any, NamedTuple

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.hotspots import Bin, Score, Trial, calibration, calibration_error, score
from pytest_prevention.hotspots.score import YEAR
from pytest_prevention.model import Commit, History, Incidents, Snapshot, Unavailable
from pytest_prevention.model.history import DAY, HALF_YEAR
from pytest_prevention.policy import Policy
from pytest_prevention.session import read_policy
from pytest_prevention.sources.git import GitError, Room, clean_room, newest_before
from pytest_prevention.sources.git_history import history_of, snapshots

MOST_NAMED, LEAST_POOL, BEFORE = 20, 20, YEAR
ALL_TIME = 15_000  # days
DRAWS, SEED = 1_000, 20
PRECISION, IN_20, IN_5_PERCENT, AUC = METRICS = ("precision@20", "top-20 hits", "top-5 % hits", "AUC")


class Module(NamedTuple):
    """One source file at a cut, and how often it was fixed in the half year after.

    ``landed`` are its commits by the moment of the cut, ``seen`` those of them that the window shows, ``score`` is made
    of these. ``first_fix`` is when the project had its first.
    """

    lines: int
    moment: int
    landed: Sequence[Commit]
    seen: Sequence[Commit]
    score: Score
    first_fix: int
    fixes: int

    def fixes_of_a_year(self) -> int:
        return sum(commit.is_fix(self.moment) and commit.at > self.moment - YEAR for commit in self.seen)

    def is_flagged(self, policy: Policy) -> bool:
        enough = self.fixes_of_a_year() >= policy.threshold("hotspot_fixes")
        return enough and self.score.probability >= policy.threshold("hotspot_probability")


def google(module: Module) -> float:
    """By Lewis and Ou (Google, 2011; bugspots): each fix by its time, from the project's first fix (0) to now (1).

    Without a window, as published; but renames are followed for it too.
    """
    span = max(module.moment - module.first_fix, 1)
    ages = ((module.moment - commit.at) / span for commit in module.landed if commit.is_fix(module.moment))
    return sum(1 / (1 + math.exp(12 * max(age, 0.0))) for age in ages)


RANKINGS: Mapping[str, Callable[[Module], float]] = {
    "score": lambda module: module.score.probability,
    "size": lambda module: module.lines,
    "fixes of 12 months": Module.fixes_of_a_year,
    "commits x LOC": lambda module: len(module.seen) * module.lines,
    "Google": google,
    "hindsight": lambda module: module.fixes,
}
COMPARED = ("size", "commits x LOC", "Google")


def auc(values: Sequence[float], positive: Sequence[bool]) -> float:
    """The Mann-Whitney statistic by mean ranks; both kinds must occur."""
    ordered = sorted(zip(values, positive, strict=True))
    rank, ranks = 0, 0.0
    for _, group in groupby(ordered, key=lambda pair: pair[0]):
        tied = [positive for _, positive in group]
        ranks += sum(tied) * (rank + (len(tied) + 1) / 2)
        rank += len(tied)
    hits = sum(positive)
    return (ranks - hits * (hits + 1) / 2) / (hits * (len(positive) - hits))


def measured(values: Sequence[float], fixes: Sequence[int]) -> dict[str, float]:
    """The metrics of a ranking by these values, the greatest first."""
    order = sorted(range(len(values)), key=lambda place: (-values[place], place))
    few = math.ceil(len(order) / 20)
    return {
        PRECISION: sum(fixes[place] > 0 for place in order[:MOST_NAMED]) / MOST_NAMED,
        IN_20: sum(fixes[place] for place in order[:MOST_NAMED]) / sum(fixes),
        IN_5_PERCENT: sum(fixes[place] for place in order[:few]) / sum(fixes),
        AUC: auc(values, [count > 0 for count in fixes]),
    }


def at_random(fixes: Sequence[int]) -> dict[str, float]:
    """What the metrics are on average when chance ranks."""
    pool = len(fixes)
    return {
        PRECISION: sum(count > 0 for count in fixes) / pool,
        IN_20: MOST_NAMED / pool,
        IN_5_PERCENT: math.ceil(pool / 20) / pool,
        AUC: 0.5,
    }


def interval(groups: Sequence[Sequence[float]], statistic: Callable[[Sequence[Sequence[float]]], float]) -> list[float]:
    """The 95 % interval of a statistic of groups (repositories) of values (of cuts), by a bootstrap of both."""
    draw = random.Random(SEED).choices
    drawn = (draw(groups, k=len(groups)) for _ in range(DRAWS))
    found = sorted(statistic([draw(group, k=len(group)) for group in some]) for some in drawn)
    return [found[round(0.025 * DRAWS)], found[round(0.975 * DRAWS) - 1]]


def median_of_medians(groups: Sequence[Sequence[float]]) -> float:
    return median(map(median, groups))


def mean_of_means(groups: Sequence[Sequence[float]]) -> float:
    return fmean(map(fmean, groups))


def all_cuts(root: Path, policy: Policy, most: int | None) -> Iterator[list[Module]]:
    """The modules at HEAD, after which nothing is known, and then at each cut, the newest first."""
    with clean_room(root) as room:
        history = history_of(room, room.head, _without_window(policy), Incidents())
        if isinstance(history, Unavailable):
            raise GitError(history.reason)
        commits = [commit for trail in history.trails.values() for commit in trail.commits]
        oldest = min((commit.landed for commit in commits), default=history.now.at)
        first_fix = min((commit.at for commit in commits if commit.why), default=oldest)
        moments = list(range(history.now.at - HALF_YEAR, oldest + BEFORE, -HALF_YEAR))[:most]
        for snapshot in (history.now, *snapshots(room, policy, _commits_at(room, moments))):
            if isinstance(snapshot, Unavailable):
                raise GitError(snapshot.reason)
            yield modules_of(history, snapshot, policy, first_fix)


def _without_window(policy: Policy) -> Policy:
    return replace(policy, tree={**policy.tree, "history": {**policy.tree["history"], "window_days": ALL_TIME}})


def _commits_at(room: Room, moments: Iterable[int]) -> Iterator[tuple[int, str]]:
    for moment in moments:
        yield moment, newest_before(room, datetime.fromtimestamp(moment, UTC))


def modules_of(history: History, snapshot: Snapshot, policy: Policy, first_fix: int) -> list[Module]:
    """The modules of a snapshot by path, as they were told then and as they fared since."""
    moment, end, settings = snapshot.at, snapshot.at + HALF_YEAR, policy.tree["history"]
    since = moment - settings["window_days"] * DAY

    def module(path: str, lines: int) -> Module:
        commits = history.trail(path, moment).commits
        landed = [commit for commit in commits if commit.landed <= moment]
        seen = [commit for commit in landed if commit.at >= since]
        scored = score(seen, lines, moment, settings["half_life_days"])
        fixes = sum(moment < commit.landed <= end and commit.is_fix(end) for commit in commits)
        return Module(lines, moment, landed, seen, scored, first_fix, fixes)

    return [module(path, lines) for path, lines in sorted(snapshot.lines.items())]


class Flag(NamedTuple):
    """How many modules are flagged at HEAD; how many were at the cuts, and how many of those were fixed again."""

    now: int
    flagged: int
    fixed: int


class Cut(NamedTuple):
    """The figures of one cut: the size of the pool, and the metrics of each ranking."""

    date: str
    pool: int
    metrics: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Result:
    """What one repository gave."""

    name: str
    cuts: Sequence[Cut]
    bins: Sequence[Bin]
    flag: Flag

    def values(self, ranking: str, metric: str) -> list[float]:
        return [cut.metrics[ranking][metric] for cut in self.cuts]


def evaluated(name: str, root: Path, policy: Policy, most: int | None) -> Result:
    """Walk back through one repository."""
    cuts: list[Cut] = []
    trials: list[Trial] = []
    flagged: list[bool] = []
    moments = all_cuts(root, policy, most)
    now = sum(module.is_flagged(policy) for module in next(moments))
    for modules in moments:
        fixes = [module.fixes for module in modules]
        if len(modules) >= LEAST_POOL and 0 < sum(map(bool, fixes)) < len(modules):
            metrics = {ranking: measured(list(map(value, modules)), fixes) for ranking, value in RANKINGS.items()}
            date = f"{datetime.fromtimestamp(modules[0].moment, UTC):%Y-%m-%d}"
            cuts.append(Cut(date, len(modules), {**metrics, "random": at_random(fixes)}))
            trials += (Trial("", module.lines, module.score, module.fixes > 0) for module in modules)
            flagged += (module.fixes > 0 for module in modules if module.is_flagged(policy))
    return Result(name, cuts, calibration(trials), Flag(now, len(flagged), sum(flagged)))


@contextmanager
def checkout(repository: Path) -> Iterator[Path]:
    """The repository itself, or for a bare one a clone that borrows its objects and has no files."""
    done = subprocess.run(
        ["git", "-C", repository, "rev-parse", "--is-inside-work-tree"], capture_output=True, text=True, check=False
    )
    if done.stdout.strip() != "false":
        yield repository
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", repository, folder], check=True)
        yield Path(folder)


def pooled(results: Sequence[Result]) -> list[Bin]:
    """The steps of all repositories together, each module counting once."""
    by_step = sorted((one for result in results for one in result.bins), key=lambda one: one.low)
    return [_joined(list(bins)) for _, bins in groupby(by_step, key=lambda one: one.low)]


def _joined(bins: Sequence[Bin]) -> Bin:
    modules = sum(one.modules for one in bins)
    predicted, observed = (
        sum(one.modules * getattr(one, name) for one in bins) / modules for name in ("predicted", "observed")
    )
    return Bin(bins[0].low, bins[0].high, modules, predicted, observed)


def figures(results: Sequence[Result]) -> dict[str, Any]:
    """All that is printed of one repository, or of several together."""
    difference = {}
    for rival in COMPARED:
        less = {metric: [_less(result, rival, metric) for result in results] for metric in METRICS}
        difference[rival] = {name: [mean_of_means(one), *interval(one, mean_of_means)] for name, one in less.items()}
    ours = {metric: [result.values("score", metric) for result in results] for metric in METRICS}
    return {
        "repositories": len(results),
        "cuts": sum(len(result.cuts) for result in results),
        "median": {
            ranking: {
                metric: median_of_medians([result.values(ranking, metric) for result in results]) for metric in METRICS
            }
            for ranking in (*RANKINGS, "random")
        },
        "interval": {metric: interval(groups, median_of_medians) for metric, groups in ours.items()},
        "difference": difference,
        "calibration_error": calibration_error(pooled(results)),
        "calibration": [asdict(one) for one in pooled(results)],
        "flag": Flag(*map(sum, zip(*(result.flag for result in results), strict=True)))._asdict(),
    }


def _less(result: Result, rival: str, metric: str) -> list[float]:
    pairs = zip(result.values("score", metric), result.values(rival, metric), strict=True)
    return [ours - theirs for ours, theirs in pairs]


def table(found: Mapping[str, Any]) -> str:
    """The figures as lines: by ranking, then what the score has over others, then what it promised."""
    rows: list[tuple[str, Sequence[str]]] = [("", METRICS)]
    for ranking, row in found["median"].items():
        rows.append((ranking, [f"{value:.2f}" for value in row.values()]))
    ends = found["interval"].values()
    rows.insert(2, ("", [f"({low:.2f} to {high:.2f})" for low, high in ends]))
    for rival, row in found["difference"].items():
        rows.append((f"score - {rival}", [f"{mean:+z.2f}" for mean, _, _ in row.values()]))
        rows.append(("", [f"({low:+z.2f} to {high:+z.2f})" for _, low, high in row.values()]))
    flag, error = found["flag"], found["calibration_error"]
    again = f", {flag['fixed'] / flag['flagged']:.0%} of them fixed again" if flag["flagged"] else ""
    return "\n".join(
        [
            *(f"  {name:<24}{''.join(f'{cell:<18}' for cell in cells)}".rstrip() for name, cells in rows),
            f"  expected calibration error {error:.3f}",
            f"  flagged: {flag['now']} at HEAD; at the cuts {flag['flagged']}{again}",
        ]
    )


def calibration_table(found: Mapping[str, Any]) -> str:
    lines = ["  probability   modules   predicted  observed"]
    for one in found["calibration"]:
        step = f"{one['low']:.2f} to {one['high']:.2f}"
        lines.append(f"  {step}  {one['modules']:>7}   {one['predicted']:>9.3f} {one['observed']:>9.3f}")
    return "\n".join(lines)


def limits(found: Mapping[str, Any]) -> str:
    """What is asked of the score on all repositories together, and whether it does it."""
    ours = found["median"]["score"]
    asked = [
        *((metric, ours[metric], 0.5) for metric in (IN_20, PRECISION)),
        *((f"{metric} - Google", found["difference"]["Google"][metric][0], 0.02) for metric in (IN_20, PRECISION)),
        ("AUC", ours[AUC], 0.8),
        ("calibration error", -found["calibration_error"], -0.03),
    ]
    return "\n".join(
        f"  {name:<24}{abs(value):.3f}, at {'least' if limit > 0 else 'most'} {abs(limit):.2f}: "
        f"{'reached' if value >= limit else 'missed'}"
        for name, value, limit in asked
    )


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", type=Path, metavar="REPOSITORY")
    parser.add_argument("--cuts", type=int, metavar="N", help="at most the newest N")
    parser.add_argument("--policy", type=Path, metavar="FILE")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures, with those of each cut")
    asked = parser.parse_args()
    tried = []
    for number, repository in enumerate(asked.repositories, start=1):
        progress(f"{number} of {len(asked.repositories)}: {repository}")
        tried.append(attempt(repository, asked.policy, asked.cuts))
    results = [result for result in tried if result and result.cuts]
    if results:
        found = figures(results)
        print(f"all {len(results)} repositories, {found['cuts']} cuts")
        print(table(found), calibration_table(found), limits(found), sep="\n\n")
        if asked.json:
            each = [{"name": one.name, **figures([one]), "each_cut": [*map(Cut._asdict, one.cuts)]} for one in results]
            asked.json.write_text(json.dumps({"all": found, "each": each}, indent=1) + "\n")
    sys.exit(0 if results and None not in tried else 1)


def attempt(repository: Path, policy: Path | None, most: int | None) -> Result | None:
    """The result of one repository, printed; None where it cannot be read."""
    try:
        with checkout(repository) as root:
            result = evaluated(repository.name, root, read_policy(root, policy), most)
    except (GitError, PreventionError, OSError, subprocess.SubprocessError) as error:
        progress("")
        print(f"{repository}: {error}", file=sys.stderr)
        return None
    progress("")
    if not result.cuts:
        print(f"{result.name}: no cut counts\n")
        return result
    pool, dates = median(cut.pool for cut in result.cuts), [cut.date for cut in result.cuts]
    print(f"{result.name}: {len(dates)} cuts, {dates[-1]} to {dates[0]}, {pool:g} modules")
    print(table(figures([result])), end="\n\n")
    return result


if __name__ == "__main__":
    main()
