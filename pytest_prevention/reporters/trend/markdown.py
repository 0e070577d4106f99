"""The trend as GitHub's Markdown, for a comment or a wiki page."""

from __future__ import annotations

from pytest_prevention.reporters.markdown import table
from pytest_prevention.reporters.safe import markdown
from pytest_prevention.reporters.trend.report import (
    HEAD,
    LEGEND,
    NOT_VERIFIED,
    TrendReport,
    cells,
    heading,
    notes,
    trends_in_words,
)


def trend_markdown(report: TrendReport) -> str:
    """A table with a row a month, the newest last, and what there is to say about it; nothing in it acts."""
    rows = [tuple(map(markdown, cells(month))) for month in report.months.months]
    told = [*trends_in_words(report), *notes(report), NOT_VERIFIED]
    blocks = [
        f"**{markdown(heading(report))}**",
        table(HEAD, rows),
        markdown(LEGEND),
        "\n".join(f"- {markdown(line)}" for line in told),
    ]
    return "\n\n".join(blocks) + "\n"
