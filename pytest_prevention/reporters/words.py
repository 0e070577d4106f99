"""Figures in words, as the reports for people share them. What comes from the repository is still to be made safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from math import floor

from pytest_prevention.durations import IN_MINUTES, Unit, duration, three_digits, unit_for
from pytest_prevention.indicators import (
    ActionsCompleted,
    IncidentCount,
    IncidentProneCoverage,
    Indicators,
    MonitoringCoverage,
    RepeatIncidents,
    TimeTo,
    TimeToComplete,
)
from pytest_prevention.indicators.actions_completed import Tally
from pytest_prevention.indicators.figures import Bounds, Trend
from pytest_prevention.indicators.monitoring_coverage import PathCoverage
from pytest_prevention.loop import Loop, Progress
from pytest_prevention.model import Commit, Rung, Status, Unavailable, Verdict
from pytest_prevention.phrases import counted, shortened
from pytest_prevention.reporters.chart import chart
from pytest_prevention.reporters.report import unjudged

MONTHS = 12
REPEATS = 5
BAR = 30
MODULES = 5
PATHS = 5
SCALE = 20


def leading(indicators: Indicators, *, tests_ran: bool) -> dict[str, list[str]]:
    """Each leading indicator by name, in a few short lines. Without a run nobody can tell what is verified."""
    completed, time = indicators.leading.actions_completed, indicators.leading.time_to_complete
    code, level = indicators.leading.incident_prone_coverage, indicators.level
    watched = indicators.leading.monitoring_coverage
    return {
        "Actions completed": _missing(completed)
        if isinstance(completed, Unavailable)
        else _completed(completed, level, tests_ran),
        "Time to complete": _missing(time) if isinstance(time, Unavailable) else _time(time, level),
        "Incident-prone code": _missing(code) if isinstance(code, Unavailable) else _code(code),
        "Monitoring coverage": [watched.reason] if isinstance(watched, Unavailable) else _watched(watched),
    }


def lagging(indicators: Indicators) -> dict[str, list[str]]:
    """Each lagging indicator by name, in a few short lines."""
    figures, level = indicators.lagging, indicators.level
    count, repeats = figures.incident_count, figures.repeat_incidents
    times = {"detect": figures.time_to_detect, "mitigate": figures.time_to_mitigate, "fix": figures.time_to_fix}
    return {
        "Incidents per month": _missing(count) if isinstance(count, Unavailable) else _months(count, level),
        "Repeat incidents": _missing(repeats) if isinstance(repeats, Unavailable) else _repeats(repeats),
    } | {
        f"Time to {what}": _missing(time) if isinstance(time, Unavailable) else _time_to(time, level)
        for what, time in times.items()
    }


def since_in_words(first: date) -> str:
    """What the figures leave out, where somebody asked for less than all time."""
    return f"Indicators look at incidents that began on {first} or later, and at actions decided since then."


def actions_of(one: Loop) -> str:
    """The actions of an incident, each with the rung on which its evidence stands."""
    if one.actions:
        return "; ".join(_progress(item) for item in one.actions)
    reason = one.incident.no_action_reason
    return f"no action: {shortened(reason)}" if reason else "no action"


def stage_of(one: Loop) -> str:
    return "closed" if one.closed else str(one.stage)


def unjudged_in_words(verdict: Verdict) -> list[str]:
    """What was not checked, a line per reason: rules, reason, remedy. The subjects' names stand in the JSON report."""
    return [
        ", ".join(
            f"{code} ({counted(len(subjects), 'subject')})" if subjects else code for code, subjects in group.rules
        )
        + f": {group.reason}"
        + (f"; {group.remedy}" if group.remedy else "")
        for group in unjudged(verdict)
    ]


def _progress(item: Progress) -> str:
    action = item.action
    words = f"#{action.number or '?'} {action.category or '?'} {action.status or 'no status'}"
    told = action.status is Status.DONE or item.standing.rung is not Rung.CLAIMED
    return f"{words}, {item.rung}" if told and action.status is not Status.DROPPED else words


def _completed(figures: ActionsCompleted, level: float, tests_ran: bool) -> list[str]:
    dropped = f"; {figures.dropped} dropped" if figures.dropped else ""
    if not figures.total:
        return [figures.reason + dropped]
    return [
        f"{share(figures.done, figures.total)}{dropped}; {_confidence(level)}: {_shares(figures.interval)}",
        _tallies(figures.by_priority),
        _tallies(figures.by_category),
        f"{figures.on_time.done} of {figures.on_time.total} on time",
        _verified(figures, tests_ran),
        *(
            [f"{len(figures.done_after_as_of)} Done on a later day: open as of then"]
            if figures.done_after_as_of
            else []
        ),
    ]


