"""What every format of the hotspots is given, and the few phrases that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from shlex import quote

from pytest_prevention.hotspots import Backtest, Bin, Hotspot, backtest, calibration, hotspots, trials
from pytest_prevention.model import Facts, History, Hit, Unavailable, available
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy
from pytest_prevention.reporters.words import commit_in_words, percent
from pytest_prevention.rules.modules import claim_in_words
from pytest_prevention.rules.prv501_module_breaks_repeatedly import judged

SHOWN, FIXES = 20, 5
"""As many modules, and fixes of each, as people read."""


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

    @property
    def shown(self) -> tuple[Hotspot, ...]:
        """The modules that people are shown."""
        return self.modules[: SHOWN if self.top is None else self.top]

    @property
    def not_shown(self) -> tuple[Hotspot, ...]:
        """The modules that people are not shown."""
        return self.modules[len(self.shown) :]

    @cached_property
    def next_steps(self) -> Mapping[str, str]:
        """What PRV501 asks for, by module: the retrofit action that is missing, or what a Done one lacks."""
        found = judged(self.modules, self.facts, self.policy)
        return {hit.subject: hit.next_step for hit in found if isinstance(hit, Hit)}

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


def more_flagged(report: HotspotReport) -> str:
    """How many flagged modules are not shown; empty where all are."""
    number = sum(module.flagged for module in report.not_shown)
    return f"and {counted(number, 'more flagged module')}" if number else ""


def more_others(report: HotspotReport) -> str:
    """How many of the other modules are not shown; empty where all are."""
    number = sum(not module.flagged for module in report.not_shown)
    return f"and {number} more that {'is' if number == 1 else 'are'} not flagged" if number else ""


def why(module: Hotspot) -> str:
    """The figures behind the flag, in a sentence."""
    by = module.answered_by
    answered = f" ({module.answered} answered by {by.key})" if by and module.answered else ""
    names = f"; was {', '.join(module.names)}" if module.names else ""
    return (
        f"{counted(len(module.fixes), 'fix', 'fixes')} in 12 months{answered}, {module.trend}: {module.recent} of them "
        f"in the last 6; {counted(module.commits, 'commit')} by {counted(module.authors, 'author')}; "
        f"{counted(module.lines, 'line')}{names}"
    )


def last_fixes(module: Hotspot) -> Iterator[str]:
    """The newest fixes, a line each: when, which, what, and the incidents that name it."""
    for commit in module.fixes[:FIXES]:
        told = commit_in_words(commit)
        yield f"{told} ({', '.join(commit.incidents)})" if commit.incidents else told
    if len(module.fixes) > FIXES:
        yield f"and {len(module.fixes) - FIXES} more"


def defences(module: Hotspot, report: HotspotReport) -> Iterator[str]:
    """What stands against the next break: guards of the incidents that name the module, retrofit, coverage."""
    if module.incidents:
        guards = counted(len(module.guards), "test") if module.guards else "no test"
        yield f"named by {', '.join(module.incidents)}, guarded against by {guards}"
    if module.retrofit:
        status = claim_in_words(module.shortfall) if module.shortfall else module.retrofit.status or "no status"
        yield f"retrofit: {module.retrofit.key} ({status})"
    covered = report.covered.get(module.path)
    if isinstance(covered, Unavailable):
        yield f"coverage: not known: {covered.reason}"
    elif covered is not None:
        yield f"coverage: {percent(covered.numerator, covered.denominator)}"


def work_list_command(module: Hotspot) -> str:
    """What lists the functions of the module that need tests."""
    return f"prevention retrofit {quote(module.path)}"


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
