"""pytest --prevention: links, outcomes, exit codes."""

from __future__ import annotations

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
