"""Trying alert rules with promtool: what proves an alert, what does not, and how soon it fires."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.model import AlertRule, AlertTrial, Unavailable
from pytest_prevention.policy import Policy
from pytest_prevention.sources.alerts import promtool
from pytest_prevention.sources.alerts.course import courses, expand
from pytest_prevention.sources.alerts.promtool import Promtool
from pytest_prevention.sources.alerts.reader import read_alerts
from pytest_prevention.sources.alerts.trials import trials, try_rules
from pytest_prevention.sources.alerts.unit_tests import read_rules, read_unit_tests
from tests.promtool import needs_promtool

RULES = """groups:
- name: orders
  limit: 10
  rules:
  - alert: OrdersFail
    expr: rate(errors_total[5m]) > 0.5
    for: 5m
    labels: {severity: page}
  - alert: Other
    expr: up == 0
"""
TEST = """rule_files: [orders.yml]
evaluation_interval: 1m
tests:
- interval: 1m
  input_series:
  - {series: 'errors_total', values: '0x20 0+60x40'}
  - {series: 'up', values: '0x60'}
  alert_rule_test:
  - {eval_time: 10m, alertname: OrdersFail, exp_alerts: []}
  - {eval_time: 40m, alertname: OrdersFail, exp_alerts: [{exp_labels: {severity: page}}]}
