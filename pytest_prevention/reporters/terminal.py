"""The gate's findings and the report for people at a terminal: 80 columns, no colour unless the caller asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from pytest_prevention.days import day
from pytest_prevention.loop import Loop, Stage
from pytest_prevention.model import Finding, Level, Unavailable, Verdict
from pytest_prevention.phrases import counted
from pytest_prevention.reporters.layout import WIDTH, columns, cut, padded, wrapped
from pytest_prevention.reporters.patterns import patterns_in_words
from pytest_prevention.reporters.report import Report, closing, split_step
from pytest_prevention.reporters.safe import safe
from pytest_prevention.reporters.words import actions_of, lagging, leading, since_in_words, stage_of, unjudged_in_words

STEPS, ROWS = 5, 10
"""As many next steps and rows of a list as people read; the others are counted, and stand in the JSON report."""

LABEL = 23
"""Columns for the names of indicators."""

_COLOURS = {Level.ERROR: "1;31", Level.WARNING: "1;33", Level.NOTE: "1;36"}
_HEADING = "1"


def findings_text(verdict: Verdict, *, colour: bool = False) -> str:
    """What the gate says: every finding, then what was not checked, then the verdict in words."""
    blocks = [_finding(finding, colour) for finding in verdict.findings]
    gaps = [f"not checked: {gap}" for gap in unjudged_in_words(verdict)]
    blocks += [_each_wrapped(gaps), wrapped(f"Gate {verdict.state}: {closing(verdict)}.", hanging=2)]
    return _joined(blocks)


def report_text(report: Report, *, colour: bool = False) -> str:
    """The whole report."""
    sections = {
        "Incidents in the prevention loop": _loops(report),
        "Leading indicators": _labelled(leading(report.indicators, tests_ran=report.tests_ran)),
        "Lagging indicators": _labelled(lagging(report.indicators)),
        "Patterns": _labelled(patterns_in_words(report.patterns)),
        "Overdue": _overdue(report),
        "Stale": _stale(report),
        "Next steps": _next_steps(report),
        "Not checked": _each_wrapped(unjudged_in_words(report.verdict), 2) if report.verdict else [],
    }
    blocks = [[_painted(title, _HEADING, colour), *lines] for title, lines in sections.items() if lines]
    return _joined([_heading(report), *blocks])


def _finding(finding: Finding, colour: bool) -> list[str]:
    level = _painted(str(finding.level), _COLOURS[finding.level], colour)
    return [
        f"{level}  {safe(finding.subject)}  {safe(finding.code)} {safe(finding.name)}",
        f"  {safe(str(finding.location))}",
        *wrapped(safe(finding.fact), 2),
        f"  policy: {safe(finding.policy_key)}",
        *_next(finding.next_step, 2),
    ]


def _next(step: str, indent: int) -> list[str]:
    """The next step; what is to be pasted stands on a line of its own, whole, however long it is."""
    words, paste = split_step(safe(step))
    lines = wrapped(f"next: {words}", indent, indent + 6)
    return [*lines, " " * (indent + 6) + paste] if paste else lines


def _heading(report: Report) -> list[str]:
    name = f" of {safe(report.name)}" if report.name else ""
    lines = wrapped(f"Prevention report{name}, as of {report.facts.as_of:%Y-%m-%d %H:%M} UTC", hanging=2)
    if report.facts.since:
        lines += wrapped(since_in_words(report.facts.since), hanging=2)
    if report.verdict:
        lines += wrapped(f"Gate {report.verdict.state}: {closing(report.verdict)}.", hanging=2)
    return lines


def _loops(report: Report) -> list[str]:
    if isinstance(report.loops, Unavailable):
        return wrapped(f"not available: {safe(report.loops.reason)}", 2)
    waiting = [one.stage for one in report.loops if not one.closed]
    stages = " → ".join(f"{waiting.count(stage)} {stage}" for stage in Stage)
    lines = [*wrapped(stages, 2), f"  {len(report.loops) - len(waiting)} closed"]
    widest = min(max((columns(safe(one.incident.id)) for one in report.loops), default=0), 20)
    for one in report.loops:
        lines += _loop(one, widest)
    if report.strays:
        keys = ", ".join(safe(action.key) for action in report.strays)
        lines += wrapped(f"Actions of incidents without a record: {keys}", 2, 4)
    return lines


def _loop(one: Loop, widest: int) -> list[str]:
    """One incident: its head and, below, its actions with the rung on which the evidence for each stands."""
    incident, stage = one.incident, stage_of(one)
    head = f"  {padded(safe(incident.id), widest)}  {incident.severity or '?':4}  "
    title = padded(safe(incident.title), WIDTH - columns(head) - len(stage) - 2)
    return [f"{head}{title}  {stage}", *wrapped(safe(actions_of(one)), widest + 4)]


def _overdue(report: Report) -> list[str]:
    completed, today = report.indicators.leading.actions_completed, day(report.facts.as_of, report.policy)
    if isinstance(completed, Unavailable):
        return []
    late = {key: (today - due).days for key in completed.overdue if (due := report.actions[key].due)}
    return _rows(report, {key: f"overdue by {counted(days, 'day')}" for key, days in late.items()})


def _stale(report: Report) -> list[str]:
    """The stale ones that are not listed as overdue already."""
    completed, time = report.indicators.leading.actions_completed, report.indicators.leading.time_to_complete
    if isinstance(completed, Unavailable) or isinstance(time, Unavailable):
        return []
    overdue = set(completed.overdue)
    more = [key for key in completed.stale if key not in overdue]
    return _rows(report, {key: f"open for {counted(time.waiting[key], 'day')}" for key in more})


def _rows(report: Report, since: Mapping[str, str]) -> list[str]:
    """One line per action, the most urgent first; ``since`` says by key for how long it is late."""
    actions = [report.actions[key] for key in since]
    lines = []
    for action in sorted(actions, key=lambda one: (one.judged_priority, one.due or date.max, one.key))[:ROWS]:
        head = f"  {safe(action.key)}  {action.judged_priority} {action.category or '?'}, {since[action.key]}: "
        lines.append(head + cut(safe(action.text), max(WIDTH - columns(head), 20)))
    return [*lines, *_more(len(actions) - ROWS)]


def _next_steps(report: Report) -> list[str]:
    lines = []
    for number, gap in enumerate(report.next_steps[:STEPS], 1):
        lines += [
            f"  {number}. {safe(gap.subject)}  {safe(str(gap.location))}",
            *wrapped(safe(gap.what), 5),
            *_next(gap.next_step, 5),
        ]
    return [*lines, *_more(len(report.next_steps) - STEPS)]


def _more(number: int) -> list[str]:
    return [f"  and {number} more"] if number > 0 else []


def _labelled(figures: Mapping[str, list[str]]) -> list[str]:
    """Each name in front of the first line of its figures, the others below it."""
    lines = []
    for name, texts in figures.items():
        first, *more = [line for text in texts for line in wrapped(safe(text), LABEL)]
        lines += [f"  {name}".ljust(LABEL) + first[LABEL:], *more]
    return lines


def _each_wrapped(texts: Iterable[str], indent: int = 0) -> list[str]:
    return [line for text in texts for line in wrapped(safe(text), indent, indent + 2)]


def _painted(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def _joined(blocks: Iterable[list[str]]) -> str:
    """Blocks of lines with a blank line between them."""
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
