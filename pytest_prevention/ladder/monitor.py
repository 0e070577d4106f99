"""The ladder of a Monitor action: an alert rule that is linked, pages, fires where a test wants it, and soon enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches

from pytest_prevention.critical_paths import critical_paths, detect_within, rung_of_paths
from pytest_prevention.ladder.unknown import unknown
from pytest_prevention.model import (
    Action,
    AlertRule,
    Alerts,
    AlertTrial,
    Category,
    Facts,
    Location,
    Rung,
    Standing,
    Unavailable,
)
from pytest_prevention.model.facts import NOT_TRIED
from pytest_prevention.policy import Policy

HOW_TO_TEST = "expect it by name, with exp_alerts, in a rule unit test (docs/policy.md, Alert rules)"

_TRIED = ("proven", "passed", "unknown", "failed", "refused")
"""From the best to the worst."""


def linked_rules(action: Action, alerts: Alerts | Unavailable) -> tuple[AlertRule, ...]:
    """The alert rules that its Evidence cell names, and those that carry its incident."""
    if isinstance(alerts, Unavailable):
        return ()
    named = [rule for name in action.names("alert") for rule in alerts.named(name)]
    return tuple({rule.location: rule for rule in [*named, *alerts.of(action.incident)]}.values())


def unseen(action: Action, alerts: Alerts | Unavailable) -> Unavailable | None:
    """Why a rule may be linked that nobody saw. Where there are no alert rules at all, one that is named may be."""
    if isinstance(alerts, Unavailable):
        return alerts if action.names("alert") or not alerts.by_design else None
    return alerts.unread


def rules_to_try(facts: Facts, policy: Policy) -> list[AlertRule]:
    """The alert rules of which policy asks more than that they are active and page: worth the time of promtool."""
    alerts = facts.alerts
    if isinstance(alerts, Unavailable) or isinstance(facts.backlog, Unavailable):
        return []
    found: dict[Location, AlertRule] = {}
    for action in facts.backlog.actions:
        demand = policy.demanded(action)
        if action.category is Category.MONITOR and demand is not None and demand.require > Rung.WORKING:
            found |= {rule.location: rule for rule in linked_rules(action, alerts)}
    if rung_of_paths(policy) > Rung.WORKING:
        watching = (one for path in critical_paths(policy) for one in path.matchers)
        found |= {rule.location: rule for one in watching for rule in alerts.rules if one.matches(rule)}
    return list(found.values())


def why_unlinked(action: Action) -> str:
    """What there is in place of a linked rule."""
    named = action.names("alert")
    return f"Evidence names alert {named[0]}, and no alert rule has that name" if named else "no alert rule is linked"


def how_to_link(action: Action, alerts: Alerts | Unavailable) -> str:
    """What links an alert rule to an action: a correction of what the Evidence cell names in vain, else the line."""
    if isinstance(alerts, Unavailable):
        return "name it in the row's Evidence cell: alert:…"
    for name in action.names("alert"):
        if close := get_close_matches(name, [rule.name for rule in alerts.rules], 1):
            return f"did you mean this, in the Evidence cell: alert:{close[0]}"
    return f"add to the annotations of its alert rule: incidents: {action.incident}"


def standing_of_monitor(action: Action, facts: Facts, policy: Policy) -> Standing:
    """The best of its alert rules counts."""
    rules = linked_rules(action, facts.alerts)
    if rules:
        paths = critical_paths(policy)
        highest = best([standing_of_rule(rule, facts, policy, detect_within(rule, paths)) for rule in rules])
        if highest.why_unknown is NOT_TRIED:
            highest = replace(highest, next_step=f"run them: prevention evidence {action.incident}")
        return replace(highest, action=action.key)
    gap = unseen(action, facts.alerts)
    if gap:
        named_elsewhere = isinstance(facts.alerts, Unavailable) and action.names("alert")
        return unknown(action, gap, Rung.LINKED if named_elsewhere else Rung.CLAIMED)
    return Standing(action.key, Rung.CLAIMED, why_unlinked(action), how_to_link(action, facts.alerts))


def best(standings: Sequence[Standing]) -> Standing:
    """The highest; of several as high one that may stand higher than anybody can tell."""
    return max(standings, key=lambda one: (one.rung or one.at_least, one.why_unknown is not None))


def standing_of_rule(rule: AlertRule, facts: Facts, policy: Policy, within: timedelta | None) -> Standing:
    """The rung of one alert rule, linked at least; ``within`` is how soon after a fault it has to fire."""
    told = f"alert {rule.name} ({rule.location})"
    trials = facts.alert_trials.get(rule.location) or NOT_TRIED
    off = why_silent(rule, facts, policy)
    if off:
        return Standing(rule.name, Rung.LINKED, f"{told} {off[0]}", off[1])
    works = f"{told} is active and pages"
    if not rule.is_testable:
        why = Unavailable(f"nothing here can try {_KINDS[rule.kind]}", by_design=True)
        return Standing(rule.name, Rung.WORKING, f"{works}; {why.reason}", why_unknown=why)
    alerts = facts.alerts
    if isinstance(alerts, Unavailable) or rule.location not in alerts.cases:
        unread = None if isinstance(alerts, Unavailable) else alerts.unread_test
        if unread:
            return _unknown(rule, unread)
        return Standing(rule.name, Rung.WORKING, f"{works}, and no rule unit test expects it", HOW_TO_TEST)
    if isinstance(trials, Unavailable):
        return _unknown(rule, trials)
    return _standing_of_tried(rule, works, trials, within)


def _unknown(rule: AlertRule, why: Unavailable) -> Standing:
    """Of a rule that works, and of which nobody can tell whether it does more."""
    return Standing(rule.name, None, why.reason, why.remedy, Rung.WORKING, why_unknown=why)


_KINDS = {"grafana": "an alert rule of Grafana", "generic": "an alert rule of this kind"}


def why_silent(rule: AlertRule, facts: Facts, policy: Policy) -> tuple[str, str] | None:
    """Why a rule cannot page anybody, and what to do; None: it can."""
    told = policy.tree["monitoring"]["paging_severities"]
    if rule.state != "active":
        return f"is {rule.state}", "switch it on, or link an alert that is"
    if rule.is_testable and not rule.expr:
        return "has no expr", "write expr: with its condition"
    if rule.severity.casefold() not in {word.casefold() for word in told}:
        has = f"has the severity {rule.severity}" if rule.severity else "has no severity"
        step = f"give it the label severity: {told[0]}" if told else "name severities that page"
        return f"{has}, which pages nobody", f"{step}, or name its own in monitoring.paging_severities"
    trials = facts.alert_trials.get(rule.location, NOT_TRIED)
    refused = () if isinstance(trials, Unavailable) else [one for one in trials if one.tried == "refused"]
    return (f"is no rule for promtool: {refused[0].reason}", "correct its expression") if refused else None


def _standing_of_tried(rule: AlertRule, works: str, trials: Sequence[AlertTrial], within: timedelta | None) -> Standing:
    """The best case counts; of several that prove it, the one in which it fires soonest."""
    one = min(trials, key=lambda trial: (_TRIED.index(trial.tried), trial.delay or timedelta.max))
    case = f"its rule unit test ({one.case})"
    if one.tried == "unknown":
        return _unknown(rule, Unavailable(f"{case} could not be run: {one.reason}", "make it smaller or faster"))
    if one.tried == "failed":
        return Standing(rule.name, Rung.WORKING, f"{works}, and {case} fails: {one.reason}", "make it pass")
    fires = f"alert {rule.name} fires where {case} expects it"
    if one.tried == "passed":
        step = "let it expect what no other rule fires"
        return Standing(rule.name, Rung.REACHING, f"{fires}, but that is no proof: {one.reason}", step)
    if within is None:
        return Standing(rule.name, Rung.PROVEN, f"{fires}, and not without the rule")
    if one.delay is None:
        why = Unavailable("it does not show how soon after the fault", "write a shorter test", by_design=True)
        return Standing(rule.name, Rung.REACHING, f"{fires}, but {why.reason}", why.remedy, why_unknown=why)
    if one.delay > within:
        late = f"{fires}, but {in_words(one.delay)} after the fault, and policy wants it within {in_words(within)}"
        return Standing(rule.name, Rung.REACHING, late, "shorten its for: or its range, or allow it more time")
    return Standing(rule.name, Rung.PROVEN, f"{fires}, {in_words(one.delay)} after the fault, and not without the rule")


def in_words(time: timedelta) -> str:
    """``90 s``, ``12 min``, ``1 h 5 min``: no unit that is nought."""
    seconds = round(time.total_seconds())
    if seconds < 120 and seconds % 60:
        return f"{seconds} s"
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
