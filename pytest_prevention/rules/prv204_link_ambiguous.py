"""PRV204: with several Test actions a mark that names only the incident would count for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pytest_prevention.ladder import mark_to_paste, tests_wanted
from pytest_prevention.model import Action, Facts, Hit, Unchecked, available, prefixes
from pytest_prevention.phrases import shortened
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import marks

MOST_CHOICES = 5
"""Rows that a finding lists to choose from."""


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    backlog = available(facts.backlog)
    told = {(link.incident, link.nodeid) for link in available(facts.links).links if link.action is not None}
    for mark in marks(facts):
        wanted = [*tests_wanted(backlog, mark.incident)] if mark.action is None else []
        unclear = [
            nodeid for nodeid in mark.nodeids if not any((mark.incident, prefix) in told for prefix in prefixes(nodeid))
        ]
        if len(wanted) > 1 and unclear:
            yield replace(mark, nodeids=tuple(unclear)).hit(
                f"does not say which of the {len(wanted)} Test actions of {mark.incident} it stands for: "
                f"{_listed(wanted)}.",
                f"name the row's number: {mark_to_paste(wanted[0], facts)}",
                min(action.judged_priority for action in wanted),
            )


def _listed(actions: Sequence[Action]) -> str:
    """The first rows to choose from, by number and text."""
    rows = [f'{action.number} "{shortened(action.text)}"' for action in actions[:MOST_CHOICES]]
    return ", ".join(rows + ["…"] * (len(actions) > MOST_CHOICES))


RULE = Rule(
    "PRV204", "link-ambiguous", "Where an incident has several Test actions, a mark says which it means.", check
)
