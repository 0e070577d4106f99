"""What a YAML file is, told from its text: so that nobody has to say it, and what is broken is told all the same."""

from __future__ import annotations

import re
from typing import Literal

from pytest_prevention.model import AlertKind
from pytest_prevention.sources.alerts.prometheus import RESOURCE

Kind = AlertKind | Literal["tests"]

_LINES: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("prometheus-operator", (rf"[ -]*kind:[ ]*[\"']?{RESOURCE}\b", "[ -]*apiVersion:.*monitoring\\.coreos\\.com/")),
    ("tests", ("rule_files:", "tests:")),
    ("grafana", ("apiVersion:[ ]*1[ ]*$", "(groups|deleteRules):")),
    ("prometheus", ("groups:", ".*\\balert:")),
)
"""By kind, in order: lines that begin so are all in its text."""

_COMPILED = tuple((kind, [re.compile(line) for line in lines]) for kind, lines in _LINES)


def kind_of(text: str) -> Kind | None:
    """The kind of alert rules, or rule unit tests, that a text looks like; None: neither."""
    lines = text.splitlines()
    fitting = (kind for kind, begun in _COMPILED if all(any(map(one.match, lines)) for one in begun))
    return next(fitting, None)
