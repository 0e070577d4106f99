"""PRV602: alert-inactive."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_prevention.model import Alerts, AlertTrial, Priority, Status, Unchecked
from pytest_prevention.model.facts import NO_ALERTS
from pytest_prevention.rules.prv602_alert_inactive import RULE
from tests.rules.alerts import CASE, alert, monitor
from tests.rules.build import answers, facts, hit, hits


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": "paused"}, "is paused"),
        ({"state": "deleted"}, "is deleted"),
        ({"severity": "ticket"}, "has the severity ticket, which pages nobody"),
        ({"severity": ""}, "has no severity, which pages nobody"),
        ({"expr": ""}, "has no expr"),
    ],
)
def test_an_alert_that_pages_nobody_is_found(changes: dict[str, Any], why: str) -> None:
    found = hit(RULE, facts(monitor(), alerts=Alerts((alert(**changes),))))
    assert (found.subject, found.priority) == ("INC-001#1", Priority.P1)
    assert found.fact.endswith(f"rests on alert OrdersFail (monitoring/orders.yml:5:5), which {why}.")
    assert found.next_step


def test_one_that_promtool_refuses_is_found() -> None:
    """Where it was asked."""
    refused = (AlertTrial(case=CASE, tried="refused", reason="unknown function"),)
    given = facts(monitor(), alerts=Alerts((alert(),)), alert_trials={alert().location: refused})
    assert hit(RULE, given).fact.endswith("which is no rule for promtool: unknown function.")


def test_one_alert_that_pages_is_enough() -> None:
    """Before or behind one that does not."""
    ticket, page = alert("Slow", 9, severity="ticket"), alert()
    for rules in ((ticket, page), (page, ticket), (page,)):
        assert hits(RULE, facts(monitor(), alerts=Alerts(rules))) == []
    assert hit(RULE, facts(monitor(), alerts=Alerts((ticket, alert(state="paused")))))


def test_silent_where_there_is_no_alert_or_nothing_is_done() -> None:
    """PRV601 tells of the first."""
    off = Alerts((alert(state="paused"),))
    assert hits(RULE, facts(monitor(incident="INC-002"), alerts=off)) == []
    assert hits(RULE, facts(monitor(status=Status.TODO), alerts=off)) == []


def test_an_alert_that_may_be_elsewhere_is_not_checked() -> None:
    assert answers(RULE, facts(monitor("OrdersFail"))) == [Unchecked("INC-001#1", NO_ALERTS)]
