"""PRV501: a module that is repaired over and over needs more than the next repair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pytest_prevention.days import commit_day, day
from pytest_prevention.hotspots import Hotspot, hotspots
from pytest_prevention.model import Facts, Hit, Location, Priority, Unchecked, available
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule, counted, shortened
from pytest_prevention.rules.modules import incidents_of
from pytest_prevention.rules.rows import free_numbers, row_to_paste


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    numbers = free_numbers(available(facts.backlog))
    for module in hotspots(facts, policy):
        if module.flagged and not _is_planned(module, policy):
            next_step = _next_step(module, facts, policy, numbers)
            yield Hit(module.path, Location(module.path), _fact(module, policy), next_step)


def _is_planned(module: Hotspot, policy: Policy) -> bool:
    """An open retrofit is an answer; a Done one is none to what broke after it."""
    retrofit = module.retrofit
    if retrofit is None or retrofit.is_open:
        return retrofit is not None
    return _fixes_since_retrofit(module, policy) < policy.threshold("hotspot_fixes")


def _fixes_since_retrofit(module: Hotspot, policy: Policy) -> int:
    """None are known of a retrofit that does not say when it was done."""
    done = module.retrofit.done if module.retrofit else None
    return sum(done is not None and commit_day(fix, policy) > done for fix in module.fixes)


def _fact(module: Hotspot, policy: Policy) -> str:
    last, since = module.fixes[0], _fixes_since_retrofit(module, policy)
    again = f", {since} of them after {module.retrofit.key} was Done" if module.retrofit else ""
    what = f' ("{shortened(last.subject)}")' if last.subject else ""
    return (
        f"{module.path} was fixed {counted(len(module.fixes), 'time')} in 12 months{again}, last on "
        f"{commit_day(last, policy)}{what}. The probability of another fix within 6 months is "
        f"{module.score.probability * 100:.0f} %."
    )


def _next_step(module: Hotspot, facts: Facts, policy: Policy, numbers: Iterator[int]) -> str:
    backlog, text = available(facts.backlog), _text(module)
    incident = next(iter(incidents_of(module, facts)), None)
    if incident is None:
        return (
            f"write an incident record of what broke, and in {backlog.path} a Test action for it with the text: {text}"
        )
    due = day(facts.as_of, policy) + timedelta(days=policy.threshold("complete_within_days"))
    row = row_to_paste(backlog, next(numbers), incident.id, text, priority=Priority.P2, due=due)
    return f"plan a comprehensive test retrofit in {backlog.path}: {row}"


def _text(module: Hotspot) -> str:
    """No two actions of an incident may say the same."""
    again = f", which broke again after {module.retrofit.done}" if module.retrofit else ""
    return f"Retrofit tests for {module.path}{again}"


RULE = Rule(
    "PRV501",
    "module-breaks-repeatedly",
    "A module that breaks repeatedly has an action to retrofit its tests.",
    check,
)
