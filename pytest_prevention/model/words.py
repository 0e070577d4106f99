"""The closed vocabularies of the backlog and the ladder."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Category(StrEnum):
    """What kind of prevention an action is."""

    TEST = "Test"
    MONITOR = "Monitor"
    CODE = "Code"
    PROCESS = "Process"


class Priority(StrEnum):
    """How urgent an action is; P1 first."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Status(StrEnum):
    """Where an action stands in the table. Done is a claim; the evidence is judged apart."""

    TODO = "Todo"
    IN_PROGRESS = "In progress"
    BLOCKED = "Blocked"
    DONE = "Done"
    DROPPED = "Dropped"

    @property
    def is_open(self) -> bool:
        return self not in (Status.DONE, Status.DROPPED)


class Rung(IntEnum):
    """How far the evidence for an action reaches; the order is the ladder."""

    CLAIMED = 1
    LINKED = 2
    WORKING = 3
    REACHING = 4
    PROVEN = 5

    def __str__(self) -> str:
        return self.name.lower()
