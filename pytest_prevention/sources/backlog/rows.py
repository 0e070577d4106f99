"""From the lines of a page to the rows of its backlog tables. Nothing that looks like a row vanishes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from pytest_prevention.sources.backlog.cells import Cell, Columns, by_header, cells_of, recognised
from pytest_prevention.sources.backlog.faults import (
    OTHER_TABLE,
    PROSE,
    SECOND_HEADER,
    SHIFTED,
    TAKEN_FOR_HEADER,
    encoding_faults,
    header_outside_tables,
    line_breaker,
    outside_tables,
    wrong_count,
)
from pytest_prevention.sources.backlog.tables import Fault, Kind, Page, is_delimiter, split_cells
from pytest_prevention.sources.backlog.words import Column, Words, is_incident


@dataclass(frozen=True, slots=True)
class Header:
    """A header; lines count from 0. ``table`` counts the page's backlog tables from 1; any other, or none, is 0."""

    line: int
    columns: Columns
    table: int


_NO_HEADER = Header(-1, (), 0)
_MARKS_BEFORE_ROW = re.compile(r"[\s>\ufeff\u200b]*+(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]++(?=\|))?")
_OF_AN_ACTION = frozenset({Column.CATEGORY, Column.PRIORITY, Column.DUE})
_CLOSED_WORDS = frozenset({Column.CATEGORY, Column.PRIORITY, Column.STATUS})
_EVIDENT = frozenset({Column.INCIDENT, Column.CATEGORY, Column.PRIORITY})
"""A line with cells of these three kinds is a row of a backlog, whatever stands around it."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """What stands in a line: its cells, the columns that they would head, and those under which they stand.

    An incident's id under its header makes a row, which heads nothing. The same in every text that has this line below
    the same header.
    """

    cells: Sequence[Cell]
    heads: Columns
    placed: Mapping[Column, Cell] | None


Lines = dict[tuple[str, int, Columns], Line]
"""Lines that were read: each by its text, where that begins, and the header of the backlog table in force."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row and the header in force above it.

    ``guessed``: the cells do not stand under their headers, and those are kept that say themselves what they are.
    """

    line: int
    header: Header
    cells: Mapping[Column, Cell]
    guessed: bool
    faults: tuple[Fault, ...]
    read: Line


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a page and the headers of its backlog tables, in order, and the faults of lines that are no rows."""

    rows: Sequence[Row]
    headers: Sequence[Header]
    faults: Sequence[tuple[int, Fault]]


def read_rows(
    page: Page, words: Words, *, implied_incident: bool = False, first_line: int = 1, known: Lines | None = None
) -> Reading:
    """All rows of a page; messages count lines from ``first_line``.

    With ``implied_incident`` a table without an Incident column counts too, if others show that it lists actions.
    ``known`` has lines that were read already, by the same words, and is added to.
    """
    walk = _Walk(page, words, implied_incident, first_line, {} if known is None else known)
    for index in range(len(page.lines)):
        walk.visit(index)
    faults = [*encoding_faults(page), *walk.faults] if walk.headers or walk.rows else []
    return Reading(walk.rows, walk.headers, faults)


def heads_backlog(columns: Columns, implied: Set[Column] = frozenset()) -> bool:
    """Whether a table with these columns holds actions; the incident may be implied by the place where it stands."""
    of_one_incident = Column.INCIDENT in implied and not _OF_AN_ACTION.isdisjoint(columns)
    return Column.ACTION in columns and (Column.INCIDENT in columns or of_one_incident)


