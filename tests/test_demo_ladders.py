"""What the demo's alert, runbook, owners and fix stand for: each on its highest rung, and lower when it is broken.

Every case breaks one thing in a fresh copy and asks the command that users ask, with promtool and without.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_prevention.sources import demo
from tests.promtool import needs_promtool
from tests.repositories import git

RULES, RULE_TESTS, POLICY = "monitoring/alerts.yml", "monitoring/alerts_test.yml", "prevention-policy.yaml"
RUNBOOK, OWNERS = "docs/runbooks/payments.md", ".github/CODEOWNERS"
BACKLOG = "incidents/prevention-backlog.md"


class Break(NamedTuple):
    """What is written for what in which file, and where the action stands then; without ``old`` the file goes."""

    path: str
    old: str
    new: str
    rung: str
    reason: str


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("demo") / "shop"
    demo.unpack("shop", target)
    return target


@pytest.fixture
def shop(unbroken: Path, tmp_path: Path) -> Path:
    return shutil.copytree(unbroken, tmp_path / "shop")


@pytest.fixture(scope="module")
def without_promtool(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path on which git is, and nothing else."""
    folder = tmp_path_factory.mktemp("bin")
    found = shutil.which("git")
    assert found
    (folder / "git").symlink_to(found)
    return str(folder)


