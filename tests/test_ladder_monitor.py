"""The ladder of Monitor actions: which alert rules are theirs, and how far each of them is shown to work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pytest_prevention.ladder import standing
from pytest_prevention.ladder.monitor import in_words, rules_to_try
from pytest_prevention.model import (
    Action,
    Alerts,
    AlertTrial,
    Category,
    Location,
    Rung,
    Standing,
    Unavailable,
)
from pytest_prevention.model.facts import NO_ALERTS, NOT_TRIED
from pytest_prevention.policy import Demand, Policy
from tests.rules.alerts import BROKEN, CASE, alert, monitor, with_cases
from tests.rules.build import facts, policy

MINUTE = timedelta(minutes=1)


def trial(tried: Any, reason: str = "", delay: timedelta | None = None) -> AlertTrial:
    return AlertTrial(case=CASE, tried=tried, reason=reason, delay=delay)


def stands(
    alerts: Alerts | Unavailable,
    *trials: AlertTrial,
    of: Action | None = None,
    under: Policy | None = None,
    tried: Mapping[Location, Any] | None = None,
) -> Standing:
    """Where an action stands; the trials are those of the rule on line 5."""
    own = tried if tried is not None else {alert().location: trials} if trials else {}
    one = of or monitor()
    return standing(one, facts(one, alerts=alerts, alert_trials=own), under or policy())


def watched(within: str, **matcher: Any) -> Policy:
    """A policy with a critical path that an alert has to tell of within that time."""
    path = {"id": "orders", "detect_within": within, "alerts": {"any_of": [matcher or {"name": "OrdersFail"}]}}
    return policy(critical_paths=[path])


# --- linked


def test_without_an_alert_rule_it_is_a_claim() -> None:
    """The step up is the annotation to add."""
    found = stands(Alerts((alert(incidents=()),)))
    assert (found.action, found.rung, found.reason) == ("INC-001#1", Rung.CLAIMED, "no alert rule is linked")
    assert found.next_step == "add to the annotations of its alert rule: incidents: INC-001"


@pytest.mark.parametrize("name", ["OrdersFail", "abc123"])
def test_the_evidence_cell_links_by_name_or_uid(name: str) -> None:
    """Without editing the rule."""
    rule = alert(incidents=(), uid="abc123", kind="grafana")
    assert stands(with_cases(rule), of=monitor(name)).rung is Rung.WORKING


def test_a_name_that_no_rule_has_links_nothing() -> None:
    """The slip is told, with what was meant."""
    found = stands(with_cases(alert(incidents=())), of=monitor("OrderFails"))
    assert (found.rung, found.reason) == (
        Rung.CLAIMED,
        "Evidence names alert OrderFails, and no alert rule has that name",
    )
    assert found.next_step == "did you mean this, in the Evidence cell: alert:OrdersFail"


def test_where_no_alert_rules_are_a_named_one_is_linked_and_no_more_is_known() -> None:
    """They may live in another repository."""
    found = stands(NO_ALERTS, of=monitor("OrdersFail"))
    assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.LINKED, NO_ALERTS)
    found = stands(NO_ALERTS)
    assert (found.rung, found.next_step) == (Rung.CLAIMED, "name it in the row's Evidence cell: alert:…")


def test_a_file_that_cannot_be_read_may_hold_the_rule() -> None:
    """Nobody is blamed for what could not be looked at; what is wrong inside a file that was read hides no rule."""
    found = stands(Alerts((alert(incidents=()),), (BROKEN,)))
    assert (found.rung, found.at_least, found.reason) == (None, Rung.CLAIMED, "monitoring/b.yml:3: is no YAML")
    same_file = replace(BROKEN, location=Location("monitoring/orders.yml", 9))
    assert stands(Alerts((alert(incidents=()),), (same_file,))).rung is Rung.CLAIMED


# --- working


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "paused"}, "is paused"),
        ({"state": "deleted"}, "is deleted"),
        ({"expr": ""}, "has no expr"),
        ({"severity": "ticket"}, "has the severity ticket, which pages nobody"),
        ({"severity": ""}, "has no severity, which pages nobody"),
    ],
)
def test_an_alert_that_cannot_page_does_not_work(changes: dict[str, Any], reason: str) -> None:
    """Not even where its unit test proves it."""
    found = stands(with_cases(alert(**changes)), trial("proven"))
    assert (found.rung, found.reason) == (Rung.LINKED, f"alert OrdersFail (monitoring/orders.yml:5:5) {reason}")
    assert found.next_step


@pytest.mark.parametrize("severity", ["page", "Critical", "PAGE"])
def test_policy_says_what_pages(severity: str) -> None:
    """In small or large letters."""
    assert stands(Alerts((alert(severity=severity),))).rung is Rung.WORKING


@pytest.mark.parametrize("first", [True, False])
def test_an_alert_that_may_stand_higher_hides_none_that_does_not(first: bool) -> None:
    """One that no test expects, beside one whose test was not run: nobody can tell."""
    untested, tested_ = alert("Slow", 9), alert()
    alerts = replace(with_cases(tested_), rules=(untested, tested_) if first else (tested_, untested))
    assert stands(alerts).why_unknown is NOT_TRIED


def test_what_promtool_refuses_does_not_work() -> None:
    """Its expression is no PromQL."""
    found = stands(Alerts((alert(),)), trial("refused", "unexpected <op:+>"))
    assert (found.rung, found.next_step) == (Rung.LINKED, "correct its expression")
    assert "unexpected <op:+>" in found.reason


def test_one_alert_that_works_is_enough() -> None:
    """The warning beside the page of the same incident does no harm."""
    assert stands(Alerts((alert("Slow", 9, severity="ticket"), alert()))).rung is Rung.WORKING


@pytest.mark.parametrize("kind", ["grafana", "generic"])
def test_what_nothing_can_try_is_unknown_above_working(kind: Any) -> None:
    """Nobody's fault."""
    found = stands(with_cases(alert(kind=kind)))
    assert (found.rung, found.at_most) == (Rung.WORKING, Rung.PROVEN)
    assert found.why_unknown and found.why_unknown.by_design


