"""A partial run never says "missing" of a test that it did not look at."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Repository, row, run

GUARD = 'import pytest\n\n@pytest.mark.incident("INC-001")\ndef test_guard(): assert 1 + 1 == 2\n'
OTHER = "def test_other(): assert 1 + 1 == 2\n"

LEFT_OUT = [
    ["-k", "other"],
    ["-m", "not incident"],
    ["test_other.py"],
    ["test_other.py::test_other"],
    ["--ignore", "test_guard.py"],
    ["--ignore-glob", "*guard*"],
    ["--deselect", "test_guard.py::test_guard"],
]


@pytest.mark.parametrize("arguments", LEFT_OUT, ids=" ".join)
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_guard_outside_the_run_is_not_checked_rather_than_missing(
    repository: Repository, arguments: list[str], workers: str
) -> None:
    pytester = repository(row(), test_guard=GUARD, test_other=OTHER)
    result = run(pytester, "--prevention", "-n", workers, *arguments)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*not checked*PRV301*", "*the prevention gate passed*"])


def test_last_failed_leaves_guards_out_silently_and_is_not_believed(repository: Repository) -> None:
    pytester = repository(row(), test_guard=GUARD, test_other="def test_other(): assert 1 + 1 == 3\n")
    assert run(pytester, "-q").ret == 1
    (pytester.path / "test_other.py").write_text(OTHER)
    result = run(pytester, "--prevention", "--lf")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*not checked*PRV301*", "*the prevention gate passed*"])


def test_a_sharding_plugin_that_tells_nobody_is_noticed(repository: Repository) -> None:
    pytester = repository(row(), test_guard=GUARD, test_other=OTHER)
    pytester.makeconftest("def pytest_collection_modifyitems(items):\n    del items[0]\n")
    result = run(pytester, "--prevention")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*not checked*PRV301*"])


def test_a_guard_hidden_by_a_conftest_in_a_whole_run_is_found_out(repository: Repository) -> None:
    pytester = repository(row(), test_guard=GUARD, test_other=OTHER)
    pytester.makeconftest("collect_ignore = ['test_guard.py']\n")
    result = run(pytester, "--prevention")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*PRV301*", "*test_guard.py::test_guard*not collected*"])


def test_naming_the_whole_tree_is_no_partial_run(repository: Repository) -> None:
    pytester = repository(row(), test_guard=GUARD.replace("assert 1 + 1 == 2", "pytest.skip('x')"))
    for arguments in ([], ["."], [str(pytester.path)]):
        assert run(pytester, "--prevention", *arguments).ret == 1


def test_works_without_the_cache_and_other_builtin_plugins(repository: Repository) -> None:
    pytester = repository(row(), test_guard=GUARD)
    result = run(
        pytester, "--prevention", "-p", "no:cacheprovider", "-p", "no:stepwise", "-p", "no:junitxml", "-p", "no:xdist"
    )
    assert result.ret == 0
    assert run(pytester, "--prevention", "-p", "no:terminal").ret == 0


def test_nothing_is_judged_on_collect_only(repository: Repository) -> None:
    result = run(repository(row(), test_other=OTHER), "--prevention", "--collect-only")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*nothing is judged where pytest only looks*"])
    result.stdout.no_fnmatch_line("*PRV201*")


def test_a_test_file_that_cannot_be_parsed_hides_links_and_makes_none_missing(repository: Repository) -> None:
    pytester = repository(row(), test_guard=GUARD + "\ndef broken(:\n")
    result = run(pytester, "--prevention", "--continue-on-collection-errors")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*PRV203 mark-malformed*", "*not checked: PRV201*"])
    result.stdout.no_fnmatch_line("*PRV201 test-action-unlinked*")
