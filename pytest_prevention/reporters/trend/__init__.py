"""The trend in each format, by name."""

from collections.abc import Callable, Mapping

from pytest_prevention.reporters.trend.json import trend_json
from pytest_prevention.reporters.trend.markdown import trend_markdown
from pytest_prevention.reporters.trend.report import TrendReport
from pytest_prevention.reporters.trend.terminal import trend_text

TREND_REPORTERS: Mapping[str, Callable[[TrendReport], str]] = {
    "txt": trend_text,
    "json": trend_json,
    "md": trend_markdown,
}

__all__ = ["TREND_REPORTERS", "TrendReport", "trend_text"]
