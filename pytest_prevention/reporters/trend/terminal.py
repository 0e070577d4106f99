"""The trend for people at a terminal: 100 columns, since it is a table."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_prevention.reporters.layout import wrapped
from pytest_prevention.reporters.safe import safe
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

WIDTH = 100


def trend_text(report: TrendReport) -> str:
    """A row a month, the newest last; what the signs mean; what the tests say; what could not be read."""
    blocks = [
        _wrapped(heading(report)),
        _table([HEAD, *map(cells, report.months.months)]),
        _wrapped(LEGEND),
        [line for told in trends_in_words(report) for line in _wrapped(told)],
        [line for told in (*notes(report), NOT_VERIFIED) for line in _wrapped(told)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _wrapped(text: str) -> list[str]:
    return wrapped(safe(text), hanging=2, width=WIDTH)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as they must be: months to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
