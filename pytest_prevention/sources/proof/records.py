"""What the other process wrote down of a run, line by line (:mod:`.child`), read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_prevention.model.proof import Seen


@dataclass(slots=True)
class Records:
    """The records of one process. ``running`` is the test that began and did not end; empty: none.

    ``started`` holds that one too. ``finish`` is the exit status of the session if it came to its end.
    """

    seen: list[Seen] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    running: str = ""
    memory_bytes: int | None = None
    finish: int | None = None


def read(lines: bytes, tree: Path) -> Records:
    """A line cut short at the end is that of a killed run; after any other that cannot be read, nothing is believed."""
    records = Records()
    for line in lines.split(b"\n")[:-1]:
        try:
            word, *fields = json.loads(line)
            _take(records, word, fields, tree)
        except (TypeError, ValueError, IndexError):
            break
        if records.finish is not None:
            break
    return records


def _take(records: Records, word: str, fields: list[object], tree: Path) -> None:
    match word, fields:
        case "seen", [*of_a_test]:
            records.seen.append(Seen(*of_a_test))  # type: ignore[arg-type]
        case "origin", [str(path), str(file)]:
            keep_origin(records.origins, path, file, tree)
        case "start", [str(nodeid)]:
            records.started.append(nodeid)
            records.running = nodeid
        case "stop", []:
            records.running = ""
        case "memory", [int(size)]:
            records.memory_bytes = size
        case "finish", [int(status)]:
            records.finish = status
        case _:
            raise ValueError(word)


def keep_origin(origins: dict[str, str], path: str, file: str, tree: Path) -> None:
    """A source file loaded from two places is told by the foreign one."""
    if origins.get(path, str(tree / path)) == str(tree / path):
        origins[path] = file


def joined_origins(runs: list[Mapping[str, str]], tree: Path) -> dict[str, str]:
    origins: dict[str, str] = {}
    for one in runs:
        for path, file in one.items():
            keep_origin(origins, path, file, tree)
    return origins
