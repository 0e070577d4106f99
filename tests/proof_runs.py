"""Small projects for the run of a proof, and what comes of it in few words."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pytest_prevention.model.proof import Ran, Seen
from pytest_prevention.sources.proof.run import run

LIMIT_SECONDS = 30.0
A = "tests/test_a.py"
PASSING = "def test_it():\n    pass\n"


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Private folders are made below this one, and every test ends with it empty; few plugins, so that it is fast."""
    place = tmp_path / "places"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    yield place
    assert not list(place.iterdir())


def made(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def ran(
    tree: Path,
    *guards: str,
    limit_seconds: float = LIMIT_SECONDS,
    watch: tuple[str, ...] = (),
    overlay: bool = False,
    stubs: bool = False,
) -> Ran:
    """The guards alone."""
    files = list(dict.fromkeys(guard.partition("::")[0] for guard in guards or (A,)))
    return run(
        tree,
        files,
        guards or (A,),
        limit_seconds=limit_seconds,
        watch=watch,
        overlay=overlay,
        stubs=stubs,
        others=0,
    )


def calls(result: Ran) -> dict[str, str]:
    """Outcome by the last part of the node id, of all that is not a passed setup or teardown."""
    return {
        one.nodeid.rpartition("::")[2]: one.outcome
        for one in result.seen
        if one.phase in ("call", "collect") or one.outcome != "passed"
    }


def one(result: Ran, name: str, phase: str = "call") -> Seen:
    (found,) = (seen for seen in result.seen if seen.nodeid.endswith(name) and seen.phase == phase)
    return found


def is_gone(process: int) -> bool:
    """Soon: whoever inherits a killed process may take a moment to bury it."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
