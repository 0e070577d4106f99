"""PRV301: a guard that does not run and pass lets the incident happen again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from shlex import quote

from pytest_prevention.ladder import gap_of
from pytest_prevention.model import Facts, Hit, Outcome, Unchecked, available
from pytest_prevention.phrases import shortened
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import guards

WORDS: Mapping[Outcome, tuple[str, str]] = {
    Outcome.FAILED: ("failed", "see why: pytest {}"),
    Outcome.ERROR: ("ended in an error before or after its own code", "see why: pytest {}"),
    Outcome.CRASHED: ("took the whole test process down", "see why: pytest {}"),
    Outcome.SKIPPED: ("was skipped", "take away what skips it, then: pytest -rs {}"),
    Outcome.XFAILED: (
        "is expected to fail, and did",
        "repair what it shows, take its xfail mark away, then: pytest {}",
    ),
    Outcome.XPASSED: ("passed, but is marked as expected to fail", "take its xfail mark away, then: pytest {}"),
    Outcome.NOT_COLLECTED: ("was not collected", "correct the name in the link, or bring the test back: pytest {}"),
    Outcome.DESELECTED: ("was deselected", "take away what deselects it, then: pytest {}"),
    Outcome.NOT_RUN: ("was collected and did not run", "take away what keeps it from running, then: pytest {}"),
}
"""What happened, as a sentence goes on, and what to do about it."""


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    gap = gap_of(available(facts.run))
    for guard in guards(facts):
        record = guard.record
        if record.outcome.passing:
            continue
        if gap is not None and not record.outcome.ran:
            yield Unchecked(record.nodeid, gap)
            continue
        happened, next_step = WORDS[record.outcome]
        detail = f": {shortened(record.detail)}" if record.detail else ""
        yield Hit(
            record.nodeid,
            guard.location,
            f"{guard} {happened}{detail}.",
            next_step.format(quote(record.nodeid)),
            guard.priority,
        )


RULE = Rule("PRV301", "guard-not-passing", "Every test that guards an incident runs and passes.", check)