"""


PROMETHEUS = Policy({"monitoring": {"sources": [{"type": "prometheus", "files": ["orders.yml"]}]}})


def tried(
    root: Path, rules: str = RULES, test: str = TEST, name: str = "OrdersFail", **limits: float
) -> list[AlertTrial]:
    """What the tests in ``root`` show of the alerts of a name."""
    (root / "orders.yml").write_text(rules)
    (root / "orders_test.yml").write_text(test)
    kind = "prometheus-operator" if "PrometheusRule" in rules else "prometheus"
    sources = [{"type": kind, "files": ["orders.yml"]}]
    alerts = read_alerts(root, Policy({"monitoring": {"sources": sources}}))
    tests, problems = read_unit_tests(root, ["*_test.yml"])
    assert not alerts.problems and not problems
    tool = promtool.find()
    assert isinstance(tool, Promtool)
    tool = Promtool(tool.path, **limits) if limits else tool
    return [one for rule in alerts.named(name) for one in trials(rule, tests, tool)]


# --- what is proven


@needs_promtool
def test_a_tested_alert_is_proven(tmp_path: Path) -> None:
    """It passes, it fails without the rule, and it fires seven minutes after the errors began; nothing is left."""
    (one,) = tried(tmp_path)
    assert (one.tried, one.delay, one.reason) == ("proven", timedelta(minutes=7), "")
    assert (one.case.path, one.case.line) == ("orders_test.yml", 10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.yml", "orders_test.yml"]


@needs_promtool
@pytest.mark.parametrize(
    "test",
    [
        "rule_files: [orders.yml]\ntests: []\n",
        TEST.replace("[{exp_labels: {severity: page}}]", "[]"),
        TEST.replace("alertname: OrdersFail", "alertname: NoSuchAlert"),
        TEST.replace("[orders.yml]", "[]"),
    ],
)
def test_green_tests_that_expect_nothing_are_none(test: str, tmp_path: Path) -> None:
    """promtool succeeds on no tests, on empty expectations and on unknown alerts: none of them tests the alert."""
    assert tried(tmp_path, test=test) == []


@needs_promtool
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 0.5", "> 5"),
        ("for: 5m", "for: 2h"),
        ("severity: page", "severity: info"),
        ("errors_total", "no_such_metric"),
    ],
)
def test_a_rule_that_misses_the_fault_fails(old: str, new: str, tmp_path: Path) -> None:
    """A threshold out of reach, a wait too long, another label, a metric renamed: the test says so."""
    (one,) = tried(tmp_path, rules=RULES.replace(old, new))
    assert (one.tried, one.delay) == ("failed", None)
    assert "OrdersFail" in one.reason


@needs_promtool
def test_another_alert_of_the_file_cannot_fail_it(tmp_path: Path) -> None:
    """Only what the test says of this alert counts."""
    test = TEST + "  - {eval_time: 5m, alertname: Other, exp_alerts: []}\n"
    assert [one.tried for one in tried(tmp_path, test=test)] == ["proven"]
    assert [one.tried for one in tried(tmp_path, test=test, name="Other")] == []


@needs_promtool
def test_a_rule_that_cannot_be_parsed_fails(tmp_path: Path) -> None:
    """What promtool says of a broken expression is the reason."""
    (one,) = tried(tmp_path, rules=RULES.replace("> 0.5", "> ("))
    assert one.tried == "failed" and "parse" in one.reason


@needs_promtool
def test_a_rule_that_another_one_stands_in_for_is_not_proven(tmp_path: Path) -> None:
    """Of two rules of a name, the one that fires is proven, the other one only passes."""
    more = "  - alert: OrdersFail\n    expr: vector(0) > 1\n"
    first, second = tried(tmp_path, rules=RULES + more)
    assert (first.tried, second.tried) == ("proven", "passed")
    assert "another one fires under its name" in second.reason


@needs_promtool
def test_resources_are_tried_unwrapped(tmp_path: Path) -> None:
    """A test may name a PrometheusRule resource, though promtool itself reads rule files only."""
    spec = "".join(f"  {line}\n" for line in RULES.splitlines())
    assert [one.tried for one in tried(tmp_path, rules=f"kind: PrometheusRule\nspec:\n{spec}")] == ["proven"]


@needs_promtool
def test_a_test_without_an_end_is_unknown(tmp_path: Path) -> None:
    """What takes too long is neither proven nor failed."""
    (one,) = tried(tmp_path, limit_seconds=0.001)
    assert (one.tried, one.reason) == ("unknown", "promtool took more than 0.001 s")


@pytest.mark.parametrize("values", ["0x20 0+60x4000000000", "_x1000001", "{{sum:3}}x9999999", "1x" + "9" * 5000])
def test_a_bomb_of_samples_is_not_run(values: str, tmp_path: Path) -> None:
    """A billion samples would take all memory: promtool is not even asked."""
    (tmp_path / "orders.yml").write_text(RULES)
    (tmp_path / "orders_test.yml").write_text(TEST.replace("0x20 0+60x40", values))
    rule = read_alerts(tmp_path, PROMETHEUS).named("OrdersFail")[0]
    (one,) = trials(rule, read_unit_tests(tmp_path, ["*_test.yml"])[0], Promtool("/nowhere"))
    assert (one.tried, one.reason) == ("unknown", "its input series have more than 1,000,000 samples")


# --- how soon


@needs_promtool
@pytest.mark.parametrize(
    ("values", "minutes"),
    [
        ("0x20 0+60x40", 7),  # two minutes until the rate over five is above 0.5, five of for
        ("0+60x60", 8),  # there from the beginning: three minutes, since the first sample has none before it
        ("0+1x20 20+600x40", 6),  # normal growth first
    ],
)
def test_the_delay_counts_from_the_fault(values: str, minutes: int, tmp_path: Path) -> None:
    """The clock starts where the first series leaves its course, or with the test."""
    (one,) = tried(
        tmp_path, test=TEST.replace("0x20 0+60x40", values).replace("- {eval_time: 10m", "# {eval_time: 10m")
    )
    assert one.delay == timedelta(minutes=minutes)


@needs_promtool
def test_a_series_of_no_importance_does_not_shorten_the_delay(tmp_path: Path) -> None:
    """Where the alert fires though all series stay on course, the fault began with the test."""
    test = TEST.replace("0x20 0+60x40", "0+60x60").replace("'0x60'", "'0x4 1x50'")
    (one,) = tried(tmp_path, test=test.replace("- {eval_time: 10m", "# {eval_time: 10m"))
    assert one.delay == timedelta(minutes=8)


@needs_promtool
def test_a_series_that_goes_away_is_a_fault(tmp_path: Path) -> None:
    """The samples of up end after twenty minutes; the alert on its absence comes five minutes later."""
    rules = RULES.replace("rate(errors_total[5m]) > 0.5", "absent(up)").replace("for: 5m", "for: 0s")
    (one,) = tried(tmp_path, rules=rules, test=TEST.replace("'0x60'", "'1x19'"))
    assert one.tried == "proven" and one.delay is not None
    assert timedelta(minutes=4) <= one.delay <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("values", "samples"),
    [
        ("1+2x3", [1, 3, 5, 7, None]),
        ("-1-2x1", [-1, -3, None, None, None]),
        ("4x2 _ 5", [4, 4, 4, None, 5]),
        ("_x3 1", [None, None, None, 1, None]),
        ("1 stale .5e1", [1, None, 5, None, None]),
        ("0x999999999", [0, 0, 0, 0, 0]),
        ("", [None] * 5),
        ("NaN", None),
        ("1 {{schema:1}}", None),
        ("1e999", None),
    ],
)
def test_the_notation_of_samples(values: str, samples: list[float | None] | None) -> None:
    """Samples are those of promtool; what is not read is not guessed."""
    assert expand(values, 5) == samples


@pytest.mark.parametrize(
    ("values", "leaves_at"),
    [
        ("0x5 1", 6),
        ("0+2x5 10", 6),
        ("1x3", 4),
        ("_x3 1x9", 3),
        ("0 1 1 1", 2),
        ("0x9", None),
        ("0.1+0.1x9", None),
        ("_x9", None),
    ],
)
def test_where_a_series_leaves_its_course(values: str, leaves_at: int | None) -> None:
    """Constant, growing evenly, or absent: the first sample that differs is off course."""
    found = courses([{"series": "a", "values": values}], 9)
    assert (found.leaves_at if found else None) == leaves_at


# --- promtool itself


def test_without_promtool_there_is_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No promtool is unknown with a reason; one in the folder of the project is none."""
    (tmp_path / "promtool").write_text("#!/bin/sh\n")
    (tmp_path / "promtool").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".::")
    found = promtool.find()
    assert isinstance(found, Unavailable)
    assert found.reason == "promtool not found" and "apt-get install" in found.remedy
    monkeypatch.setenv("PATH", str(tmp_path))
    assert promtool.find() == Promtool(str(tmp_path / "promtool"))


