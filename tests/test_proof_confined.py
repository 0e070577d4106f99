"""What runs in a proof changes nothing outside its own folders, where the kernel can see to that."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_prevention.sources.proof import launch
from tests.proof_runs import A, calls, made, nothing_left, one, ran  # noqa: F401

ABI = launch.landlock_abi()
pytestmark = pytest.mark.skipif(not ABI, reason="this kernel offers no Landlock")

ATTACK = r"""
import ctypes, os, shutil, socket, subprocess
def attack(out, own):
    libc = ctypes.CDLL(None, use_errno=True)
    victim, other, inside = f"{out}/victim", f"{out}/sub/other", f"{own}/inside"
    open(inside, "w").write("bad")
    os.symlink(victim, f"{own}/symlink")
    parent = f"/proc/{os.getppid()}/root"
    def bound():
        with socket.socket(socket.AF_UNIX) as server: server.bind(f"{out}/socket")
    def written(path, mode="w"):
        with open(path, mode) as file: file.write("bad")
    def linked():
        os.link(victim, f"{own}/hard")
        written(f"{own}/hard")
    def mapped():
        file = os.open(victim, os.O_RDWR)
        os.write(file, b"bad")
    for act in [
        lambda: written(victim), lambda: written(victim, "a"), lambda: written(f"{out}/made"), mapped, linked,
        lambda: written(f"{own}/symlink"), lambda: written(f"{own}/../out/victim"),
        lambda: written(f"/proc/self/root{victim}"), lambda: written(f"{parent}{victim}"),
        lambda: os.truncate(victim, 0), lambda: os.open(victim, os.O_RDONLY | os.O_TRUNC),
        lambda: os.rename(inside, victim), lambda: os.rename(victim, other), lambda: os.rename(other, f"{own}/moved"),
        lambda: os.replace(inside, f"{out}/new"), lambda: shutil.move(victim, own), lambda: shutil.copy(inside, victim),
        lambda: os.remove(victim), lambda: os.rmdir(f"{out}/empty"), lambda: shutil.rmtree(f"{out}/sub"),
        lambda: os.mkdir(f"{out}/folder"), lambda: os.symlink("/", f"{out}/link"),
        lambda: os.link(inside, f"{out}/hard"), lambda: os.mkfifo(f"{out}/fifo"), bound,
        lambda: os.mknod(f"{out}/node"),
        lambda: subprocess.run(["sh", "-c", f"echo bad > {victim}; rm -rf {out}/sub; mv {inside} {out}/x"], stderr=-3),
        lambda: subprocess.Popen(["touch", f"{out}/late"], start_new_session=True, stderr=-3).wait(),
        lambda: libc.unlink(victim.encode()), lambda: libc.close(libc.creat(f"{out}/created".encode(), 0o600)),
        lambda: libc.renameat2(-100, victim.encode(), -100, inside.encode(), 2),
    ]:
        try: act()
        except Exception: pass
"""

PLACES = {
    "sitecustomize.py": "a sitecustomize of the tree",
    "early.py": "a plugin that addopts name",
    "conftest.py": "a conftest",
    "shop/orders.py": "a source file",
}


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else "/" for path in sorted(folder.rglob("*"))
    }


def test_hostile_code_changes_nothing_outside(tmp_path: Path) -> None:
    """Wherever it stands, and whatever runs it first; what it wants to change has owners. The proof answers as ever."""
    files = {"pytest.ini": "[pytest]\naddopts = -p early\n", A: "import shop.orders\ndef test_it(): assert 0\n"}
    outside = {}
    for number, place in enumerate(PLACES):
        out = tmp_path / str(number) / "out"
        made(out, {"victim": "safe", "sub/other": "safe"})
        (out / "empty").mkdir()
        outside[out] = content(out)
        files[f"own{number}/ran"] = ""
        files[place] = f"{ATTACK}\nattack({str(out)!r}, {str(tmp_path / 'tree' / f'own{number}')!r})\n"
    tree = made(tmp_path / "tree", files)
    result = ran(tree, watch=("shop/orders.py",))
    assert {number: (tree / f"own{number}/symlink").is_symlink() for number in range(4)} == dict.fromkeys(
        range(4), True
    )
    assert {out: content(out) for out in outside} == outside
    assert calls(result) == {"test_it": "failed"}
    assert result.origins == {"shop/orders.py": str(tree / "shop/orders.py")}


ALLOWED = """
import multiprocessing, os, pathlib, pty, shutil, signal, subprocess, sys, tempfile
from multiprocessing import shared_memory
def test_tree():
    pathlib.Path("a/b").mkdir(parents=True)
    pathlib.Path("a/file").write_text("x")
    os.rename("a/file", "a/b/file")
    shutil.rmtree("a")
