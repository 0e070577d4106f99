"""The hotspots as GitHub's Markdown, for a comment or a wiki page."""

from __future__ import annotations

from pytest_prevention.hotspots import Hotspot, calibration_error
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
from pytest_prevention.reporters.markdown import table
from pytest_prevention.reporters.report import split_step
from pytest_prevention.reporters.safe import markdown, markdown_code, markdown_fence


def hotspots_markdown(report: HotspotReport) -> str:
    """A section for each flagged module, a table of the others; nothing in it acts."""
    blocks = [f"**{markdown(heading(report))}**"]
    blocks += [_flagged(module, report) for module in report.shown if module.flagged]
    if more := more_flagged(report):
        blocks.append(f"{more}.")
    rows = [
        (markdown(module.path), likelihood(module), str(len(module.fixes)), str(module.commits), str(module.lines))
        for module in report.shown
        if not module.flagged
    ]
    if rows:
        head = ("Not flagged", "Chance of a fix within 6 months", "Fixes in 12 months", "Commits", "Lines")
        blocks.append(table(head, rows))
    if more := more_others(report):
        blocks.append(f"{more}.")
    blocks.append(f"{markdown(backtest_in_words(report))}.")
    if report.detailed and report.calibration:
        steps = [
            (f"{one.low:.0%} to {one.high:.0%}", str(one.modules), f"{one.predicted:.1%}", f"{one.observed:.1%}")
            for one in report.calibration
        ]
        blocks.append(table(("Probability", "Modules", "Predicted", "Fixed"), steps))
        blocks.append(f"Expected calibration error {calibration_error(report.calibration):.3f}.")
    if left_out := left_out_in_words(report):
        blocks.append(f"Files that do not count: {markdown(left_out)}.")
    return "\n\n".join(blocks) + "\n"


def _flagged(module: Hotspot, report: HotspotReport) -> str:
    lines = [
        f"### {markdown_code(module.path)} breaks repeatedly",
        "",
        f"- **{likelihood(module)} chance of another fix within 6 months**",
        f"- {markdown(why(module))}",
        *(f"  - {markdown(fix)}" for fix in last_fixes(module)),
        *(f"- {markdown(fact)}" for fact in defences(module, report)),
    ]
    if module.path in report.next_steps:
        words, paste = split_step(report.next_steps[module.path])
        lines += [f"- Next: {markdown(words)}", *(["", markdown_fence(paste, "  ")] if paste else [])]
    return "\n".join([*lines, f"- Then: {markdown_code(work_list_command(module))}"])
