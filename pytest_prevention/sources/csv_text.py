"""Comma-separated text as RFC 4180 has it, with the place of each cell.

The standard library's reader does not say in which line and column a cell stands, and takes a quote that is never
closed for the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLANKS = re.compile(r"[ \t]*+")
_QUOTED = re.compile(r'"((?:[^"]|"")*+)("?)[ \t]*+')
_PLAIN = re.compile(r"([^,\n]*+)()")
_LINE = re.compile(r"[^\n]*+")


@dataclass(frozen=True, slots=True)
class Cell:
    """``text`` without quotes and the blanks around it; line and column count from 1."""

    text: str
    line: int
    column: int


class CsvError(Exception):
    """The text cannot be read on from this place: ``message`` says why, ``hint`` what to do."""

    def __init__(self, line: int, column: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.hint = line, column, message, hint


def rows(text: str) -> Iterator[list[Cell] | CsvError]:
    """The rows in order; lines that hold nothing are none. A row that is broken is its error, and the next one follows.

    A byte order mark, any line ends, quotes around a cell and doubled ones in it are understood.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    place, line = 0, 1
    while place < len(text):
        row, end = _row(text, place, line)
        if text[place:end].strip():
            yield row
        line += text.count("\n", place, end + 1)
        place = end + 1


def _row(text: str, place: int, line: int) -> tuple[list[Cell] | CsvError, int]:
    """The row that begins there, and where it ends."""
    cells: list[Cell] = []
    begin = place  # of the line
    while True:
        start = _end(_BLANKS, text, place)
        is_quoted, column = text.startswith('"', start), start - begin + 1
        found = (_QUOTED if is_quoted else _PLAIN).match(text, start)
        value, closed = found.groups() if found else ("", "")
        place = found.end() if found else start
        if is_quoted and not closed:
            error = CsvError(line, column, "opens a quote that is never closed", 'add the second "')
            return error, _end(_LINE, text, start)
        cells.append(Cell((value.replace('""', '"') if is_quoted else value).strip(), line, column))
        line += text.count("\n", start, place)
        begin = max(begin, text.rfind("\n", start, place) + 1)
        if place == len(text) or text[place] == "\n":
            return cells, place
        if text[place] != ",":
            error = CsvError(line, place - begin + 1, "goes on behind a closed quote", 'double each " in the text')
            return error, _end(_LINE, text, place)
        place += 1


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    """Where what fits the pattern, which fits nothing too, ends."""
    found = pattern.match(text, place)
    return found.end() if found else place
