"""pytest --prevention: links, outcomes, exit codes."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Repository, row, run

GUARD = """
import pytest

@pytest.mark.incident("INC-001")
def test_empty_order():
    assert 1 + 1 == 2
"""


def test_a_linked_passing_guard_keeps_the_gate(repository: Repository) -> None:
    result = run(repository(row(), test_orders=GUARD), "--prevention")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*0 tests failed; the prevention gate passed*"])


def test_an_unlinked_p1_test_action_breaks_the_gate_though_no_test_failed(repository: Repository) -> None:
    result = run(repository(row(status="Todo"), test_orders="def test_x(): assert 1 + 1 == 2"), "--prevention")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*PRV201*", '*@pytest.mark.incident("INC-001")*', "0 tests failed; the prevention gate failed: 1 finding *"]
    )


def test_pasting_what_the_finding_says_mends_it(repository: Repository) -> None:
    pytester = repository(row(status="Todo"), test_orders="import pytest\n\ndef test_x(): assert 1 + 1 == 2\n")
    assert run(pytester, "--prevention").ret == 1
    file = pytester.path / "test_orders.py"
    file.write_text(file.read_text().replace("def test_x", '@pytest.mark.incident("INC-001")\ndef test_x'))
    assert run(pytester, "--prevention").ret == 0


def test_another_plugin_cannot_undo_a_broken_gate(repository: Repository) -> None:
    """The common conftest that turns "no tests" into a pass runs after us, and must not have the last word."""
    pytester = repository(row(status="Todo"), test_orders="def test_x(): assert 1 + 1 == 2")
    pytester.makeconftest("def pytest_sessionfinish(session):\n    session.exitstatus = 0\n")
    assert run(pytester, "--prevention").ret == 1


def test_a_session_that_ends_before_it_begins_is_no_pass(repository: Repository) -> None:
    pytester = repository(row(), test_orders=GUARD)
    pytester.makeconftest("import pytest\n\ndef pytest_sessionstart(): pytest.exit('bye', returncode=0)\n")
    result = run(pytester, "--prevention")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*could not judge*"])


def test_a_guard_that_addopts_leave_out_of_every_run_is_not_excused(repository: Repository) -> None:
    slow = GUARD.replace("def test_empty", "@pytest.mark.slow\ndef test_empty")
    pytester = repository(row(), test_orders=slow, test_other="def test_x(): assert 1 + 1 == 2")
    pytester.makeini("[pytest]\naddopts = -m 'not slow'\nmarkers = slow\n")
    result = run(pytester, "--prevention")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*addopts*", "*could not judge*"])


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_file_that_skips_itself_as_a_whole_is_skipped_not_missing(repository: Repository, workers: str) -> None:
    skipping = "import pytest\n\npytest.importorskip('no_such_module')\n" + GUARD
    result = run(repository(row(), test_orders=skipping), "--prevention", "-n", workers)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*PRV301*"])
    result.stdout.no_fnmatch_line("*not collected*")
    assert "was skipped: could not import 'no_such_module'" in " ".join(result.stdout.str().split())


@pytest.mark.parametrize("testpaths", [".", "nowhere", "tests"])
def test_any_testpaths_will_do(repository: Repository, testpaths: str) -> None:
    pytester = repository(row(), test_orders=GUARD)
    pytester.makeini(f"[pytest]\ntestpaths = {testpaths}\n")
    assert run(pytester, "--prevention", "test_orders.py").ret == 0


def test_looking_at_fixtures_judges_nothing(repository: Repository) -> None:
    assert run(repository(row(status="Todo"), test_orders=GUARD), "--prevention", "--fixtures").ret == 0


def test_a_policy_named_in_the_ini_file_is_found_from_there(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester = repository(row(status="Todo"), test_orders="def test_x(): assert 1 + 1 == 2")
    pytester.makeini("[pytest]\nprevention_policy = easy.yaml\n")
    (pytester.path / "easy.yaml").write_text("extends: ['preset:advisory']\n")
    monkeypatch.chdir(pytester.mkdir("elsewhere"))
    assert run(pytester, "--prevention", "..").ret == 0