@needs_promtool
def test_rules_are_checked(tmp_path: Path) -> None:
    """Duplicates are errors, and so is an expression that means nothing."""
    tool = promtool.find()
    assert isinstance(tool, Promtool)
    twice = RULES + "  - {alert: Other, expr: up == 0}\n"
    answers = {}
    for name, text in {"good": RULES, "twice": twice, "broken": RULES.replace("up == 0", "up ==")}.items():
        (tmp_path / f"{name}.yml").write_text(text)
        answers[name] = tool.check_rules(read_rules(tmp_path, f"{name}.yml").groups)
    assert {name: answer.passed for name, answer in answers.items()} == {"good": True, "twice": False, "broken": False}
    assert "duplicate" in answers["twice"].text
    assert "could not parse expression" in answers["broken"].text


def test_a_tool_that_crashes_is_no_answer(tmp_path: Path) -> None:
    """An exit code of nobody's is neither passed nor failed."""
    fake = tmp_path / "promtool"
    fake.write_text("#!/bin/sh\necho out of memory; exit 2\n")
    fake.chmod(0o755)
    answer = Promtool(str(fake)).check_rules([])
    assert answer.passed is None and "out of memory" in answer.text


# --- unit tests


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "t.yml:1:1: has no list of tests"),
        ("tests: 5\n", "t.yml:1:1: has no list of tests"),
        ("tests: [5]\n", "t.yml:1:1: has no list of tests"),
        ("", "t.yml: has no list of tests"),
        ("rule_files: [a.yml]\ntests: []\n", "t.yml:1:14: the rule file a.yml is not there"),
        ("rule_files: [../t.yml]\ntests: []\n", "t.yml:1:14: the rule file ../t.yml is not there"),
        ("rule_files: [/etc/passwd]\ntests: []\n", "t.yml:1:14: the rule file /etc/passwd is not there"),
        ("rule_files: [{{ x }}]\ntests: []\n", "t.yml:1:15: a list or mapping stands where a key belongs"),
    ],
)
def test_unit_tests_that_cannot_be_read_are_named(text: str, message: str, tmp_path: Path) -> None:
    """A test that cannot be run is a problem, and no file outside of the root is looked at."""
    (tmp_path / "t.yml").write_text(text)
    tests, problems = read_unit_tests(tmp_path, ["t.yml"])
    assert tests == []
    assert [f"{problem.location}: {problem.message}" for problem in problems] == [message]


