"""One run of guards in one tree: another process, which can neither hang, nor flood, nor leave anything behind.

It re-executes the bug of an incident. What it says is taken from records that it streams (:mod:`.child`), never from
its exit code: a killed run keeps what it had.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import IO

from pytest_prevention.model.proof import End, Ran, Seen

MEMORY_BYTES = 8 << 30  # of addresses, for each process: numeric libraries set aside a lot that they never use
FILE_BYTES = 1 << 30  # the largest file that a test may write, its captured output among them
OUTPUT_BYTES = 4000
PLUGIN = "prevention_proof_child"

_SECRET = re.compile("TOKEN|SECRET|PASS|KEY|CREDENTIAL|AUTH|COOKIE|NETRC|KUBECONFIG", re.IGNORECASE)
_LOGIN = re.compile(r"://[^/@\s]+@")
_OF_ANOTHER_PLACE = ("GIT_", "XDG_")
_OF_ANOTHER_RUN = ("COV_CORE_", "COVERAGE_", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_DEBUG", "PYTEST_XDIST_")
_USAGE, _FINISHED = 4, (0, 1, 5)


def run(
    tree: Path,
    files: Sequence[str],
    guards: Sequence[str],
    *,
    limit_seconds: float,
    watch: Sequence[str] = (),
    python: str = sys.executable,
    overlay: bool = False,
) -> Ran:
    """What becomes of ``guards`` (prefixes of node ids) in these test ``files`` of ``tree``.

    ``watch`` are source files whose origin is told. All paths are relative to the tree; test files that are not there,
    or not inside it, are left out, as one of them would keep pytest from running the others. A test with several
    records of one phase (subtests) is as its worst.

    ``overlay`` is for installs whose own finder comes before the path (:mod:`.overlay`): where an origin is not in the
    tree, run again with it.
    """
    tree = tree.resolve()
    present = [file for file in files if _can_be_given(tree, file)]
    if not present:
        return Ran()
    with tempfile.TemporaryDirectory(prefix="prevention-", ignore_cleanup_errors=True) as folder:
        room = _Room(Path(folder).resolve(), tree)
        import_roots = _import_roots(tree, watch)
        modules = {path: _module(tree, path) for path in watch}
        room.furnish(guards, modules)
        if overlay:
            room.lay_over(modules, import_roots)
        start = time.monotonic()
        # ./ because pytest reads a leading - and @ in its own way
        command = [python, "-m", "pytest", f"--rootdir={tree}", "-p", PLUGIN, *(f"./{file}" for file in present)]
        done = _executed(command, tree, room.environment(import_roots), limit_seconds)
        seen, origins, finish = _read(room.records, tree)
        end = _end(done, seen, finish)
        seconds = time.monotonic() - start
        return Ran(seen, origins, end, "" if end == "finished" else done.output, seconds)


def _can_be_given(tree: Path, file: str) -> bool:
    """Whether it is a file inside the tree, of a name that pytest can take for one."""
    try:
        path = (tree / file).resolve()
        return path.is_file() and path.is_relative_to(tree) and "::" not in file and "[" not in file
    except (OSError, ValueError, RuntimeError):  # a name too long, a NUL in it, links in a loop
        return False


def _package_root(tree: Path, path: str) -> Path:
    """The folder from which a source file is imported: above its topmost package, or ``src``, or the tree."""
    folder = (tree / path).parent
    if not (folder / "__init__.py").is_file():
        return tree / "src" if folder.is_relative_to(tree / "src") else tree
    while folder != tree and (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _module(tree: Path, path: str) -> str:
    """The name under which a source file is imported: ``src/shop/orders.py`` is ``shop.orders``."""
    parts = (tree / path).relative_to(_package_root(tree, path)).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _import_roots(tree: Path, watch: Sequence[str]) -> list[str]:
    """Where the tree's own modules are imported from: ahead of any copy that is installed."""
    src = tree / "src"
    layout = [src] if src.is_dir() and not (src / "__init__.py").is_file() else []
    return list(dict.fromkeys(map(str, [*layout, *(_package_root(tree, path) for path in watch), tree])))


