"""Times of deploys from a CSV file: one row a deploy, with its time in the column ``deployed_at``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from pytest_prevention.days import zone
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy
from pytest_prevention.sources.csv_text import Cell, CsvError, rows
from pytest_prevention.sources.files import read_text, unusable
from pytest_prevention.sources.incidents.stamps import StampError, read_stamp

COLUMN = "deployed_at"
MAX_PROBLEMS = 100


def listed_deploys(root: Path, policy: Policy) -> tuple[datetime, ...]:
    """The times in the file that policy names, in UTC and in its order; nothing where it names none.

    PreventionError with everything that is wrong in it. A stamp without an offset is one of the zone that policy names.
    """
    name = policy.tree["deploys"].get("csv")
    if name is None:
        return ()
    path = root / name
    if not Path(os.path.abspath(path)).is_relative_to(os.path.abspath(root)):  # noqa: PTH100 - links stay
        raise unusable(name, "lies outside of the repository", "copy the file into the repository")
    named = zone(policy) if "timezone" in policy.tree["observation"] else None
    found = list(_times(rows(read_text(path, root)), name, named))
    problems = [one for one in found if isinstance(one, Problem)]
    if problems:
        raise PreventionError(_bounded(problems, name))
    return tuple(one for one in found if isinstance(one, datetime))


def _times(found: Iterator[list[Cell] | CsvError], name: str, local: tzinfo | None) -> Iterator[datetime | Problem]:
    header = next(found, [])
    if isinstance(header, CsvError):
        yield _problem(name, header)
        return
    names = [cell.text.casefold() for cell in header]
    if names.count(COLUMN) != 1:
        yield _no_column(name, header, names)
        return
    for row in found:
        if isinstance(row, CsvError):
            yield _problem(name, row)
        elif len(row) != len(header):
            message = f"has {counted(len(row), 'cell')}, and the header {len(header)}"
            yield _problem(name, CsvError(row[0].line, row[0].column, message, f"columns: {','.join(names)}"[:200]))
        else:
            yield _time(name, row[names.index(COLUMN)], local)


def _time(name: str, cell: Cell, local: tzinfo | None) -> datetime | Problem:
    try:
        return read_stamp(cell.text, local).at
    except StampError as error:
        what = repr(cell.text[:80]) if cell.text else "an empty cell"
        return _problem(name, CsvError(cell.line, cell.column, f"{what} {error.message}", error.hint))


def _no_column(name: str, header: Sequence[Cell], names: Sequence[str]) -> Problem:
    if COLUMN in names:
        second = [cell for cell, text in zip(header, names, strict=True) if text == COLUMN][1]
        message = f"is {COLUMN} a second time"
        return _problem(name, CsvError(second.line, second.column, message, "rename one of the two columns"))
    hint = f"begin the file with the line {COLUMN},ref"
    if len(header) == 1 and COLUMN in names[0]:
        hint = "separate the columns with commas"
    line = header[0].line if header else 1
    return _problem(name, CsvError(line, 1, f"has no column {COLUMN}", hint))


def _problem(name: str, error: CsvError) -> Problem:
    return Problem(Location(name, error.line, error.column), "usage", name, error.message, error.hint)


def _bounded(problems: Sequence[Problem], name: str) -> list[Problem]:
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return list(problems)
    last = Problem(Location(name), "usage", name, f"has {more} more such rows", "correct these first")
    return [*problems[:MAX_PROBLEMS], last]
