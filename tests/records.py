"""Incident records for tests: a valid one, and a folder of them read with the standard policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_prevention.model import Incident, Incidents, Problem
from pytest_prevention.sources.incidents.reader import read_incidents
from pytest_prevention.sources.policy_file import preset

STANDARD = preset("standard")

VALID = {
    "id": "INC-001",
    "title": "Empty order body returned 500",
    "severity": "SEV2",
    "status": "resolved",
    "started_at": "2024-01-15T10:00:00Z",
    "detected_at": "2024-01-15T10:20:00Z",
    "mitigated_at": "2024-01-15T11:05:00Z",
    "fixed_at": "2024-01-16T09:20:00Z",
    "postmortem_at": "2024-01-17",
    "modules": '["src/orders/**"]',
}


def record(body: str = "", /, **changes: str | None) -> str:
    """A valid record with some keys changed, or left out (None)."""
    keys = {key: value for key, value in {**VALID, **changes}.items() if value is not None}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in keys.items()) + f"---\n{body}"


def read(root: Path, files: Mapping[str, str | bytes], **tree: Any) -> Incidents:
    """What is read from ``incidents/`` with these files, under the standard policy with some of its keys changed."""
    folder = root / "incidents"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_incidents(root, replace(STANDARD, tree={**STANDARD.tree, **tree}))


def read_one(
    root: Path, text: str | bytes, name: str = "INC-001.md", **tree: Any
) -> tuple[Incident, tuple[Problem, ...]]:
    """The one incident of one file, and what is wrong with it."""
    found = read(root, {name: text}, **tree)
    (incident,) = found.records
    return incident, found.problems


def the_problem(root: Path, text: str | bytes, name: str = "INC-001.md", **tree: Any) -> Problem:
    """The one thing that is wrong with one file, whose incident counts all the same."""
    incident, (problem,) = read_one(root, text, name, **tree)
    assert problem.kind == "incident-record-invalid"
    assert problem.subject == incident.id
    assert problem.location.path == f"incidents/{name}"
    assert problem.hint
    return problem
