"""Proofs that are interrupted, or stopped from another thread, leave neither processes nor folders behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_prevention.sources.proof.process import Stopped, stop_all, stopping
from tests.proof_runs import LIMIT_SECONDS, PASSING, A, is_gone, made, nothing_left, ran  # noqa: F401

HANGS = """
import os, subprocess, sys, time
def test_it(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open("writing", "w").write(f"{os.getpid()} {other.pid}")
    os.rename("writing", "pids")
    time.sleep(600)
"""

PROVER = """
import signal, sys, tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pytest_prevention.sources.proof.process import stopping
from pytest_prevention.sources.proof.run import run
place, *trees = map(Path, sys.argv[1:])
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
tempfile.tempdir = str(place)
def prove(tree):
    with tempfile.TemporaryDirectory():
        run(tree, ["tests/test_a.py"], ["tests/test_a.py"], limit_seconds=100)
        (tree / "went on").touch()
try:
    with ThreadPoolExecutor(2) as pool, stopping():
        for _ in pool.map(prove, trees): pass
except KeyboardInterrupt:
    sys.exit(7)
"""


@pytest.fixture(autouse=True)
def may_start() -> Iterator[None]:
    """Whatever a test stopped, the next one may run."""
    yield
    with stopping():
        pass


def started(*trees: Path) -> list[int]:
    """The processes that these trees' tests told of, as soon as they have."""
    end = time.monotonic() + LIMIT_SECONDS
    while not all((tree / "pids").is_file() for tree in trees):
        assert time.monotonic() < end, "the proofs do not start"
        time.sleep(0.02)
    return [int(number) for tree in trees for number in (tree / "pids").read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(tmp_path: Path, nothing_left: Path, number: signal.Signals) -> None:  # noqa: F811
    """In all threads: what runs is killed with all that it started, what waits never starts, folders are gone."""
    trees = [made(tmp_path / name, {A: HANGS}) for name in ("one", "two", "three", "four")]
    command = [sys.executable, "-c", PROVER, str(nothing_left), *map(str, trees)]
    prover = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    try:
        processes = started(*trees[:2])
        prover.send_signal(number)
        assert prover.wait(LIMIT_SECONDS) == 7
    finally:
        prover.kill()
    assert all(is_gone(process) for process in processes)
    assert not any((tree / "pids").exists() for tree in trees[2:])
    assert not any((tree / "went on").exists() for tree in trees)


def test_stopped_from_another_thread(tmp_path: Path) -> None:
    """The run that was stopped has no result: nobody may take it for a crash of the tree."""
    tree = made(tmp_path / "tree", {A: HANGS})
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(ran, tree)
        processes = started(tree)
        stop_all()
        assert isinstance(result.exception(LIMIT_SECONDS), Stopped)
    assert all(is_gone(process) for process in processes)


def test_after_the_stop_nothing_starts(tmp_path: Path) -> None:
    """Until somebody begins anew."""
    tree = made(tmp_path / "tree", {A: "open('ran', 'w')\n" + PASSING})
    with pytest.raises(KeyError), stopping():
        raise KeyError
    with pytest.raises(Stopped):
        ran(tree)
    assert not (tree / "ran").exists()
    with stopping():
        assert ran(tree).end == "finished"
    assert ran(tree).end == "finished", "a block that ends as it should stops nothing"


def test_signals_are_as_before() -> None:
    """What somebody else handles or ignores (nohup) stays so, and after the block all is as it was."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping():
            assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, old)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before
    with ThreadPoolExecutor(1) as pool:  # where no signals can be handled

        def guarded() -> None:
            with stopping():
                pass

        pool.submit(guarded).result()
