"""How tests are linked, in a real pytest run."""

from __future__ import annotations

import json

import pytest

from tests.plugin.conftest import Repository, row, run

FORMS = {
    "function": "@pytest.mark.incident('INC-001')\ndef test_guard(): assert 1 + 1 == 2",
    "class": "@pytest.mark.incident('INC-001')\nclass TestOrders:\n    def test_guard(self): assert 1 + 1 == 2",
    "inherited": (
        "@pytest.mark.incident('INC-001')\nclass Base:\n    def test_guard(self): assert 1 + 1 == 2\n\n"
        "class TestOrders(Base): pass"
    ),
    "module": "pytestmark = pytest.mark.incident('INC-001')\n\ndef test_guard(): assert 1 + 1 == 2",
    "parameter": (
        "@pytest.mark.parametrize('n', [1, pytest.param(2, marks=pytest.mark.incident('INC-001'))])\n"
        "def test_guard(n): assert n + 1 > n"
    ),
    "several": "@pytest.mark.incident('INC-002', 'INC-001')\ndef test_guard(): assert 1 + 1 == 2",
    "action": "@pytest.mark.incident('INC-001', action=1)\ndef test_guard(): assert 1 + 1 == 2",
    "unittest": (
        "import unittest\n\nclass Orders(unittest.TestCase):\n    @pytest.mark.incident('INC-001')\n"
        "    def test_guard(self): self.assertEqual(1 + 1, 2)"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_marker_links(repository: Repository, form: str) -> None:
    pytester = repository(row(), row(2, "INC-002"), incidents=2, test_orders="import pytest\n\n" + FORMS[form])
    result = run(pytester, "--prevention", "--strict-markers", "--prevention-evidence", "e.json")
    result.stdout.no_fnmatch_line("*INC-001#1  PRV*")
    result.stdout.no_fnmatch_line("*PRV20[2-5] *")
    guards = json.loads((pytester.path / "e.json").read_text())["guards"]
    assert [guard["outcome"] for guard in guards] == ["passed"]


def test_a_parameter_links_only_its_own_case(repository: Repository) -> None:
    pytester = repository(row(), test_orders="import pytest\n\n" + FORMS["parameter"])
    run(pytester, "--prevention-evidence", "e.json")
    guards = json.loads((pytester.path / "e.json").read_text())["guards"]
    assert [guard["nodeid"] for guard in guards] == ["test_orders.py::test_guard[2]"]


DOCTEST = '''
def double(n):
    """
    >>> double(2)
    4
    """
    return 2 * n
'''


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_doctest_is_linked_by_node_id(repository: Repository, workers: str) -> None:
    pytester = repository(row(evidence="orders.py::orders.double"), orders=DOCTEST)
    result = run(pytester, "--prevention", "--doctest-modules", "-n", workers)
    result.stdout.no_fnmatch_line("*PRV201*")
    assert result.ret == 0


def test_a_doctest_is_linked_by_a_mark_that_a_conftest_adds(repository: Repository) -> None:
    pytester = repository(row(), orders=DOCTEST)
    pytester.makeconftest(
        "import pytest\n\ndef pytest_itemcollected(item):\n"
        "    if item.name == 'orders.double': item.add_marker(pytest.mark.incident('INC-001'))\n"
    )
    assert run(pytester, "--prevention", "--doctest-modules").ret == 0


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_node_id_in_the_evidence_column_links_without_touching_the_test(repository: Repository, workers: str) -> None:
    text = "import pytest\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_guard(n): assert n + 1 > n"
    pytester = repository(row(evidence="test_orders.py::test_guard"), test_orders=text)
    result = run(pytester, "--prevention", "--prevention-evidence", "e.json", "-n", workers)
    assert result.ret == 0
    guards = json.loads((pytester.path / "e.json").read_text())["guards"]
    assert [guard["nodeid"] for guard in guards] == ["test_orders.py::test_guard[1]", "test_orders.py::test_guard[2]"]


SHAPES = {
    "@pytest.mark.incident": "names no incident",
    "@pytest.mark.incident()": "names no incident",
    "@pytest.mark.incident(['INC-001'])": "list",
    "@pytest.mark.incident('inc-001 ')": "INC-001",
    "@pytest.mark.incident('INC-001', actoin=1)": "actoin",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_wrong_shape_is_a_finding_with_its_place(repository: Repository, shape: str) -> None:
    pytester = repository(row(), test_orders=f"import pytest\n\n{shape}\ndef test_guard(): assert 1 + 1 == 2")
    result = run(pytester, "--prevention")
    assert result.ret == 1
    text = " ".join(result.stdout.str().split())
    assert text.count("PRV203 mark-malformed") == 1
    assert "test_orders.py:3" in text
    assert SHAPES[shape] in text.partition("PRV203")[2]


def test_a_wrong_shape_that_only_the_run_can_see_is_a_finding(repository: Repository) -> None:
    pytester = repository(row(), test_orders="def test_guard(): assert 1 + 1 == 2")
    pytester.makeconftest(
        "import pytest\n\ndef pytest_itemcollected(item): item.add_marker(pytest.mark.incident(['INC-001']))\n"
    )
    result = run(pytester, "--prevention")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*PRV203*"])


def test_an_unknown_incident_is_a_finding_that_says_what_was_meant(repository: Repository) -> None:
    text = FORMS["function"].replace("INC-001", "INC-01")
    result = run(repository(row(status="Todo", priority="P2"), test_orders="import pytest\n\n" + text), "--prevention")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*PRV202*", "*INC-001*"])


@pytest.mark.parametrize("workers", ["0", "2"])
def test_incident_runs_just_its_guards(repository: Repository, workers: str) -> None:
    text = (
        "import pytest\n\n@pytest.mark.incident('INC-001')\ndef test_a(): assert 1 + 1 == 2\n\n"
        "def test_b(): assert 1 + 1 == 2\n\ndef test_c(): assert 1 + 1 == 2\n"
    )
    pytester = repository(row(evidence="test_orders.py::test_b"), test_orders=text)
    result = run(pytester, "--incident", "INC-001", "-n", workers)
    assert result.ret == 0
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_incident_without_guards_is_exit_5_and_a_sentence(repository: Repository, workers: str) -> None:
    pytester = repository(row(), test_orders="def test_b(): assert 1 + 1 == 2")
    result = run(pytester, "--incident", "INC-001", "-n", workers)
    assert result.ret == 5
    result.stdout.fnmatch_lines(['*no collected test guards against INC-001*@pytest.mark.incident("INC-001")*'])
    result = run(pytester, "--incident", "INC-01", "-n", workers)
    assert result.ret == 5
    result.stdout.fnmatch_lines(["*no such incident*did you mean INC-001*"])


def test_incident_works_without_records(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\n\n" + FORMS["function"] + "\n\ndef test_other(): pass\n")
    run(pytester, "--incident", "INC-001").assert_outcomes(passed=1, deselected=1)
