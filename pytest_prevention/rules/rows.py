"""Backlog rows as findings give them to paste."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count

from pytest_prevention.model import Backlog, Category, Priority, Status


def free_numbers(backlog: Backlog) -> Iterator[int]:
    """The numbers that no row has yet, in order: whoever pastes several findings gives no number twice."""
    return count(max((action.number or 0 for action in backlog.actions), default=0) + 1)


def row_to_paste(
    backlog: Backlog,
    number: int,
    incident: str,
    text: str,
    *,
    category: Category = Category.TEST,
    priority: Priority,
    status: Status = Status.TODO,
    due: date,
    done: date | None = None,
) -> str:
    """A new action as a row of the table that is there."""
    cells = {
        "#": str(number),
        "Incident": incident,
        "Action": text,
        "Category": str(category),
        "Priority": str(priority),
        "Status": str(status),
        "Due": str(due),
        "Done": str(done or "—"),
    }
    return "| " + " | ".join(cells.get(column, "—").replace("|", "\\|") for column in backlog.columns) + " |"
