"""The trend as JSON, described by ``schema/trend.schema.json``. Keys may be added, none changes."""

from __future__ import annotations

import json

from pytest_prevention.indicators import ActionsCompleted, RepeatIncidents, TimeTo, TimeToComplete
from pytest_prevention.indicators.actions_completed import Tally
from pytest_prevention.indicators.months import Month, MonthlyTrend
from pytest_prevention.model import Unavailable
from pytest_prevention.reporters.json import plain
from pytest_prevention.reporters.safe import json_text
from pytest_prevention.reporters.trend.report import NOT_EXAMINED, TrendReport, problems

VERSION = 1


def trend_json(report: TrendReport) -> str:
    """Indented, in ASCII, with full precision and a line end."""
    data = {
        "version": VERSION,
        "name": report.name,
        "as_of": report.months.pasts[-1].facts.as_of,
        "head": report.months.pasts[-1].commit,
        "level": report.months.policy.level,
        "months": [_month(month) for month in report.months.months],
        "trends": {name: _trend(one) for name, one in report.months.trends.items()},
    }
    return json_text(json.dumps(plain(data), indent=2, allow_nan=False)) + "\n"


def _month(month: Month) -> dict[str, object]:
    leading, lagging = month.indicators.leading, month.indicators.lagging
    return {
        "month": month.past.month,
        "whole": month.whole,
        "as_of": month.past.facts.as_of,
        "commit": month.past.commit,
        "problems": problems(month),
        "began": month.began,
        "done_on_time": _on_time(month.due),
        "actions_completed": _actions(leading.actions_completed),
        "time_to_complete": _time_to_complete(leading.time_to_complete),
        "repeat_incidents": _repeats(lagging.repeat_incidents),
        "time_to_detect": _time_to(lagging.time_to_detect),
        "time_to_mitigate": _time_to(lagging.time_to_mitigate),
        "time_to_fix": _time_to(lagging.time_to_fix),
    }


def _on_time(due: Tally | Unavailable) -> object:
    if isinstance(due, Unavailable):
        return due
    share = {"share": due.done / due.total} if due.total else {"share": None, "reason": "no action fell due"}
    return {"done": due.done, "total": due.total, **share}


def _actions(figures: ActionsCompleted | Unavailable) -> object:
    if isinstance(figures, Unavailable):
        return figures
    return {
        "done": figures.done,
        "total": figures.total,
        "share": figures.share,
        **_reason(figures.reason),
        "interval": figures.interval,
        "overdue": len(figures.overdue),
        "stale": len(figures.stale),
        "verified": Unavailable(NOT_EXAMINED),
    }


def _time_to_complete(figures: TimeToComplete | Unavailable) -> object:
    if isinstance(figures, Unavailable):
        return figures
    return {
        "unit": figures.unit,
        "completed": figures.completed,
        "open": figures.open,
        "median": figures.median,
        **_reason(figures.reason),
        "interval": figures.interval,
    }


def _repeats(figures: RepeatIncidents | Unavailable) -> object:
    if isinstance(figures, Unavailable):
        return figures
    return {
        "repeats": len(figures.repeats),
        "known_cause": figures.known_cause,
        "share": figures.share,
        **_reason(figures.reason),
    }


def _time_to(figures: TimeTo | Unavailable) -> object:
    if isinstance(figures, Unavailable):
        return figures
    return {
        "unit": figures.unit,
        "n": figures.n,
        "open": len(figures.open),
        "median": figures.median,
        "median_with_open": figures.median_with_open,
        **_reason(figures.reason),
        "interval": figures.interval,
    }


def _trend(one: MonthlyTrend) -> dict[str, object]:
    found = one.found
    return {
        "n": one.n,
        "tau_b": found.tau_b,
        "p": found.p,
        "p_holm": one.p_holm,
        "slope": found.slope,
        **_reason(found.reason),
    }


def _reason(reason: str) -> dict[str, str]:
    return {"reason": reason} if reason else {}
