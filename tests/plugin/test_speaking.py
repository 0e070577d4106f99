"""What people see: failure sections, reports, files, errors."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.plugin.conftest import Repository, row, run

FAILING = "import pytest\n\n@pytest.mark.incident('INC-001')\ndef test_guard(): assert 1 + 1 == 3\n"
PASSING = FAILING.replace("3", "2")
SEEN = [
    "*guards against*",
    "INC-001 (SEV2, 2024-01-15): Empty order body returned 500",
    "*users saw: Customers who sent an empty order saw an error page.*",
    "*INC-001#1 (Done): Test the empty order*",
    "*record: incidents/INC-001.md*",
]


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("options", [(), ("--prevention",), ("--show-capture=no", "--tb=short")], ids=" ".join)
def test_a_failing_guard_says_what_it_guards_against(
    repository: Repository, workers: str, options: tuple[str, ...]
) -> None:
    result = run(repository(row(), test_orders=FAILING), "-n", workers, *options)
    assert result.ret == 1
    result.stdout.fnmatch_lines(SEEN)


def test_a_guard_linked_by_node_id_says_it_too(repository: Repository) -> None:
    text = "def test_guard(): assert 1 + 1 == 3\n"
    result = run(repository(row(evidence="test_orders.py::test_guard"), test_orders=text))
    result.stdout.fnmatch_lines(SEEN)


def test_a_failing_test_that_guards_nothing_is_left_alone(repository: Repository) -> None:
    text = FAILING + "\ndef test_other(): assert 2 + 2 == 5\n"
    result = run(repository(row(), test_orders=text), "-k", "other")
    result.stdout.no_fnmatch_line("*guards against*")


def test_unreadable_records_do_not_disturb_a_failure(repository: Repository) -> None:
    pytester = repository(row(), test_orders=FAILING)
    (pytester.path / "incidents" / "prevention-backlog.md").write_bytes(b"\xff\xfe")
    (pytester.path / "prevention-policy.yaml").write_text("rules: {{{")
    result = run(pytester)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*guards against*", "*INC-001*", "*1 failed*"])


def test_idle_changes_nothing_in_a_suite_without_incidents(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_a(): assert 1 + 1 == 2\n\ndef test_b(): assert 1 + 1 == 3\n")
    plain = run(pytester, "-p", "no:prevention")
    idle = run(pytester)
    assert (plain.ret, plain.parseoutcomes()) == (idle.ret, idle.parseoutcomes())


def test_the_report_is_printed_and_judges_nothing(repository: Repository) -> None:
    result = run(repository(row(), test_orders="def test_x(): assert 1 + 1 == 2"), "--prevention-report")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*prevention report*", "*Leading indicators*", "*Lagging indicators*"])


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("suffix", ["json", "md", "txt"])
def test_a_report_file_has_the_format_of_its_suffix(repository: Repository, suffix: str, workers: str) -> None:
    pytester = repository(row(), test_orders=PASSING)
    assert run(pytester, f"--prevention-report-file=out.{suffix}", "-n", workers).ret == 0
    text = (pytester.path / f"out.{suffix}").read_text()
    assert "INC-001" in text
    if suffix == "json":
        assert json.loads(text)["indicators"]["leading"]["actions_completed"]["total"] == 1


def test_a_path_argument_behind_the_report_flag_stays_a_path(repository: Repository) -> None:
    pytester = repository(row(), test_orders=PASSING, test_other="def test_other(): assert 1 + 1 == 2")
    run(pytester, "--prevention-report", "test_orders.py").assert_outcomes(passed=1)


def test_an_unknown_suffix_is_a_usage_error_before_any_test_runs(repository: Repository) -> None:
    result = run(repository(row(), test_orders=PASSING), "--prevention-report-file=out.docx")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*docx*", "*json*md*txt*"])
    result.stdout.no_fnmatch_line("*passed*")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("prevention-policy.yaml", b"rules: {PRV999: {severity: off}}\nfail_onn: never\n"),
        ("incidents/prevention-backlog.md", b"\xff\xfe\x00"),
    ],
)
def test_input_that_cannot_be_used_is_exit_4_with_its_place(repository: Repository, name: str, content: bytes) -> None:
    pytester = repository(row(), test_orders=PASSING)
    (pytester.path / name).write_bytes(content)
    result = run(pytester, "--prevention")
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"*{name}:1:*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_no_incidents_folder_is_exit_4_and_says_how_to_begin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_a(): assert 1 + 1 == 2")
    result = run(pytester, "--prevention")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*incidents*mkdir*"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_for_the_report_is_one_clear_error(repository: Repository) -> None:
    pytester = repository(row(), test_orders=PASSING)
    folder = pytester.mkdir("sealed")
    folder.chmod(0o500)
    result = run(pytester, "--prevention-report-file=sealed/out.json")
    assert result.ret == 4
    result.stdout.fnmatch_lines(["*sealed/out.json*cannot be written*"])


def test_a_folder_that_is_missing_is_one_clear_error_and_not_exit_0(repository: Repository) -> None:
    result = run(repository(row(), test_orders=PASSING), "--prevention-report-file=nowhere/out.json")
    assert result.ret == 4
    result.stdout.fnmatch_lines(["*nowhere/out.json*cannot be written*"])


def test_a_report_is_never_written_through_a_link(repository: Repository, tmp_path: Path) -> None:
    pytester = repository(row(), test_orders=PASSING)
    precious = tmp_path / "precious.json"
    precious.write_text("precious")
    (pytester.path / "out.json").symlink_to(precious)
    assert run(pytester, "--prevention-report-file=out.json").ret == 4
    assert precious.read_text() == "precious"


def test_a_crash_of_ours_is_exit_3_and_not_a_pass(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester = repository(row(), test_orders=PASSING)
    monkeypatch.setattr("pytest_prevention.gate.judge", None)
    result = run(pytester, "--prevention")
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*pytest-prevention crashed*"])


def test_hostile_titles_and_test_ids_are_printed_harmless(repository: Repository) -> None:
    cases = "['::error::owned', '##[section]', '\\x1b[2J']"
    text = f"import pytest\n\n@pytest.mark.parametrize('x', {cases})\ndef test_guard(x): pytest.skip(x)\n"
    pytester = repository(row(evidence="test_orders.py::test_guard"), test_orders=text)
    result = run(pytester, "--prevention")
    gate = result.stdout.str().partition("prevention gate")[2]
    assert "owned" in gate
    assert not [line for line in gate.splitlines() if line.lstrip().startswith("::") or "##[" in line or "\x1b" in line]


def test_an_ini_value_switches_the_gate_on(repository: Repository) -> None:
    pytester = repository(row(status="Todo"), test_orders="def test_x(): assert 1 + 1 == 2")
    pytester.makeini("[pytest]\nprevention = true\n")
    assert run(pytester).ret == 1


def test_as_of_decides_what_is_overdue(repository: Repository) -> None:
    pytester = repository(row(status="Todo", priority="P2"), test_orders="def test_x(): assert 1 + 1 == 2")
    before = run(pytester, "--prevention", "--prevention-as-of=2024-01-30")
    after = run(pytester, "--prevention", "--prevention-as-of=2024-01-31")
    before.stdout.no_fnmatch_line("*PRV701*")
    after.stdout.fnmatch_lines(["*PRV701*"])
    wrong = run(pytester, "--prevention", "--prevention-as-of=soon")
    assert wrong.ret == 4
    wrong.stderr.fnmatch_lines(["*'soon'*"])
