"""What keeps recurring across incidents, as the rules ask for an answer to it: one action that names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pytest_prevention.days import day
from pytest_prevention.hotspots.retrofits import by_word, retrofits, shortfall
from pytest_prevention.model import Action, Category, Facts, Hit, Incident, Priority, Unavailable, Unchecked, available
from pytest_prevention.patterns import after_changes
from pytest_prevention.patterns.after_changes import NOUN, Kind
from pytest_prevention.patterns.changes_words import doubts_in_words, said_in_words, windows_in_words
from pytest_prevention.patterns.words import listed
from pytest_prevention.policy import Policy
from pytest_prevention.rules.modules import claim_in_words
from pytest_prevention.rules.rows import free_numbers, row_to_paste


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A flagged pattern: its incidents ``ids``, the newest last, and the ``key`` of their records that shows it.

    The text of an action must hold ``name`` to answer it, and the word ``also`` in any case; ``text`` does, and is what
    to plan.
    """

    subject: str
    ids: Sequence[str]
    key: str
    fact: str
    name: str
    text: str
    category: Category
    also: str = ""


def unanswered(found: Iterable[Recurring], facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    """A hit for each that no open action answers, and none that was Done, with its evidence, after the newest incident.

    MissingSource without incidents or backlog, where anything recurs.
    """
    flagged = [*found]
    if not flagged:
        return
    backlog, known = available(facts.backlog), available(facts.incidents).by_id()
    numbers, actions = free_numbers(backlog), by_word(backlog, {one.category for one in flagged})
    for one in flagged:
        newest = known[one.ids[-1]]
        naming = [action for action in retrofits([one.name], actions) if action.category is one.category]
        answers = [action for action in naming if one.also in action.text.casefold()]
        if any(action.is_open for action in answers):
            continue
        lacking = [shortfall(action, facts, policy) for action in answers if _is_later(action, newest, policy)]
        if None in lacking:
            continue
        place = newest.at(one.key)
        claim = next((why for why in lacking if why), None)
        if claim is None:
            yield Hit(one.subject, place, one.fact, _plan(one, next(numbers), newest, facts, policy))
        elif claim.why_unknown:
            yield Unchecked(one.subject, claim.why_unknown)
        else:
            yield Hit(one.subject, place, f"{one.fact} {claim.action} is {claim_in_words(claim)}.", claim.next_step)


def after(kind: Kind, facts: Facts, policy: Policy, *, name: str, advice: str, text: str) -> Iterator[Recurring]:
    """The pattern of incidents after changes; MissingSource where it is not flagged and declared changes are unknown.

    Where policy declares no changes, what people say in records is all there is to go by.
    """
    changes = facts.deploys if kind == "deploys" else facts.data_changes
    found = after_changes.deploys(facts, policy) if kind == "deploys" else after_changes.data_changes(facts, policy)
    if not found.flagged:
        if isinstance(changes, Unavailable) and not changes.by_design:
            available(changes)
        return
    ids = newest_last({*found.incidents, *found.direct}, facts)
    told = [said_in_words(kind, found), windows_in_words(kind, found), *doubts_in_words(kind, found)]
    yield Recurring(
        subject=f"{NOUN[kind]}s",
        ids=ids,
        key="started_at",
        fact=f"Incidents follow {NOUN[kind]}s: {'; '.join(one for one in told if one)}: {listed(ids)}. {advice}",
        name=name,
        text=f"{text} ({name})",
        category=Category.PROCESS,
    )


def newest_last(ids: Iterable[str], facts: Facts) -> tuple[str, ...]:
    """In order of their beginning; those of which it is not known come first."""
    known = available(facts.incidents).by_id()
    return tuple(sorted(ids, key=lambda id_: (known[id_].began_at or datetime.min.replace(tzinfo=UTC), id_)))


def _is_later(action: Action, newest: Incident, policy: Policy) -> bool:
    """A Done without a day is a claim about today."""
    return action.done is None or newest.began_at is None or action.done >= day(newest.began_at, policy)


def _plan(one: Recurring, number: int, newest: Incident, facts: Facts, policy: Policy) -> str:
    backlog = available(facts.backlog)
    due = day(facts.as_of, policy) + timedelta(days=policy.threshold("complete_within_days"))
    again = any(action.text == one.text for action in backlog.of(newest.id))
    text = f"{one.text}, once more after {newest.id}" if again else one.text
    row = row_to_paste(backlog, number, newest.id, text, category=one.category, priority=Priority.P2, due=due)
    return f"plan it in {backlog.path}: {row}"
