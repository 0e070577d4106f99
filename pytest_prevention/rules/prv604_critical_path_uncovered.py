"""PRV604: what users must always be able to do needs an alert that tells when they cannot."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.critical_paths import critical_paths
from pytest_prevention.indicators.monitoring_coverage import incidents_of, watched
from pytest_prevention.model import Facts, Hit, Priority, Unchecked
from pytest_prevention.phrases import shortened
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    for path in critical_paths(policy):
        covered, told = watched(path, facts, policy)
        if covered:
            continue
        if covered is None and told.why_unknown:
            yield Unchecked(path.id, told.why_unknown)
            continue
        incidents = incidents_of(path, facts, policy)
        title = f' "{shortened(path.title)}"' if path.title else ""
        cost = f"; it has cost {shortened(', '.join(incidents))}" if incidents else ""
        yield Hit(
            path.id,
            path.location,
            f"Critical path {path.id}{title} is not watched: {told.reason}{cost}.",
            told.next_step,
            Priority.P1 if incidents else Priority.P2,
        )


RULE = Rule(
    "PRV604", "critical-path-uncovered", "Every critical path has an alert on the rung that policy demands.", check
)
