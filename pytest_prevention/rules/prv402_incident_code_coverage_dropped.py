"""PRV402: code that has cost an incident does not lose tests that it had."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.indicators.incident_prone_coverage import ModuleCoverage
from pytest_prevention.model import Facts, Hit, Recorded, Unavailable, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.coverage import fraction, measured_modules, place, where_to_begin

_OTHERWISE = Unavailable(
    "the earlier report has branches of it and today's data have none, or the other way round",
    "measure as then, or write the earlier report anew",
)


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    modules = list(measured_modules(facts, policy))
    earlier = available(available(facts.coverage).earlier) if modules else {}
    for name, module in modules:
        if isinstance(module, Unchecked):
            yield module
        elif name not in earlier or not earlier[name].total:
            continue  # there was nothing that could be lost
        elif bool(module.branches) is not bool(earlier[name].branches):
            yield Unchecked(name, _OTHERWISE)
        elif _dropped(module, earlier[name], policy.tree["coverage"]["tolerance"]):
            yield Hit(
                name,
                place(module, facts),
                f"Tests execute {fraction(module)} of {name}; it was {fraction(earlier[name])} in "
                f"{policy.tree['coverage']['baseline']}.",
                where_to_begin(module, available(facts.coverage)),
            )


def _dropped(now: ModuleCoverage, then: Recorded, tolerance: float) -> bool:
    """By more percentage points than tolerated, and with more left out: covered code that was deleted is no loss."""
    drop = then.covered * 100 / then.total - now.covered * 100 / now.total
    return round(drop, 9) > tolerance and now.total - now.covered > then.total - then.covered


RULE = Rule(
    "PRV402",
    "incident-code-coverage-dropped",
    "Tests execute no less of a module that incidents name than before.",
    check,
)
