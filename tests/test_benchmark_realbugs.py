"""The program that holds proofs against real bugs: what it asks, where, and what it makes of the answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.realbugs import (
    CONTROLS,
    TESTS,
    Answered,
    Asked,
    BenchmarkError,
    asked_of,
    chosen,
    commands,
    lay_out,
    nodeids,
    read,
    repository,
    stands,
    summary,
    write,
)
from pytest_prevention.proofs import guards_of
from pytest_prevention.session import read_project

INSTALL = "python3.11 -m venv V && V/bin/pip install pytest==8.4.2 'hypothesis' 'setuptools<80'"
BUG: dict[str, Any] = {
    "id": "shop-1",
    "project": "shop",
    "repo": "acme/shop",
    "fix": "a" * 40,
    "date": "2024-01-01T00:00:00Z",
    "f2p": ["tests/test_shop.py::test_total[a]", "tests/test_shop.py::test_total[b]"],
    "negatives": [{"nodeid": "tests/test_shop.py::test_other[a|b]"}],
    "install": INSTALL,
    "verdict": "ok",
}


def test_an_install_text_becomes_commands_without_a_shell() -> None:
    """V stands for the environment; what a shell would quote is one word, and no word is run for it."""
    place = Path("/env")
    (made, installed) = commands("python3.11 -m venv V && A=1 V/bin/pip install 'x<2' '$(rm -rf /)' VV", place)
    assert made[1][1:] == ["-m", "venv", "/env"]
    assert installed == ({"A": "1"}, ["/env/bin/pip", "install", "x<2", "$(rm -rf /)", "VV"])


def test_a_python_that_is_not_here_is_the_one_that_runs() -> None:
    """Another machine has another version, and the environment is made all the same."""
    ((_, words),) = commands("python9.99 -m venv V", Path("/env"))
    assert words == [sys.executable, "-m", "venv", "/env"]


@pytest.mark.parametrize("install", ["rm -rf V", "", "V/bin/pip install x &&", "A=1", "/bin/sh -c V"])
def test_what_is_neither_a_python_nor_in_the_environment_is_not_run(install: str) -> None:
    """The text comes from a file of others."""
    with pytest.raises(BenchmarkError):
        list(commands(install, Path("/env")))


@pytest.mark.parametrize("kind", ["acme+shop/repo/HEAD", "shop/.git/HEAD"])
def test_a_repository_is_a_mirror_or_a_clone(tmp_path: Path, kind: str) -> None:
    """By owner and name, or by the name of the project."""
    with pytest.raises(BenchmarkError, match="no repository"):
        repository(BUG, tmp_path)
    (tmp_path / kind).parent.mkdir(parents=True)
    (tmp_path / kind).touch()
    assert str(tmp_path / kind).startswith(str(repository(BUG, tmp_path)))


def test_tests_count_by_function_and_controls_by_node_id() -> None:
    """One parameter that fails is enough."""
    assert nodeids(BUG) == (["tests/test_shop.py::test_total"], ["tests/test_shop.py::test_other[a|b]"])


@pytest.mark.parametrize(
    ("nodeid", "is_there"),
    [
        ("test_a.py::test_one[x::y]", True),
        ("test_a.py::TestA::test_two", True),
        ("test_a.py::TestA::test_one", False),
        ("test_a.py::test_two", False),
        ("test_a.py::value::test_two", False),
        ("test_a.py", False),
        ("test_broken.py::test_one", False),
        ("test_gone.py::test_one", False),
    ],
)
def test_a_test_stands_where_its_function_is_defined(tmp_path: Path, nodeid: str, is_there: bool) -> None:
    """In the same file and class, whatever its parameters."""
    text = "value = 1\ndef test_one(): ...\nclass TestA:\n    async def test_two(self): ...\n"
    (tmp_path / "test_a.py").write_text(text)
    (tmp_path / "test_broken.py").write_text("def test_one(:\n")
    assert stands(tmp_path, nodeid) is is_there


PARAMETERS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="`[]"), min_size=1)


@given(st.lists(PARAMETERS, max_size=3, unique=True))
def test_what_is_laid_out_is_what_the_proofs_ask(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    """Node ids come through the table whole: also pipes, backslashes and all else that Markdown reads its own way."""
    root = tmp_path_factory.mktemp("clone")
    (root / "incidents").mkdir()
    (root / "incidents" / "INC-009.md").write_text("the project's own")
    (root / "tests").mkdir()
    (root / "tests/test_shop.py").write_text("def test_total(): ...\n\n\ndef test_other(): ...\n")
    controls = [f"tests/test_shop.py::test_other[{name}]" for name in names]
    lay_out(root, BUG, ["tests/test_shop.py::test_total"], controls)
    asked = guards_of(read_project(root))
    assert asked == {TESTS: ["tests/test_shop.py::test_total"], CONTROLS: sorted(controls)}


def test_what_no_proof_speaks_of_was_not_asked() -> None:
    """It is neither proven nor forgotten."""
    told = {"verdict": "proven", "method": "old-tree", "grade": "assertion", "reason": "", "excerpt": "assert 1"}
    proven, lost = asked_of(["a", "b"], {"a": told})
    assert proven == Asked("a", "proven", "old-tree", "assertion", "", "assert 1")
    assert (lost.verdict, lost.is_proven) == ("not-asked", False)


def test_the_first_bugs_of_each_project_are_its_oldest() -> None:
    """The limit holds for each project, and others are left out."""
    some = [{**BUG, "id": f"{name}-{day}", "project": name, "date": day} for name in "ab" for day in ("2", "1", "3")]
    assert [bug["id"] for bug in chosen(some, None, 2)] == ["a-1", "a-2", "b-1", "b-2"]
    assert [bug["id"] for bug in chosen(some, ["b"], None)] == ["b-1", "b-2", "b-3"]


PROVEN, WEAK = Asked("t.py::test_a", "proven"), Asked("t.py::test_b", "proven-weak")
PASSING, UNKNOWN = Asked("t.py::test_c", "not-proven"), Asked("t.py::test_d", "inconclusive", reason="flaky")


def test_the_table_counts_tests_bugs_and_controls() -> None:
    """A weak proof counts and is told; a control that is called proven is named, and so is a test that passes."""
    found = [
        Answered("shop-1", "shop", "chain", False, 2.0, (PROVEN, WEAK, PASSING), (UNKNOWN, PROVEN)),
        Answered("shop-2", "shop", "chain", False, 4.0, (UNKNOWN,), (PASSING,)),
        Answered("shop-3", "shop", "chain", False, 9.0),
    ]
    lines = list(summary(found))
    row = next(line for line in lines if line.startswith("chain"))
    assert row.split() == ["chain", "2/4", "50%", "1", "1", "1/2", "50%", "1/3", "3.0", "4.0"]
    assert [line.split() for line in lines if line.startswith("  ")][-2:] == [
        ["flaky", "1", "chain"],
        ["not-proven", "1", "chain"],
    ]
    assert "false proven: shop-1 t.py::test_a (chain)" in lines
    assert "tests that are not proven: shop-1 t.py::test_c (chain)" in lines


def test_what_could_not_be_asked_and_what_cannot_be_imported_stand_apart() -> None:
    """Neither lowers the share of the others."""
    found = [
        Answered("shop-1", "shop", "chain", False, 2.0, (PROVEN,)),
        Answered("shop-2", "shop", "chain", True, 2.0, (UNKNOWN,)),
        Answered("shop-3", "shop", "chain", False, error="no environment"),
    ]
    lines = list(summary(found))
    assert [line.split()[1] for line in lines if line.startswith("chain")] == ["1/1", "0/1"]
    assert "could not be asked: shop-3 (chain): no environment" in lines


def test_what_was_found_is_kept(tmp_path: Path) -> None:
    """A run that was stopped goes on from there."""
    file = tmp_path / "found.json"
    assert read(file) == []
    found = [Answered("shop-1", "shop", "chain", False, 2.0, (PROVEN, WEAK), (UNKNOWN,))]
    write(file, found)
    assert read(file) == found
    assert [one["bug"] for one in json.loads(file.read_text())["answers"]] == ["shop-1"]
    assert list(tmp_path.iterdir()) == [file]
