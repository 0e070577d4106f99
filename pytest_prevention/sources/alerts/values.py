"""What all kinds of alert rules have in common: labels, durations, incident ids, and how they become a rule."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from datetime import timedelta
from typing import Any

from pytest_prevention.model import AlertKind, AlertRule, AlertState, Location, Problem
from pytest_prevention.model.mark import INCIDENT_ID

UNREADABLE = "alert-file-unreadable"
ANNOTATION, LABEL = "incidents", "incident"

_UNITS = {"y": 365 * 86400.0, "w": 7 * 86400.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile("".join(f"(?:([0-9]{{1,15}}){unit})?" for unit in _UNITS))
_LONGEST = timedelta(days=292 * 365)  # Prometheus counts nanoseconds in 64 bits
_SEPARATORS = re.compile(r"[\s,;]+")

Found = Iterator[AlertRule | Problem]


def problem(where: Location, subject: str, message: str, hint: str = "") -> Problem:
    return Problem(where, UNREADABLE, subject, message, hint)


def duration(text: str) -> timedelta | None:
    """``5m``, ``1h30m``, ``0``: as Prometheus writes durations, larger units first; None where it is none."""
    if text == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(text) if text else None
    if not found:
        return None
    seconds = sum(int(count) * unit for count, unit in zip(found.groups(), _UNITS.values(), strict=True) if count)
    return timedelta(seconds=seconds) if seconds <= _LONGEST.total_seconds() else None


def scalar(value: Any) -> str | None:
    """A value as text, an absent one as none at all; None for a list or mapping."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return None
    return "" if value is None else str(value)


def build(
    where: Location,
    kind: AlertKind,
    values: Mapping[str, Any],
    *,
    state: AlertState = "active",
    severity: str = "",
    incidents: str = "",
) -> Found:
    """The rule of these values (``name``, ``uid``, ``expr``, ``for``, ``labels``, ``annotations``), and what is wrong.

    What is wrong with a value is told, and the value is as if it were not there. ``severity`` and ``incidents`` are
    those of formats without labels and annotations.
    """
    name = scalar(values.get("name")) or ""
    texts: dict[str, str] = {}
    for key in ("uid", "expr", "for"):
        text = scalar(values.get(key))
        if text is None:
            yield problem(where, name, f"{_of(name)} has a list or mapping as its {key}", "write text")
        texts[key] = (text or "").strip()
    for_ = duration(texts["for"] or "0")
    if for_ is None:
        message = f"{_of(name)} has {texts['for'][:60]!r} as its for, which is no duration"
        yield problem(where, name, message, "write it like 30s, 5m or 1h30m")
    labels = yield from _texts(where, name, "labels", values.get("labels"))
    annotations = yield from _texts(where, name, "annotations", values.get("annotations"))
    ids = [*_ids(annotations.get(ANNOTATION, "")), *_ids(labels.get(LABEL, "")), *_ids(incidents)]
    for one in ids:
        if not INCIDENT_ID.fullmatch(one):
            hint = "write ids like INC-001, several with commas between them"
            yield problem(where, name, f"{_of(name)} names {one[:60]!r}, which is no incident id", hint)
    yield AlertRule(
        name=name,
        location=where,
        kind=kind,
        uid=texts["uid"],
        expr=texts["expr"],
        for_=for_ or timedelta(0),
        severity=severity or labels.get("severity", ""),
        labels=labels,
        annotations=annotations,
        incidents=tuple(dict.fromkeys(one for one in ids if INCIDENT_ID.fullmatch(one))),
        state=state,
    )


def _texts(where: Location, name: str, key: str, value: Any) -> Generator[Problem, None, dict[str, str]]:
    """Labels or annotations; the generator's result is what can be read of them."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        yield problem(where, name, f"{_of(name)} has {key} that are no mapping", f"write {key} as key: value")
        return {}
    texts = {one: scalar(inner) for one, inner in value.items()}
    for one in (one for one, text in texts.items() if text is None):
        yield problem(where, name, f"{_of(name)} has a list or mapping in {key}.{one[:60]}", "write text")
    return {one: text for one, text in texts.items() if text is not None}


def _of(name: str) -> str:
    return f"alert {name[:60]}" if name else "an alert without a name"


def _ids(text: str) -> list[str]:
    return [one for one in _SEPARATORS.split(text) if one]
