"""Metric 4: which critical paths have an alert, and the matchers of policy that fit none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.cli import main
from pytest_prevention.critical_paths import critical_paths, in_vain
from pytest_prevention.exceptions import MissingSource
from pytest_prevention.indicators.monitoring_coverage import (
    NOT_DECLARED,
    MonitoringCoverage,
    PathCoverage,
    incidents_of,
    measure,
)
from pytest_prevention.model import AlertRule, Alerts, Facts, Incident, Location, Problem, Rung, Unavailable
from pytest_prevention.policy import Policy
from tests.records import record
from tests.rules.build import facts, incident, policy

WORKS = {"kind": "prometheus", "expr": "errors > 1", "severity": "page"}


def alert(name: str, line: int = 5, **changes: Any) -> AlertRule:
    return AlertRule(name=name, location=Location("monitoring/a.yml", line), **{**WORKS, **changes})


def declaring(*paths: dict[str, Any], require: str = "working") -> Policy:
    monitoring = {"paging_severities": ["page"], "require": require}
    return policy(critical_paths=list(paths), monitoring=monitoring)


def path(*matchers: dict[str, Any], id_: str = "orders", how: str = "any_of", **more: Any) -> dict[str, Any]:
    return {"id": id_, **({"alerts": {how: list(matchers)}} if matchers else {}), **more}


def watching(alerts: Alerts, *incidents: Incident, under: Policy) -> MonitoringCoverage:
    found = measure(facts(*incidents, alerts=alerts), under)
    assert isinstance(found, MonitoringCoverage)
    return found


def one(alerts: Alerts, *matchers: dict[str, Any], require: str = "working", how: str = "any_of") -> PathCoverage:
    return watching(alerts, under=declaring(path(*matchers, how=how), require=require)).by_path["orders"]


def test_without_critical_paths_it_is_not_declared() -> None:
    """No bare 0 or 100 %."""
    assert measure(facts(), policy()) is NOT_DECLARED


def test_covered_of_declared() -> None:
    """With the rung of each path, and the reason."""
    two = declaring(path({"name": "A"}, title="Ordering", owner="orders"), path({"name": "B"}, id_="pay"))
    found = watching(Alerts((alert("A"), alert("B", 9, state="paused"))), under=two)
    assert (found.covered, found.total, found.share, found.reason) == (1, 2, 0.5, "")
    assert [*found.by_path] == ["pay", "orders"]
    pay, orders = found.by_path.values()
    assert (pay.covered, pay.rung, pay.alerts) == (False, Rung.LINKED, ("B",))
    assert pay.reason == "alert B (monitoring/a.yml:9) is paused"
    assert pay.next == "switch it on, or link an alert that is"
    assert (orders.covered, orders.rung, orders.title, orders.owner, orders.next) == (
        True,
        Rung.WORKING,
        "Ordering",
        "orders",
        "",
    )


def test_a_path_without_alerts_is_not_covered() -> None:
    """And needs no alert rules to be known."""
    found = measure(facts(alerts=Unavailable("none")), declaring(path()))
    assert isinstance(found, MonitoringCoverage)
    assert (found.covered, found.by_path["orders"].reason) == (0, "policy names no alert for it")


def test_without_alert_rules_nothing_is_known() -> None:
    gone = Unavailable("no file with alert rules was found")
    with pytest.raises(MissingSource, match="no file with alert rules"):
        measure(facts(alerts=gone), declaring(path({"name": "A"})))


@pytest.mark.parametrize(("how", "covered"), [("any_of", True), ("all_of", False)])
def test_any_or_all_of_the_alerts_are_needed(how: str, covered: bool) -> None:
    """What decides is told: for all_of the one that is lacking."""
    found = one(Alerts((alert("A"), alert("B", 9, state="paused"))), {"name": "A"}, {"name": "B"}, how=how)
    assert found.covered is covered
    assert ("is paused" in found.reason) is not covered


@pytest.mark.parametrize(("require", "covered"), [("linked", True), ("working", True), ("reaching", False)])
def test_policy_says_which_rung_counts(require: str, covered: bool) -> None:
    """Without a unit test an alert works and reaches nothing."""
    assert one(Alerts((alert("A"),)), {"name": "A"}, require=require).covered is covered


def test_what_nobody_can_tell_is_neither() -> None:
    """A unit test that was not run, or a file that cannot be read: no share."""
    tested = Alerts((alert("A"),), cases={alert("A").location: (Location("t.yml"),)})
    found = watching(tested, under=declaring(path({"name": "A"}), require="reaching"))
    assert (found.covered, found.share, found.reason) == (0, None, "of 1 path nobody can tell")
    assert found.by_path["orders"].covered is None
    broken = Problem(Location("monitoring/b.yml", 2), "alert-file-unreadable", "b.yml", "is no YAML")
    unread = one(Alerts((alert("A"),), (broken,)), {"name": "B"})
    assert (unread.covered, unread.rung, unread.reason) == (None, Rung.CLAIMED, "monitoring/b.yml:2: is no YAML")


@pytest.mark.parametrize(
    ("matcher", "fits"),
    [
        ({"name": "A"}, True),
        ({"name": "a"}, False),
        ({"labels": {"team": "orders"}}, True),
        ({"labels": {"team": "pay"}}, False),
        ({"expr": "errors"}, True),
        ({"expr": "error_"}, False),
        ({"name": "A", "labels": {"team": "pay"}}, False),
        ({"grafana_uid": "abc"}, False),
        ({"generic": "A"}, False),
    ],
)
def test_all_that_a_matcher_says_has_to_fit(matcher: dict[str, Any], fits: bool) -> None:
    """A uid is that of Grafana, a generic name one of a source of that type."""
    rule = alert("A", labels={"team": "orders", "severity": "page"}, uid="abc")
    (declared,) = critical_paths(declaring(path(matcher)))
    assert declared.matchers[0].matches(rule) is fits
    assert declared.matchers[0].matches(replace(rule, kind="grafana", uid="abc")) is (fits or "grafana_uid" in matcher)
    assert declared.matchers[0].matches(replace(rule, kind="generic")) is (fits or "generic" in matcher)


# --- incidents


def hit(id_: str, *modules: str, day: int = 20) -> Incident:
    return incident(id_, modules=modules, started_at=datetime(2024, 1, day, tzinfo=UTC))


@pytest.mark.parametrize(
    ("module", "is_hit"),
    [
        ("src/orders/**", True),
        ("src/orders/api.py", True),
        ("src/**", True),
        ("src/orders", True),
        ("src/orders2/**", False),
        ("src/pay/**", False),
    ],
)
def test_incidents_hit_a_path_by_its_modules(module: str, is_hit: bool) -> None:
    """Larger or smaller ones count alike."""
    given: Facts = facts(hit("INC-001", module))
    (declared,) = critical_paths(declaring(path(modules=["src/orders/**"])))
    assert incidents_of(declared, given, policy()) == (("INC-001",) if is_hit else ())


def test_paths_that_incidents_hit_and_no_alert_covers_come_first() -> None:
    """The more incidents the earlier; covered ones last, however many hit them."""
    paths = [
        path({"name": "A"}, id_="covered", modules=["a/**"]),
        path(id_="quiet"),
        path(id_="once", modules=["b/**"]),
        path(id_="twice", modules=["c/**"]),
    ]
    incidents = [hit("INC-001", "c/x.py"), hit("INC-002", "c/**", "b/**", day=21), hit("INC-003", "a/x.py")]
    found = watching(Alerts((alert("A"),)), *incidents, under=declaring(*paths))
    assert [*found.by_path] == ["twice", "once", "quiet", "covered"]
    assert found.by_path["twice"].incidents == ("INC-002", "INC-001")


# --- matchers that fit nothing


@pytest.mark.parametrize(
    ("matcher", "hint"),
    [
        ({"name": "OrderFail"}, "did you mean OrdersFail?"),
        ({"grafana_uid": "abd123"}, "did you mean abc123?"),
        ({"generic": "PayFail"}, "did you mean PayFails?"),
        ({"expr": "nothing_total"}, "name an alert rule that is there"),
    ],
)
def test_a_matcher_that_fits_nothing_is_told_with_what_was_meant(matcher: dict[str, Any], hint: str) -> None:
    rules = (
        alert("OrdersFail"),
        alert("PayFails", 9, kind="generic"),
        alert("Slow", 12, kind="grafana", uid="abc123"),
    )
    paths = critical_paths(declaring(path({"name": "OrdersFail"}, matcher)))
    (found,) = in_vain(paths, Alerts(rules))
    ((key, value),) = matcher.items()
    assert found.message == f"no alert rule fits {key}: {value}, which critical path orders names"
    assert (found.kind, found.hint) == ("usage", hint)


RULES = "groups:\n- name: a\n  rules:\n  - {alert: OrdersFail, expr: up == 0, labels: {severity: page}}\n"
POLICY = """\
version: 1
critical_paths:
  - id: orders
    alerts:
      any_of:
        - name: OrderFail
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one alert rule, and a policy with a slip in the name of it."""
    files = {
        "incidents/INC-001.md": record(modules="[shop/orders.py]"),
        "incidents/prevention-backlog.md": "| # | Incident | Action |\n|---|---|---|\n| 1 | INC-001 | Watch it |\n",
        "monitoring/orders.yml": RULES,
        "prevention-policy.yaml": POLICY,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_slip_in_a_matcher_is_a_usage_error(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With file, line and column: it must not read as a path that nobody watches."""
    assert main(["check", "--root", str(root)]) == 4
    told = capsys.readouterr().err
    assert "prevention-policy.yaml:6:11" in told
    assert "no alert rule fits name: OrderFail, which critical path orders names" in told
    assert "did you mean OrdersFail?" in told


