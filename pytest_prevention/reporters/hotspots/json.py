"""The hotspots as JSON, described by ``schema/hotspots.schema.json``. Keys may be added, none changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

from pytest_prevention.hotspots import Hotspot, calibration_error
from pytest_prevention.model import Commit, Unavailable
from pytest_prevention.phrases import counted
from pytest_prevention.reporters.hotspots.report import HotspotReport, likelihood, moment
from pytest_prevention.reporters.json import plain
from pytest_prevention.reporters.safe import json_text

VERSION = 1


def hotspots_json(report: HotspotReport) -> str:
    """Indented, in ASCII; figures are rounded to six digits, so that they are the same on every machine."""
    history = report.history
    data = {
        "version": VERSION,
        "name": report.name,
        "as_of": moment(history.now.at),
        "head": history.now.commit,
        "window_days": history.window_days,
        "commits": history.commits,
        "left_out": history.left_out,
        "modules": [_module(module, report) for module in report.modules[: report.top]],
        "backtest": _backtest(report),
    }
    return json_text(json.dumps(plain(data), indent=2, allow_nan=False)) + "\n"


def _module(module: Hotspot, report: HotspotReport) -> dict[str, object]:
    covered = report.covered.get(module.path)
    return {
        "path": module.path,
        "fixes_12m": len(module.fixes),
        "F": round(module.score.fixes, 6),
        "C": round(module.score.commits, 6),
        "lines": module.lines,
        "probability": round(module.score.probability, 6),
        "flagged": module.flagged,
        "reasons": [*_reasons(module, report)],
        "earlier_names": module.names,
        "trend": module.trend,
        "commits": module.commits,
        "authors": module.authors,
        "fixes": [_fix(commit) for commit in module.fixes],
        "incidents": module.incidents,
        "guards": module.guards,
        "coverage": round(float(covered), 6) if isinstance(covered, Fraction) else covered,
        "retrofit": module.retrofit.key if module.retrofit else None,
        "answered_by": module.answered_by.key if module.answered_by else None,
        "answered": module.answered,
        "next_step": report.next_steps.get(module.path),
    }


def _reasons(module: Hotspot, report: HotspotReport) -> Iterator[str]:
    """What the flag rests on, one sentence each."""
    enough, likely = report.policy.threshold("hotspot_fixes"), report.policy.threshold("hotspot_probability")
    left = len(module.fixes) - module.answered
    yield f"{counted(left, 'fix', 'fixes')} in 12 months, {enough:g} flag a module"
    yield f"probability of another within 6 months {likelihood(module)}, {likely * 100:g} % flag it"
    if module.answered_by and module.answered:
        yield f"{module.answered} more answered by {module.answered_by.key}, Done on {module.answered_by.done}"


def _fix(commit: Commit) -> dict[str, object]:
    return {
        "commit": commit.id,
        "at": moment(commit.at),
        "subject": commit.subject,
        "why": commit.why,
        "incidents": commit.incidents,
    }


def _backtest(report: HotspotReport) -> object:
    tested = report.backtest
    if isinstance(tested, Unavailable):
        return tested
    figures: dict[str, object] = {
        "at": moment(tested.at),
        "pool": tested.pool,
        "fixed": tested.fixed,
        "named": tested.named,
        "hits": tested.hits,
        "chance": round(tested.chance, 6),
        "by_size": tested.by_size,
    }
    if report.detailed:
        figures["calibration"] = [
            {
                "from": one.low,
                "to": one.high,
                "modules": one.modules,
                "predicted": round(one.predicted, 6),
                "observed": round(one.observed, 6),
            }
            for one in report.calibration
        ]
        figures["calibration_error"] = round(calibration_error(report.calibration), 6)
    return figures
