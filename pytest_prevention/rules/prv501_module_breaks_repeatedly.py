"""PRV501: a module that is repaired over and over needs more than the next repair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from pytest_prevention.days import commit_day, day
from pytest_prevention.hotspots import Hotspot, hotspots
from pytest_prevention.model import Facts, Hit, Location, Priority, Standing, Unchecked, available
from pytest_prevention.phrases import counted, shortened
from pytest_prevention.policy import Policy
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.modules import claim_in_words, incidents_of
from pytest_prevention.rules.rows import free_numbers, row_to_paste


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    yield from judged(hotspots(facts, policy), facts, policy)


def judged(modules: Iterable[Hotspot], facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    """The same for modules that are known already."""
    numbers = free_numbers(available(facts.backlog))
    for module in modules:
        if not module.flagged or (module.retrofit and module.retrofit.is_open):
            continue
        claim = _claim(module, policy)
        if claim is None:
            yield _hit(module, policy, _plan(module, facts, policy, numbers))
        elif claim.why_unknown:
            yield Unchecked(module.path, claim.why_unknown)
        else:
            yield _hit(module, policy, claim.next_step)


def _claim(module: Hotspot, policy: Policy) -> Standing | None:
    """What a Done retrofit lacks that would answer enough of the fixes; None where only a new one can help."""
    return module.shortfall if _fixes_since_retrofit(module, policy) < policy.threshold("hotspot_fixes") else None


def _fixes_since_retrofit(module: Hotspot, policy: Policy) -> int:
    """None are known of a retrofit that does not say when it was done."""
    done = module.retrofit.done if module.retrofit else None
    return sum(done is not None and commit_day(fix, policy) > done for fix in module.fixes)


def _hit(module: Hotspot, policy: Policy, next_step: str) -> Hit:
    last, since = module.fixes[0], _fixes_since_retrofit(module, policy)
    again = f", {since} of them after {module.retrofit.key} was Done" if module.retrofit and since else ""
    what = f' ("{shortened(last.subject)}")' if last.subject else ""
    fact = (
        f"{module.path} was fixed {counted(len(module.fixes), 'time')} in 12 months{again}, last on "
        f"{commit_day(last, policy)}{what}. The probability of another fix within 6 months is "
        f"{module.score.probability * 100:.0f} %."
    )
    if module.shortfall:
        fact += f" {module.shortfall.action} is {claim_in_words(module.shortfall)}."
    return Hit(module.path, Location(module.path), fact, next_step)


def _plan(module: Hotspot, facts: Facts, policy: Policy, numbers: Iterator[int]) -> str:
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