# --- reaching and proven


def test_without_a_unit_test_it_only_works() -> None:
    """That is known without promtool."""
    found = stands(Alerts((alert(),)))
    assert (found.rung, found.why_unknown) == (Rung.WORKING, None)
    assert found.reason.endswith("is active and pages, and no rule unit test expects it")
    assert "exp_alerts" in found.next_step


def test_a_unit_test_that_cannot_be_read_may_expect_it() -> None:
    """Whether it is tested is then unknown."""
    found = stands(Alerts((alert(),), test_problems=(BROKEN,)))
    assert (found.rung, found.at_least) == (None, Rung.WORKING)
    assert found.why_unknown == Unavailable("monitoring/b.yml:3: is no YAML", "repair it")


def test_a_unit_test_that_was_not_run_leaves_it_unknown() -> None:
    """The step is the command that runs it."""
    found = stands(with_cases(alert()))
    assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.WORKING, NOT_TRIED)
    assert found.next_step == "run them: prevention evidence INC-001"


def test_without_promtool_the_rung_is_unknown() -> None:
    """With the remedy."""
    gone = Unavailable("promtool not found", "apt-get install prometheus")
    found = stands(with_cases(alert()), tried={alert().location: gone})
    assert (found.rung, found.at_least, found.why_unknown) == (None, Rung.WORKING, gone)
    assert (found.reason, found.next_step) == (gone.reason, gone.remedy)


def test_a_unit_test_that_fails_shows_nothing() -> None:
    found = stands(with_cases(alert()), trial("failed", "exp: 1, got: 0"))
    assert (found.rung, found.why_unknown, found.next_step) == (Rung.WORKING, None, "make it pass")
    assert found.reason.endswith(f"its rule unit test ({CASE}) fails: exp: 1, got: 0")


def test_a_unit_test_that_could_not_be_run_leaves_it_unknown() -> None:
    found = stands(with_cases(alert()), trial("unknown", "promtool took more than 30 s"))
    assert (found.rung, found.at_least) == (None, Rung.WORKING)
    assert found.reason.endswith("could not be run: promtool took more than 30 s")


