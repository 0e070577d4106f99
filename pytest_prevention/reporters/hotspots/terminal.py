"""The hotspots for people at a terminal: 80 columns."""

from __future__ import annotations

from pytest_prevention.hotspots import Bin, Hotspot, calibration_error
from pytest_prevention.phrases import counted
from pytest_prevention.reporters.hotspots.report import (
    HotspotReport,
    backtest_in_words,
    defences,
    heading,
    last_fixes,
    left_out_in_words,
    likelihood,
    more_flagged,
    more_others,
    why,
    work_list_command,
)
from pytest_prevention.reporters.layout import WIDTH, cut, wrapped
from pytest_prevention.reporters.report import split_step
from pytest_prevention.reporters.safe import safe


def hotspots_text(report: HotspotReport) -> str:
    """The flagged modules with all that is known of them, the others in a line each, and how good that has been."""
    blocks = [wrapped(safe(heading(report)), hanging=2)]
    blocks += [_flagged(module, report) for module in report.shown if module.flagged]
    if more := more_flagged(report):
        blocks.append([more])
    others = [_line(module) for module in report.shown if not module.flagged]
    others += [f"  {more}" for more in [more_others(report)] if more]
    if others:
        title = "Not flagged" if any(module.flagged for module in report.modules) else "No module is flagged"
        blocks.append([f"{title} (chance of a fix within 6 months)", *others])
    blocks.append(wrapped(f"{backtest_in_words(report)}.", hanging=2))
    if report.detailed and report.calibration:
        blocks.append(_calibration(report.calibration))
    if left_out := left_out_in_words(report):
        blocks.append(wrapped(f"Files that do not count: {safe(left_out)}.", hanging=2))
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _flagged(module: Hotspot, report: HotspotReport) -> list[str]:
    lines = [
        f"{safe(module.path)}  breaks repeatedly: {likelihood(module)} chance of another fix within 6 months",
        *wrapped(safe(why(module)), 2, 4),
        *(cut(f"    {safe(fix)}", WIDTH) for fix in last_fixes(module)),
    ]
    for fact in defences(module, report):
        lines += wrapped(safe(fact), 2, 4)
    if module.path in report.next_steps:
        words, paste = split_step(safe(report.next_steps[module.path]))
        lines += [*wrapped(f"next: {words}", 2, 8), *([f"        {paste}"] if paste else [])]
    return [*lines, f"  then: {safe(work_list_command(module))}"]


def _line(module: Hotspot) -> str:
    fixes = counted(len(module.fixes), "fix", "fixes")
    commits = counted(module.commits, "commit")
    return f"  {likelihood(module):>5} {fixes:>9} {commits:>12} {module.lines:>6} lines  {safe(module.path)}"


def _calibration(bins: tuple[Bin, ...]) -> list[str]:
    rows = [
        f"  {one.low:4.0%} to {one.high:4.0%} {one.modules:9} {one.predicted:10.1%} {one.observed:9.1%}" for one in bins
    ]
    error = f"Expected calibration error {calibration_error(bins):.3f}."
    return ["Calibration     modules  predicted     fixed", *rows, error]
