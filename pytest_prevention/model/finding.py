"""What the rules find, and the judgement on all of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from pytest_prevention.model.place import Location, Unavailable
from pytest_prevention.model.words import Priority, Rung


class Level(IntEnum):
    """The severity of a finding; the order is what ``fail_on`` compares."""

    NONE = 0
    NOTE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule does not hold, as the rule sees it: it knows no severities.

    ``fact`` is a full sentence; ``next_step`` one concrete thing to do, ready to paste. ``priority`` is that of the
    action concerned, where policy grades by it.
    """

    subject: str
    location: Location
    fact: str
    next_step: str
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class Unchecked:
    """One subject that a rule could not examine, and why."""

    subject: str
    why: Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A hit with what policy makes of it. ``policy_key`` is the key that decided the level, with its value."""

    code: str
    name: str
    level: Level
    subject: str
    location: Location
    fact: str
    policy_key: str
    next_step: str
    priority: Priority | None = None

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Gravest first, then by place."""
        return (-self.level, self.code, self.location, self.subject, self.fact)


class State(StrEnum):
    """What is known of one rule, or of the whole gate."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The verdict on one rule. ``unchecked`` names what it could not look at, be it kept, broken or neither."""

    code: str
    name: str
    state: State
    findings: int = 0
    unchecked: tuple[Unchecked, ...] = ()
    gravest: Level = Level.ERROR
    """The highest level that policy lets its findings have."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement: all findings in stable order, and one result per rule that policy asks for."""

    findings: tuple[Finding, ...]
    results: tuple[RuleResult, ...]
    fail_on: Level | None

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings that break the gate; none where policy says ``fail_on: never``."""
        return tuple(finding for finding in self.findings if self.fail_on is not None and finding.level >= self.fail_on)

    @property
    def state(self) -> State:
        """Broken by a finding that policy does not tolerate; not checked where such a finding could hide."""
        if self.failing:
            return State.BROKEN
        return State.NOT_CHECKED if self.blind else State.KEPT

    @property
    def blind(self) -> tuple[RuleResult, ...]:
        """The rules that could break the gate and could not look at everything, though nobody chose that."""
        return tuple(
            result
            for result in self.results
            if self.fail_on is not None
            and result.gravest >= self.fail_on
            and any(not gap.why.by_design for gap in result.unchecked)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """The rung on which an action's evidence stands. None: unknown, and ``at_least`` is what is known all the same.

    ``why_unknown`` says why nobody can tell whether it stands higher, up to ``at_most``: above that it does not.
    """

    action: str
    rung: Rung | None
    reason: str
    next_step: str = ""
    at_least: Rung = Rung.CLAIMED
    at_most: Rung = Rung.PROVEN
    why_unknown: Unavailable | None = None