def evidence(shop: Path, incident: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest_prevention", "evidence", incident, "--format", "json"],
        cwd=shop,
        env={"PATH": path or os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )


def asked(shop: Path, incident: str, path: str | None = None) -> dict[str, dict[str, str]]:
    """The actions of an incident by their keys, as ``prevention evidence --format json`` tells them."""
    done = evidence(shop, incident, path)
    assert "Traceback" not in done.stderr
    return {action["action"]: action for action in json.loads(done.stdout)["actions"]}


def broken(shop: Path, case: Break) -> Path:
    file = shop / case.path
    if not case.old:
        file.unlink()
        return shop
    text = file.read_text(encoding="utf-8")
    assert case.old in text
    file.write_text(text.replace(case.old, case.new), encoding="utf-8")
    return shop


@needs_promtool
def test_the_alert_is_proven(shop: Path) -> None:
    found = asked(shop, "INC-001")["INC-001#2"]
    assert (found["category"], found["rung"]) == ("Monitor", "proven")
    assert "6 min after the fault, and not without the rule" in found["reason"]


def test_the_runbook_is_enforced(shop: Path) -> None:
    """The highest rung of a Process action."""
    found = asked(shop, "INC-003")["INC-003#9"]
    assert (found["category"], found["rung"]) == ("Process", "reaching")
    assert ".github/CODEOWNERS:2 asks @jonas @priya" in found["reason"]


def test_the_fixes_are_proven(shop: Path) -> None:
    """Each by its own commit, not by another one of the same incident."""
    found = asked(shop, "INC-004")["INC-004#10"]
    assert (found["category"], found["rung"]) == ("Code", "proven")
    assert '"Refuse prices that could mean two things"' in found["reason"]


EXPECTED = """\
        exp_alerts:
          - exp_labels:
              severity: page
            exp_annotations:
              summary: More than 2 % of orders end in a server error
              incidents: INC-001
"""
GRAFANA = """\
apiVersion: 1
groups:
  - name: orders
    folder: shop
    interval: 1m
    rules:
      - uid: orders
        title: OrdersFailing
        condition: A
        data: []
        isPaused: true
        labels: {severity: page}
        annotations: {incidents: INC-001}
"""

BROKEN_ALERTS = {
    "the test is removed": Break(RULE_TESTS, "", "", "working", "no rule unit test expects it"),
    "the test is emptied": Break(
        RULE_TESTS, EXPECTED, "        exp_alerts: []\n", "working", "no rule unit test expects"
    ),
    "the test is of another alert": Break(RULE_TESTS, "OrdersFailing", "Other", "working", "no rule unit test expects"),
    "it pages nobody": Break(RULES, "severity: page", "severity: info", "linked", "severity info, which pages nobody"),
    "it has no severity": Break(RULES, "severity: page", "team: shop", "linked", "has no severity"),
    "it has no condition": Break(RULES, "        expr:", "        x-expr:", "linked", "has no expr"),
}
"""Wherever they are read."""

REMOVED_ALERTS = {
    "it records and alerts nobody": Break(
        RULES, "alert: OrdersFailing", "record: orders_failing", "claimed", "and no alert rule has that name"
    ),
    "the file is gone": Break(RULES, "", "", "claimed", "and no alert rule has that name"),
}

FAILING_ALERTS = {
    "the threshold is out of reach": Break(RULES, "> 0.02", "> 2", "working", "fails"),
    "it waits for too long": Break(RULES, "for: 5m", "for: 1h", "working", "fails"),
    "the fault never happens": Break(RULE_TESTS, "0+0x10 0+15x30", "0+0x40", "working", "fails"),
    "the expression is none": Break(RULES, "> 0.02", ">> 2", "linked", "is no rule for promtool"),
    "it is slower than policy wants": Break(POLICY, "within: 15m", "within: 5m", "reaching", "wants it within 5 min"),
}
"""Only promtool sees them."""

BROKEN_RUNBOOKS = {
    "the heading is renamed": Break(RUNBOOK, "## Refund", "## Return", "linked", "has no heading"),
    "the runbook is removed": Break(RUNBOOK, "", "", "linked", "does not exist"),
    "the owners are removed": Break(OWNERS, "", "", "working", "nothing enforces it"),
    "nobody owns the module": Break(OWNERS, " @jonas @priya", "", "working", "nothing enforces it"),
    "the owners own another module": Break(OWNERS, "payments.py", "pricing.py", "working", "nothing enforces it"),
    "the row names nothing": Break(BACKLOG, "file:docs/runbooks", "url:https://w.example", "claimed", "no file"),
}


def cases(table: dict[str, Break]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", table.values(), ids=table)


@cases(BROKEN_ALERTS)
def test_a_broken_alert_falls(shop: Path, without_promtool: str, case: Break) -> None:
    """For the same reason, whether promtool is there or not."""
    broken(shop, case)
    found = asked(shop, "INC-001", without_promtool)["INC-001#2"]
    assert found["rung"] == case.rung
    assert case.reason in found["reason"]
    assert found["next"]
    if shutil.which("promtool"):
        assert asked(shop, "INC-001")["INC-001#2"] == found


@cases(REMOVED_ALERTS)
def test_a_removed_rule_falls(shop: Path, case: Break) -> None:
    """The critical path that it watched is an error first: what fits nothing may be a typo."""
    broken(shop, case)
    done = evidence(shop, "INC-001")
    assert done.returncode == 4
    assert f"{POLICY}:9:23: no alert rule fits name: OrdersFailing" in done.stderr
    text = (shop / POLICY).read_text(encoding="utf-8")
    (shop / POLICY).write_text(text.partition("critical_paths:")[0], encoding="utf-8")
    found = asked(shop, "INC-001")["INC-001#2"]
    assert found["rung"] == case.rung
    assert found["reason"] == f"Evidence names alert OrdersFailing, {case.reason}"
    assert found["next"]


@needs_promtool
@cases(FAILING_ALERTS)
def test_an_alert_that_would_not_have_fired_falls(shop: Path, case: Break) -> None:
    found = asked(broken(shop, case), "INC-001")["INC-001#2"]
    assert found["rung"] == case.rung
    assert case.reason in found["reason"]
    assert found["next"]


@cases(FAILING_ALERTS)
def test_without_promtool_nobody_can_tell(shop: Path, without_promtool: str, case: Break) -> None:
    """Neither that the alert fires nor that it does not."""
    found = asked(broken(shop, case), "INC-001", without_promtool)["INC-001#2"]
    assert (found["rung"], found["reason"]) == ("unknown", "promtool not found")
    assert "prometheus" in found["next"]


def test_a_paused_alert_falls(shop: Path, without_promtool: str) -> None:
    """Prometheus cannot pause a rule; Grafana can."""
    (shop / RULES).write_text(GRAFANA)
    (shop / RULE_TESTS).unlink()
    found = asked(shop, "INC-001", without_promtool)["INC-001#2"]
    assert found["rung"] == "linked"
    assert "is paused" in found["reason"]
    (shop / RULES).write_text(GRAFANA.replace("true", "false"))
    assert asked(shop, "INC-001", without_promtool)["INC-001#2"]["rung"] == "working"


@cases(BROKEN_RUNBOOKS)
def test_a_broken_runbook_falls(shop: Path, case: Break) -> None:
    found = asked(broken(shop, case), "INC-003")["INC-003#9"]
    assert found["rung"] == case.rung
    assert case.reason in found["reason"]
    assert found["next"]


def test_a_fix_taken_back_falls(shop: Path) -> None:
    """In git, where the commit is reverted; and comes back with the revert of the revert."""
    row = next(line for line in (shop / BACKLOG).read_text(encoding="utf-8").splitlines() if line.startswith("| 4 "))
    fix = row.partition("commit:")[2].split()[0]
    assert asked(shop, "INC-002")["INC-002#4"]["rung"] == "proven"
    broken(shop, Break("shop/pricing.py", "max(0, subtotal - self.discount(subtotal))", "subtotal - 1", "", ""))
    git(shop, "commit", "-qam", f'Revert "A total never falls below zero"\n\nThis reverts commit {fix}.')
    found = asked(shop, "INC-002")["INC-002#4"]
    assert found["rung"] == "linked"
    assert "was reverted by" in found["reason"]
    assert found["next"]
    git(shop, "revert", "--no-edit", "HEAD")
    assert asked(shop, "INC-002")["INC-002#4"]["rung"] == "proven"


def test_a_fix_that_no_test_proves_falls(shop: Path) -> None:
    (shop / "incidents" / "proofs.json").unlink()
    found = asked(shop, "INC-002")["INC-002#4"]
    assert found["rung"] == "reaching"
    assert found["next"] == "prove it: prevention prove INC-002"


def test_a_fix_of_another_module_falls(shop: Path) -> None:
    """The record says that delivery broke; the commit changed prices."""
    [record] = (shop / "incidents").glob("INC-002*.md")
    text = record.read_text(encoding="utf-8")
    [modules] = [line for line in text.splitlines() if line.startswith("modules:")]
    record.write_text(text.replace(modules, "modules: [shop/shipping.py]"), encoding="utf-8")
    found = asked(shop, "INC-002")["INC-002#4"]
    assert found["rung"] == "working"
    assert "touches none of the incident's modules" in found["reason"]
