"""The cells of a row, and the column of each: that of its header or, where cells have shifted, what it says itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pytest_prevention.model import Status
from pytest_prevention.model.mark import INCIDENT_ID
from pytest_prevention.sources.backlog.dates import read_date
from pytest_prevention.sources.backlog.tables import cell_text, split_cells
from pytest_prevention.sources.backlog.words import Column, Words, core, is_incident, is_missing


class Cell(NamedTuple):
    """What a cell says, and at which character of its line it begins, from 0."""

    text: str
    offset: int


Columns = tuple[Column | None, ...]
"""The header of a table: for each of its cells the column that we know by that name."""

_NUMBER = re.compile(r"#?[0-9]{1,9}\.?")
_DATES = (Column.DUE, Column.DONE)
_IN_ANY_YEAR = date(2000, 1, 30)
"""An anchor under which every day of the year can be read; for telling dates from other texts."""


def cells_of(row: str, start: int) -> list[Cell]:
    """The cells of a row whose text begins at the character ``start`` of its line."""
    offset = start + len(row) - len(row.lstrip())
    offset += row.startswith("|", offset - start)
    cells = []
    for written in split_cells(row):
        cells.append(Cell(cell_text(written), offset + len(written) - len(written.lstrip())))
        offset += len(written) + 1
    return cells


def by_header(cells: Sequence[Cell], columns: Columns, words: Words) -> Mapping[Column, Cell] | None:
    """Each cell under its header; None where cells have shifted, so that nobody knows which belongs to which.

    Of two columns that mean the same the first counts.
    """
    whole = cells if len(cells) == len(columns) else _mended(cells)
    row = {column: cell for column, cell in reversed(list(zip(columns, whole, strict=False))) if column is not None}
    if len(whole) == len(columns):
        return row if _names_incident(row) or not any(is_incident(cell.text) for cell in cells) else None
    return row if _names_incident(row) and _says_known_words(row, words) else None


def _mended(cells: Sequence[Cell]) -> list[Cell]:
    """The cells with those put together again that a bare pipe inside a code span has torn apart."""
    whole: list[Cell] = []
    torn: list[str] = []
    for cell in cells:
        odd = cell.text.count("`") % 2
        if torn:
            torn.append(cell.text)
            if odd:
                whole[-1] = Cell("|".join(torn), whole[-1].offset)
                torn = []
        else:
            whole.append(cell)
            torn = [cell.text] if odd else []
    return whole if not torn else list(cells)


def _names_incident(row: Mapping[Column, Cell]) -> bool:
    """Whether the Incident cell, if there is one, holds an id or nothing."""
    text = row[Column.INCIDENT].text if Column.INCIDENT in row else ""
    return is_missing(text) or INCIDENT_ID.fullmatch(core(text)) is not None


def _says_known_words(row: Mapping[Column, Cell], words: Words) -> bool:
    """Whether the cells of the closed vocabularies hold a word of theirs or nothing."""
    known = {Column.CATEGORY: words.category, Column.PRIORITY: words.priority, Column.STATUS: words.status}
    return all(
        column not in row or is_missing(row[column].text) or find(row[column].text) for column, find in known.items()
    )


def recognised(cells: Sequence[Cell], words: Words, columns: Columns = ()) -> dict[Column, Cell]:
    """The cells that say themselves what they are; ``columns`` tells in which order dates come.

    The first other cell is the action's text, preferably one behind the incident.
    """
    dates = sorted((column for column in _DATES if column in columns), key=columns.index) or _DATES
    found: dict[Column, Cell] = {}
    others: list[Cell] = []
    for cell in cells:
        column = next((column for column in _kinds(cell.text, words, dates) if column not in found), None)
        if column is not None:
            found[column] = cell
        elif not is_missing(cell.text):
            others.append(cell)
    first = found[Column.INCIDENT].offset if Column.INCIDENT in found else 0
    behind = [cell for cell in others if cell.offset > first] or others
    return found | {Column.ACTION: behind[0]} if behind else found


def _kinds(text: str, words: Words, dates: Sequence[Column]) -> Iterator[Column]:
    """The columns that a cell with this text can belong to."""
    if is_incident(text):
        yield Column.INCIDENT
    elif _NUMBER.fullmatch(core(text)):
        yield Column.NUMBER
    elif words.category(text):
        yield Column.CATEGORY
    elif words.priority(text):
        yield Column.PRIORITY
    elif (status := words.status(text)) and (not status.rest or status.value is Status.DROPPED):
        yield Column.STATUS
    elif isinstance(read_date(core(text), _IN_ANY_YEAR), date):
        yield from dates
