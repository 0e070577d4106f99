"""Rule unit tests as promtool reads them, with the rule files that they name."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.globs import matches_any
from pytest_prevention.model import AlertRule, Location, Problem
from pytest_prevention.sources.alerts.paths import matching
from pytest_prevention.sources.alerts.prometheus import resources, rules_of
from pytest_prevention.sources.alerts.values import problem
from pytest_prevention.sources.files import read_text, shown
from pytest_prevention.sources.yaml_stream import load_all
from pytest_prevention.sources.yaml_text import Document

NEVER = "vector(0) > 1"
"""An expression that is always empty: an alert of it cannot fire."""


@dataclass(frozen=True)
class RuleFile:
    """The groups of a rule file, or of the resources in one, in the shape of a rule file."""

    path: str
    groups: tuple[Mapping[str, Any], ...]
    places: Mapping[tuple[int, int], Location]
    """Where the name of each alert stands, by the numbers of its group and of the rule in it."""

    def neutralised(self, where: Collection[Location]) -> dict[str, object]:
        """The file as JSON, in which the alerts at these places can never fire."""
        off = {numbers for numbers, place in self.places.items() if place in where}
        return {
            "groups": [
                _without(group, {index for one, index in off if one == n}) for n, group in enumerate(self.groups)
            ]
        }

    def named(self, name: str) -> list[Location]:
        """The alerts of a name."""
        return [
            place
            for (group, index), place in self.places.items()
            if self.groups[group]["rules"][index].get("alert") == name
        ]


class Case(NamedTuple):
    """A group of input series with which a test expects an alert by name, at ``place``; ``entries`` speak of it."""

    place: Location
    group: Mapping[str, Any]
    entries: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class UnitTest:
    """One file of rule unit tests. ``settings`` is all that it says but for its rule files and tests."""

    path: str
    settings: Mapping[str, Any]
    rule_files: tuple[RuleFile, ...]
    groups: tuple[Mapping[str, Any], ...]
    document: Document

    def cases(self, rule: AlertRule) -> Iterator[Case]:
        """Those of a rule: none, unless the test reads its file."""
        if not any(rule.location in file.places.values() for file in self.rule_files):
            return
        for number, group in enumerate(self.groups):
            listed = group.get("alert_rule_test")
            entries = {
                index: entry
                for index, entry in enumerate(listed if isinstance(listed, list) else ())
                if isinstance(entry, dict) and entry.get("alertname") == rule.name
            }
            first = next((index for index, entry in entries.items() if entry.get("exp_alerts")), None)
            if first is not None:
                place = self.document.place(("tests", number, "alert_rule_test", first, "alertname"))
                yield Case(place, group, tuple(entries.values()))


def read_unit_tests(root: Path, globs: Sequence[str]) -> tuple[list[UnitTest], list[Problem]]:
    """The rule unit tests that the globs match, and what cannot be read of them.

    A test whose rule files cannot all be read is none, and a problem.
    """
    tests: list[UnitTest] = []
    names = matching(root, globs)
    problems = [
        problem(Location(glob), glob, f"no rule unit test matches {glob}", "correct the glob under tests:")
        for glob in globs
        if not any(matches_any(name, [glob]) for name in names)
    ]
    for name in names:
        try:
            tests.append(_read(root, name))
        except PreventionError as error:
            problems += [problem(one.location, one.subject, one.message, one.hint) for one in error.problems]
    return tests, problems


def read_rules(root: Path, name: str) -> RuleFile:
    """One rule file, or file of PrometheusRule resources; PreventionError where it cannot be read."""
    path = shown(root / name, root)
    holders: list[tuple[Document, tuple[str | int, ...], Any]] = []
    documents = _documents(root, name)
    if documents and isinstance(documents[0].value, dict) and "groups" in documents[0].value:
        holders.append((documents[0], (), documents[0].value))  # Prometheus itself reads no other document
    else:
        holders += [(one, (*above, "spec"), found.get("spec")) for one in documents for above, found in resources(one)]
    groups: list[Mapping[str, Any]] = []
    places: dict[tuple[int, int], Location] = {}
    for document, above, holder in holders:
        found = holder.get("groups") if isinstance(holder, dict) else None
        for below, rule in rules_of(found):
            if "alert" in rule:
                number, index = len(groups) + int(below[1]), int(below[3])
                places[number, index] = document.place((*above, *below, "alert"))
        groups += [_typed(group) for group in found or () if isinstance(group, dict)]
    return RuleFile(path, tuple(groups), places)


def _read(root: Path, name: str) -> UnitTest:
    path = shown(root / name, root)
    documents = _documents(root, name)
    value = documents[0].value if documents else None
    tests = value.get("tests") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(tests, list) or not all(isinstance(one, dict) for one in tests):
        where = documents[0].place(("tests",)) if documents else Location(path)
        raise PreventionError([problem(where, path, "has no list of tests", "write rule_files: and tests:")])
    names, problems = _rule_files(root, name, documents[0])
    if problems:
        raise PreventionError(problems)
    settings = {key: one for key, one in value.items() if key not in ("rule_files", "tests")}
    return UnitTest(path, settings, tuple(read_rules(root, one) for one in names), tuple(tests), documents[0])


def _rule_files(root: Path, name: str, test: Document) -> tuple[list[str], list[Problem]]:
    """The rule files that a test names, from the root; each has to be there."""
    found: dict[str, None] = {}
    problems = []
    entries = test.value.get("rule_files")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        glob = posixpath.normpath(posixpath.join("/", posixpath.dirname(name), str(entry))).lstrip("/")
        names = matching(root, [glob]) if _stays_inside(name, str(entry)) else []
        if not names:
            where, hint = (
                test.place(("rule_files", index)),
                "name a file of the repository, from the folder of the test",
            )
            problems.append(problem(where, name, f"the rule file {str(entry)[:200]} is not there", hint))
        found |= dict.fromkeys(names)
    return list(found), problems


def _stays_inside(name: str, entry: str) -> bool:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), entry))
    return not path.startswith(("/", "../")) and path != ".."


def _documents(root: Path, name: str) -> list[Document]:
    return load_all(read_text(root / name, root), shown(root / name, root))


def _typed(group: Mapping[str, Any]) -> Mapping[str, Any]:
    """A group as JSON says it: all that Prometheus takes for a number is one."""
    rules, limit = group.get("rules"), group.get("limit")
    number = {"limit": int(limit)} if isinstance(limit, str) and limit.isascii() and limit.isdigit() else {}
    return {**group, **number, "rules": rules if isinstance(rules, list) else []}


def _without(group: Mapping[str, Any], off: Collection[int]) -> Mapping[str, Any]:
    rules = [{**rule, "expr": NEVER} if index in off else rule for index, rule in enumerate(group["rules"])]
    return {**group, "rules": rules}
