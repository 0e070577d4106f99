"""From a report to text: pure functions, one module per format, one explicit table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_prevention.reporters.json import report_json
from pytest_prevention.reporters.markdown import report_markdown
from pytest_prevention.reporters.report import Report, closing
from pytest_prevention.reporters.terminal import findings_text, report_text

REPORTERS: Mapping[str, Callable[[Report], str]] = {
    "txt": report_text,
    "json": report_json,
    "md": report_markdown,
}
"""By format, which is also the suffix of the file."""

__all__ = ["REPORTERS", "Report", "closing", "findings_text", "report_text"]
