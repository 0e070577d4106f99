"""What becomes of a guard, and what the gate makes of it. Each test is a small story in a real pytest run."""

from __future__ import annotations

import json

import pytest

from tests.plugin.conftest import Repository, row, run

MARK = '@pytest.mark.incident("INC-001")\n'
BODIES = {
    "passed": "def test_guard(): assert 1 + 1 == 2",
    "failed": "def test_guard(): assert 1 + 1 == 3",
    "skipped": "def test_guard(): pytest.skip('no network')",
    "xfailed": "@pytest.mark.xfail\ndef test_guard(): assert 1 + 1 == 3",
    "xpassed": "@pytest.mark.xfail\ndef test_guard(): assert 1 + 1 == 2",
    "error": "@pytest.fixture\ndef broken(): raise OSError('no disk')\n"
    + MARK
    + "def test_guard(broken): assert broken == 2",
}
TEARDOWN = """
import pytest

@pytest.fixture
def leaky():
    yield
    raise OSError("left over")

@pytest.mark.incident("INC-001")
def test_guard(leaky):
    assert 1 + 1 == 2
"""
SUBTESTS = """
import pytest

@pytest.mark.incident("INC-001")
def test_guard(subtests):
    with subtests.test("one"):
        assert 1 + 1 == 3
    with subtests.test("two"):
        assert 1 + 1 == 2
"""
UNITTEST_SUBTEST = """
import unittest
import pytest

@pytest.mark.incident("INC-001")
class TestOrders(unittest.TestCase):
    def test_guard(self):
        for n in (2, 3):
            with self.subTest(n=n):
                self.assertEqual(1 + 1, n)
"""


def outcomes(pytester: pytest.Pytester, *arguments: str) -> dict[str, str]:
    """Outcome by node id, as the evidence file tells it."""
    run(pytester, "--prevention-evidence", "evidence.json", *arguments)
    data = json.loads((pytester.path / "evidence.json").read_text())
    return {guard["nodeid"]: guard["outcome"] for guard in data["guards"]}


def source(outcome: str) -> str:
    body = BODIES[outcome]
    return "import pytest\n\n" + (body if MARK in body else MARK + body)


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("outcome", BODIES)
def test_outcomes_are_told_apart(repository: Repository, outcome: str, workers: str) -> None:
    pytester = repository(row(), test_orders=source(outcome))
    assert outcomes(pytester, "-n", workers) == {"test_orders.py::test_guard": outcome}


@pytest.mark.parametrize("outcome", [name for name in BODIES if name not in ("passed", "failed", "error")])
def test_a_guard_that_is_no_evidence_breaks_the_gate_though_pytest_is_content(
    repository: Repository, outcome: str
) -> None:
    result = run(repository(row(), test_orders=source(outcome)), "--prevention")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*PRV301*", f"*{outcome}*", "*0 tests failed; the prevention gate failed*"])


def test_the_worst_of_all_phases_counts(repository: Repository) -> None:
    assert outcomes(repository(row(), test_orders=TEARDOWN)) == {"test_orders.py::test_guard": "error"}


def test_a_failing_subtest_counts_even_where_pytest_calls_the_parent_passed(repository: Repository) -> None:
    assert outcomes(repository(row(), test_orders=SUBTESTS)) == {"test_orders.py::test_guard": "failed"}


def test_a_failing_unittest_subtest_counts(repository: Repository) -> None:
    pytester = repository(row(), test_orders=UNITTEST_SUBTEST)
    assert outcomes(pytester) == {"test_orders.py::TestOrders::test_guard": "failed"}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_guard_that_passes_only_on_a_rerun_is_flaky(repository: Repository, workers: str) -> None:
    flaky = (
        "import pathlib, pytest\n\n"
        + MARK
        + "def test_guard():\n"
        + "    seen = pathlib.Path('seen')\n    first = not seen.exists()\n    seen.touch()\n    assert not first\n"
    )
    pytester = repository(row(), test_orders=flaky)
    assert outcomes(pytester, "--reruns", "1", "-n", workers) == {"test_orders.py::test_guard": "flaky"}


def test_a_worker_that_dies_in_a_guard_is_a_crash(repository: Repository) -> None:
    crash = "import os, pytest\n\n" + MARK + "def test_guard():\n    os._exit(7)\n"
    assert outcomes(repository(row(), test_orders=crash), "-n", "2") == {"test_orders.py::test_guard": "crashed"}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_deselected_and_not_run_are_different_things(repository: Repository, workers: str) -> None:
    text = (
        "import pytest\n\n" + MARK + "def test_a(): assert 1 + 1 == 2\n\n" + MARK + "def test_b(): assert 1 + 1 == 2\n"
    )
    pytester = repository(row(), test_orders=text)
    assert outcomes(pytester, "-k", "test_a", "-n", workers) == {
        "test_orders.py::test_a": "passed",
        "test_orders.py::test_b": "deselected",
    }


def test_what_stands_behind_the_first_failure_is_not_run(repository: Repository) -> None:
    text = "import pytest\n\ndef test_a(): assert 1 + 1 == 3\n\n" + MARK + "def test_b(): assert 1 + 1 == 2\n"
    assert outcomes(repository(row(), test_orders=text), "-x") == {"test_orders.py::test_b": "not run"}


def test_an_early_exit_with_code_0_cannot_pass_the_gate(repository: Repository) -> None:
    text = (
        "import pytest\n\ndef test_a(): pytest.exit('enough', returncode=0)\n\n"
        + MARK
        + "def test_b(): assert 1 + 1 == 2\n"
    )
    pytester = repository(row(), test_orders=text)
    assert run(pytester).ret == 0
    result = run(pytester, "--prevention")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*could not judge*"])


def test_a_mark_added_while_the_test_runs_counts_for_the_outcome_but_not_for_existence(repository: Repository) -> None:
    add = "request.node.add_marker(pytest.mark.incident('INC-001'))"
    text = f"import pytest\n\ndef test_a(request):\n    {add}\n    assert 1 + 1 == 2\n"
    pytester = repository(row(), test_orders=text)
    for workers in ("0", "2"):
        assert outcomes(pytester, "-n", workers) == {"test_orders.py::test_a": "passed"}
        result = run(pytester, "--prevention", "-n", workers)
        assert result.ret == 1
        result.stdout.fnmatch_lines(["*PRV201*"])


def test_a_collection_error_keeps_its_exit_code_and_guards_are_not_called_missing(repository: Repository) -> None:
    pytester = repository(
        row(evidence="test_broken.py::test_guard"), test_broken="import nowhere\n\ndef test_guard(): assert nowhere\n"
    )
    result = run(pytester, "--prevention")
    assert result.ret == 2
    result.stdout.no_fnmatch_line("*PRV201*")
    result.stdout.no_fnmatch_line("*PRV205*")
    result.stdout.fnmatch_lines(["*test_broken.py could not be collected*"])
