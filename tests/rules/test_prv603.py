"""PRV603: alert-never-tested."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_prevention.model import Alerts, Status, Unavailable, Unchecked
from pytest_prevention.model.facts import NO_ALERTS
from pytest_prevention.rules.prv603_alert_never_tested import RULE
from tests.rules.alerts import BROKEN, CASE, alert, monitor, with_cases
from tests.rules.build import answers, facts, hit, hits


def test_an_alert_that_no_unit_test_expects_is_found() -> None:
    found = hit(RULE, facts(monitor(), alerts=Alerts((alert(),))))
    assert found.fact.endswith(
        "rests on alert OrdersFail (monitoring/orders.yml:5:5), which no rule unit test expects to fire."
    )
    assert "exp_alerts" in found.next_step


def test_one_alert_that_a_unit_test_expects_is_enough() -> None:
    """That of another alert is not."""
    other = alert("Other", 9)
    tested = Alerts((alert(), other), cases={other.location: (CASE,)})
    assert hits(RULE, facts(monitor(), alerts=tested)) == []
    foreign = Alerts((alert(), replace(other, incidents=())), cases={other.location: (CASE,)})
    assert hit(RULE, facts(monitor(), alerts=foreign))


@pytest.mark.parametrize(("kind", "asked"), [("prometheus", True), ("prometheus-operator", True), ("grafana", False)])
def test_only_alerts_of_prometheus_have_unit_tests(kind: Any, asked: bool) -> None:
    assert bool(hits(RULE, facts(monitor(), alerts=Alerts((alert(kind=kind),))))) is asked
    assert hits(RULE, facts(monitor(), alerts=Alerts((alert(kind="generic"),)))) == []


def test_silent_where_there_is_no_alert_or_nothing_is_done() -> None:
    assert hits(RULE, facts(monitor(incident="INC-002"), alerts=Alerts((alert(),)))) == []
    assert hits(RULE, facts(monitor(status=Status.TODO), alerts=Alerts((alert(),)))) == []


def test_what_cannot_be_seen_is_not_checked() -> None:
    """A unit test that cannot be read may expect the alert; an alert may be elsewhere."""
    given = facts(monitor(), alerts=Alerts((alert(),), test_problems=(BROKEN,)))
    assert answers(RULE, given) == [Unchecked("INC-001#1", Unavailable("monitoring/b.yml:3: is no YAML", "repair it"))]
    assert hits(RULE, facts(monitor(), alerts=with_cases(alert(), test_problems=(BROKEN,)))) == []
    assert answers(RULE, facts(monitor("OrdersFail"))) == [Unchecked("INC-001#1", NO_ALERTS)]
