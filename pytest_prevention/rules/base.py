"""What a rule is: identity, one sentence, one question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pytest_prevention.model import Action, Facts, Hit, Problem, Unchecked
from pytest_prevention.phrases import named
from pytest_prevention.policy import Policy

Check = Callable[[Facts, Policy], Iterator[Hit | Unchecked]]


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
