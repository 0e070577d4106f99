"""The canonical form of a backlog: ISO dates, our words, aligned tables. Nothing else of the text changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from pytest_prevention.model import Action, Location, Problem
from pytest_prevention.sources.backlog.cells import Columns
from pytest_prevention.sources.backlog.layout import aligned, aligned_size
from pytest_prevention.sources.backlog.reader import INVALID, MALFORMED, NO_ANCHORS, parse_page
from pytest_prevention.sources.backlog.rows import heads_backlog
from pytest_prevention.sources.backlog.tables import Block, Page, quoted, scan, split_cells
from pytest_prevention.sources.backlog.words import Column, Words, core, folded
from pytest_prevention.sources.files import MAX_BYTES, unusable


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was rewritten, and where: ``Due "Jan 20" is now "2024-01-20"``."""

    location: Location
    what: str

    def __str__(self) -> str:
        return f"{self.location}: {self.what}"


@dataclass(frozen=True, slots=True)
class Formatted:
    """The text in canonical form, what was rewritten, and what was left as it is because it cannot be decided."""

    text: str
    changes: tuple[Change, ...]
    left: tuple[Problem, ...]


def formatted(text: str, path: str, words: Words, anchors: Mapping[str, date] = NO_ANCHORS) -> Formatted:
    """A backlog in canonical form; doing it again changes nothing, and the actions read from it are the same.

    A table with a malformed row is left as it is. PreventionError where the aligned text would be too large to read.
    """
    page = scan(text)
    backlog = parse_page(page, path, words, anchors=anchors)
    left = tuple(_by_line(problem) for problem in backlog.problems if problem.kind in (MALFORMED, INVALID))
    malformed = {problem.location.line - 1 for problem in left if problem.kind == MALFORMED}
    actions = {action.location.line - 1: action for action in backlog.actions}
    lines = list(page.lines)
    changes: list[Change] = []
    size = len(text)
    for block in page.tables:
        rows = _rows_as_written(page, block)
        columns = words.header(rows[block.first])
        span = range(block.first, block.first + len(block.starts))
        if not heads_backlog(columns) or not malformed.isdisjoint(span):
            continue
        canonical = {
            index: _canonical_row(row, columns, actions[index], words) if index in actions else row
            for index, row in rows.items()
        }
        grid = list(canonical.values())
        size += aligned_size(grid) - sum(len(page.lines[index]) for index in rows)
        if size > MAX_BYTES:
            raise unusable(path, f"would be larger than {MAX_BYTES:,} bytes with its tables aligned", "split the file")
        for index, line in zip(rows, aligned(grid), strict=True):
            lines[index] = page.lines[index][: block.starts[index - block.first]] + line
            changes += _changes(Location(path, index + 1), columns, rows[index], canonical[index])
        if any(lines[index] != page.lines[index] for index in rows if rows[index] == canonical[index]):
            changes.append(Change(Location(path, block.first + 1), "the table is aligned"))
    return Formatted("".join(map("".join, zip(lines, page.ends, strict=True))), tuple(changes), left)


def _by_line(problem: Problem) -> Problem:
    """The problem without its column, which is another one once the table is aligned."""
    return replace(problem, location=Location(problem.location.path, problem.location.line))


def _rows_as_written(page: Page, block: Block) -> dict[int, list[str]]:
    """For each line of a table its cells as written, without blanks around them; rows of another width are none."""
    rows: dict[int, list[str]] = {}
    for index, start in enumerate(block.starts, block.first):
        cells = [cell.strip(" \t") for cell in split_cells(page.lines[index][start:])]
        if len(cells) == len(rows.get(block.first, cells)):
            rows[index] = cells
    return rows


def _canonical_row(row: list[str], columns: Columns, action: Action, words: Words) -> list[str]:
    return [
        _canonical(cell, column, action, words) if column and columns.index(column) == place else cell
        for place, (column, cell) in enumerate(zip(columns, row, strict=True))
    ]


def _canonical(cell: str, column: Column, action: Action, words: Words) -> str:
    """The cell with its date or word as we spell it; the team's own words stay, and what stands around a word too."""
    if column in (Column.DUE, Column.DONE):
        day = action.due if column is Column.DUE else action.done
        return cell.replace(core(cell), day.isoformat(), 1) if day else cell
    readers = {Column.CATEGORY: words.category, Column.PRIORITY: words.priority, Column.STATUS: words.status}
    word = readers[column](cell) if column in readers else None
    if word is None or folded(word.written) in words.own:
        return cell
    return cell.replace(word.written, word.value, 1)


def _changes(where: Location, columns: Columns, old: list[str], new: list[str]) -> Iterator[Change]:
    for column, before, after in zip(columns, old, new, strict=True):
        if before != after:
            yield Change(where, f"{column} {quoted(before)} is now {quoted(after)}")