def test_a_unit_test_that_passes_without_the_rule_reaches() -> None:
    """It is no proof."""
    found = stands(with_cases(alert()), trial("failed", "x"), trial("passed", "another one fires under its name"))
    assert (found.rung, found.why_unknown) == (Rung.REACHING, None)
    assert "another one fires under its name" in found.reason


def test_a_unit_test_that_fails_without_the_rule_proves_it() -> None:
    """The best case counts."""
    found = stands(with_cases(alert()), trial("passed", "x"), trial("proven"))
    assert (found.rung, found.next_step) == (Rung.PROVEN, "")
    assert (
        found.reason == f"alert OrdersFail fires where its rule unit test ({CASE}) expects it, and not without the rule"
    )


@pytest.mark.parametrize(
    ("minutes", "rung"), [(9, Rung.PROVEN), (10, Rung.PROVEN), (11, Rung.REACHING), (None, Rung.REACHING)]
)
def test_it_has_to_fire_within_the_time_of_its_critical_path(minutes: int | None, rung: Rung) -> None:
    """On the minute is in time; what cannot be told is no proof, and no fault."""
    delay = None if minutes is None else minutes * MINUTE
    found = stands(with_cases(alert()), trial("proven", delay=delay), under=watched("10m"))
    assert found.rung is rung
    assert bool(found.why_unknown) is (minutes is None)
    assert minutes is None or f"{minutes} min after the fault" in found.reason


def test_the_case_in_which_it_fires_soonest_counts() -> None:
    """A slow fault is told later than a fast one."""
    trials = [trial("proven", delay=delay) for delay in (None, 30 * MINUTE, 5 * MINUTE)]
    assert stands(with_cases(alert()), *trials, under=watched("10m")).rung is Rung.PROVEN


def test_the_most_impatient_path_counts() -> None:
    """In whatever order policy has them."""
    hasty, patient = (watched(within).tree["critical_paths"][0] for within in ("10m", "1h"))
    for paths in ([hasty, patient], [patient, hasty]):
        found = stands(with_cases(alert()), trial("proven", delay=30 * MINUTE), under=policy(critical_paths=paths))
        assert found.rung is Rung.REACHING


def test_the_time_of_another_path_does_not_matter() -> None:
    found = stands(with_cases(alert()), trial("proven", delay=30 * MINUTE), under=watched("10m", name="Other"))
    assert found.rung is Rung.PROVEN


# --- which are tried


def test_alerts_are_tried_where_policy_asks_for_more_than_working() -> None:
    """Nothing is run for what nobody asks."""
    done = monitor()
    given = facts(done, alerts=with_cases(alert(), alert("Other", 9, incidents=())))
    for rung in Rung:
        asking = replace(policy(), demands=(Demand(rung, categories=frozenset({Category.MONITOR})),))
        assert rules_to_try(given, asking) == ([alert()] if rung > Rung.WORKING else [])
    another = facts(monitor(category=Category.CODE), alerts=with_cases(alert()))
    assert rules_to_try(another, replace(policy(), demands=(Demand(Rung.PROVEN),))) == []
    tests_only = replace(policy(), demands=(Demand(Rung.PROVEN, categories=frozenset({Category.TEST})),))
    assert rules_to_try(given, tests_only) == []


def test_alerts_of_critical_paths_are_tried_where_policy_asks_for_it() -> None:
    """monitoring.require says how high they have to stand."""
    other = alert("Other", 9, incidents=())
    given = facts(alerts=with_cases(alert(), other))
    path = {"id": "orders", "alerts": {"all_of": [{"name": "Other"}]}}
    for rung in ("working", "reaching"):
        monitoring = {"paging_severities": ["page"], "require": rung}
        found = rules_to_try(given, policy(monitoring=monitoring, critical_paths=[path]))
        assert found == ([other] if rung == "reaching" else [])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (90, "90 s"), (60, "1 min"), (3600, "1 h"), (3905, "1 h 5 min 5 s"), (120, "2 min")],
)
def test_times_are_told_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
