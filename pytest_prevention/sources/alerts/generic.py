"""Alert rules in files of any line by line format, Terraform for example, by the templates of the policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_prevention.model import AlertRule, Location, Problem
from pytest_prevention.sources.alerts.template import ANY, Template, TemplateError, parse
from pytest_prevention.sources.alerts.values import Found, build, problem

FIELDS = ("name", "uid", "expr", "for", "severity", "incidents")
_MAPPINGS = ("labels", "annotations")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a rule looks: the line that begins it, the lines of its fields, those that pause it, the one that ends it.

    Without ``end`` a rule goes on up to the next ``start``, or the end of the file.
    """

    start: Template
    end: Template | None = None
    fields: tuple[Template, ...] = ()
    paused: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True)
class Scanned:
    """What stands in one file, and the shapes that began a rule there."""

    found: tuple[AlertRule | Problem, ...]
    shapes: frozenset[Shape]


def shape(entry: Mapping[str, Any]) -> Shape:
    """One entry of ``rules`` in a policy; TemplateError where a template is none."""
    end = entry.get("end")
    result = Shape(
        start=_template(entry["start"]),
        end=None if end is None else _template(end, ()),
        fields=tuple(_template(text) for text in entry.get("fields", ())),
        paused=tuple(_template(text, ()) for text in entry.get("paused", ())),
    )
    if "name" not in {name for template in (result.start, *result.fields) for name in template.names}:
        raise TemplateError(f"{entry['start']!r} and its fields do not say where the {{name}} stands")
    return result


def _template(text: str, allowed: Sequence[str] = FIELDS) -> Template:
    try:
        template = parse(text)
    except TemplateError as error:
        raise TemplateError(f"{text!r} {error}") from None
    for name in template.names:
        if name not in allowed and not (allowed and name.startswith(tuple(f"{one}." for one in _MAPPINGS))):
            known = ", ".join(f"{{{one}}}" for one in (*FIELDS, "labels.NAME", "annotations.NAME", ANY))
            meant = f"known are {known}" if allowed else f"only {{{ANY}}} can stand there"
            raise TemplateError(f"{text!r} has the placeholder {{{name}}}; {meant}")
    return template


def scan(text: str, path: str, shapes: Sequence[Shape]) -> Scanned:
    """The rules in a text; what stands in ``/* … */`` that begins a line is left out."""
    scanner = _Scanner(path, shapes)
    found = tuple(scanner.run(text))
    return Scanned(found, frozenset(scanner.seen))


@dataclass(slots=True)
class _Open:
    """A rule whose end has not come yet. ``indent`` counts the blanks before its first line."""

    shape: Shape
    where: Location
    indent: int
    values: dict[str, str]
    paused: bool = False

    def take(self, line: str, where: Location) -> None:
        """The first line that has a field decides."""
        for template in self.shape.fields:
            values = template.match(line) or {}
            if "name" in values and "name" not in self.values:
                self.where = where
            self.values = values | self.values
        self.paused = self.paused or any(template.match(line) is not None for template in self.shape.paused)

    def rule(self) -> Found:
        if not self.values.get("name"):
            hint = "correct its file, or the templates of the policy"
            yield problem(
                self.where, "", f"a rule begins here, and no {{name}} is found in it: {self.shape.start.text}", hint
            )
            return
        mappings = {one: self._inner(f"{one}.") for one in _MAPPINGS}
        yield from build(
            self.where,
            "generic",
            {**self.values, **mappings},
            state="paused" if self.paused else "active",
            severity=self.values.get("severity", ""),
            incidents=self.values.get("incidents", ""),
        )

    def _inner(self, prefix: str) -> dict[str, str]:
        return {name.removeprefix(prefix): value for name, value in self.values.items() if name.startswith(prefix)}


@dataclass(slots=True)
class _Scanner:
    path: str
    shapes: Sequence[Shape]
    seen: set[Shape] = field(default_factory=set)

    def run(self, text: str) -> Found:
        current: _Open | None = None
        for where, line in self._lines(text):
            if isinstance(line, Problem):
                yield line
                continue
            indent = where.column - 1
            if current and current.shape.end and indent == current.indent and current.shape.end.match(line) is not None:
                yield from current.rule()
                current = None
            elif (not current or not current.shape.end or indent <= current.indent) and (
                begun := self._begun(line, where)
            ):
                yield from self._ended(current)
                current = begun
            elif current:
                current.take(line, where)
        yield from self._ended(current)

    def _begun(self, line: str, where: Location) -> _Open | None:
        for one in self.shapes:
            values = one.start.match(line)
            if values is not None:
                self.seen.add(one)
                return _Open(one, where, where.column - 1, values)
        return None

    def _ended(self, rule: _Open | None) -> Found:
        """A rule behind which another one begins, or nothing."""
        if rule and rule.shape.end:
            message = f"the rule that begins here has no line {rule.shape.end.text!r} below its first one"
            yield problem(rule.where, rule.values.get("name", ""), message, "indent its end like its beginning")
        if rule:
            yield from rule.rule()

    def _lines(self, text: str) -> Iterator[tuple[Location, str | Problem]]:
        """The lines that are neither blank nor in a comment; the column is that of the first character."""
        comment: Location | None = None
        for number, line in enumerate(text.split("\n"), 1):
            bare = line.strip()
            where = Location(self.path, number, len(line) - len(line.lstrip()) + 1)
            if not comment and bare.startswith("/*"):
                comment = where
            if comment:
                comment = None if "*/" in bare else comment
            elif bare:
                yield where, line.rstrip()
        if comment:
            yield comment, problem(comment, self.path, "a comment begins here and does not end", "end it with */")