def _verified(figures: ActionsCompleted, tests_ran: bool) -> str:
    """What is verified without a run is so by other evidence; that nothing is would be no finding."""
    claimed = f"{len(figures.claimed)} only claimed"
    if tests_ran or figures.verified or not figures.done:
        return f"{figures.verified} verified, {claimed}"
    return (
        f"verified: not checked, no tests were run here; {claimed}, {figures.done - len(figures.claimed)} with evidence"
    )


def _time(figures: TimeToComplete, level: float) -> list[str]:
    within, waiting = figures.within_target, figures.waiting.values()
    lines = [figures.reason] if figures.reason else []
    if figures.median is not None:
        lines.append(f"median {figures.median:g} days, the open ones included ({_between(figures.interval, level)})")
    if figures.median_of_completed is not None:
        lines.append(f"median {figures.median_of_completed:g} days over {figures.completed} completed")
    return [
        *lines,
        f"{figures.open} still open" + (f", the oldest for {counted(max(waiting), 'day')}" if waiting else ""),
        within.reason if within.share is None else f"{percent_of(within.share)} within {within.days:g} days",
    ]


def _code(figures: IncidentProneCoverage) -> list[str]:
    """What tests execute of it; the modules by how little that is, on a scale; and what nobody can tell."""
    known = {name: one for name, one in figures.by_module.items() if not isinstance(one, Unavailable)}
    shares = sorted((one.share, name) for name, one in known.items() if one.share is not None)
    fixed, left_out = figures.fixed_lines, len({path for one in known.values() for path in one.unknown})
    what = "statements and branches" if figures.branches else "statements"
    return [
        f"tests execute {share(figures.covered, figures.total)} {what}" if figures.total else figures.reason,
        f"in modules of incidents since {figures.since}",
        *(
            f"|{'=' * floor(part * SCALE):{SCALE}}| {percent_of(part):>4}  {shortened(name)}"
            for part, name in shares[:MODULES]
        ),
        *([f"and {counted(len(shares) - MODULES, 'more module')}"] if len(shares) > MODULES else []),
        *([f"of what fixes brought {share(fixed.covered, fixed.total)} statements"] if fixed.total else []),
        *(
            f"{shortened(name)}: {one.reason}"
            for name, one in figures.by_module.items()
            if isinstance(one, Unavailable)
        ),
        *([f"left out: {counted(left_out, 'file')} without data"] if left_out else []),
    ]


def _watched(figures: MonitoringCoverage) -> list[str]:
    """The critical paths that no alert watches as policy demands, the most urgent first."""
    open_ = [(name, path) for name, path in figures.by_path.items() if not path.covered]
    total = (
        share(figures.covered, figures.total) if figures.share is not None else f"{figures.covered} of {figures.total}"
    )
    unsure = f"; {figures.reason}" if figures.reason else ""
    return [
        f"{total} critical paths are watched (alerts: {figures.require}){unsure}",
        *(
            f"{shortened(name)}{_hit_by(path)}: {'' if path.covered is False else 'unknown: '}{path.reason}"
            for name, path in open_[:PATHS]
        ),
        *([f"and {counted(len(open_) - PATHS, 'more path')}"] if len(open_) > PATHS else []),
    ]


def _hit_by(path: PathCoverage) -> str:
    return f" ({counted(len(path.incidents), 'incident')})" if path.incidents else ""


def _time_to(figures: TimeTo, level: float) -> list[str]:
    """Median, interval and trend, each only as far as the data carry it; then what was left out."""
    ends, factor = figures.interval, IN_MINUTES[figures.unit]
    lines = [figures.reason] if figures.reason else []
    if figures.median is not None and figures.p90 is not None:
        over = counted(figures.n, "incident")
        unit = unit_for(figures.median * factor)
        median, most = (unit.number(one * factor) for one in (figures.median, figures.p90))
        lines.append(f"median {median} {unit.name}, 90 % within {most}, over {over}")
        lines += chart([one * factor for one in figures.values.values()], figures.median * factor, unit)
        told = _between(_in(unit, Bounds(ends.low, ends.high, ends.reason), factor), level)
        lines.append(told if ends.low is None else f"{told} {unit.name}")
        lines.append(_trend(figures.trend, f"{unit.name} per incident", level, factor / unit.minutes))
    if figures.open:
        with_open = figures.median_with_open
        lines.append(
            f"{len(figures.open)} open"
            + ("" if with_open is None else f", median with them {duration(with_open * factor)}")
        )
    left_out = {"without both stamps": figures.missing, "ended before they began": figures.negative}
    return [*lines, *(f"left out: {len(ids)} {why}" for why, ids in left_out.items() if ids)]


