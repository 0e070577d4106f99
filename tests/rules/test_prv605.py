"""PRV605: alert-file-unreadable."""

from __future__ import annotations

from dataclasses import replace

from pytest_prevention.model import Alerts, Location
from pytest_prevention.rules.prv605_alert_file_unreadable import RULE
from tests.rules.alerts import BROKEN, alert
from tests.rules.build import facts, hits


def test_what_cannot_be_read_is_found() -> None:
    """Of rule files and of rule unit tests, with place and next step."""
    test = replace(BROKEN, location=Location("monitoring/b_test.yml", 1), message="has no list of tests")
    found = hits(RULE, facts(alerts=Alerts((alert(),), (BROKEN,), test_problems=(test,))))
    assert [(str(one.location), one.fact, one.next_step) for one in found] == [
        ("monitoring/b.yml:3", "is no YAML", "repair it"),
        ("monitoring/b_test.yml:1", "has no list of tests", "repair it"),
    ]


def test_silent_where_all_was_read_or_nothing_is_there() -> None:
    assert hits(RULE, facts(alerts=Alerts((alert(),)))) == []
    assert hits(RULE, facts()) == []