@dataclass(frozen=True, slots=True)
class _Room:
    """A private folder for one run: its plugin, its records, its home, its temporary files."""

    folder: Path
    tree: Path

    @property
    def records(self) -> Path:
        return self.folder / "records"

    def furnish(self, guards: Sequence[str], modules: Mapping[str, str]) -> None:
        """``modules`` are the names of those to watch, by path in the tree."""
        for name in ("plugin", "home", "tmp"):
            (self.folder / name).mkdir()
        self.records.touch()
        job = {
            "records": str(self.records),
            "guards": list(guards),
            "watch": {path: (str(self.tree / path), name) for path, name in modules.items()},
            "memory_bytes": MEMORY_BYTES,
            "file_bytes": FILE_BYTES,
        }
        self._place("child.py", f"{PLUGIN}.py", "job.json", job)

    def lay_over(self, modules: Mapping[str, str], import_roots: Sequence[str]) -> None:
        settings = {
            "packages": [name.partition(".")[0] for name in modules.values()],
            "roots": list(import_roots),
            "absent": [name for path, name in modules.items() if not (self.tree / path).exists()],
        }
        self._place("overlay.py", "sitecustomize.py", "overlay.json", settings)

    def _place(self, source: str, name: str, settings_name: str, settings: Mapping[str, object]) -> None:
        """Copy one of our files for the other process, with what it is to know beside it."""
        shutil.copyfile(Path(__file__).with_name(source), self.folder / "plugin" / name)
        (self.folder / "plugin" / settings_name).write_text(json.dumps(settings), encoding="utf-8")

    def environment(self, import_roots: Sequence[str]) -> dict[str, str]:
        """That of whoever proves, without secrets, git's variables, and what other pytest runs left."""
        kept = {name: value for name, value in os.environ.items() if not _is_left_out(name, value)}
        old = [kept["PYTHONPATH"]] if kept.get("PYTHONPATH") else []  # an empty part would be the working directory
        places = dict.fromkeys(("HOME", "USERPROFILE"), str(self.folder / "home"))
        places |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.folder / "tmp"))
        ours = {
            "PYTHONPATH": os.pathsep.join([*import_roots, str(self.folder / "plugin"), *old]),
            "PYTHONDONTWRITEBYTECODE": "1",  # same size, same second: a stale .pyc would be believed
            "PYTHONUNBUFFERED": "1",  # what a killed run printed last
            "PYTHONUSERBASE": site.getuserbase(),  # is found through HOME
            "GIT_CEILING_DIRECTORIES": os.pathsep.join([str(self.tree.parent), str(self.folder)]),
        }
        return kept | ours | places


def _is_left_out(name: str, value: str) -> bool:
    if name.startswith((*_OF_ANOTHER_PLACE, *_OF_ANOTHER_RUN)):
        return True
    return bool(_SECRET.search(name) or _LOGIN.search(value))


@dataclass(slots=True)
class _Done:
    """How the process ended; ``code`` is negative where a signal ended it. ``output`` is the end of what it printed."""

    code: int
    in_time: bool
    output: str


def _executed(command: Sequence[str], folder: Path, environment: Mapping[str, str], limit_seconds: float) -> _Done:
    with _process_group(command, folder, environment) as (process, tail):
        try:
            code, in_time = process.wait(limit_seconds), True
        except subprocess.TimeoutExpired:
            code, in_time = -signal.SIGKILL, False
    return _Done(code, in_time, tail.text())


@contextmanager
def _process_group(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], _Tail]]:
    """A process in a group of its own, all of which is killed in the end, whatever happens meanwhile."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        bufsize=0,
    )
    tail = _Tail(process.stdout or BytesIO())
    reader = Thread(target=tail.read, daemon=True)
    try:
        reader.start()
        yield process, tail
    finally:
        _kill_group(process)
        process.wait()
        reader.join(timeout=2)  # at once, unless one that left the group holds on to the output


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        """Nobody is left; macOS says the latter where the dead are not buried yet."""


@dataclass(slots=True)
class _Tail:
    """Reads all of a stream, however much, and keeps its end."""

    stream: IO[bytes]
    kept: bytearray = field(default_factory=bytearray)

    def read(self) -> None:
        with self.stream:
            while chunk := self.stream.read(1 << 16):
                self.kept += chunk
                del self.kept[:-OUTPUT_BYTES]

    def text(self) -> str:
        return bytes(self.kept).decode("utf-8", "replace").strip()


def _read(records: Path, tree: Path) -> tuple[tuple[Seen, ...], dict[str, str], int | None]:
    """What was seen, the origins, and the exit status of the session if it came to its end.

    A line cut short at the end is that of a killed run; after any other that cannot be read, nothing is believed. A
    source file loaded from two places is told by the foreign one.
    """
    seen: list[Seen] = []
    origins: dict[str, str] = {}
    for line in records.read_bytes().split(b"\n")[:-1]:
        try:
            word, *fields = json.loads(line)
            if word == "finish":
                return tuple(seen), origins, fields[0]
            if word == "seen":
                seen.append(Seen(*fields))
            else:
                path, file = fields
                if origins.get(path, str(tree / path)) == str(tree / path):
                    origins[path] = file
        except (TypeError, ValueError, IndexError):
            break
    return tuple(seen), origins, None


def _end(done: _Done, seen: Sequence[Seen], finish: int | None) -> End:
    if not done.in_time:
        return "timeout"
    if done.code == _USAGE and all(one.phase == "collect" for one in seen):
        return "usage"
    return "finished" if finish in _FINISHED else "crashed"
