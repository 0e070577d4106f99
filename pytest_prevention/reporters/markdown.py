"""The report for a pull request comment: one line that says it all, the findings, and the rest folded away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pytest_prevention.model import Finding, Unavailable, Verdict
from pytest_prevention.reporters.layout import cut
from pytest_prevention.reporters.patterns import patterns_in_words
from pytest_prevention.reporters.report import Report, closing, split_step, tolerated
from pytest_prevention.reporters.safe import markdown, markdown_code, markdown_fence
from pytest_prevention.reporters.words import actions_of, lagging, leading, since_in_words, stage_of, unjudged_in_words

FINDINGS, ROWS, STEPS, QUOTE = 20, 50, 5, 240
"""At most so many findings, rows of a table, next steps, and columns of a quote."""
LIMIT = 65_000
"""GitHub takes 65,536 characters."""


def report_markdown(report: Report) -> str:
    """GitHub's Markdown; nothing that comes from the repository can become markup, a link or a mention."""
    blocks = [_summary(report)]
    if report.verdict:
        blocks += [
            _findings(report.verdict.failing),
            _folded("Findings that do not break the gate", _findings(tolerated(report.verdict))),
        ]
    blocks += [
        _folded("Incidents in the prevention loop", _incidents(report)),
        _folded("Indicators", _indicators(report)),
        _folded("Patterns", _named("Pattern", patterns_in_words(report.patterns))),
        _folded("Next steps", _next_steps(report)),
        _folded("Not checked", _unjudged(report.verdict) if report.verdict else ""),
    ]
    return "\n\n".join(_fitting(block for block in blocks if block)) + "\n"


def _fitting(blocks: Iterable[str]) -> Iterator[str]:
    """Blocks as long as a comment can take them; for each that is too long a line that says so."""
    used = 0
    for block in blocks:
        shown = block if used + len(block) <= LIMIT else "(A part is left out here: it is too long for a comment.)"
        used += len(shown) + 2
        yield shown


def _summary(report: Report) -> str:
    name = f" of {markdown(report.name)}" if report.name else ""
    if report.verdict:
        return f"**Prevention gate{name} {report.verdict.state}:** {markdown(closing(report.verdict))}."
    return f"**Prevention report{name}** as of {report.facts.as_of:%Y-%m-%d}."


def _folded(title: str, body: str) -> str:
    """Nothing where there is no body. Markdown inside needs the blank lines."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""


def _findings(findings: Sequence[Finding]) -> str:
    items = [_finding(finding) for finding in findings[:FINDINGS]]
    return "\n".join([*items, *_more(len(findings) - FINDINGS)])


def _finding(finding: Finding) -> str:
    why = f"{markdown(finding.code)} {markdown(finding.name)}, because of {markdown_code(finding.policy_key)}"
    return "\n".join(
        [
            f"- **{finding.level}** {markdown_code(finding.subject)}: {_quoted(finding.fact)}  ",
            f"  At {markdown_code(str(finding.location))}: {why}  ",
            *_next(finding.next_step, "  "),
        ]
    )


def _next(step: str, indent: str) -> list[str]:
    """The next step; what is to be pasted stands in a block of its own."""
    words, paste = split_step(step)
    lines = [f"{indent}Next: {markdown(words)}"]
    return [*lines, "", markdown_fence(paste, indent)] if paste else lines


def _incidents(report: Report) -> str:
    if isinstance(report.loops, Unavailable):
        return f"Not available: {_quoted(report.loops.reason)}"
    rows = [
        [_quoted(cell) for cell in (one.incident.id, one.incident.severity or "?", one.incident.title)]
        + [stage_of(one), _quoted(actions_of(one))]
        for one in sorted(report.loops, key=lambda one: one.closed)
    ]
    return table(("Incident", "Severity", "Title", "Stage", "Actions"), rows)


def _indicators(report: Report) -> str:
    figures = {**leading(report.indicators, tests_ran=report.tests_ran), **lagging(report.indicators)}
    told = f"{since_in_words(report.facts.since)}\n\n" if report.facts.since else ""
    return told + _named("Indicator", figures)


def _named(what: str, figures: Mapping[str, Iterable[str]]) -> str:
    """Figures by name, a line each."""
    return table((what, "Figures"), [(name, "<br>".join(map(_quoted, texts))) for name, texts in figures.items()])


def _next_steps(report: Report) -> str:
    lines = []
    for number, gap in enumerate(report.next_steps[:STEPS], 1):
        lines.append(f"{number}. {markdown_code(gap.subject)}: {_quoted(gap.what)}  ")
        lines += [f"   At {markdown_code(str(gap.location))}  ", *_next(gap.next_step, "   ")]
    return "\n".join([*lines, *_more(len(report.next_steps) - STEPS)])


def _unjudged(verdict: Verdict) -> str:
    return "\n".join(f"- Rules {_quoted(gap)}" for gap in unjudged_in_words(verdict))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """``rows`` hold Markdown already."""
    lines = [" | ".join(row) for row in (head, ["---"] * len(head), *rows[:ROWS])]
    return "\n".join([*(f"| {line} |" for line in lines), *_more(len(rows) - ROWS)])


def _quoted(text: str) -> str:
    return markdown(cut(text, QUOTE))


def _more(number: int) -> list[str]:
    return ["", f"and {number} more."] if number > 0 else []
