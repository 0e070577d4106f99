"""The worked case: what we compute equals what other people's statistics packages computed from the same files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.model import Facts
from pytest_prevention.reporters import REPORTERS, Report
from pytest_prevention.rules import ALL_RULES
from pytest_prevention.sources.backlog.reader import read_backlog
from pytest_prevention.sources.incidents.reader import read_incidents
from pytest_prevention.sources.policy_file import load_policy

DATA = Path(__file__).parent / "data" / "golden"
EXPECTED: dict[str, Any] = json.loads((DATA / "expected" / "golden.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def indicators() -> Any:
    """The indicators of the case as its JSON report holds them."""
    root = DATA / "case"
    policy = load_policy(root, codes=[rule.code for rule in ALL_RULES])
    incidents = read_incidents(root, policy)
    backlog = read_backlog(root, policy, incidents)
    facts = Facts(as_of=datetime(2024, 7, 1, tzinfo=UTC), incidents=incidents, backlog=backlog)
    return json.loads(REPORTERS["json"](Report(facts, policy)))["indicators"]


def numbers(keys: list[str]) -> list[int]:
    return [int(key.partition("#")[2]) for key in keys]


def test_completion(indicators: Any) -> None:
    figures, expected = indicators["leading"]["actions_completed"], EXPECTED["m1_completion"]
    assert [figures["done"], figures["total"]] == [expected["all"]["k"], expected["all"]["n"]]
    assert figures["share"] == pytest.approx(expected["all"]["share"], abs=1e-9)
    assert figures["dropped"] == expected["dropped"]
    assert figures["by_priority"] == {
        name: {"done": expected[name]["k"], "total": expected[name]["n"]} for name in ("P1", "P2", "P3")
    }


def test_actions_to_look_at(indicators: Any) -> None:
    figures = indicators["leading"]["actions_completed"]
    assert numbers(figures["overdue"]) == EXPECTED["m1_overdue"]
    assert numbers(figures["stale"]) == EXPECTED["m1_stale_over_14d"]
    assert numbers(figures["no_due"]) == EXPECTED["m1_no_due"]
    assert figures["on_time"] == {"done": EXPECTED["m1_done_on_time"]["k"], "total": EXPECTED["m1_done_on_time"]["n"]}


def test_time_to_complete(indicators: Any) -> None:
    figures, expected = indicators["leading"]["time_to_complete"], EXPECTED["m2_time_to_complete"]
    days, events = EXPECTED["m2_input"]["days"], EXPECTED["m2_input"]["event"]
    pairs = list(zip(days, events, strict=True))
    assert list(figures["values"].values()) == [day for day, done in pairs if done]
    assert list(figures["waiting"].values()) == [day for day, done in pairs if not done]
    assert [figures["completed"], figures["open"]] == [9, 6]
    assert figures["median_of_completed"] == expected["naive_median_done_only"]
    assert figures["within_target"]["days"] == 14
    assert figures["within_target"]["share"] == pytest.approx(expected["done_within_14d_km"], abs=1e-9)


def test_incidents_per_month(indicators: Any) -> None:
    figures = indicators["lagging"]["incident_count"]
    assert figures["by_month"] == EXPECTED["m5_counts"]
    assert figures["total"] == EXPECTED["m5_rate_per_30d"]["n"]
    assert figures["observed_from"] == EXPECTED["observation_start"][:10]