def test_places(tmp_path):
    (tmp_path / "f").touch()
    shutil.move(tmp_path / "f", pathlib.Path.home())
    os.rename(pathlib.Path.home() / "f", "f")
def test_devices():
    open("/dev/null", "w").write("x")
    os.close(pty.openpty()[0])
    memory = shared_memory.SharedMemory(create=True, size=10)
    memory.close()
    memory.unlink()
    multiprocessing.get_context("fork").Queue().put(1)
def test_other_processes():
    other = subprocess.Popen([sys.executable, "-c", "open('other', 'w'); import time; time.sleep(60)"])
    other.terminate()
    assert other.wait() == -signal.SIGTERM
def test_reading():
    assert os.listdir("/") and open(os.__file__).read()
def test_signals():
    try: os.kill(os.getppid(), 0)
    except PermissionError: return
    assert ABI < 6
"""


def test_a_test_may_do_what_it_does(tmp_path: Path) -> None:
    """In the tree, in its temporary folder and home, with devices, shared memory and processes of its own."""
    result = ran(made(tmp_path / "tree", {A: f"ABI = {ABI}\n{ALLOWED}"}))
    assert [seen for seen in result.seen if seen.outcome != "passed"] == []
    assert len(calls(result)) == 6


CONFINED = """
import os, sys
from pytest_prevention.sources.proof import launch
abi, own, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
launch.landlock_abi = lambda: abi
launch.confine([own, own + "/is-not-there"])
def can(act):
    try: act()
    except OSError: return ""
    return "x"
os.mkdir(own + "/sub")
open(own + "/file", "w").write("x")
print("move" * bool(can(lambda: os.rename(own + "/file", own + "/sub/file"))))
print("truncate" * bool(can(lambda: os.truncate(out + "/file", 0))))
print("write" * bool(can(lambda: open(out + "/file", "a"))))
print("make" * bool(can(lambda: os.mkdir(out + "/made"))))
"""


@pytest.mark.parametrize("abi", range(8))
def test_older_kernels(tmp_path: Path, abi: int) -> None:
    """Each is asked only for what it knows: version 1 cannot allow moves between folders, truncation came with 3.

    Where there is no Landlock, nothing happens.
    """
    if abi > ABI:
        pytest.skip(f"this kernel offers Landlock {ABI}")
    own, out = made(tmp_path / "own", {}), made(tmp_path / "out", {"file": "x"})
    own.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", CONFINED, str(abi), own, out],
        cwd=Path(launch.__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    everything = {"move", "truncate", "write", "make"}
    expected = {0: everything, 1: {"truncate"}, 2: {"move", "truncate"}}.get(abi, {"move"})
    assert set(done.stdout.split()) == expected


def test_a_confinement_that_fails_runs_nothing(tmp_path: Path) -> None:
    """Half a confinement is none: the process says so and ends."""
    made(tmp_path, {"no_folder": ""})
    job = {"command": ["touch", "ran"], "limits": {"memory_bytes": 1 << 32, "file_bytes": 1}, "writable": ["no_folder"]}
    command = [sys.executable, "-I", launch.__file__, json.dumps(job)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the run of the proof could not be confined" in done.stderr
    assert not (tmp_path / "ran").exists()
