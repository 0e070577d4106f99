"""Reading actions out of Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from pytest_prevention.model import Backlog, Incidents
from pytest_prevention.policy import Policy
from pytest_prevention.sources.backlog_words import Words

NO_ANCHORS: Mapping[str, date] = MappingProxyType({})


def read_backlog(root: Path, policy: Policy, incidents: Incidents) -> Backlog:
    """The actions of ``incidents/prevention-backlog.md``; PreventionError where the file cannot be read."""
    raise NotImplementedError


def parse_actions(
    text: str,
    path: str,
    words: Words,
    *,
    incident: str | None = None,
    anchors: Mapping[str, date] = NO_ANCHORS,
    first_line: int = 1,
) -> Backlog:
    """The actions of every backlog table in a Markdown text.

    ``incident`` is the incident of tables that have an Action column and no Incident column (an action table inside a
    post-mortem). ``anchors`` says for each incident from which day a date without a year is counted; ``first_line`` is
    the number of the text's first line in the file.
    """
    raise NotImplementedError