def test_without_any_alert_rules_it_says_where_to_name_them(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "monitoring" / "orders.yml").unlink()
    assert main(["check", "--root", str(root)]) == 4
    assert "say where they stand: monitoring.sources" in capsys.readouterr().err


def test_an_id_is_given_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else the report would count one path less than policy declares."""
    (root / "prevention-policy.yaml").write_text(POLICY.replace("OrderFail", "OrdersFail") + "  - id: orders\n")
    assert main(["check", "--root", str(root)]) == 4
    told = capsys.readouterr().err
    assert "prevention-policy.yaml:7:5: critical path orders is declared in prevention-policy.yaml:3:5 already" in told


def test_a_file_that_cannot_be_read_may_hold_the_alert(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Then it is no slip, and the file is told."""
    (root / "monitoring" / "more.yml").write_text("groups:\n- rules:\n  - alert: {{ name }}\n")
    assert main(["report", "--root", str(root), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    found = report["indicators"]["leading"]["monitoring_coverage"]["by_path"]["orders"]
    assert (found["covered"], found["rung"]) == (None, "claimed")
    assert found["reason"].startswith("monitoring/more.yml:3")


def test_the_report_shows_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people, what is open; for programs, everything."""
    (root / "prevention-policy.yaml").write_text(POLICY.replace("OrderFail", "OrdersFail") + "  - id: pay\n")
    assert main(["report", "--root", str(root)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Monitoring coverage 1 of 2 (50 %) critical paths are watched (alerts: working)" in told
    assert "pay: policy names no alert for it" in told
