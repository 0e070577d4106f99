"""What code executes while it is measured, without pytest in between."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from coverage import Coverage

from pytest_prevention.sources.tracing import Tracing

pytestmark = pytest.mark.skipif(
    Coverage.current() is not None or sys.gettrace() is not None, reason="something else measures these tests"
)


def function(path: Path) -> Callable[[], int]:
    """A function in a new file, whose body is line 2."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("def answer():\n    return 42\n")
    spec = spec_from_file_location("answers_of_a_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[], int] = module.answer
    return found


@pytest.mark.parametrize("name", ["orders.py", "a[b]*?{c}+d ü/x.py", "[/x.py"])
def test_a_file_of_any_name_is_measured(tmp_path: Path, name: str) -> None:
    """coverage.py takes names for patterns."""
    answer = function(tmp_path / name)
    tracing = Tracing(tmp_path, [name])
    tracing.start("test_a.py::test_a")
    answer()
    assert tracing.executed() == ({"test_a.py::test_a": {name: frozenset({2})}}, [])


def test_a_file_beside_that_fits_the_pattern_is_not_told(tmp_path: Path) -> None:
    function(tmp_path / "a[.py")
    answer = function(tmp_path / "ab.py")
    tracing = Tracing(tmp_path, ["a[.py"])
    tracing.start("test_a.py::test_a")
    answer()
    assert tracing.executed() == ({"test_a.py::test_a": {}}, [])


def test_what_runs_between_guards_counts_for_none(tmp_path: Path) -> None:
    answer = function(tmp_path / "orders.py")
    tracing = Tracing(tmp_path, ["orders.py"])
    answer()
    for guard in ("test_a.py::test_a", "test_a.py::test_b"):
        tracing.start(guard)
        tracing.stop()
        answer()
    assert tracing.executed() == ({"test_a.py::test_a": {}, "test_a.py::test_b": {}}, [])
    assert Coverage.current() is None
    assert sys.gettrace() is None


def test_a_guard_of_an_odd_name_is_told_by_that_name(tmp_path: Path) -> None:
    """A file name that is not UTF-8 stands in a node id as half a surrogate, which no database takes."""
    answer = function(tmp_path / "orders.py")
    tracing = Tracing(tmp_path, ["orders.py"])
    tracing.start("test_\udcff.py::test|a")
    answer()
    assert tracing.executed() == ({"test_\udcff.py::test|a": {"orders.py": frozenset({2})}}, [])


@pytest.mark.parametrize("core", ["ctrace", "pytrace"])
def test_a_guard_that_sets_a_tracer_is_not_measured(tmp_path: Path, core: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the tracer stays, as it would without us."""

    def tracer(*_: object) -> None:
        pass

    monkeypatch.setenv("COVERAGE_CORE", core)
    tracing = Tracing(tmp_path, ["orders.py"])
    tracing.start("test_a.py::test_a")
    sys.settrace(tracer)
    tracing.stop()
    left = sys.gettrace()
    sys.settrace(None)
    executed, (gap,) = tracing.executed()
    assert left is tracer
    assert executed == {}
    assert "another tracer" in gap.reason


def test_a_tracer_of_new_threads_stays(tmp_path: Path) -> None:
    """coverage.py would take it away."""

    def tracer(*_: object) -> None:
        pass

    threading.settrace(tracer)
    try:
        tracing = Tracing(tmp_path, ["orders.py"])
        tracing.start("test_a.py::test_a")
        executed, (gap,) = tracing.executed()
        assert threading.gettrace() is tracer
    finally:
        threading.settrace(None)
    assert executed == {}
    assert "another tracer" in gap.reason


def test_a_coverage_that_a_guard_leaves_running_is_the_reason(tmp_path: Path) -> None:
    """Ours cannot be stopped below it, and what it sees is not told."""
    answer = function(tmp_path / "orders.py")
    tracing, inner = Tracing(tmp_path, ["orders.py"]), Coverage(data_file=None, config_file=False)
    tracing.start("test_a.py::test_a")
    inner.start()
    answer()
    tracing.stop()
    tracing.start("test_a.py::test_b")
    inner.stop()
    executed, gaps = tracing.executed()
    assert executed == {}
    assert [gap.reason for gap in gaps] == ["a test left a coverage.py of its own running"]
    assert Coverage.current() is None


def test_nothing_that_ran_is_nothing_measured(tmp_path: Path) -> None:
    tracing = Tracing(tmp_path, ["orders.py"])
    tracing.stop()
    assert tracing.executed() == ({}, [])


def test_what_coverage_cannot_do_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests go on; the first line of what coverage.py says is told."""
    monkeypatch.setenv("COVERAGE_CORE", "no-such-core")
    tracing = Tracing(tmp_path, ["orders.py"])
    tracing.start("test_a.py::test_a")
    executed, (gap,) = tracing.executed()
    assert executed == {}
    assert gap.reason.startswith("coverage.py cannot tell what guards execute: ")
    assert "no-such-core" in gap.reason
