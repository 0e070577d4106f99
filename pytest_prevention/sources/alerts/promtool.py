"""promtool, Prometheus's own judge of rules: found, and run on files of ours in a folder of their own.

Nothing of the user's is handed to it but what stands in these files; it is limited in time, memory and output, and can
write nowhere else (:mod:`..proof.launch`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_prevention.model import Unavailable
from pytest_prevention.sources.proof import launch
from pytest_prevention.sources.proof.process import executed

LIMIT_SECONDS = 30.0
MEMORY_BYTES = 4 << 30  # of addresses, most of which Go only sets aside
FILE_BYTES = 256 << 20
_ANSWERS = (0, 1, 3)  # passed, failed, failed by lint; Go itself ends with 2 where memory is over
NOT_FOUND = Unavailable("promtool not found", "apt-get install --no-install-recommends prometheus")


@dataclass(frozen=True, slots=True)
class Answer:
    """What promtool made of the files; ``passed`` is None where it did not come to an end, and ``text`` says why."""

    passed: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Promtool:
    """One promtool; ``limit_seconds`` is how long one run may take."""

    path: str
    limit_seconds: float = LIMIT_SECONDS

    def test_rules(self, files: Mapping[str, object]) -> Answer:
        """``promtool test rules`` of ``test.json``; ``files`` are values by name, which are written as JSON.

        That it passes says little by itself: it does so without any test, and where nothing is expected of an alert
        that does not exist.
        """
        return self._run(["test", "rules", "test.json"], files)

    def check_rules(self, groups: object) -> Answer:
        """``promtool check rules`` of a rule file with these groups; duplicates are errors."""
        return self._run(["check", "rules", "--lint-fatal", "rules.json"], {"rules.json": {"groups": groups}})

    def _run(self, arguments: Sequence[str], files: Mapping[str, object]) -> Answer:
        with tempfile.TemporaryDirectory(prefix="prevention-", ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            for file, value in files.items():
                (folder / file).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
            done = executed(self._launched(arguments, folder), folder, _environment(folder), self.limit_seconds)
        if not done.in_time:
            return Answer(None, f"promtool took more than {self.limit_seconds:g} s")
        if done.code not in _ANSWERS:
            return Answer(None, f"promtool ended with {done.code}: {done.output[-200:]}")
        return Answer(done.code == 0, done.output)

    def _launched(self, arguments: Sequence[str], folder: Path) -> list[str]:
        limits = {"memory_bytes": MEMORY_BYTES, "file_bytes": FILE_BYTES}
        job = {"command": [self.path, *arguments], "limits": limits, "writable": [str(folder)]}
        return [sys.executable, "-I", "-S", launch.__file__, json.dumps(job)]


def find() -> Promtool | Unavailable:
    """The promtool of PATH, as far as that names folders by their whole path: the folder of a project is none."""
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if Path(folder).is_absolute()]
    path = shutil.which("promtool", path=os.pathsep.join(folders))
    return Promtool(path) if path else NOT_FOUND


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of whoever asks."""
    return {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder)}
