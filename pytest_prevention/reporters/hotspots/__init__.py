"""The hotspots in each format, by name."""

from collections.abc import Callable, Mapping

from pytest_prevention.reporters.hotspots.json import hotspots_json
from pytest_prevention.reporters.hotspots.markdown import hotspots_markdown
from pytest_prevention.reporters.hotspots.report import HotspotReport
from pytest_prevention.reporters.hotspots.terminal import hotspots_text

HOTSPOT_REPORTERS: Mapping[str, Callable[[HotspotReport], str]] = {
    "txt": hotspots_text,
    "json": hotspots_json,
    "md": hotspots_markdown,
}

__all__ = ["HOTSPOT_REPORTERS", "HotspotReport"]
