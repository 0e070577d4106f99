"""Prometheus rule files, and PrometheusRule resources, which hold the same groups in their ``spec``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_prevention.model import AlertKind
from pytest_prevention.sources.alerts.values import Found, build, problem, scalar
from pytest_prevention.sources.yaml_text import Document, KeyPath

RESOURCE = "PrometheusRule"


def read_rule_file(document: Document) -> Found:
    """The alerts of one document of a rule file; recording rules are none."""
    kind = document.value.get("kind") if isinstance(document.value, dict) else None
    hint = "a rule file begins with groups:"
    if kind == RESOURCE or (isinstance(kind, str) and kind.endswith("List")):
        hint = f"for {RESOURCE} resources write type: prometheus-operator in the policy"
    yield from _alerts(document, (), document.value, "prometheus", hint)


def read_resources(document: Document) -> Found:
    """The alerts of the PrometheusRule resources of one document; other resources are skipped."""
    for path, resource in resources(document):
        hint = f"the spec of a {RESOURCE} begins with groups:"
        yield from _alerts(document, (*path, "spec"), resource.get("spec"), "prometheus-operator", hint)


def resources(document: Document) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """The PrometheusRule resources, alone or in lists, with their places in the document."""
    left: list[tuple[KeyPath, Any]] = [((), document.value)]
    while left:
        path, value = left.pop()
        if not isinstance(value, dict):
            continue
        if value.get("kind") == RESOURCE:
            yield path, value
        items = value.get("items")
        if isinstance(items, list) and str(value.get("kind")).endswith("List"):
            left += [((*path, "items", index), item) for index, item in reversed(list(enumerate(items)))]


def rules_of(groups: Any) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """The rules of well-formed groups, with their places below ``groups``."""
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        rules = group.get("rules") if isinstance(group, dict) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict):
                yield ("groups", number, "rules", index), rule


def _alerts(document: Document, above: KeyPath, holder: Any, kind: AlertKind, hint: str) -> Found:
    groups = holder.get("groups") if isinstance(holder, dict) else None
    if not isinstance(groups, list):
        yield problem(document.place((*above, "groups")), document.place(()).path, "has no list of groups", hint)
        return
    yield from _malformed(document, (*above, "groups"), groups)
    for below, rule in rules_of(groups):
        path = (*above, *below)
        name, records = scalar(rule.get("alert")), "record" in rule
        where = document.place((*path, "alert"))
        if "alert" in rule and records:
            yield problem(where, name or "", "a rule is both an alert and a recording rule", "make two rules of it")
        elif "alert" in rule and not name:
            yield problem(where, "", "an alert has no name", "write alert: NameOfTheAlert")
        elif "alert" in rule:
            if not scalar(rule.get("expr")):
                yield problem(where, name or "", f"alert {name} has no expr", "write expr: with the condition")
            yield from build(where, kind, {**rule, "name": name})
        elif not records:
            yield problem(document.place(path), "", "a rule has neither alert: nor record:", "say what it is")


def _malformed(document: Document, path: KeyPath, groups: list[Any]) -> Found:
    """Groups and rules that are none."""
    for number, group in enumerate(groups):
        rules = group.get("rules") if isinstance(group, dict) else group
        if not isinstance(group, dict) or not isinstance(rules, list | None):
            yield problem(
                document.place((*path, number)), "", "is no group of rules", "write name: and a list of rules:"
            )
            continue
        for index, rule in enumerate(rules or ()):
            if not isinstance(rule, dict):
                where = document.place((*path, number, "rules", index))
                yield problem(where, "", "is no rule", "write alert: and expr:")
