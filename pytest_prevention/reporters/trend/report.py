"""What every format of the trend is given, and the cells and phrases that they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_prevention.indicators import TimeTo
from pytest_prevention.indicators.months import NOT_OBSERVED, Began, Month, MonthlyTrend, Months
from pytest_prevention.model import Unavailable
from pytest_prevention.phrases import counted

HEAD = ("month", "began", "on time", "done", "", "overdue", "stale", "days", "detect", "mitigate", "fix", "repeats")
LEGEND = (
    "began, on time: of the month alone, by the newest records; (n): recorded when it ended. "
    "The others: all until its end, by the records of then; days (open ones counted), detect and mitigate (minutes), "
    "fix (hours) are medians. * not a whole month, – no value, ? not readable."
)
NOT_EXAMINED = "not examined: it needs the test runs of then"
NOT_VERIFIED = f"How much of what is done was verified is {NOT_EXAMINED}."
BAR = 8

_NONE, _UNREADABLE = "–", "?"
_TRENDS = {
    "incidents": ("Incidents per month", 1, ""),
    "done_on_time": ("Share of actions done on time, in months in which some fell due", 100, " percentage points"),
}
"""What was tested, and the slope's factor and unit for people."""


@dataclass(frozen=True)
class TrendReport:
    """``name`` is that of the project, for the heading."""

    months: Months
    name: str = ""


def heading(report: TrendReport) -> str:
    """What was looked at."""
    name, last = f" of {report.name}" if report.name else "", report.months.pasts[-1]
    return (
        f"Trend{name} as of {last.facts.as_of:%Y-%m-%d %H:%M} UTC ({last.commit[:7]}): "
        f"{counted(len(report.months.pasts), 'month')}, by the policy of today"
    )


def cells(month: Month) -> list[str]:
    """The row of a month, with the columns of ``HEAD``."""
    lagging = month.indicators.lagging
    times = (lagging.time_to_detect, lagging.time_to_mitigate, lagging.time_to_fix)
    return [
        month.past.month + ("" if month.whole else "*"),
        _began(month.began),
        _UNREADABLE if isinstance(month.due, Unavailable) else _of(month.due.done, month.due.total),
        *_actions(month),
        *map(_median, times),
        _UNREADABLE
        if isinstance(lagging.repeat_incidents, Unavailable)
        else str(len(lagging.repeat_incidents.repeats)),
    ]


def trends_in_words(report: TrendReport) -> list[str]:
    """What the tests say: a word for the direction only where one is behind it."""
    told = []
    for name, one in report.months.trends.items():
        what, factor, unit = _TRENDS[name]
        told.append(f"{what}: {_trend(one, factor, unit, report.months.policy.level)}.")
    return told


def notes(report: TrendReport) -> Iterator[str]:
    """What was not readable in which months, and where the records of then hold mistakes."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for month in report.months.months:
        facts = month.past.facts
        for source in dict.fromkeys((facts.incidents, facts.backlog)):
            if isinstance(source, Unavailable):
                reasons[source.reason].append(month.past.month)
    for reason, months in reasons.items():
        yield f"{_listed(months)}: {reason}."
    faulty = [f"{month.past.month} ({number})" for month in report.months.months if (number := problems(month))]
    if faulty:
        yield f"Places in the records of then that cannot be read as they were meant: {', '.join(faulty)}."


def problems(month: Month) -> int:
    """How many places in the records of then cannot be read as they were meant."""
    sources = (month.past.facts.incidents, month.past.facts.backlog)
    return sum(len(one.problems) for one in sources if not isinstance(one, Unavailable))


def _listed(months: list[str]) -> str:
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]} ({counted(len(months), 'month')})"


def _began(began: Began | Unavailable) -> str:
    if isinstance(began, Unavailable):
        return _NONE if began == NOT_OBSERVED else _UNREADABLE
    late = began.recorded_by_then != began.incidents and not isinstance(began.recorded_by_then, Unavailable)
    return f"{began.incidents} ({began.recorded_by_then})" if late else str(began.incidents)


def _actions(month: Month) -> list[str]:
    completed, time = month.indicators.leading.actions_completed, month.indicators.leading.time_to_complete
    if isinstance(completed, Unavailable) or isinstance(time, Unavailable):
        return [_UNREADABLE, "", *[_UNREADABLE] * 3]
    share = completed.done * BAR // completed.total if completed.total else 0
    return [
        _of(completed.done, completed.total),
        ("=" * share).ljust(BAR, ".") if completed.total else "",
        str(len(completed.overdue)),
        str(len(completed.stale)),
        _short(time.median),
    ]


def _of(part: int, total: int) -> str:
    return f"{part}/{total}" if total else _NONE


def _median(time: TimeTo | Unavailable) -> str:
    return _UNREADABLE if isinstance(time, Unavailable) else _short(time.median)


def _short(number: float | None) -> str:
    if number is None:
        return _NONE
    return f"{number:.0f}" if number >= 100 else f"{round(number, 1):g}"


def _trend(one: MonthlyTrend, factor: int, unit: str, level: float) -> str:
    found = one.found
    if found.tau_b is None or found.slope is None or one.p_holm is None:
        return found.reason
    tested = f"p = {one.p_holm:.2g} over {counted(one.n, 'whole month')}"
    if one.p_holm > level:
        return f"no trend that these data can show ({tested})"
    slope = f" by {abs(found.slope * factor):.2g}{unit} a month" if found.slope else ""
    return f"{'rising' if found.tau_b > 0 else 'falling'}{slope} ({tested})"
