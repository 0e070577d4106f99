"""Lagging indicator: incidents that happened before, and those that happened although something was done about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pytest_prevention.days import day
from pytest_prevention.indicators.time_to import in_order
from pytest_prevention.indicators.window import is_earlier
from pytest_prevention.model import Action, Backlog, Facts, Incident, Status, Unavailable, available
from pytest_prevention.policy import Policy

Pair = tuple[str, str]
Number = int | str
"""Of an action; its key where its row has no number."""
AfterPrevention = tuple[str, tuple[Number, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatIncidents:
    """``repeats`` pairs each repeat, in order of start, with the first incident of its cause, else with its repeat_of.

    ``share`` is that of repeats among the incidents with a ``known_cause``. ``declared`` are those with repeat_of.
    ``after_prevention``: incidents before whose day actions of earlier ones of the same cause were Done.
    ``unknown_cause`` and ``undated`` ones (ids) cannot be compared; what begins ``after_as_of`` is not looked at.
    What is ``earlier`` than asked for counts only as what a later one repeats.
    """

    known_cause: int
    repeats: tuple[Pair, ...]
    share: float | None
    reason: str
    declared: tuple[Pair, ...]
    after_prevention: tuple[AfterPrevention, ...] | Unavailable
    unknown_cause: tuple[str, ...]
    undated: tuple[str, ...]
    after_as_of: tuple[str, ...]
    earlier: tuple[str, ...]


def measure(facts: Facts, policy: Policy) -> RepeatIncidents:
    """MissingSource without incidents."""
    incidents = in_order(available(facts.incidents).by_id())
    happened = [one for one in incidents if one.began_at and one.began_at < facts.as_of]
    earlier = {one.id for one in happened if is_earlier(one.began_at, facts, policy)}
    asked = [one for one in happened if one.id not in earlier]
    known = {one.id for one in asked if one.cause}
    repeats = tuple(pair for pair in _repeats(happened) if pair[0] not in earlier)
    backlog = facts.backlog
    return RepeatIncidents(
        known_cause=len(known),
        repeats=repeats,
        share=sum(later in known for later, _ in repeats) / len(known) if known else None,
        reason="" if known else "no incident has a recorded cause",
        declared=tuple((one.id, one.repeat_of) for one in asked if one.repeat_of),
        after_prevention=(
            backlog
            if isinstance(backlog, Unavailable)
            else tuple(found for found in _after_prevention(happened, backlog, policy) if found[0] not in earlier)
        ),
        unknown_cause=tuple(one.id for one in asked if not one.cause),
        undated=tuple(one.id for one in incidents if not one.began_at),
        after_as_of=tuple(one.id for one in incidents if one.began_at and one.began_at >= facts.as_of),
        earlier=tuple(sorted(earlier)),
    )


def _repeats(happened: Iterable[Incident]) -> Iterator[Pair]:
    firsts: dict[str, str] = {}
    for one in happened:
        first = firsts.setdefault(one.cause, one.id) if one.cause else one.id
        if first != one.id:
            yield one.id, first
        elif one.repeat_of:
            yield one.id, one.repeat_of


def _after_prevention(happened: Sequence[Incident], backlog: Backlog, policy: Policy) -> Iterator[AfterPrevention]:
    """A day is all that is known of an action: what was Done on the day of the incident may have come too late."""
    done: dict[str, list[tuple[date, Action]]] = defaultdict(list)
    for one in happened:
        if one.cause and one.began_at:
            began = day(one.began_at, policy)
            before = [action for on, action in done[one.cause] if on < began]
            if before:
                yield one.id, tuple(action.key if action.number is None else action.number for action in before)
            done[one.cause] += [
                (action.done, action)
                for action in backlog.of(one.id)
                if action.status is Status.DONE and action.done is not None
            ]
