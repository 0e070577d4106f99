"""PRV202: a link to an incident or action that does not exist guards nothing, though it looks as if it did."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Facts, Hit, Unavailable, Unchecked, available
from pytest_prevention.phrases import shortened
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import marks
from pytest_prevention.rules.spelling import speller


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    known = available(facts.incidents).by_id()
    suggest = speller(known)
    for alert in () if isinstance(facts.alerts, Unavailable) else facts.alerts.rules:
        for named in alert.incidents:
            if named not in known:
                meant = suggest(named)
                yield Hit(
                    f"alert:{alert.name}",
                    alert.location,
                    f'Alert {alert.name} names the incident "{named}", and no record has that id.',
                    f"did you mean {meant}?" if meant else _without_likeness(named),
                )
    for mark in marks(facts):
        if mark.incident not in known:
            meant = suggest(mark.incident)
            yield mark.hit(
                f'names the incident "{mark.incident}", and no record has that id.',
                f'did you mean @pytest.mark.incident("{meant}")?' if meant else _without_likeness(mark.incident),
            )
    backlog = available(facts.backlog)
    for mark in marks(facts):
        rows = backlog.of(mark.incident)
        if mark.incident in known and mark.action is not None and mark.action not in {row.number for row in rows}:
            numbers = ", ".join(str(row.number) for row in rows if row.number is not None)
            yield mark.hit(
                f"names action {mark.action} of {mark.incident}, and the backlog has no such row.",
                f"write one of its numbers: {shortened(numbers)}"
                if numbers
                else f"add the row {mark.incident}#{mark.action}",
            )


def _without_likeness(named: str) -> str:
    return f"correct the id, or write the record incidents/{named}.md"


RULE = Rule("PRV202", "link-to-unknown-incident", "Every mark and every alert names what exists.", check)
