"""The other processes of proofs: each in a group of its own, which is killed in the end, whatever happens meanwhile.

Several threads may run them. :func:`stopping` sees to it that an interrupted program leaves none behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO

OUTPUT_BYTES = 4000


class Stopped(Exception):
    """Proofs were stopped: what ran was killed, and nothing is started any more."""


@dataclass(frozen=True, slots=True)
class Done:
    """How the process ended; ``code`` is negative where a signal ended it. ``output`` is the end of what it printed."""

    code: int
    in_time: bool
    output: str


def executed(command: Sequence[str], folder: Path, environment: Mapping[str, str], limit_seconds: float) -> Done:
    """Run it in ``folder`` to its end or to the limit. Raises Stopped, before or in the middle of it."""
    with _group(command, folder, environment) as (process, tail):
        try:
            code, in_time = process.wait(limit_seconds), True
        except subprocess.TimeoutExpired:
            code, in_time = -signal.SIGKILL, False
    if _processes.stopped:
        raise Stopped
    return Done(code, in_time, tail.text())


def stop_all() -> None:
    """Kill all that runs, in whatever thread it was started; until the next :func:`stopping`, nothing is started."""
    _processes.stop()


@contextmanager
def stopping() -> Iterator[None]:
    """Where the block is left by an exception, Ctrl-C among them, :func:`stop_all`.

    In the main thread SIGTERM and SIGHUP interrupt the block like Ctrl-C: Python would end at once, cleaning up
    nothing. A pool of threads belongs around it, since it waits for its threads: ``with Pool() as pool, stopping():``.
    """
    _processes.stopped = False
    with _heard(signal.SIGTERM, signal.SIGHUP):
        try:
            yield
        except BaseException:
            stop_all()
            raise


@contextmanager
def _heard(*signals: signal.Signals) -> Iterator[None]:
    """These signals raise KeyboardInterrupt, unless somebody handles or ignores them already."""
    if threading.current_thread() is not threading.main_thread():  # only there handlers can be set
        yield
        return
    free = [number for number in signals if signal.getsignal(number) is signal.SIG_DFL]
    for number in free:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in free:
            signal.signal(number, signal.SIG_DFL)


@dataclass(slots=True)
class _Processes:
    """Those alive, in all threads."""

    alive: set[subprocess.Popen[bytes]] = field(default_factory=set)
    stopped: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self.lock:  # else one could start behind the back of stop()
            if self.stopped:
                raise Stopped
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
            self.alive.add(process)
            return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        _kill_group(process)
        process.wait()
        with self.lock:
            self.alive.discard(process)

    def stop(self) -> None:
        with self.lock:
            self.stopped = True
            for process in self.alive:
                _kill_group(process)


_processes = _Processes()


@contextmanager
def _group(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], _Tail]]:
    process = _processes.start(command, folder, environment)
    tail = _Tail(process.stdout or BytesIO())
    reader = threading.Thread(target=tail.read, daemon=True)
    try:
        reader.start()
        yield process, tail
    finally:
        _processes.end(process)
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
