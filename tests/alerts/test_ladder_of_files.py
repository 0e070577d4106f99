"""Monitor actions of a whole project: from files, found without a policy, to the rung that they show."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.cli import main
from pytest_prevention.sources.alerts import trials
from pytest_prevention.sources.alerts.promtool import Promtool
from tests.promtool import needs_promtool
from tests.records import record

RULES = """\
groups:
- name: orders
  rules:
  - alert: OrdersFail
    expr: rate(errors_total[5m]) > 0.5
    for: 5m
    labels: {severity: page}
    annotations: {incidents: INC-001}
"""
TEST = """\
rule_files: [orders.yml]
evaluation_interval: 1m
tests:
- interval: 1m
  input_series: [{series: errors_total, values: '0x20 0+60x40'}]
  alert_rule_test:
  - eval_time: 40m
    alertname: OrdersFail
    exp_alerts: [{exp_labels: {severity: page}, exp_annotations: {incidents: INC-001}}]
"""
BACKLOG = """\
| # | Incident | Action | Category | Priority | Status | Due | Done | Evidence |
|---|---|---|---|---|---|---|---|---|
| 1 | INC-001 | Page when orders fail | Monitor | P1 | Done | 2024-02-01 | 2024-02-01 | |
"""
POLICY = """\
version: 1
critical_paths:
  - {id: orders, detect_within: 7m, alerts: {any_of: [{name: OrdersFail}]}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """INC-001 with an alert and its unit test, and no policy that says where they stand."""
    files = {
        "incidents/INC-001.md": record(),
        "incidents/prevention-backlog.md": BACKLOG,
        "monitoring/orders.yml": RULES,
        "monitoring/orders_test.yml": TEST,
        "monitoring/docker-compose.yml": "services:\n  prometheus: {image: prom/prometheus}\n",
        "monitoring/dashboard.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def evidence(root: Path, out: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What is told of the only action."""
    assert main(["evidence", "INC-001", "--root", str(root), "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(out.readouterr().out)["actions"][0]
    assert (found["action"], found["category"]) == ("INC-001#1", "Monitor")
    return found


def changed(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / "monitoring" / name).read_text()
        assert text.count(old) == 1
        (root / "monitoring" / name).write_text(text.replace(old, new))

    return change


@needs_promtool
def test_an_alert_with_its_unit_test_stands_on_the_highest_rung(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a word in any policy; nothing is written beside the files."""
    before = sorted(shop.rglob("*"))
    found = evidence(shop, capsys)
    assert (found["rung"], found["next"]) == ("proven", None)
    assert found["reason"].startswith("alert OrdersFail fires where its rule unit test (monitoring/orders_test.yml:8:")
    assert sorted(shop.rglob("*")) == before


@needs_promtool
@pytest.mark.parametrize(
    ("change", "rung", "reason"),
    [
        (lambda root: (root / "monitoring/orders.yml").unlink(), "claimed", "no alert rule is linked"),
        (changed("orders.yml", "incidents: INC-001", "summary: x"), "claimed", "no alert rule is linked"),
        (changed("orders.yml", "severity: page", "severity: info"), "linked", "which pages nobody"),
        (changed("orders.yml", "> 0.5", "> > 0.5"), "linked", "is no rule for promtool"),
        (changed("orders.yml", "> 0.5", "> 500"), "working", "fails: "),
        (changed("orders.yml", "errors_total[", "errors_sum["), "working", "fails: "),
        (changed("orders_test.yml", "alertname: OrdersFail", "alertname: Other"), "working", "no rule unit test"),
        (lambda root: (root / "monitoring/orders_test.yml").unlink(), "working", "no rule unit test expects it"),
        (
            lambda root: (root / "monitoring/orders_test.yml").write_text("rule_files: [orders.yml]\ntests: []\n"),
            "working",
            "no rule unit test expects it",
        ),
    ],
    ids=[
        "rule removed",
        "link removed",
        "pages nobody",
        "no PromQL",
        "unreachable threshold",
        "metric renamed",
        "expects another",
        "test removed",
        "test emptied",
    ],
)
def test_it_falls_when_it_is_broken(
    shop: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Path], None], rung: str, reason: str
) -> None:
    """By one rung or more, with the reason and a way up."""
    change(shop)
    found = evidence(shop, capsys)
    assert found["rung"] == rung
    assert reason in found["reason"]
    assert found["next"]


@pytest.mark.parametrize(("paused", "rung"), [("false", "working"), ("true", "linked")])
def test_an_alert_of_grafana_works_until_it_is_paused(
    shop: Path, capsys: pytest.CaptureFixture[str], paused: str, rung: str
) -> None:
    """Higher it cannot be shown to stand, which is nobody's fault."""
    rule = (
        "{uid: abc, title: OrdersFail, isPaused: PAUSED, labels: {severity: page}, annotations: {incidents: INC-001}}"
    )
    text = "apiVersion: 1\ngroups:\n- name: orders\n  rules:\n  - " + rule.replace("PAUSED", paused) + "\n"
    (shop / "monitoring/orders.yml").write_text(text)
    (shop / "monitoring/orders_test.yml").unlink()
    found = evidence(shop, capsys)
    assert found["rung"] == rung
    assert ("is paused" in found["reason"]) is (paused == "true")
    assert check(shop, "reaching") == (1 if paused == "true" else 0)


@needs_promtool
@pytest.mark.parametrize(("within", "rung"), [("7m", "proven"), ("6m", "reaching")])
def test_it_has_to_fire_in_time(shop: Path, capsys: pytest.CaptureFixture[str], within: str, rung: str) -> None:
    """The errors begin after 20 minutes, and it fires after 27."""
    (shop / "prevention-policy.yaml").write_text(POLICY.replace("7m", within))
    found = evidence(shop, capsys)
    assert found["rung"] == rung
    assert "7 min after the fault" in found["reason"]


def test_without_promtool_the_rung_is_unknown_with_the_remedy(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be seen without it is told all the same."""
    monkeypatch.setenv("PATH", str(shop))
    found = evidence(shop, capsys)
    assert (found["rung"], found["reason"]) == ("unknown", "promtool not found")
    assert found["next"] == "apt-get install --no-install-recommends prometheus"
    changed("orders.yml", "severity: page", "severity: info")(shop)
    assert evidence(shop, capsys)["rung"] == "linked"


# --- the gate


STRICT = """\
version: 1
extends: ["preset:advisory"]
fail_on: error
rules: {PRV302: {severity: error}}
evidence:
  - {when: {category: [Monitor], status: [Done]}, require: RUNG}
"""


def check(root: Path, rung: str) -> int:
    (root / "prevention-policy.yaml").write_text(STRICT.replace("RUNG", rung))
    return main(["check", "--root", str(root)])


@needs_promtool
def test_the_gate_tries_the_alert_where_policy_asks_for_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(shop, "proven") == 0
    changed("orders.yml", "> 0.5", "> 500")(shop)
    assert check(shop, "reaching") == 1
    assert "its rule unit test" in " ".join(capsys.readouterr().out.split())


@needs_promtool
def test_the_gate_of_a_test_run_tries_it_as_well(shop: Path) -> None:
    """The same verdict as that of the command line."""
    (shop / "prevention-policy.yaml").write_text(STRICT.replace("RUNG", "reaching"))
    (shop / "test_it.py").write_text("def test_it():\n    pass\n")
    changed("orders.yml", "> 0.5", "> 500")(shop)
    plugins = ["-p", "no:cacheprovider", "-p", "pytest_prevention.plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir=.", *plugins, "--prevention", "test_it.py"],
        cwd=shop,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "its rule unit test" in " ".join(done.stdout.split())


def test_the_gate_cannot_judge_without_promtool(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never fails open; what needs no promtool is judged."""
    git = shutil.which("git")
    assert git
    (shop / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(shop))
    assert check(shop, "reaching") == 5
    assert "promtool not found" in " ".join(capsys.readouterr().out.split())
    assert check(shop, "working") == 0


def test_nothing_is_run_that_nobody_asks_for(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """promtool costs time: it is not even looked for."""

    def find() -> Promtool:
        raise AssertionError

    monkeypatch.setattr(trials, "find", find)
    assert check(shop, "working") == 0
    assert check(shop, "reaching") == 3
