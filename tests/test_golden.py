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
from tests.statistics.oracles import close

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


def ends(figures: Any) -> list[float | None]:
    return [figures["interval"]["low"], figures["interval"]["high"]]


def numbers(keys: list[str]) -> list[int]:
    return [int(key.partition("#")[2]) for key in keys]


def test_completion(indicators: Any) -> None:
    figures, expected = indicators["leading"]["actions_completed"], EXPECTED["m1_completion"]
    assert [figures["done"], figures["total"]] == [expected["all"]["k"], expected["all"]["n"]]
    assert figures["share"] == close(expected["all"]["share"])
    assert ends(figures) == close(expected["all"]["clopper_pearson"])
    assert list(figures["wilson"].values()) == close(expected["all"]["wilson"])
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
    assert figures["curve"] == close(expected["curve"])
    assert figures["median_of_completed"] == expected["naive_median_done_only"]
    assert figures["median"] == expected["km_median"]
    assert ends(figures) == expected["km_median_ci_loglog"]
    assert figures["within_target"]["days"] == 14
    assert figures["within_target"]["share"] == close(expected["done_within_14d_km"])


def test_incidents_per_month(indicators: Any) -> None:
    figures = indicators["lagging"]["incident_count"]
    assert figures["by_month"] == EXPECTED["m5_counts"]
    assert figures["total"] == EXPECTED["m5_rate_per_30d"]["n"]
    assert figures["observed_from"] == EXPECTED["observation_start"][:10]


def test_rate_of_incidents(indicators: Any) -> None:
    figures, expected = indicators["lagging"]["incident_count"], EXPECTED["m5_rate_per_30d"]
    assert figures["exposure_days"] == expected["days"]
    assert figures["rate_per_30_days"] == close(expected["rate"])
    assert ends(figures) == close(expected["garwood95"])


def test_comparison_of_periods(indicators: Any) -> None:
    figures, expected = indicators["lagging"]["incident_count"], EXPECTED["m5_half_comparison"]
    assert [{"n": one["incidents"], "days": one["days"]} for one in figures["periods"]] == [
        expected["first"],
        expected["second"],
    ]
    assert figures["periods"][0]["to"] == figures["periods"][1]["from"] == "2024-03-01T00:00:00Z"
    assert figures["period_p"] == close(expected["p_two_sided"])
    assert figures["rate_ratio"] == close(expected["rate_ratio_second_over_first"])


def test_trend_over_months(indicators: Any) -> None:
    figures, expected = indicators["lagging"]["incident_count"]["trend"], EXPECTED["m5_trend_kendall"]
    assert [figures["tau_b"], figures["p"]] == close([expected["tau_b"], expected["p_scipy_auto"]])


def test_repeat_incidents(indicators: Any) -> None:
    figures, expected = indicators["lagging"]["repeat_incidents"], EXPECTED["m6_repeats"]
    assert figures["known_cause"] == expected["known_cause"]
    assert figures["repeats"] == expected["repeat"]
    assert figures["share"] == close(expected["share"])
    assert figures["declared"] == expected["declared_repeat_of"]
    assert figures["after_prevention"] == EXPECTED["m6_repeat_after_done_prevention"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("time_to_detect", "m7_time_to_detect_min"),
        ("time_to_mitigate", "m8_time_to_mitigate_min"),
        ("time_to_fix", "m9_time_to_fix_h"),
    ],
)
def test_time_to(indicators: Any, name: str, place: str) -> None:
    figures, expected = indicators["lagging"][name], EXPECTED[place]
    assert figures["values"] == close(expected["values"])
    assert figures["n"] == expected["n"]
    assert [figures["missing"], figures["open"]] == [expected["missing"], expected["still_open"]]
    assert [figures["median"], figures["p90"]] == close([expected["median"], expected["p90_type7"]])
    assert figures["median_with_open"] == close(expected["km_median_with_open"])
    assert ends(figures) == close(expected["median_ci_exact"])
    assert figures["interval"]["level"] == close(expected["median_ci_level"])
    trend, slope = expected["trend"], expected["trend"]["theil_sen_per_incident"]
    assert figures["trend"] == close({"tau_b": trend["tau_b"], "p": trend["p"], "slope": slope})
