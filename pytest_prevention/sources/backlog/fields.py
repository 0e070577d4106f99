"""The fields of one row: from the texts of its cells to values, or to what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from pytest_prevention.model import Category, Evidence, Priority, Status
from pytest_prevention.model.mark import INCIDENT_ID
from pytest_prevention.sources.backlog.dates import read_date
from pytest_prevention.sources.backlog.evidence import read_evidence
from pytest_prevention.sources.backlog.rows import Row
from pytest_prevention.sources.backlog.tables import Fault, quoted
from pytest_prevention.sources.backlog.words import Column, Words, answer, core, is_missing, meant

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)

_POSITIVE = re.compile(r"#?0*([1-9][0-9]{0,8})\.?")
_ID_IN_TEXT = re.compile(r"\b[A-Z][A-Z0-9]*-[0-9]+\b")


class Fields:
    """The cells of one row as values; None or empty for what is missing or cannot be read.

    ``faults`` gathers, with its column, what is wrong with the cells that were asked for.
    """

    def __init__(self, row: Row, words: Words) -> None:
        self._row = row
        self._words = words
        self._texts = {column: cell.text for column, cell in row.cells.items() if not is_missing(cell.text)}
        self.faults: list[tuple[Column, Fault]] = []

    def text(self, column: Column) -> str:
        """What the cell says; empty where it is missing."""
        return self._texts.get(column, "")

    def incident(self) -> str:
        """The incident's id; what has not the shape of one is kept as it stands: the row belongs to something."""
        text = core(self.text(Column.INCIDENT))
        if not text or INCIDENT_ID.fullmatch(text):
            return text
        ids: list[str] = _ID_IN_TEXT.findall(text) or [text]
        hint = f"write one id and nothing else: {ids[0] if ids[0] != text else 'INC-001'}"
        self.faults.append((Column.INCIDENT, Fault(f"{quoted(text)} is not the id of one incident", hint)))
        return ids[0]

    def number(self) -> int | None:
        return self._read(Column.NUMBER, _number)

    def action(self) -> str:
        self._demand(Column.ACTION, "say what is to be done")
        return self.text(Column.ACTION)

    def category(self) -> Category | None:
        """No other rule would ever ask for it: without a category an action falls under none of them."""
        self._demand(Column.CATEGORY, _CATEGORY_HINT)
        word = self._read(Column.CATEGORY, lambda cell: self._words.category(cell) or _unknown(cell, Category))
        return word.value if word else None

    def priority(self) -> Priority | None:
        """P1 for what cannot be read: no typing error may make an action less urgent. None where nobody wrote one."""
        word = self._read(Column.PRIORITY, lambda cell: self._words.priority(cell) or _unknown(cell, Priority))
        if word:
            return word.value
        header = self._row.header
        is_lost = self._row.guessed and (not header.table or Column.PRIORITY in header.columns)
        return Priority.P1 if is_lost or self.text(Column.PRIORITY) else None

    def status(self) -> tuple[Status | None, str]:
        """The status and its reason. Without a Status column an action with something in its Done cell is Done."""
        word = self._read(Column.STATUS, lambda cell: self._words.status(cell) or _unknown(cell, Status))
        reason = self.text(Column.REASON) or self.text(Column.NOTES)
        if word:
            return word.value, word.rest or reason
        header = self._row.header
        implied = header.table and Column.STATUS not in header.columns and self.text(Column.DONE)
        return Status.DONE if implied else None, reason

    def due(self, anchor: date | None) -> date | None:
        return self._read(Column.DUE, lambda cell: read_date(core(cell), anchor))

    def done(self, anchor: date | None, status: Status | None) -> date | None:
        found = self._read(Column.DONE, lambda cell: read_date(core(cell), anchor))
        if found and status not in (None, Status.DONE):
            hint = "set the status to Done, or empty the cell"
            self.faults.append((Column.DONE, Fault(f"{found} is filled in, but the status is {status}", hint)))
        return found

    def verified(self) -> bool | None:
        return self._read(Column.VERIFIED, _yes_or_no)

    def evidence(self) -> tuple[Evidence, ...]:
        entries, faults = read_evidence(self.text(Column.EVIDENCE))
        self.faults += [(Column.EVIDENCE, fault) for fault in faults]
        return entries

    def _read(self, column: Column, reader: Callable[[str], T | Fault]) -> T | None:
        text = self.text(column)
        value = reader(text) if text else None
        if isinstance(value, Fault):
            self.faults.append((column, value))
            return None
        return value

    def _demand(self, column: Column, hint: str) -> None:
        if column in self._row.cells and not self.text(column):
            self.faults.append((column, Fault("is empty", hint)))


def _number(cell: str) -> int | Fault:
    found = _POSITIVE.fullmatch(core(cell))
    return int(found[1]) if found else Fault(f"{quoted(cell)} is no row number", "write 1, 2, 3 …")


def _yes_or_no(cell: str) -> bool | Fault:
    said = answer(cell)
    return Fault(f"{quoted(cell)} is neither yes nor no", "write yes or no") if said is None else said


def _unknown(cell: str, words: type[W]) -> Fault:
    guess = meant(cell, words)
    hint = f"did you mean {guess}? The words are {_choice(words)}" if guess else f"write {_choice(words)}"
    return Fault(f"{quoted(cell)} is not one of its words", hint)


def _choice(words: type[W]) -> str:
    *others, last = (word.value for word in words)
    return f"{', '.join(others)} or {last}"


_CATEGORY_HINT = f"write {_choice(Category)}"
