"""PRV304: a guard that passes only now and then will be rerun, distrusted and, in the end, ignored."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from pytest_prevention.ladder import gap_of
from pytest_prevention.model import Facts, Hit, Outcome, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import guards


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    gap = gap_of(available(facts.run))
    for guard in guards(facts):
        if guard.record.outcome is Outcome.FLAKY:
            yield Hit(
                guard.record.nodeid,
                guard.location,
                f"{guard} failed first and passed when it was run again.",
                f"find what it depends on (time, order, network, shared state): pytest {quote(guard.record.nodeid)}",
                guard.priority,
            )
        elif gap is not None and not guard.record.outcome.ran:
            yield Unchecked(guard.record.nodeid, gap)


RULE = Rule("PRV304", "guard-flaky", "No test that guards an incident needs a second try to pass.", check)