def test_a_glob_of_tests_that_matches_nothing_is_told(tmp_path: Path) -> None:
    """A typo must not read as alerts that nobody tested."""
    assert "no rule unit test matches" in read_unit_tests(tmp_path, ["*.yml"])[1][0].message


def test_rule_files_are_found_from_the_folder_of_the_test(tmp_path: Path) -> None:
    """Names and globs are relative to the test; a rule in another file of the same alert is not tested by it."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "rules").mkdir()
    for name in ("a", "b"):
        (tmp_path / "rules" / f"{name}.yml").write_text(RULES)
    (tmp_path / "tests" / "t.yml").write_text(TEST.replace("orders.yml", "../rules/a*.yml, ../rules/a.yml"))
    ((test,), problems) = read_unit_tests(tmp_path, ["tests/*.yml"])
    assert not problems
    assert [file.path for file in test.rule_files] == ["rules/a.yml"]
    alerts = read_alerts(
        tmp_path, Policy({"monitoring": {"sources": [{"type": "prometheus", "files": ["rules/b.yml"]}]}})
    )
    rule: AlertRule = alerts.named("OrdersFail")[0]
    assert trials(rule, [test], Promtool("/nowhere")) == ()


# --- all that are asked for


def all_tried(root: Path, rules: str = RULES, test: str = TEST, **changes: Any) -> dict[str, Any]:
    """What is shown of all alerts, by name."""
    (root / "orders.yml").write_text(rules)
    (root / "orders_test.yml").write_text(test)
    source = {"type": "prometheus", "files": ["orders.yml"], "tests": ["orders_test.yml"]}
    alerts = read_alerts(root, Policy({"monitoring": {"sources": [source]}}))
    asked = [replace(rule, **changes) for rule in alerts.rules]
    names = {rule.location: rule.name for rule in asked}
    return {names[place]: found for place, found in try_rules(root, alerts, asked).items()}


@needs_promtool
def test_each_alert_is_tried(tmp_path: Path) -> None:
    """One without a test shows nothing; how soon they fire is not measured where nobody asks."""
    found = all_tried(tmp_path)
    assert [(one.tried, one.delay) for one in found["OrdersFail"]] == [("proven", None)]
    assert found["Other"] == ()


@needs_promtool
@pytest.mark.parametrize(
    ("old", "new"), [("up == 0", "up === 0"), ("expr: up == 0", 'expr: up == 0\n    annotations: {a: "{{ .Foo"}')]
)
def test_what_promtool_refuses_is_told_without_any_test(tmp_path: Path, old: str, new: str) -> None:
    """The other alerts of the file are judged by themselves, as far as promtool reads the file at all."""
    (one,) = all_tried(tmp_path, RULES.replace(old, new))["Other"]
    assert (one.tried, one.case.path) == ("refused", "orders.yml")
    assert one.reason


def test_without_promtool_it_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each alert that it could have tried."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert all_tried(tmp_path) == {"OrdersFail": promtool.NOT_FOUND, "Other": promtool.NOT_FOUND}
    assert all_tried(tmp_path, kind="grafana") == {}
