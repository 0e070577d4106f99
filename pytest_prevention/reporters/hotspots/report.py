"""What every format of the hotspots is given, and the few phrases that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property

from pytest_prevention.hotspots import Backtest, Bin, Hotspot, backtest, calibration, hotspots, trials
from pytest_prevention.model import Commit, Facts, History, Hit, Unavailable, available
from pytest_prevention.policy import Policy
from pytest_prevention.reporters.words import percent
from pytest_prevention.rules.base import counted
from pytest_prevention.rules.prv501_module_breaks_repeatedly import RULE

SHOWN = 20
"""As many modules as people read."""


@dataclass(frozen=True)
class HotspotReport:
    """The modules of a project whose history is known (else MissingSource).

    ``covered`` is the share of the statements of flagged modules that tests execute. ``top`` limits the modules,
    ``detailed`` asks for the calibration table.
    """

    facts: Facts
    policy: Policy
    name: str = ""
    covered: Mapping[str, Fraction | Unavailable] = field(default_factory=dict)
    top: int | None = None
    detailed: bool = False

    @cached_property
    def history(self) -> History:
        return available(self.facts.history)

    @cached_property
    def modules(self) -> tuple[Hotspot, ...]:
        return hotspots(self.facts, self.policy)

    @cached_property
    def next_steps(self) -> Mapping[str, str]:
        """What PRV501 asks for, by module: the retrofit action that is missing."""
        return {hit.subject: hit.next_step for hit in RULE.check(self.facts, self.policy) if isinstance(hit, Hit)}

    @cached_property
    def backtest(self) -> Backtest | Unavailable:
        return backtest(self.history, self.policy)

    @cached_property
    def calibration(self) -> tuple[Bin, ...]:
        """Empty where there is no backtest."""
        then, half_life = self.history.then, self.policy.tree["history"]["half_life_days"]
        return () if isinstance(then, Unavailable) else calibration(trials(self.history, then, half_life))


def moment(at: int) -> datetime:
    """Seconds since 1970 as an aware datetime."""
    return datetime.fromtimestamp(at, UTC)


def heading(report: HotspotReport) -> str:
    """What was looked at."""
    history = report.history
    name = f" of {report.name}" if report.name else ""
    return (
        f"Hotspots{name} as of {moment(history.now.at):%Y-%m-%d %H:%M} UTC ({history.now.commit[:7]}): "
        f"{counted(history.commits, 'commit')} in {history.window_days} days, "
        f"{counted(len(history.now.lines), 'module')}"
    )


def likelihood(module: Hotspot) -> str:
    return f"{module.score.probability * 100:.0f} %"


def fixes_in_words(number: int) -> str:
    return f"{number} fix" if number == 1 else f"{number} fixes"


def why(module: Hotspot) -> str:
    """The figures behind the flag, in a sentence."""
    answered = f" ({module.answered} answered by {module.retrofit.key})" if module.retrofit and module.answered else ""
    names = f"; was {', '.join(module.names)}" if module.names else ""
    return (
        f"{fixes_in_words(len(module.fixes))} in 12 months{answered}, {module.trend}: {module.recent} of them in the "
        f"last 6; {counted(module.commits, 'commit')} by {counted(module.authors, 'author')}; "
        f"{counted(module.lines, 'line')}{names}"
    )


def fix_in_words(commit: Commit) -> str:
    """One fix on one line: when, which, what, and the incidents that name it."""
    told = f"{moment(commit.at):%Y-%m-%d} {commit.id[:7]} {commit.subject}"
    return f"{told} ({', '.join(commit.incidents)})" if commit.incidents else told


def guarded(module: Hotspot) -> Iterator[str]:
    """What stands against the next break: incidents, guards, retrofit."""
    if module.incidents:
        guards = counted(len(module.guards), "test") if module.guards else "no test"
        yield f"incidents: {', '.join(module.incidents)}, guarded against by {guards}"
    if module.retrofit:
        yield f"retrofit: {module.retrofit.key} ({module.retrofit.status or 'no status'})"


def coverage_in_words(module: Hotspot, report: HotspotReport) -> str:
    covered = report.covered.get(module.path)
    if covered is None:
        return ""
    if isinstance(covered, Unavailable):
        return f"coverage: not known: {covered.reason}"
    return f"coverage: {percent(covered.numerator, covered.denominator)}"


def backtest_in_words(report: HotspotReport) -> str:
    """The self-backtest in one line, with what mere file size would have given."""
    tested = report.backtest
    if isinstance(tested, Unavailable):
        return f"Backtest: not available: {tested.reason}"
    worth = "" if tested.hits > tested.by_size else ": no better than file size"
    return (
        f"Backtest: {counted(tested.named, 'module')} named 6 months ago ({moment(tested.at):%Y-%m-%d}), "
        f"{tested.hits} fixed since; chance {tested.chance:.1f}, by file size {tested.by_size}{worth}"
    )


def left_out_in_words(report: HotspotReport) -> str:
    """The source files that do not count; empty where all do."""
    return ", ".join(f"{number} {kind}" for kind, number in report.history.left_out.items())
