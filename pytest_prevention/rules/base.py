"""What a rule is: identity, one sentence, one question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_prevention.model import Facts, Hit, Incidents, Links, Backlog, Unchecked, available
from pytest_prevention.policy import Policy

Check = Callable[[Facts, Policy], Iterator[Hit | Unchecked]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``summary`` says what must hold, in one line; the page ``docs/rules/CODE.md`` says the rest.

    ``check`` yields a :class:`Hit` for each place where the rule does not hold and an :class:`Unchecked` for each subject that it could not examine.
    It asks for its sources with :func:`pytest_prevention.model.available`; one that is missing makes the whole rule *not checked*.
    """

    code: str
    name: str
    summary: str
    check: Check


def reports(name: str) -> Check:
    """The check of a rule whose problems a source has found already while reading: those whose kind is the rule's name."""

    def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
        for source in (facts.incidents, facts.backlog, facts.links):
            if isinstance(source, Incidents | Backlog | Links):
                for problem in source.problems:
                    if problem.kind == name:
                        yield Hit(problem.subject, problem.location, problem.message, problem.hint)

    return check
