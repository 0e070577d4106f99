"""What linked tests execute is measured, in real pytest runs; and what others measure stays as it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage, CoverageData, version_info

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

Shop = Callable[..., pytest.Pytester]


@pytest.fixture
def shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A repository whose incident names its fix, with one test file and other files that are not committed."""
    for name in ("COVERAGE_CORE", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def make(tests: str = GUARD, **files: str) -> pytest.Pytester:
        lay_out(pytester.path, tests)
        for name, text in files.items():
            (pytester.path / name.replace("_DOT_", ".")).write_text(text)
        return pytester

    return make


def lay_out(root: Path, tests: str) -> None:
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


def evidence(pytester: pytest.Pytester, *arguments: str) -> dict[str, Any]:
    """What a run tells; in a process of its own wherever two that measure would meet in this one."""
    alone = not arguments and Coverage.current() is None and sys.gettrace() is None
    run = pytester.runpytest_inprocess if alone else pytester.runpytest_subprocess
    result = run("-p", "no:cacheprovider", "--prevention-evidence", "e.json", *arguments)
    assert (pytester.path / "e.json").exists(), result.stdout.str() + result.stderr.str()
    data: dict[str, Any] = json.loads((pytester.path / "e.json").read_text())
    return data


def executed(pytester: pytest.Pytester, *arguments: str) -> dict[str, str]:
    """Lines of the fixed file by node id, without the test file."""
    found = evidence(pytester, *arguments)["executed"]
    assert {path for files in found.values() for path in files} <= {ORDERS}
    return {nodeid.partition("::")[2]: files.get(ORDERS, "") for nodeid, files in found.items()}


def not_measured(pytester: pytest.Pytester, *arguments: str) -> str:
    data = evidence(pytester, *arguments)
    assert "executed" not in data
    return str(data["not_measured"]["reason"])


@pytest.mark.parametrize("options", [[], ["-n", "2"], ["--cov=shop", "--no-cov", "--cov-context=test"]])
def test_the_lines_that_a_guard_executes_are_told(shop: Shop, options: list[str]) -> None:
    """Those of its own call, and none that only an import executed."""
    assert executed(shop(), *options) == {"test_guard": "5 6"}


GUARDS = """
import asyncio
import subprocess
import sys
import threading

import pytest
from coverage import Coverage

from shop.orders import LIMIT, total, worst

pytestmark = pytest.mark.incident("INC-001")
inner = Coverage(data_file=None, config_file=False)
tries = []

@pytest.fixture
def empty():
    return total(None)

@pytest.fixture
def late():
    yield
    worst([1])

def test_call(): assert total([1]) == 1
@pytest.mark.parametrize("prices", [None, [1]])
def test_cases(prices): assert total(prices) in (0, 1)
def test_nothing(): assert LIMIT == 3
def test_setup(empty): assert empty == 0
def test_teardown(late): assert LIMIT == 3
def test_failing(): assert worst([1]) == LIMIT
def test_error(missing): assert LIMIT == 3
def test_skipped(): pytest.skip("no network")

@pytest.mark.flaky(reruns=1)
def test_again():
    tries.append(total(None) if tries else worst([1]))
    assert len(tries) == 2

def test_thread():
    thread = threading.Thread(target=worst, args=([1],))
    thread.start()
    thread.join()
    assert LIMIT == 3

def test_async():
    async def asked(): return worst([1])
    assert asyncio.run(asked()) == 1

def test_process(): assert subprocess.run([sys.executable, "-c", ""]).returncode == 0
def test_process_and_call(): assert subprocess.run([sys.executable, "-c", ""]).returncode == total(None)

def test_traces():
    sys.settrace(lambda *_: None)
    assert total(None) == 0

def test_traced_before():
    assert sys.gettrace() is not None
    sys.settrace(None)

def test_covers():
    with inner.collect():
        pass
    assert total(None) == 0

def test_leaves_coverage_running():
    inner.start()
    assert total(None) == 0

def test_ends_it():
    inner.stop()
    assert total(None) == 0

def test_last(): assert worst([1]) == 1
"""
SIMPLE_GUARDS, _, _ = GUARDS.partition("def test_process()")
LINES = {
    "test_call": "5 7",
    "test_cases[None]": "5 6",
    "test_cases[prices1]": "5 7",
    "test_nothing": "",
    "test_setup": "5 6",
    "test_teardown": "11",
    "test_failing": "11",
    "test_error": "",
    "test_skipped": "",
    "test_again": "5 6 11",
    "test_thread": "11",
    "test_async": "11",
    "test_process_and_call": "5 6",
    "test_covers": "5 6",
    "test_last": "11",
}


def test_guards_of_every_kind(shop: Shop) -> None:
    """Fixtures, threads and second tries count; what cannot be told (a tracer, another process) is left out.

    And each test ends as it would without us: a tracer that one sets is there for the next.
    """
    pytester = shop(GUARDS)
    assert executed(pytester) == LINES
    outcomes = {guard["nodeid"]: guard["outcome"] for guard in json.loads(Path("e.json").read_text())["guards"]}
    others = {nodeid.partition("::")[2]: word for nodeid, word in outcomes.items() if word != "passed"}
    assert others == {"test_failing": "failed", "test_error": "error", "test_skipped": "skipped", "test_again": "flaky"}


def test_only_linked_tests_are_measured_also_those_of_evidence_cells(shop: Shop) -> None:
    pytester = shop(
        "from shop.orders import total\n\ndef test_guard(): assert total(None) == 0\n\n"
        "def test_other(): assert total([1]) == 1\n"
    )
    backlog = HEADER + row(evidence="test_orders.py::test_guard") + "\n"
    (pytester.path / "incidents/prevention-backlog.md").write_text(backlog)
    assert executed(pytester) == {"test_guard": "5 6"}


def test_where_no_fix_is_known_coverage_is_not_even_imported(shop: Shop) -> None:
    text = GUARD.replace("total(None) == 0", "'coverage' not in __import__('sys').modules")
    pytester = shop(text)
    (pytester.path / "incidents/INC-001.md").write_text(INCIDENT.format(id="INC-001", title="Empty order"))
    data = evidence(pytester, "-p", "no:cov")
    assert data["executed"] == {}
    assert [guard["outcome"] for guard in data["guards"]] == ["passed"]


def test_without_coverage_the_reason_is_told(shop: Shop) -> None:
    """And the gate does not fail over it: whoever runs without it chose that."""
    pytester = shop(conftest_DOT_py="import sys\nsys.modules['coverage'] = None\n")
    assert not_measured(pytester, "-p", "no:cov", "--prevention") == "coverage.py is not installed"
    assert json.loads((pytester.path / "e.json").read_text())["not_measured"]["by_design"]


def test_under_a_debugger_nothing_is_measured(shop: Shop) -> None:
    pytester = shop(conftest_DOT_py="import sys\nsys.settrace(lambda *_: None)\n")
    assert "debugger" in not_measured(pytester, "-p", "no:cov")


RUNNING = {
    "static context": ("", ["--source=shop,absent", "--branch", "--context=nightly"]),
    "relative files": ("[run]\nsource = shop\nrelative_files = true\n", []),
}


@pytest.mark.parametrize("way", RUNNING)
def test_under_coverage_run(shop: Shop, way: str) -> None:
    """The context of each guard is noted, and the one before comes back."""
    config, options = RUNNING[way]
    pytester = shop(GUARD + "\ndef test_other(): assert worst([1]) == 1\n", _DOT_coveragerc=config)
    pytester.run(
        *(sys.executable, "-m", "coverage", "run", *options),
        *("-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "--prevention-evidence", "e.json"),
    )
    found = json.loads((pytester.path / "e.json").read_text())["executed"]
    assert found == {"test_orders.py::test_guard": {ORDERS: "5 6"}}
    data = CoverageData(str(pytester.path / ".coverage"))
    data.read()
    (measured,) = (name for name in data.measured_files() if name.endswith("orders.py"))
    static = "nightly" if "context" in way else ""
    assert data.contexts_by_lineno(measured)[11] == [static]


REASONS = {
    "given contexts": ("[run]\nsource = shop\ndynamic_context = test_function\n", ""),
    "told to leave out shop/orders.py": ("[run]\nsource = shop\nomit = */orders.py\n", ""),
    "contexts by something": (
        "[run]\nsource = shop\n",
        "import coverage\n\ndef pytest_runtest_call(item): coverage.Coverage.current().switch_context(item.name)\n",
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_what_a_running_coverage_cannot_tell(shop: Shop, reason: str) -> None:
    if reason == "contexts by something" and version_info < (7, 16):
        pytest.skip("it does not tell")
    config, conftest = REASONS[reason]
    pytester = shop(_DOT_coveragerc=config, conftest_DOT_py=conftest)
    assert reason in not_measured(pytester, "--cov", "-W", "ignore")


def test_code_that_was_imported_from_elsewhere_is_not_taken_for_unexecuted(shop: Shop) -> None:
    """An installed copy of the package hides the tree: that says nothing about the guard."""
    pytester = shop("import sys\nsys.path.insert(0, 'installed')\n" + GUARD)
    copy = pytester.mkdir("installed") / "shop"
    copy.mkdir()
    (copy / "__init__.py").touch()
    (copy / "orders.py").write_text(FIXED)
    assert "imported from elsewhere" in not_measured(pytester)


def report(pytester: pytest.Pytester, *arguments: str) -> tuple[dict[str, Any], dict[str, dict[int, list[str]]]]:
    """pytest-cov's report, and the contexts of each file in its data."""
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "--cov=shop", "--cov-report=json", *arguments)
    data = CoverageData(str(pytester.path / ".coverage"))
    data.read()
    contexts = {name: data.contexts_by_lineno(name) for name in data.measured_files()}
    told = json.loads((pytester.path / "coverage.json").read_text())
    return {key: told[key] for key in ("files", "totals")}, contexts


@pytest.mark.parametrize("options", ["-n0", "-n2 --cov-branch", "-n2 --cov-context=test"])
def test_what_pytest_cov_reports_is_the_same_with_us_and_without(shop: Shop, options: str) -> None:
    """Its own contexts too; only where it has none, the lines that guards executed have ours."""
    pytester = shop(GUARD + "\ndef test_other(): assert worst([1]) == 1\n")
    without, theirs = report(pytester, *options.split())
    with_us, ours = report(pytester, *options.split(), "--prevention-evidence", "e.json")
    assert with_us == without
    assert without["totals"]["covered_lines"] == 6
    if "context" in options:
        assert ours == theirs
    found = json.loads((pytester.path / "e.json").read_text())["executed"]
    assert found == {"test_orders.py::test_guard": {ORDERS: "5 6"}}


def test_an_interrupted_run_tells_what_it_knows(shop: Shop) -> None:
    text = GUARD + "\n@pytest.mark.incident('INC-001')\ndef test_late():\n    worst([1])\n    pytest.exit('enough')\n"
    assert executed(shop(text)) == {"test_guard": "5 6", "test_late": "11"}


def test_nothing_of_ours_warns(shop: Shop) -> None:
    assert executed(shop(), "-W", "error", "-p", "no:cov") == {"test_guard": "5 6"}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no sys.monitoring")
@pytest.mark.parametrize("options", ["-p no:cov", "--cov=shop", "--cov=shop -n2", "--cov=shop --cov-context=test"])
def test_with_sys_monitoring(shop: Shop, options: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells every line once; a guard is not to miss those that other tests executed before it."""
    monkeypatch.setenv("COVERAGE_CORE", "sysmon")
    found = executed(shop(SIMPLE_GUARDS), *options.split())
    assert found == {name: LINES[name] for name in found}
    assert len(found) == SIMPLE_GUARDS.count("def test_") + 1
