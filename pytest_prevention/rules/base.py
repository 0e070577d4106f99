"""What a rule is: identity, one sentence, one question. And the few phrases that rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pytest_prevention.model import Action, Facts, Hit, Incident, Problem, Unchecked
from pytest_prevention.policy import Policy

Check = Callable[[Facts, Policy], Iterator[Hit | Unchecked]]

LONGEST_QUOTE = 80
"""Characters of somebody's text that a finding repeats."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``summary`` says what must hold, in one line; the page ``docs/rules/CODE.md`` says the rest.

    ``check`` yields a :class:`Hit` for each place where the rule does not hold and an :class:`Unchecked` for each
    subject that it could not examine. It asks for its sources with :func:`pytest_prevention.model.available`; one that
    is missing makes the whole rule *not checked*.
    """

    code: str
    name: str
    summary: str
    check: Check


def reported(problems: Iterable[Problem], kind: str) -> Iterator[Hit]:
    """The hits of a rule that a source has checked already while reading: its problems of that kind."""
    for problem in problems:
        if problem.kind == kind:
            yield Hit(problem.subject, problem.location, problem.message, problem.hint)


def hit_on(action: Action, fact: str, next_step: str) -> Hit:
    """A hit on one action; ``fact`` goes on after its name: ``has no due date.``"""
    return Hit(action.key, action.location, f"{named(action)} {fact}", next_step, action.judged_priority)


def is_over(incident: Incident) -> bool:
    """Whether its post-mortem and its actions can be asked for; a status that cannot be read counts as over."""
    return incident.status not in ("active", "mitigated")


def named(action: Action) -> str:
    """An action at the start of a sentence: ``P1 Test action "Add test for empty body" (Todo)``."""
    kind = f"{action.judged_priority} {action.category or ''}".rstrip()
    return f'{kind} action "{shortened(action.text)}" ({action.status or "no status"})'


def titled(incident: Incident) -> str:
    """An incident as it stands in a sentence: ``INC-001 "Empty order body returned 500" (SEV2)``."""
    title = f' "{shortened(incident.title)}"' if incident.title else ""
    return f"{incident.id}{title} ({incident.severity or 'no severity'})"


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 day``, ``2 days``; a plural that is not made with an s is given: ``2 fixes``."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"


def shortened(text: str) -> str:
    """Text of any length as a finding can quote it."""
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
