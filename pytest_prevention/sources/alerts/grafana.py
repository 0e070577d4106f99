"""Grafana's alerting provisioning files. Contact points, policies and templates in them are none of our business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_prevention.model import AlertRule, AlertState
from pytest_prevention.sources.alerts.values import Found, build, problem, scalar
from pytest_prevention.sources.yaml_text import Document, KeyPath

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False", ""})
_QUERIES = ("expr", "expression", "query", "rawSql")
"""Where data sources keep what they are asked for; ``expression`` is that of Grafana's own server-side expressions."""


def read_provisioning(document: Document) -> Found:
    """The alert rules of one document, and those that it has Grafana delete."""
    if not isinstance(document.value, dict):
        yield problem(
            document.place(()), document.place(()).path, "is no provisioning file", "write groups: and rules:"
        )
        return
    for path, rule in _rules(document):
        if not isinstance(rule, dict):
            yield problem(document.place(path), "", "is no rule", "write groups: with lists of rules:")
        elif "record" not in rule:
            yield from _alert(document, path, rule)
    for path, entry in _entries((), document.value, "deleteRules"):
        uid = scalar(entry.get("uid")) if isinstance(entry, dict) else None
        if uid:
            yield from build(document.place((*path, "uid")), "grafana", {"name": uid, "uid": uid}, state="deleted")
        else:
            yield problem(document.place(path), "", "an entry of deleteRules has no uid", "write uid: of the rule")


def _alert(document: Document, path: KeyPath, rule: Mapping[str, Any]) -> Found:
    name = scalar(rule.get("title")) or ""
    where = document.place((*path, "title"))
    if not name:
        yield problem(where, "", "an alert rule has no title", "write title:")
    state: AlertState = "active"
    paused = scalar(rule.get("isPaused"))
    if paused not in _FALSE:
        state = "paused"
        if paused not in _TRUE:
            place = document.place((*path, "isPaused"))
            message = f"alert {name[:60]} has isPaused: {str(paused)[:60]}, which cannot be known here"
            yield problem(place, name, f"{message}; taken as paused", "write true or false")
    yield from build(where, "grafana", {**rule, "name": name, "expr": _queries(rule.get("data"))}, state=state)


def _queries(data: Any) -> str:
    models = [one.get("model") for one in data if isinstance(one, dict)] if isinstance(data, list) else []
    texts = [model.get(key) for model in models if isinstance(model, dict) for key in _QUERIES]
    return "\n".join(text for text in texts if isinstance(text, str) and text)


def with_deleted(rules: Sequence[AlertRule]) -> list[AlertRule]:
    """The same with those deleted whose uid any file has Grafana delete, since it deletes after it has created."""
    deleted = {rule.uid for rule in rules if rule.state == "deleted"}
    defined = {rule.uid for rule in rules if rule.state != "deleted"}
    return [
        replace(rule, state="deleted") if rule.uid and rule.uid in deleted else rule
        for rule in rules
        if rule.state != "deleted" or rule.uid not in defined
    ]


def _rules(document: Document) -> Iterator[tuple[KeyPath, Any]]:
    """All that stands where rules belong, with its place."""
    for path, group in _entries((), document.value, "groups"):
        if isinstance(group, dict):
            yield from _entries(path, group, "rules")
        else:
            yield path, group


def _entries(path: KeyPath, holder: Mapping[str, Any], key: str) -> Iterator[tuple[KeyPath, Any]]:
    """The entries of a list; None for what stands there instead of one."""
    value = holder.get(key)
    if isinstance(value, list):
        yield from (((*path, key, index), entry) for index, entry in enumerate(value))
    elif value is not None:
        yield (*path, key), None
