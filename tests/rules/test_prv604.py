"""PRV604: critical-path-uncovered."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Alerts, Location, Priority, Unavailable, Unchecked
from pytest_prevention.model.facts import NOT_TRIED
from pytest_prevention.policy import Policy
from pytest_prevention.rules.prv604_critical_path_uncovered import RULE
from tests.rules.alerts import alert, with_cases
from tests.rules.build import answers, facts, hit, hits, incident, policy


def demanding(*paths: dict[str, Any], require: str = "working") -> Policy:
    monitoring = {"paging_severities": ["page"], "require": require}
    return policy(critical_paths=list(paths), monitoring=monitoring)


ORDERS = {"id": "orders", "title": "Ordering", "alerts": {"any_of": [{"name": "OrdersFail"}]}}
PAUSED = Alerts((alert(state="paused"),))


def test_a_path_that_no_alert_watches_is_found() -> None:
    """At the place where policy declares it."""
    place = Location("prevention-policy.yaml", 7, 5)
    demands = demanding(ORDERS)
    found = hit(RULE, facts(alerts=PAUSED), Policy(demands.tree, {("critical_paths", 0): place}))
    assert (found.subject, found.location, found.priority) == ("orders", place, Priority.P2)
    assert found.fact == (
        'Critical path orders "Ordering" is not watched: alert OrdersFail (monitoring/orders.yml:5:5) is paused.'
    )
    assert found.next_step == "switch it on, or link an alert that is"


def test_a_path_that_has_cost_an_incident_is_more_urgent() -> None:
    """Of the window of policy."""
    path = {**ORDERS, "modules": ["src/orders/**"]}
    given = facts(incident(modules=("src/orders/api.py",)), alerts=PAUSED)
    found = hit(RULE, given, demanding(path))
    assert found.priority is Priority.P1
    assert found.fact.endswith("is paused; it has cost INC-001.")


def test_a_path_without_alerts_is_found() -> None:
    assert "policy names no alert for it" in hit(RULE, facts(), demanding({"id": "pay"})).fact


def test_a_watched_path_is_silent() -> None:
    assert hits(RULE, facts(alerts=Alerts((alert(),))), demanding(ORDERS)) == []
    assert hits(RULE, facts(), policy()) == []


def test_the_demanded_rung_decides() -> None:
    """What a unit test could show is not checked as long as it was not run."""
    assert hit(RULE, facts(alerts=Alerts((alert(),))), demanding(ORDERS, require="reaching"))
    unknown = answers(RULE, facts(alerts=with_cases(alert())), demanding(ORDERS, require="reaching"))
    assert unknown == [Unchecked("orders", NOT_TRIED)]


def test_without_alert_rules_it_is_not_checked() -> None:
    with pytest.raises(MissingSource):
        answers(RULE, facts(alerts=Unavailable("gone")), demanding(ORDERS))
