"""pytest --prevention-prove: the guards of a run are proven after it."""

from __future__ import annotations

from pathlib import Path

import pytest

import pytest_prevention.proofs  # noqa: F401  # as in conftest.py: imported once, before any inner run
from tests.plugin.conftest import INCIDENT, Repository, row, run
from tests.repositories import git

BUG = "def mean(numbers):\n    return sum(numbers) / len(numbers)\n"
FIX = "def mean(numbers):\n    return sum(numbers) / len(numbers) if numbers else 0\n"
GUARDS = """
import pytest

from orders import mean


@pytest.mark.incident("INC-001")
@pytest.mark.parametrize("numbers", [[], [2]])
def test_the_mean_of_nothing(numbers):
    assert mean(numbers) == sum(numbers)
"""
IDLE = """

@pytest.mark.incident("INC-001")
def test_the_mean_of_two():
    assert mean([1, 3]) == 2
"""


@pytest.fixture
def repository_with_fix(repository: Repository) -> pytest.Pytester:
    """One incident, fixed in a commit of its own, and its guard."""
    pytester = repository(row(), test_orders=GUARDS)
    git(pytester.path, "init", "-q", "-b", "main")
    _commit(pytester.path, orders=BUG)
    fix = _commit(pytester.path, orders=FIX)
    record = INCIDENT.format(id="INC-001", title="No orders, no mean").replace(
        "modules:", f'fix_commits: ["{fix}"]\nmodules:'
    )
    (pytester.path / "incidents" / "INC-001.md").write_text(record, encoding="utf-8")
    _commit(pytester.path, test_orders=GUARDS)
    return pytester


def _commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "next")
    return git(folder, "rev-parse", "HEAD")


def test_guards_that_fail_without_the_fix_are_proven(repository_with_fix: pytest.Pytester) -> None:
    """A parametrised guard is one, and by its proof the action stands on the highest rung."""
    policy = "version: 1\nevidence:\n  - {when: {category: [Test]}, require: proven}\n"
    (repository_with_fix.path / "prevention-policy.yaml").write_text(policy, encoding="utf-8")
    assert run(repository_with_fix, "--prevention").ret == 1
    result = run(repository_with_fix, "--prevention", "--prevention-prove")
    result.stdout.fnmatch_lines(["proven  INC-001  test_orders.py::test_the_mean_of_nothing", "Proofs: 1 proven."])
    assert result.ret == 0


def test_a_guard_that_passes_without_the_fix_fails_the_run(repository_with_fix: pytest.Pytester) -> None:
    """All tests passed, and yet one of them guards nothing."""
    _commit(repository_with_fix.path, test_orders=GUARDS + IDLE)
    result = run(repository_with_fix, "--prevention-prove")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["not proven  INC-001  test_orders.py::test_the_mean_of_two", "1 of 2 guards pass without the fix *"]
    )


def test_only_guards_of_the_run_are_proven(repository_with_fix: pytest.Pytester) -> None:
    """Who chose one test is not told of the others; one that fails has nothing to prove."""
    failing = IDLE.replace("== 2", "== 3")
    _commit(repository_with_fix.path, test_orders=GUARDS + IDLE, test_more=GUARDS + failing)
    result = run(repository_with_fix, "--prevention-prove", "test_more.py")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["proven  INC-001  test_more.py::test_the_mean_of_nothing", "Proofs: 1 proven."])


def test_what_is_inconclusive_does_not_fail_the_run(repository_with_fix: pytest.Pytester) -> None:
    """The record names a commit that nobody has."""
    record = repository_with_fix.path / "incidents" / "INC-001.md"
    fix = git(repository_with_fix.path, "rev-parse", "HEAD~1")
    record.write_text(record.read_text(encoding="utf-8").replace(fix, "0" * 40), encoding="utf-8")
    result = run(repository_with_fix, "--prevention-prove")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["inconclusive  INC-001  *", "  fix-not-ancestor: *"])
