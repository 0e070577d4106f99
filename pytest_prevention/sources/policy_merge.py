"""Valid policy documents merged into one policy: mappings are merged, lists and single values replace."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pytest_prevention import resources
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Category, Location, Priority, Problem, Rung, Status
from pytest_prevention.policy import Demand, KeyPath, Layer, Policy, said_of
from pytest_prevention.sources.yaml_text import Document


def merge(documents: Sequence[Document], codes: Collection[str]) -> Policy:
    """The policy that the documents make, the one with the last word first; PreventionError where they contradict."""
    keys = json.loads(resources.text("schema", "policy.schema.json"))["properties"]
    merged: Mapping[str, Any] = {}
    for document in reversed(documents):
        merged = _merged(merged, document.value)
    layers = tuple(document.value.get("rules", {}) for document in documents)
    tree = {key: merged[key] for key in keys if key in merged and key != "extends"}
    origins = dict(_origins(tree, documents))
    tree["rules"], rule_origins = _rules(documents, layers, codes)
    problems = [*_wrong_order(tree, origins), *_ambiguous_words(tree, origins, keys)]
    if problems:
        raise PreventionError(sorted(problems))
    return Policy(tree, origins | rule_origins, layers, tuple(_demands(tree["evidence"])))


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: _merged(lower[key], value) for key, value in upper.items() if _are_mappings(lower.get(key), value)}
    return {**lower, **upper, **both}


def _are_mappings(*values: object) -> bool:
    return all(isinstance(value, dict) for value in values)


def _origins(tree: Mapping[str, Any], documents: Sequence[Document]) -> Iterator[tuple[KeyPath, Location]]:
    """Each leaf, also in lists, and each list entry with its place in the first document that has it."""
    for path in _paths(tree, ()):
        yield path, next(document.places[path] for document in documents if path in document.places)


def _paths(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    else:
        yield path
    for index, inner in enumerate(value if isinstance(value, list) else ()):
        yield (*path, index)
        yield from _paths(inner, (*path, index))


def _rules(
    documents: Sequence[Document], layers: tuple[Layer, ...], codes: Collection[str]
) -> tuple[dict[str, Any], dict[KeyPath, Location]]:
    """What applies to each rule, written out under its code, with the places where that was said."""
    rules: dict[str, Any] = {}
    origins: dict[KeyPath, Location] = {}
    asked = Policy({}, layers=layers)
    for code in sorted(codes):
        said = said_of(code, layers)
        setting = asked.rule(code)
        rules[code] = {"severity": str(setting.level)}
        if setting.by_priority:
            rules[code]["by_priority"] = {priority.value: str(level) for priority, level in setting.by_priority.items()}
        if "grace" in said:
            rules[code]["grace"] = setting.grace
        for name, one in said.items():
            path = ("by_priority", name) if name in Priority.__members__ else (name,)
            places = documents[one.layer].places
            origins["rules", code, *path] = places["rules", one.key, *path]
            origins.setdefault(("rules", code, "severity"), places["rules", one.key])
    return rules, origins


def _demands(entries: Sequence[Mapping[str, Any]]) -> Iterator[Demand]:
    for index, entry in enumerate(entries):
        when = entry.get("when", {})
        yield Demand(
            Rung[entry["require"].upper()],
            frozenset(map(Category, when.get("category", ()))),
            frozenset(map(Priority, when.get("priority", ()))),
            frozenset(map(Status, when.get("status", ()))),
            index,
        )


def _wrong_order(tree: Mapping[str, Any], origins: Mapping[KeyPath, Location]) -> Iterator[Problem]:
    """Spans that end before they begin; days and times of day in our forms sort as text."""
    spans: Sequence[tuple[KeyPath, str, str]] = [
        (("observation",), "from", "compare_at"),
        (("deploys", "working_hours"), "from", "to"),
    ]
    for path, first, last in spans:
        span: Mapping[str, Any] = tree
        for key in path:
            span = span.get(str(key), {})
        if first in span and last in span and span[first] >= span[last]:
            name = ".".join(map(str, (*path, last)))
            message = f"{name} ({span[last]}) is not later than {first} ({span[first]})"
            yield Problem(origins[*path, last], "usage", name, message, f"give a later {last} or an earlier {first}")


def _ambiguous_words(
    tree: Mapping[str, Any], origins: Mapping[KeyPath, Location], keys: Mapping[str, Any]
) -> Iterator[Problem]:
    """A word of the team's own that has two meanings, upper and lower case being the same."""
    for section in ("severities", "columns", "statuses"):
        meanings = {ours.casefold(): ours for ours in keys[section]["properties"]}
        for ours, words in tree[section].items():
            for index, word in enumerate(words):
                meaning = meanings.setdefault(word.strip().casefold(), ours)
                if meaning != ours:
                    name = f"{section}.{ours}[{index}]"
                    message = f"{name}: {word} already means {meaning}"
                    yield Problem(origins[section, ours, index], "usage", name, message, "give each word one meaning")
