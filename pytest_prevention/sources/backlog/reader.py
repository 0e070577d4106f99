"""Reading the prevention backlog, and action tables anywhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pytest_prevention.days import day
from pytest_prevention.model import Action, Backlog, Incidents, Location, Problem
from pytest_prevention.policy import Policy
from pytest_prevention.sources.backlog.fields import Fields
from pytest_prevention.sources.backlog.identity import Identities
from pytest_prevention.sources.backlog.rows import Header, Line, Lines, Row, read_rows
from pytest_prevention.sources.backlog.tables import Fault, Page, scan
from pytest_prevention.sources.backlog.words import Column, Words, words
from pytest_prevention.sources.files import read_text

PATH = "incidents/prevention-backlog.md"
MALFORMED = "backlog-row-malformed"
INVALID = "backlog-field-invalid"
DUPLICATE = "action-duplicate"

NO_ANCHORS: Mapping[str, date] = MappingProxyType({})


class _Fields(NamedTuple):
    """The fields of an action but for its key and place; ``anchor``: from which its dates without a year were read."""

    values: dict[str, Any]
    anchor: date | None
    faults: Sequence[tuple[Column, Fault]]


@dataclass(frozen=True, slots=True)
class Known:
    """What was read already: the texts that one file had at several times share most of their lines.

    Only for texts that are read by the same words and imply the same incident, if any.
    """

    lines: Lines = field(default_factory=dict)
    fields: dict[Line, _Fields] = field(default_factory=dict)


def read_backlog(root: Path, policy: Policy, incidents: Incidents) -> Backlog:
    """The actions of ``incidents/prevention-backlog.md``; PreventionError where the file cannot be read."""
    text = read_text(root / PATH, root)
    return parse_actions(text, PATH, words(policy), anchors=anchor_days(policy, incidents))


def anchor_days(policy: Policy, incidents: Incidents) -> dict[str, date]:
    """For each incident the day from which dates without a year are counted."""
    return {one.id: day(one.anchor, policy) for one in incidents.records if one.anchor is not None}


def parse_actions(
    text: str,
    path: str,
    words: Words,
    *,
    incident: str | None = None,
    anchors: Mapping[str, date] = NO_ANCHORS,
    first_line: int = 1,
    known: Known | None = None,
) -> Backlog:
    """The actions of every backlog table in a Markdown text, and everything that is wrong with them.

    ``incident`` is the incident of tables that have an Action column and no Incident column (an action table inside a
    post-mortem). ``anchors`` says for each incident from which day a date without a year is counted; ``first_line`` is
    the number of the text's first line in the file. ``known`` is added to, and spares reading it again.
    """
    if "|" not in text:
        return Backlog(path=path)
    return parse_page(scan(text), path, words, incident=incident, anchors=anchors, first_line=first_line, known=known)


def parse_page(
    page: Page,
    path: str,
    words: Words,
    *,
    incident: str | None = None,
    anchors: Mapping[str, date] = NO_ANCHORS,
    first_line: int = 1,
    known: Known | None = None,
) -> Backlog:
    """The same for a text that was scanned already."""
    known = known or Known()
    implied = incident is not None
    reading = read_rows(page, words, implied_incident=implied, first_line=first_line, known=known.lines)
    parser = _Parser(path, words, incident or "", anchors, first_line, known.fields)
    for line, fault in reading.faults:
        parser.report(MALFORMED, path, line, fault)
    for header in reading.headers:
        for header_fault in _header_faults(header):
            parser.report(INVALID, path, header.line, header_fault)
    actions = tuple(parser.action(row) for row in reading.rows)
    backlog = Backlog(actions, tuple(sorted(parser.problems)), path)
    headers = sorted(reading.headers, key=lambda header: Column.STATUS not in header.columns)
    return replace(backlog, columns=tuple(column or "" for column in headers[0].columns)) if headers else backlog


def _header_faults(header: Header) -> Iterator[Fault]:
    """What a backlog table cannot do without, and columns that mean the same."""
    for needed in (Column.NUMBER, Column.CATEGORY):
        if needed not in header.columns:
            hint = "add it, or say in prevention-policy.yaml under columns: what it is called here"
            yield Fault(f"this table has no {needed} column", hint)
    if Column.STATUS not in header.columns and Column.DONE not in header.columns:
        yield Fault("this table has neither a Status nor a Done column", "add a Status column")
    for column, times in Counter(column for column in header.columns if column is not None).items():
        if times > 1:
            yield Fault(f"{times} columns of this table mean {column}; only the first is read", "rename the others")


class _Parser:
    """Makes the actions of one file from its rows, in order, and gathers the problems."""

    def __init__(
        self,
        path: str,
        words: Words,
        incident: str,
        anchors: Mapping[str, date],
        first_line: int,
        known: dict[Line, _Fields],
    ) -> None:
        self._path = path
        self._words = words
        self._incident = incident
        self._anchors = anchors
        self._first_line = first_line
        self._known = known
        self._identities = Identities()
        self.problems: list[Problem] = []

    def action(self, row: Row) -> Action:
        fields = self._fields(row)
        action = Action(
            key=self._identities.new_key(row.header, fields.values["incident"], fields.values["number"]),
            location=Location(self._path, self._first_line + row.line),
            **fields.values,
        )
        for fault in row.faults:
            self.report(MALFORMED, action.key, row.line, fault)
        for column, fault in fields.faults:
            offset = row.cells[column].offset + (fault.offset or 0)
            self.report(INVALID, action.key, row.line, Fault(f"{column} {fault.message}", fault.hint, offset))
        if duplicate := self._identities.duplicate(row.header, action):
            self.report(DUPLICATE, action.key, row.line, duplicate)
        return action

    def _fields(self, row: Row) -> _Fields:
        known = self._known.get(row.read)
        if known is None or known.anchor != self._anchors.get(known.values["incident"]):
            known = self._known[row.read] = self._read(Fields(row, self._words), Column.OWNER in row.cells)
        return known

    def _read(self, fields: Fields, has_owner_column: bool) -> _Fields:
        incident = fields.incident() or self._incident
        anchor = self._anchors.get(incident)
        number = fields.number()
        status, reason = fields.status()
        values = {
            "incident": incident,
            "number": number,
            "text": fields.action(),
            "category": fields.category(),
            "priority": fields.priority(),
            "status": status,
            "due": fields.due(anchor),
            "done": fields.done(anchor, status),
            "owner": fields.text(Column.OWNER),
            "reason": reason,
            "verified": fields.verified(),
            "evidence": fields.evidence(),
            "has_owner_column": has_owner_column,
        }
        return _Fields(values, anchor, fields.faults)

    def report(self, kind: str, subject: str, line: int, fault: Fault) -> None:
        column = 0 if fault.offset is None else fault.offset + 1
        place = Location(self._path, self._first_line + line, column)
        self.problems.append(Problem(place, kind, subject, fault.message, fault.hint))