class _Walk:
    """One pass over the lines of a page.

    ``header`` is the one in force; ``loose`` is the last line of a run of rows in no table that has been told.
    """

    def __init__(self, page: Page, words: Words, implied_incident: bool, first_line: int, known: Lines) -> None:
        self.page = page
        self.words = words
        self.implied = frozenset({Column.INCIDENT} if implied_incident else ())
        self.first_line = first_line
        self.known = known
        self.rows: list[Row] = []
        self.headers: list[Header] = []
        self.faults: list[tuple[int, Fault]] = []
        self.header = _NO_HEADER
        self.loose = -2

    def visit(self, index: int) -> None:
        block, text = self.page.blocks[index], self.page.visible[index]
        if block.kind is Kind.TABLE:
            start = block.starts[index - block.first]
            header = cells_of(text[start:], start) if index == block.first else []
            if header and not self._found(header) >= _EVIDENT:
                self._enter(index, self.words.header([cell.text for cell in header]))
            else:
                self._read_line(index, text[start:], start)
        elif "|" in text and block.kind is not Kind.EXAMPLE:
            start = _start(text)
            self._read_line(index, text[start:], start)
        if block.kind is Kind.HEADING:
            self.header = _NO_HEADER

    def _enter(self, index: int, columns: Columns) -> None:
        """A header is in force until the next header or heading."""
        table = len(self.headers) + 1 if heads_backlog(columns, self.implied) else 0
        self.header = Header(index, columns, table)
        if table:
            self.headers.append(self.header)

    def _read_line(self, index: int, text: str, start: int) -> None:
        """One line is one row, unless something in it ends a line for other programs: then it can hold several."""
        breaker = line_breaker(text, start)
        is_one = breaker is None or len(split_cells(text)) == len(self.header.columns)
        for piece in [text] if is_one else text.splitlines(keepends=True):
            self._read_text(index, piece, start, breaker)
            start += len(piece)

    def _read_text(self, index: int, text: str, start: int, breaker: Fault | None) -> None:
        read = self._read(text, start)
        cells = read.cells
        in_table = self.page.blocks[index].kind is Kind.TABLE
        if not any(cell.text.strip(" -–—:") for cell in cells):
            self.loose = index if self.loose == index - 1 else self.loose
        elif columns := self._header_columns(index, read):
            self._read_header(index, columns, in_table)
        elif in_table and self.header.table and len(cells) == 1 and not text.lstrip().startswith("|"):
            self.faults.append((index, PROSE))
        elif self._is_row(text, cells, in_table):
            self._read_row(index, read, in_table, breaker)

    def _read(self, text: str, start: int) -> Line:
        columns = self.header.columns if self.header.table else ()
        known = self.known.get((text, start, columns))
        if known is None:
            cells = cells_of(text, start)
            placed = by_header(cells, columns, self.words) if columns else None
            is_row = placed is not None and Column.INCIDENT in placed and is_incident(placed[Column.INCIDENT].text)
            known = Line(cells, () if is_row else self.words.header([cell.text for cell in cells]), placed)
            self.known[text, start, columns] = known
        return known

    def _header_columns(self, index: int, read: Line) -> Columns:
        """The columns, if this line is a header: it says so in words, or dashes stand right below what is no row."""
        if heads_backlog(read.heads, self.implied):
            return read.heads
        if not is_delimiter(self._below(index)):
            return ()
        is_row = any(is_incident(cell.text) for cell in read.cells) or self._found(read.cells) >= _EVIDENT
        return () if is_row else read.heads

    def _found(self, cells: Sequence[Cell]) -> Set[Column]:
        return self.implied | recognised(cells, self.words).keys()

    def _below(self, index: int) -> str:
        text = self.page.visible[index + 1] if index + 1 < len(self.page.visible) else ""
        return text[_start(text) :]

    def _read_header(self, index: int, columns: Columns, in_table: bool) -> None:
        """A header that is none for Markdown."""
        above = self.header
        self._enter(index, columns)
        if in_table and (above.table or self.header.table):
            self.faults.append((index, SECOND_HEADER))
        elif self.header.table:
            fault = header_outside_tables(self.page, index, len(columns), self._below(index), self.first_line)
            self.faults.append((index, fault))
            self.loose = index

    def _is_row(self, text: str, cells: Sequence[Cell], in_table: bool) -> bool:
        """Whether it looks like a row. Where no backlog table is meant, it must say itself that it is one."""
        if self.header.table and (in_table or (text.startswith("|") and len(cells) > 1)):
            return True
        found = self._found(cells)
        if found >= _EVIDENT:
            return True
        other_table = self.header.columns and not self.header.table
        return not other_table and not self.implied and Column.INCIDENT in found and not _CLOSED_WORDS.isdisjoint(found)

    def _read_row(self, index: int, read: Line, in_table: bool, breaker: Fault | None) -> None:
        columns = self.header.columns if self.header.table else ()
        faults = [breaker] if breaker else []
        if not in_table:
            if self.loose < index - 1:
                faults.append(outside_tables(self.page, index, self.first_line))
            self.loose = index
        elif index == self.page.blocks[index].first:
            faults.append(TAKEN_FOR_HEADER)
        elif not columns and not (self.rows and self.rows[-1].header is self.header):
            faults.append(OTHER_TABLE)
        if columns and len(read.cells) != len(columns):
            faults.append(wrong_count(read.cells, columns))
        elif columns and read.placed is None:
            faults.append(SHIFTED)
        guessed = read.placed is None
        cells = recognised(read.cells, self.words, columns) if read.placed is None else read.placed
        self.rows.append(Row(index, self.header, cells, guessed, tuple(faults), read))


def _start(text: str) -> int:
    """Where a line begins behind the marks of quotes and lists."""
    marks = _MARKS_BEFORE_ROW.match(text)
    return marks.end() if marks else 0
