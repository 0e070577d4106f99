"""Which action is which: keys that are unique in a file, and rows that stand for the same action twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from pytest_prevention.model import Action, Status
from pytest_prevention.sources.backlog.rows import Header
from pytest_prevention.sources.backlog.tables import Fault
from pytest_prevention.sources.backlog.words import Column, folded


class Identities:
    """The actions of one file, told in order."""

    def __init__(self) -> None:
        self._table_of_key: dict[str, int] = {}
        self._repetitions: dict[str, int] = {}
        self._first: dict[Hashable, Action] = {}

    def new_key(self, header: Header, incident: str, number: int | None) -> str:
        """``INC-001#2``; in table 3, where another table has that already, ``INC-001#3.2``.

        The second one of the same number in one table is ``INC-001#2~2``.
        """
        name = number or "?"
        key = f"{incident}#{name}"
        if self._table_of_key.setdefault(key, header.table) != header.table:
            key = f"{incident}#{header.table}.{name}"
        self._repetitions[key] = times = self._repetitions.get(key, 0) + 1
        return key if times == 1 else f"{key}~{times}"

    def duplicate(self, header: Header, action: Action) -> Fault | None:
        """What this action repeats of an earlier one."""
        faults = []
        for identity, message, hint in _identities(header, action):
            first = self._first.setdefault(identity, action)
            if first is not action:
                faults.append(Fault(f"{message} (also in line {first.location.line})", hint))
        return faults[0] if faults else None


def _identities(header: Header, action: Action) -> Iterator[tuple[Hashable, str, str]]:
    """What no other action of the file may share with this one; what it means if one does; what to do then.

    A number is unique in its table. Across tables with a Status column the pair of incident and number is unique too:
    it is what ``action=2`` of a test refers to. The template's table of completed actions has no Status column, and
    may number anew.
    """
    incident, number = action.incident, action.number
    if number is not None and header.table:
        yield (header.table, number), f"this table has number {number} twice", "give this row the next free number"
    if number is not None and Column.STATUS in header.columns:
        hint = "give this row a number that no other row of the incident has"
        yield (incident, number, "number"), f"{incident} has an action {number} in two tables", hint
    if incident and action.text and action.status is not Status.DROPPED:
        hint = "keep one of the two rows, and give the other the status Dropped with the reason"
        yield (incident, folded(action.text), "text"), f"{incident} has this action twice", hint
