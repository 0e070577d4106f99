"""Data of our own, of the same form as the worked case: the report equals what other packages compute of them.

One repository lies in ``tests/data/second``, as files and with its expected figures. More of them are made from seeds,
with other zones, sizes, policies and histories, and held against the same program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.cli import main
from tests.data.second import make
from tests.histories import DAY, writing
from tests.repositories import TIME
from tests.statistics.oracles import differences, oracle

HERE = Path(make.__file__).parent
DATA: dict[str, Any] = json.loads((HERE / "data.json").read_text(encoding="utf-8"))
EXPECTED: dict[str, Any] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
NOT_COMPUTED = {"reason", "verified", "claimed", "source", "incident_prone_coverage", "monitoring_coverage"}
"""Words, what rests on evidence and not on records, and coverage, which tests of their own hold."""
SEEDS = range(6)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(DATA, tmp_path_factory.mktemp("second") / "repository")


def built(data: Mapping[str, Any], root: Path) -> Path:
    """The files of the data, in a git repository with its commits where there are any."""
    if data["commits"]:
        with writing(root) as writer:
            for number, one in enumerate(data["commits"]):
                day = (datetime.fromisoformat(one["at"]).timestamp() - TIME + 0.5) / DAY
                writer.commit({file: f"{file} = {number}\n" for file in one["files"]}, day=day)
    make.write(data, root)
    return root


def report(root: Path, as_of: str) -> Any:
    """Indicators and patterns as the command tells them."""
    output = root / "report.json"
    assert main(["report", "--root", str(root), "--as-of", as_of, "--output", str(output)]) == 0
    told = json.loads(output.read_text(encoding="utf-8"))
    return {name: told[name] for name in ("indicators", "patterns")}


def figures(tree: Any) -> Any:
    """Without what was not computed; what is unavailable is so for whatever reason."""
    if isinstance(tree, dict):
        if "unavailable" in tree:
            return "unavailable"
        return {key: figures(inner) for key, inner in tree.items() if key not in NOT_COMPUTED}
    return [figures(one) for one in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize("as_of", EXPECTED)
def test_the_report_is_what_other_packages_compute(repository: Path, as_of: str) -> None:
    """Every place of both, at 1e-9."""
    assert not [*differences(EXPECTED[as_of], figures(report(repository, as_of)))]


@pytest.mark.parametrize("as_of", EXPECTED)
def test_every_null_has_a_reason_beside_it(repository: Path, as_of: str) -> None:
    assert not [*bare_nulls(report(repository, as_of))]


def bare_nulls(tree: Any, place: str = "") -> list[str]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    own = [
        f"{place}/{key}"
        for key, value in inner
        if value is None and not (isinstance(tree, dict) and tree.get("reason"))
    ]
    return own + [found for key, value in inner for found in bare_nulls(value, f"{place}/{key}")]


def test_the_data_are_what_the_seed_makes(tmp_path: Path) -> None:
    made = make.data(make.SEED)
    make.write(made, tmp_path)
    assert json.loads(json.dumps(made)) == DATA
    assert contents(tmp_path) == contents(HERE / "case")


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.mark.filterwarnings("ignore")
def test_other_packages_still_compute_what_is_expected() -> None:
    assert not [*differences(EXPECTED, json.loads(json.dumps(computed(DATA))))]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", SEEDS)
def test_other_repositories_too(tmp_path: Path, seed: int) -> None:
    data = make.data(seed)
    root, expected = built(data, tmp_path / "repository"), json.loads(json.dumps(computed(data)))
    told = {as_of: figures(report(root, as_of)) for as_of in data["as_of"]}
    assert not [*differences(expected, told)]


def computed(data: Mapping[str, Any]) -> Any:
    """By the program beside the data; the test is skipped where one of the packages is not installed."""
    for name in ("numpy", "scipy.stats", "lifelines", "statsmodels.stats.multitest"):
        oracle(name)
    from tests.data.second import compute

    return compute.expected(data)
