"""PRV601: monitor-unlinked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_prevention.model import Alerts, Category, Location, Priority, Status, Unchecked
from pytest_prevention.model.facts import NO_ALERTS
from pytest_prevention.rules.prv601_monitor_unlinked import RULE
from tests.rules.alerts import BROKEN, alert, monitor
from tests.rules.build import answers, facts, hit, hits

ELSEWHERE = Alerts((alert(incidents=("INC-002",)),))


def test_a_done_monitor_action_without_an_alert_is_found() -> None:
    """The finding says what to add."""
    found = hit(RULE, facts(monitor(), alerts=ELSEWHERE))
    assert (found.subject, found.priority) == ("INC-001#1", Priority.P1)
    assert found.fact.endswith("has no alert: no alert rule is linked.")
    assert found.next_step == "add to the annotations of its alert rule: incidents: INC-001"


def test_a_name_that_no_rule_has_is_told_with_what_was_meant() -> None:
    found = hit(RULE, facts(monitor("OrderFails"), alerts=ELSEWHERE))
    assert found.fact.endswith("has no alert: Evidence names alert OrderFails, and no alert rule has that name.")
    assert found.next_step.endswith("alert:OrdersFail")


@pytest.mark.parametrize("evidence", [(), ("OrdersFail",), ("Gone", "OrdersFail")])
def test_one_alert_is_enough(evidence: tuple[str, ...]) -> None:
    """Linked by its incident, or by its name; whether it is on is told by PRV602."""
    rule = alert(incidents=() if evidence else ("INC-001",), state="paused")
    assert hits(RULE, facts(monitor(*evidence), alerts=Alerts((rule,)))) == []


@pytest.mark.parametrize("status", [None, *(status for status in Status if status is not Status.DONE)])
def test_before_it_is_done_there_is_nothing_to_show(status: Status | None) -> None:
    assert hits(RULE, facts(monitor(status=status), alerts=ELSEWHERE)) == []


@pytest.mark.parametrize("category", [None, *(one for one in Category if one is not Category.MONITOR)])
def test_other_categories_need_no_alert(category: Category | None) -> None:
    assert hits(RULE, facts(monitor(category=category), alerts=ELSEWHERE)) == []


def test_without_alert_rules_a_name_may_be_that_of_an_alert_elsewhere() -> None:
    """And an action that names none has none."""
    assert answers(RULE, facts(monitor("OrdersFail"))) == [Unchecked("INC-001#1", NO_ALERTS)]
    assert hit(RULE, facts(monitor())).next_step == "name it in the row's Evidence cell: alert:…"


def test_a_file_that_cannot_be_read_may_hold_it() -> None:
    """One of which rules were read holds no other."""
    (found,) = answers(RULE, facts(monitor(), alerts=replace(ELSEWHERE, problems=(BROKEN,))))
    assert isinstance(found, Unchecked)
    assert "monitoring/b.yml:3" in found.why.reason
    inside = replace(BROKEN, location=Location("monitoring/orders.yml", 9))
    assert hit(RULE, facts(monitor(), alerts=replace(ELSEWHERE, problems=(inside,))))
