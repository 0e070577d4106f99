"""Figures in words, as the reports for people share them. What comes from the repository is still to be made safe."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pytest_prevention.indicators import ActionsCompleted, IncidentCount, Indicators, TimeToComplete
from pytest_prevention.indicators.actions_completed import Tally
from pytest_prevention.loop import Loop, Progress
from pytest_prevention.model import Commit, Rung, Status, Unavailable, Verdict
from pytest_prevention.reporters.report import unjudged
from pytest_prevention.rules.base import counted, shortened

MONTHS = 12
BAR = 30


def leading(indicators: Indicators) -> dict[str, list[str]]:
    """Each leading indicator by name, in a few short lines."""
    completed, time = indicators.leading.actions_completed, indicators.leading.time_to_complete
    return {
        "Actions completed": _missing(completed) if isinstance(completed, Unavailable) else _completed(completed),
        "Time to complete": _missing(time) if isinstance(time, Unavailable) else _time(time),
    }


def lagging(indicators: Indicators) -> dict[str, list[str]]:
    """Each lagging indicator by name, in a few short lines."""
    count = indicators.lagging.incident_count
    return {"Incidents per month": _missing(count) if isinstance(count, Unavailable) else _months(count)}


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


def _completed(figures: ActionsCompleted) -> list[str]:
    dropped = f"; {figures.dropped} dropped" if figures.dropped else ""
    if not figures.total:
        return [figures.reason + dropped]
    return [
        f"{share(figures.done, figures.total)}{dropped}",
        _tallies(figures.by_priority),
        _tallies(figures.by_category),
        f"{figures.on_time.done} of {figures.on_time.total} on time",
        f"{figures.verified} verified, {len(figures.claimed)} only claimed",
    ]


def _time(figures: TimeToComplete) -> list[str]:
    middle, within = figures.median_of_completed, figures.within_target
    waiting = figures.waiting.values()
    return [
        figures.reason if middle is None else f"median {middle:g} days over {figures.completed} completed",
        f"{figures.open} still open" + (f", the oldest for {counted(max(waiting), 'day')}" if waiting else ""),
        f"{share(within.done, within.known)} within {within.days:g} days" if within.known else within.reason,
    ]


def _months(figures: IncidentCount) -> list[str]:
    """The last months with a bar of one sign per incident, or per several where a month has more than fit."""
    if figures.total is None:
        return [figures.reason]
    shown = list(figures.by_month.items())[-MONTHS:]
    per_sign = max(1, -(-max(figures.by_month.values()) // BAR))
    lines = [f"{figures.total} since {figures.observed_from} ({figures.observed_from_is})"]
    for month, number in shown:
        partial = "  (not a whole month)" if month in figures.partial else ""
        lines.append(f"{month} {number:3} {'=' * -(-number // per_sign)}{partial}".rstrip())
    earlier = len(figures.by_month) - len(shown)
    return [*lines, f"and {counted(earlier, 'earlier month')}"] if earlier else lines


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


def _tallies(tallies: Mapping[str, Tally]) -> str:
    return ", ".join(f"{name} {tally.done}/{tally.total}" for name, tally in tallies.items())
