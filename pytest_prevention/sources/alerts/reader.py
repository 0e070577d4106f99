"""All alert rules that a policy names, whatever kind of file they stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.globs import matches_any
from pytest_prevention.model import AlertRule, Alerts, Location, Problem
from pytest_prevention.policy import Policy
from pytest_prevention.sources.alerts.generic import Shape, scan, shape
from pytest_prevention.sources.alerts.grafana import read_provisioning, with_deleted
from pytest_prevention.sources.alerts.kinds import kind_of
from pytest_prevention.sources.alerts.paths import matching
from pytest_prevention.sources.alerts.prometheus import RESOURCE, read_resources, read_rule_file, resources
from pytest_prevention.sources.alerts.template import TemplateError
from pytest_prevention.sources.alerts.unit_tests import read_unit_tests
from pytest_prevention.sources.alerts.values import UNREADABLE, Found, problem
from pytest_prevention.sources.files import read_text, shown
from pytest_prevention.sources.yaml_stream import load_all
from pytest_prevention.sources.yaml_text import Document

_READERS: Mapping[str, Callable[[Document], Found]] = {
    "prometheus": read_rule_file,
    "prometheus-operator": read_resources,
    "grafana": read_provisioning,
}
_AUTO, _AUTO_FILES = "auto", (".yml", ".yaml")
_TEMPLATE_MARKS = ("{{", "{%")


def read_alerts(root: Path, policy: Policy) -> Alerts:
    """The alert rules of ``monitoring.sources``; each file once for each kind of source that names it.

    With them comes where rule unit tests expect them to fire. PreventionError where the policy itself has templates
    that mean nothing. Everything else that cannot be read is a problem of the result: a file, a rule, a glob or a
    template that fits nothing.
    """
    sources = policy.tree["monitoring"]["sources"]
    shapes = _shapes(sources, policy)
    reading = _Reading(root)
    for index, source in enumerate(sources):
        place = policy.origins.get(("monitoring", "sources", index), Location("prevention-policy.yaml"))
        reading.source(source, shapes[index], place)
    rules = tuple(with_deleted(reading.rules))
    tests, test_problems = read_unit_tests(root, reading.tests) if reading.tests else ([], [])
    cases = {rule.location: tuple(case.place for test in tests for case in test.cases(rule)) for rule in rules}
    return Alerts(
        rules=rules,
        problems=tuple(dict.fromkeys(reading.problems)),
        tests=tuple(reading.tests),
        cases={place: found for place, found in cases.items() if found},
        test_problems=tuple(dict.fromkeys(test_problems)),
    )


def _shapes(sources: Sequence[Mapping[str, Any]], policy: Policy) -> list[list[Shape]]:
    """Those of each source; all that is wrong with any comes in one PreventionError."""
    shapes: list[list[Shape]] = []
    problems: list[Problem] = []
    for index, source in enumerate(sources):
        shapes.append([])
        for number, entry in enumerate(source.get("rules", ())):
            key = ("monitoring", "sources", index, "rules", number)
            try:
                shapes[-1].append(shape(entry))
            except TemplateError as error:
                where = next(
                    (policy.origins[key[:length]] for length in (5, 3) if key[:length] in policy.origins), None
                )
                message, hint = f"the template {error}", "see docs/policy.md: Alert rules"
                where = where or Location("prevention-policy.yaml")
                problems.append(Problem(where, "usage", ".".join(map(str, key)), message, hint))
    if problems:
        raise PreventionError(problems)
    return shapes


@dataclass(slots=True)
class _Reading:
    root: Path
    rules: list[AlertRule] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    read: set[tuple[str, str]] = field(default_factory=set)

    def source(self, source: Mapping[str, Any], shapes: Sequence[Shape], place: Location) -> None:
        """One entry of ``monitoring.sources``, which stands at ``place`` of the policy."""
        kind = source["type"]
        self.tests += source.get("tests", ())
        if kind == _AUTO:
            self._told_apart(source)
            return
        begun: set[Shape] = set()
        for name in self._names(source, place):
            if kind == "generic":
                begun |= self._scanned(name, shapes)
            elif (kind, name) not in self.read:
                self.read.add((kind, name))
                self._documents(name, kind)
        for unused in (one for one in shapes if one not in begun):
            message = f"the template {unused.start.text!r} fits no line of the files of its source"
            self.problems.append(problem(place, unused.start.text, message, "correct it, or the globs"))

    def _told_apart(self, source: Mapping[str, Any]) -> None:
        """Take in those files that look like alert rules; the others, and globs that match nothing, are no problem."""
        tests = source.get("tests", ())
        for name in matching(self.root, source["files"]):
            if not name.endswith(_AUTO_FILES) or matches_any(name, tests):
                continue
            kind = kind_of(self._text(name))
            if kind == "tests":
                self.tests.append(name)
            elif kind and (kind, name) not in self.read:
                self.read.add((kind, name))
                self._documents(name, kind)

    def _names(self, source: Mapping[str, Any], place: Location) -> list[str]:
        """The files of a source; its tests are none, though a glob like *.yml may match them too."""
        tests = source.get("tests", ())
        names = [name for name in matching(self.root, source["files"]) if not matches_any(name, tests)]
        for glob in source["files"]:
            if not any(matches_any(name, [glob]) for name in names):
                hint = "correct the glob; folders that are symbolic links are not entered"
                self.problems.append(problem(place, glob, f"no file with alert rules matches {glob}", hint))
        return names

    def _scanned(self, name: str, shapes: Sequence[Shape]) -> frozenset[Shape]:
        """Take in one file line by line; the shapes that began a rule in it."""
        text = self._text(name)
        scanned = scan(text, self._shown(name), shapes)
        self._take(scanned.found)
        return scanned.shapes

    def _documents(self, name: str, kind: str) -> None:
        """Take in one file of YAML or JSON."""
        path, text = self._shown(name), self._text(name)
        try:
            documents = load_all(text, path)
        except PreventionError as error:
            self.problems += [_unreadable(one, text) for one in error.problems]
            return
        if text and not documents:
            self.problems.append(
                problem(Location(path), path, "holds nothing", "write rules, or take it out of the policy")
            )
        if documents and kind == "prometheus-operator" and not any(list(resources(one)) for one in documents):
            hint = "for plain rule files write type: prometheus in the policy"
            self.problems.append(problem(Location(path), path, f"holds no {RESOURCE}", hint))
        if kind == "prometheus" and len(documents) > 1:
            hint = "make files of them: Prometheus reads no more than the first"
            self.problems.append(problem(documents[1].place(()), path, "holds a second YAML document", hint))
        for document in documents[:1] if kind == "prometheus" else documents:
            self._take(_READERS[kind](document))

    def _take(self, found: Iterable[AlertRule | Problem]) -> None:
        for one in found:
            if isinstance(one, Problem):
                self.problems.append(one)
            else:
                self.rules.append(one)

    def _text(self, name: str) -> str:
        try:
            return read_text(self.root / name, self.root)
        except PreventionError as error:
            self.problems += [replace(one, kind=UNREADABLE) for one in error.problems]
            return ""

    def _shown(self, name: str) -> str:
        return shown(self.root / name, self.root)


def _unreadable(found: Problem, text: str) -> Problem:
    """What is wrong with a file, in words for those who did not know that it is made into YAML by another tool."""
    line = text.split("\n")[found.location.line - 1] if found.location.line else ""
    found = replace(found, kind=UNREADABLE)
    if not any(mark in line for mark in _TEMPLATE_MARKS):
        return found
    hint = "render it first, as with helm template, and name what comes out in the policy"
    return replace(found, message="is a template, not YAML: {{ or {% stands outside of quotes", hint=hint)