def _in(unit: Unit, found: Bounds, factor: float) -> Bounds:
    low, high = (None if end is None else end * factor / unit.minutes for end in (found.low, found.high))
    return Bounds(low, high, found.reason)


def _repeats(figures: RepeatIncidents) -> list[str]:
    """What came back, and what did so although somebody had done something about it."""
    part = None if figures.share is None else f"{percent_of(figures.share)} of those with a known cause"
    again = () if isinstance(figures.after_prevention, Unavailable) else figures.after_prevention
    return [
        f"{counted(len(figures.repeats), 'repeat')}; {part or figures.reason}",
        *(f"{later} although Done: {_numbers(done)}" for later, done in again[:REPEATS]),
        *([f"and {len(again) - REPEATS} more"] if len(again) > REPEATS else []),
    ]


def _shares(found: Bounds) -> str:
    return (
        found.reason
        if found.low is None or found.high is None
        else f"{percent_of(found.low)} to {percent_of(found.high)}"
    )


def _numbers(actions: Sequence[int | str]) -> str:
    return ", ".join(f"#{one}" if isinstance(one, int) else one for one in actions)


def _between(found: Bounds, level: float) -> str:
    """``95 %: 3 to 40``, or why there is no interval."""
    if found.low is None:
        return found.reason
    high = "not reached" if found.high is None else three_digits(found.high)
    return f"{_confidence(level)}: {three_digits(found.low)} to {high}"


def _confidence(level: float) -> str:
    """That of intervals: ``95 %`` at the level 0.05."""
    return f"{100 * (1 - level):.6g} %"


def _trend(found: Trend, unit: str, level: float, factor: float = 1) -> str:
    """A word for the direction only where a test is behind it. ``factor`` makes the slope one of that unit."""
    if found.tau_b is None or found.p is None or found.slope is None:
        return found.reason
    if found.p > level:
        return f"no trend that these data can show (p = {found.p:.2g})"
    word, slope = "rising" if found.tau_b > 0 else "falling", three_digits(abs(found.slope) * factor)
    return f"{word} by {slope} {unit} (p = {found.p:.2g})"


def _months(figures: IncidentCount, level: float) -> list[str]:
    """The last months with a bar of one sign per incident, or per several where a month has more than fit."""
    if figures.total is None:
        return [figures.reason]
    shown = list(figures.by_month.items())[-MONTHS:]
    per_sign = max(1, -(-max(figures.by_month.values()) // BAR))
    lines = [f"{figures.total} since {figures.observed_from} ({figures.observed_from_is})", *_rate(figures, level)]
    for month, number in shown:
        partial = "  (not a whole month)" if month in figures.partial else ""
        lines.append(f"{month} {number:3} {'=' * -(-number // per_sign)}{partial}".rstrip())
    earlier = len(figures.by_month) - len(shown)
    return [*lines, f"and {counted(earlier, 'earlier month')}"] if earlier else lines


def _rate(figures: IncidentCount, level: float) -> list[str]:
    lines = []
    if figures.rate_per_30_days is not None:
        lines.append(f"{three_digits(figures.rate_per_30_days)} per 30 days ({_between(figures.interval, level)})")
    for first, second in pairwise(figures.periods):
        told = figures.reason if figures.period_p is None else f"p = {figures.period_p:.2g}"
        counts = (f"{one.incidents} in {duration(one.days * IN_MINUTES['days'])}" for one in (first, second))
        lines.append(f"{', then '.join(counts)} ({told})")
    return [*lines, _trend(figures.trend, "a month", level)]


def _missing(what: Unavailable) -> list[str]:
    return [f"not available: {what.reason}"]


def commit_in_words(commit: Commit) -> str:
    """When, which, what: ``2025-03-10 d14bdb6 Fix the rounding``."""
    return f"{datetime.fromtimestamp(commit.at, UTC):%Y-%m-%d} {commit.id[:7]} {commit.subject}"


def share(done: int, total: int) -> str:
    """``9 of 15 (60 %)``."""
    return f"{done} of {total} ({percent(done, total)})"


def percent(done: int, total: int) -> str:
    """``60 %``, rounded down: 100 % is said of all only, and 0 % of none only."""
    whole = done * 100 // total
    return "under 1 %" if done and not whole else f"{whole} %"


def percent_of(part: float) -> str:
    """The same of a share; what rounding took from a whole percent is given back."""
    whole = floor(round(part * 100, 9))
    return "under 1 %" if part and not whole else f"{whole} %"


def _tallies(tallies: Mapping[str, Tally]) -> str:
    return ", ".join(f"{name} {tally.done}/{tally.total}" for name, tally in tallies.items())
