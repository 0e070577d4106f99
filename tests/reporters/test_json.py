"""The JSON report: described by its schema, lossless, the same bytes every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_prevention.model import NO_RUN, Backlog, Incidents, Unavailable
from pytest_prevention.reporters import REPORTERS, Report
from tests.reporters.samples import EVIL, hostile, ordinary

ROOT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "schema" / "report.schema.json").read_text(encoding="utf-8"))


def closed(schema: Any) -> Any:
    """The schema with no room for keys that it does not describe."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    return {"additionalProperties": False, **parts} if isinstance(schema.get("properties"), dict) else parts


def bare(report: Report, **sources: Any) -> Report:
    return replace(report, facts=replace(report.facts, **sources), verdict=None)


GONE = Unavailable("gone")
REPORTS = {
    "ordinary": ordinary(),
    "hostile": hostile(),
    "no run": bare(ordinary(), run=NO_RUN),
    "nothing recorded": bare(ordinary(), incidents=Incidents(), backlog=Backlog()),
    "nothing readable": bare(ordinary(), incidents=GONE, backlog=GONE, links=GONE),
    "long ago": bare(ordinary(), as_of=ordinary().facts.as_of - timedelta(days=999)),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_key_is_described_by_the_schema(report: Report) -> None:
    jsonschema.Draft7Validator(closed(SCHEMA)).validate(json.loads(REPORTERS["json"](report)))


def test_the_schema_is_one_and_describes_each_of_its_keys() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)

    def undescribed(schema: Any, path: str) -> list[str]:
        found = []
        for name, part in schema.get("properties", {}).items():
            if "description" not in part and "$ref" not in part:
                found.append(f"{path}/{name}")
            found += undescribed(part, f"{path}/{name}")
        return found

    assert not undescribed(SCHEMA, "")
    for name, part in SCHEMA["definitions"].items():
        assert part.get("description"), name
        assert not undescribed(part, name)


def test_room_is_left_for_keys_to_come() -> None:
    data = json.loads(REPORTERS["json"](ordinary()))
    data["to_come"] = {}
    data["indicators"]["lagging"]["to_come"] = {"n": 1}
    jsonschema.Draft7Validator(SCHEMA).validate(data)


def nulls_without_reason(data: Any, path: str = "") -> list[str]:
    if isinstance(data, list):
        return [hit for part in data for hit in nulls_without_reason(part, path)]
    if not isinstance(data, dict):
        return []
    bad = [f"{path}/{name}" for name, part in data.items() if part is None and not data.get("reason")]
    bad += [f"{path}/reason" for part in [data.get("reason")] if part == ""]
    return bad + [hit for name, part in data.items() for hit in nulls_without_reason(part, f"{path}/{name}")]


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_figure_that_cannot_be_had_is_null_with_a_reason(report: Report) -> None:
    data = json.loads(REPORTERS["json"](report))
    assert nulls_without_reason([data["indicators"], data["patterns"]]) == []


def test_without_sources_each_part_says_why() -> None:
    data = json.loads(REPORTERS["json"](REPORTS["nothing readable"]))
    assert data["incidents"] == {"unavailable": "gone"}
    assert data["indicators"]["leading"]["actions_completed"] == {"unavailable": "gone"}


def test_texts_are_kept_as_they_are_and_yet_do_not_act() -> None:
    text = REPORTERS["json"](hostile())
    assert text.isascii()
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "##[" not in text
    data = json.loads(text)
    assert data["incidents"][0]["title"] == EVIL
    assert data["verdict"]["findings"][0]["fact"] == EVIL


def test_a_guard_that_met_several_tests_is_told_with_each() -> None:
    guards = json.loads(REPORTERS["json"](ordinary()))["incidents"][0]["guards"]
    assert [(guard["test"], guard["outcome"]) for guard in guards] == [
        ("tests/test_orders.py::test_empty_body", "passed")
    ]


def test_without_a_run_a_guard_has_no_outcome_and_says_why() -> None:
    (guard,) = json.loads(REPORTERS["json"](REPORTS["no run"]))["incidents"][0]["guards"]
    assert (guard["outcome"], guard["reason"]) == (None, "no tests were run here")


PROGRAM = """
import locale, sys
from tests.reporters.samples import hostile, ordinary
from pytest_prevention.reporters import REPORTERS, findings_text
locale.setlocale(locale.LC_ALL, "")
for report in (ordinary(), hostile()):
    for render in REPORTERS.values():
        sys.stdout.buffer.write(render(report).encode())
    sys.stdout.buffer.write(findings_text(report.verdict).encode())
"""


def test_every_format_gives_the_same_bytes_in_any_environment() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": place},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone, place in [("1", "Pacific/Auckland", "C"), ("2", "America/New_York", "C.UTF-8")]
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0]
