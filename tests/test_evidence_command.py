"""``prevention evidence``: on a small repository, whose guards it runs itself or reads from an evidence file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.cli import main
from tests.histories import writing
from tests.records import record
from tests.repositories import git

Out = pytest.CaptureFixture[str]
FIX = """\
def parsed(body):
    if not body:
        raise ValueError("an order without a body is no order")
    return body.split()
"""
BACKLOG = """\
| # | Incident | Action | Category | Priority | Status | Due | Done | Evidence |
|---|---|---|---|---|---|---|---|---|
| 1 | INC-001 | Refuse empty bodies | Test | P1 | Done | 2024-02-01 | 2024-02-01 | |
| 2 | INC-001 | Page when orders fail | Monitor | P2 | Done | 2024-02-01 | 2024-02-01 | alert:OrdersFailing |
"""
TESTS = """\
import pytest

from shop.api import parsed


@pytest.mark.incident("INC-001")
@pytest.mark.parametrize("body", ["", None])
def test_empty(body):
    with pytest.raises(ValueError):
        parsed(body)


@pytest.mark.incident("INC-001")
def test_beside():
    assert callable(parsed)
"""
EMPTY, BESIDE = "tests/test_api.py::test_empty", "tests/test_api.py::test_beside"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """INC-001 with its fix and two guards, INC-002 with nothing; its tests know the plugin, installed or not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p pytest_prevention.plugin -p no:cacheprovider")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    root = tmp_path / "shop"
    with writing(root) as writer:
        writer.commit({"shop/api.py": "def parsed(body):\n    return body.split()\n", "shop/__init__.py": ""})
        fix = writer.commit({"shop/api.py": FIX})
        files = {
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "incidents/INC-001.md": record(fix_commits=f"[{fix!r}]"),
            "incidents/INC-002.md": record(id="INC-002", fix_commits=f"[{fix!r}]"),
            "incidents/prevention-backlog.md": BACKLOG,
            "tests/test_api.py": TESTS,
        }
        writer.commit(files)
    git(root, "reset", "-q", "--hard", "main")
    return root


def call(root: Path, *arguments: str | Path) -> int:
    return main(["evidence", "--root", str(root), *map(str, arguments)])


def data(root: Path, out: Out, *arguments: str | Path) -> Any:
    assert call(root, *arguments, "--format", "json") == 0
    return json.loads(out.readouterr().out)


def test_it_runs_the_guards_and_marks_what_they_execute(shop: Path, capfd: Out) -> None:
    """The ladder of each action, the lines of the fix, how many of them each guard reaches; pytest itself is silent."""
    assert call(shop, "INC-001") == 0
    text, errors = capfd.readouterr()
    assert errors == ""
    assert "INC-001#1 Test: reaching:" in text
    assert '  ✓ 2  if not body:\n  ✓ 3      raise ValueError("an order' in text
    assert f"{BESIDE}\n  executes no line of the fix\n{EMPTY}\n  reaches 2 of 2 lines\n" in text
    assert " passed in " not in text
    assert git(shop, "status", "--porcelain") == ""


def test_an_evidence_file_is_used_in_place_of_a_run(shop: Path, capfd: Out) -> None:
    """No test is run then: they could not be now, and the file says that they passed."""
    file = shop.parent / "evidence.json"
    command = [sys.executable, "-m", "pytest", "-q", f"--prevention-evidence={file}"]
    assert subprocess.run(command, cwd=shop, check=False, stdout=subprocess.DEVNULL).returncode == 0
    (shop / "tests" / "conftest.py").write_text("raise RuntimeError('not to be run')\n")
    found = data(shop, capfd, "INC-001", "--evidence", file)
    assert [(one["action"], one["category"], one["rung"]) for one in found["actions"]] == [
        ("INC-001#1", "Test", "reaching"),
        ("INC-001#2", "Monitor", "unknown"),
    ]
    (fixed,) = found["fix"]
    assert (fixed["file"], fixed["by_function"]) == ("shop/api.py", False)
    assert [(line["line"], line["executed"]) for line in fixed["lines"]] == [(2, True), (3, True)]
    assert [(one["guard"], one["reaches"], one["lines"]) for one in found["guards"]] == [
        (BESIDE, "not reaching", {}),
        (EMPTY, "reaching", {"shop/api.py": [2, 3]}),
    ]


def test_guards_beside_the_fix_reach_nothing(shop: Path, capfd: Out) -> None:
    """Linked tests that pass and execute other lines: each line is marked so, and the ladder says it."""
    path = shop / "tests" / "test_api.py"
    path.write_text(TESTS.replace('["", None]', '["a body"]').replace("with pytest.raises(ValueError)", "if not body"))
    found = data(shop, capfd, "INC-001")
    assert found["actions"][0]["rung"] == "working"
    assert [line["executed"] for line in found["fix"][0]["lines"]] == [False, False]
    assert {one["reaches"] for one in found["guards"]} == {"not reaching"}


def test_an_incident_without_guards_shows_where_its_fix_stands(shop: Path, capfd: Out) -> None:
    """Nothing is run; whether anything executes the lines is not known."""
    (shop / "tests" / "conftest.py").write_text("raise RuntimeError('not to be run')\n")
    found = data(shop, capfd, "INC-002")
    assert found["actions"] == found["guards"] == []
    assert [line["executed"] for line in found["fix"][0]["lines"]] == [None, None]


def test_an_unknown_incident_is_a_usage_error(shop: Path, capfd: Out) -> None:
    """With what was meant, and before any test is run."""
    assert call(shop, "INC-01") == 4
    assert "did you mean INC-0" in capfd.readouterr().err


def test_where_pytest_does_not_start_it_says_why(shop: Path, capfd: Out) -> None:
    """The last that pytest said, and how to see the rest."""
    (shop / "tests" / "conftest.py").write_text("raise RuntimeError('no database')\n")
    assert call(shop, "INC-001") == 4
    error = capfd.readouterr().err
    assert "no database" in error
    assert "python -m pytest --incident INC-001" in error


def test_guards_that_fail_are_no_error(shop: Path, capfd: Out) -> None:
    """Red, they stand on linked; what they execute is shown all the same."""
    (shop / "shop" / "api.py").write_text(FIX.replace("ValueError", "KeyError"))
    found = data(shop, capfd, "INC-001")
    assert found["actions"][0]["rung"] == "linked"
    assert [(line["line"], line["executed"]) for line in found["fix"][0]["lines"]] == [(2, True)]
