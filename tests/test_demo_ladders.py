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
from tests.repositories import git

RUNGS = ("claimed", "linked", "working", "reaching", "proven")
RULES, RULE_TESTS, POLICY = "monitoring/alerts.yml", "monitoring/alerts_test.yml", "prevention-policy.yaml"
RUNBOOK, OWNERS = "docs/runbooks/payments.md", ".github/CODEOWNERS"
BACKLOG = "incidents/prevention-backlog.md"

promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


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


def asked(shop: Path, incident: str, path: str | None = None) -> dict[str, dict[str, str]]:
    """The actions of an incident by their keys, as ``prevention evidence --format json`` tells them."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest_prevention", "evidence", incident, "--format", "json"],
        cwd=shop,
        env={"PATH": path or os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
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


def is_lower(rung: str, than: str) -> bool:
    return RUNGS.index(rung) < RUNGS.index(than)


@promtool
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
    assert 'fails without' in found["reason"]
    assert '"Refuse prices that could mean two things"' in found["reason"]


EXPR = "> 0.02"
SERIES = 'series: http_responses_total{path="/orders",status="500"}'
NEUTRAL = "labels:\n          severity: page"

BROKEN_ALERTS = {
    "the rule is removed": Break(RULES, "alert: OrdersFailing", "alert: SomethingElse", "claimed", "no alert rule"),
    "the file is removed": Break(RULES, "", "", "unknown", "alerts"),
    "it pages nobody": Break(RULES, "severity: page", "severity: info", "linked", "severity info, which pages nobody"),
    "it has no severity": Break(RULES, "severity: page", "team: shop", "linked", "has no severity"),
    "the test is removed": Break(RULE_TESTS, "", "", "working", "no rule unit test expects it"),
    "the test is emptied": Break(RULE_TESTS, "exp_alerts:\n          -", "exp_alerts: []\n        x:\n          -", "", ""),
    "the threshold is out of reach": Break(RULES, EXPR, "> 2", "working", "fails"),
    "the rule does not parse": Break(RULES, EXPR, ">> 2", "linked", "is no rule for promtool"),
    "the fault never happens": Break(RULE_TESTS, "0+0x10 0+15x30", "0+0x40", "working", "fails"),
    "it fires too late": Break(POLICY, "detect_within: 15m", "detect_within: 5m", "reaching", "policy wants it within"),
}
