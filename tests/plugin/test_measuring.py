"""What linked tests execute is measured, in real pytest runs; and what others measure stays as it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from coverage import CoverageData

from pytest_prevention.sources import tracing
from tests.plugin.conftest import HEADER, INCIDENT, row
from tests.repositories import git

BEFORE = """\
LIMIT = 3


def total(prices):
    return sum(prices)


def worst(prices):
    return max(prices)
"""
FIXED = """\
LIMIT = 3


def total(prices):
    if prices is None:
        return 0
    return sum(prices)


def worst(prices):
    return max(prices)
"""
ORDERS = "shop/orders.py"
GUARD = """
import pytest
from shop.orders import total, worst

@pytest.mark.incident("INC-001")
def test_guard():
    assert total(None) == 0
"""
Measured = dict[str, dict[str, str]]


@pytest.fixture
def shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], pytest.Pytester]:
    """A repository whose incident names its fix, with one test file."""
    monkeypatch.delenv("COVERAGE_CORE", raising=False)

    def make(tests: str = GUARD) -> pytest.Pytester:
        root = pytester.path
        (root / "shop").mkdir()
        (root / "shop/__init__.py").touch()
        (root / ORDERS).write_text(BEFORE)
        git(root, "init", "-q", "-b", "main")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "first")
        (root / ORDERS).write_text(FIXED)
        git(root, "commit", "-qam", "fix")
        fix = git(root, "rev-parse", "HEAD")
        (root / "incidents").mkdir()
        text = INCIDENT.format(id="INC-001", title="Empty order").replace("modules:", f'fix_commits: ["{fix}"]\nmodules:')
        (root / "incidents/INC-001.md").write_text(text)
        (root / "incidents/prevention-backlog.md").write_text(HEADER + row() + "\n")
        (root / "test_orders.py").write_text(tests)
        return pytester

    return make


Shop = Callable[..., pytest.Pytester]


def ran(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest there, in a process of its own: nothing measures that one."""
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "--prevention-evidence", "e.json", *arguments)


def evidence(pytester: pytest.Pytester, *arguments: str) -> dict[str, Any]:
    result = ran(pytester, *arguments)
    assert (pytester.path / "e.json").exists(), result.stdout.str() + result.stderr.str()
    data: dict[str, Any] = json.loads((pytester.path / "e.json").read_text())
    return data


def executed(pytester: pytest.Pytester, *arguments: str) -> Measured:
    """Lines by node id and path; node ids without the file."""
    found = evidence(pytester, *arguments)["executed"]
    return {nodeid.partition("::")[2]: files for nodeid, files in found.items()}


WAYS = {
    "alone": [],
    "pytest-cov": ["--cov=shop"],
    "branches": ["--cov=shop", "--cov-branch"],
    "contexts": ["--cov=shop", "--cov-context=test"],
    "--no-cov": ["--cov=shop", "--no-cov"],
}


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("way", WAYS)
def test_the_lines_that_a_guard_executes_are_told(shop: Shop, way: str, workers: str) -> None:
    """Those of its own call, and none that only an import executed."""
    assert executed(shop(), *WAYS[way], "-n", workers) == {"test_guard": {ORDERS: "5 6"}}
