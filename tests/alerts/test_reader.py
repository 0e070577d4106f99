"""Reading alert rules: every kind of file, what is wrong with it, and that nothing vanishes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Alerts, Location
from pytest_prevention.policy import Policy
from pytest_prevention.sources.alerts.reader import read_alerts
from pytest_prevention.sources.alerts.values import duration

RULES = """groups:
- name: orders
  namespace: unknown keys are tolerated
  rules:
  - alert: OrdersHighErrorRate
    expr: rate(errors[5m]) > 1
    for: 5m
    keep_firing_for: 1h
    labels: {severity: page, version: 1.50}
    annotations: {incidents: "INC-001, INC-002 INC-001", summary: "{{ $labels.x }}"}
  - record: a:b
    expr: c
"""


def read(root: Path, *sources: dict[str, Any]) -> Alerts:
    return read_alerts(root, Policy({"monitoring": {"sources": list(sources)}}))


def read_one(root: Path, text: str | bytes, kind: str = "prometheus", name: str = "a.yml", **more: Any) -> Alerts:
    data = text if isinstance(text, bytes) else text.encode()
    (root / name).write_bytes(data)
    return read(root, {"type": kind, "files": [name], **more})


def told(alerts: Alerts) -> list[str]:
    assert {problem.kind for problem in alerts.problems} <= {"alert-file-unreadable"}
    return [f"{problem.location}: {problem.message}" for problem in alerts.problems]


# --- Prometheus


def test_a_rule_file_is_read(tmp_path: Path) -> None:
    """Everything that an alert says is there, as it is written; recording rules are no alerts."""
    alerts = read_one(tmp_path, RULES)
    (rule,) = alerts.rules
    assert not alerts.problems
    assert (rule.name, rule.location, rule.kind) == ("OrdersHighErrorRate", Location("a.yml", 5, 5), "prometheus")
    assert (rule.expr, rule.for_, rule.severity) == ("rate(errors[5m]) > 1", timedelta(minutes=5), "page")
    assert rule.labels == {"severity": "page", "version": "1.50"}
    assert rule.annotations["summary"] == "{{ $labels.x }}"
    assert (rule.incidents, rule.state, rule.uid) == (("INC-001", "INC-002"), "active", "")
    assert alerts.of("INC-002") == alerts.named("OrdersHighErrorRate") == (rule,)
    assert alerts.of("INC-003") == alerts.named("") == ()


def test_a_label_links_as_well(tmp_path: Path) -> None:
    """The label incident and the annotation incidents both count."""
    text = RULES.replace("severity: page", "severity: page, incident: INC-009")
    assert read_one(tmp_path, text).rules[0].incidents == ("INC-001", "INC-002", "INC-009")


def test_an_incident_that_is_none_is_told(tmp_path: Path) -> None:
    """A link that cannot be meant is a problem, and the others still count."""
    alerts = read_one(tmp_path, RULES.replace("INC-001,", "INC001,"))
    assert told(alerts) == ["a.yml:5:5: alert OrdersHighErrorRate names 'INC001', which is no incident id"]
    assert alerts.rules[0].incidents == ("INC-002", "INC-001")


def test_one_name_may_stand_for_several_rules(tmp_path: Path) -> None:
    """A warning and a page of the same name are two rules."""
    text = "groups:\n- rules:\n  - {alert: A, expr: x}\n  - {alert: A, expr: y}\n"
    assert [rule.expr for rule in read_one(tmp_path, text).named("A")] == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "a.yml:1:1: has no list of groups"),
        ("groups: 5\n", "a.yml:1:1: has no list of groups"),
        ("[]\n", "a.yml:1:1: has no list of groups"),
        ("# nothing\n", "a.yml: holds nothing"),
        ("groups:\n- 5\n", "a.yml:2:3: is no group of rules"),
        ("groups:\n- rules: {}\n", "a.yml:2:3: is no group of rules"),
        ("groups:\n- rules: [5]\n", "a.yml:2:11: is no rule"),
        ("groups:\n- rules: [{expr: a}]\n", "a.yml:2:11: a rule has neither alert: nor record:"),
        ("groups:\n- rules: [{alert: A}]\n", "a.yml:2:12: alert A has no expr"),
        ("groups:\n- rules: [{alert: , expr: a}]\n", "a.yml:2:12: an alert has no name"),
        (
            "groups:\n- rules: [{alert: A, record: b, expr: a}]\n",
            "a.yml:2:12: a rule is both an alert and a recording rule",
        ),
        (
            "groups:\n- rules: [{alert: A, expr: a, for: 5}]\n",
            "a.yml:2:12: alert A has '5' as its for, which is no duration",
        ),
        (
            "groups:\n- rules: [{alert: A, expr: a, for: [5m]}]\n",
            "a.yml:2:12: alert A has a list or mapping as its for",
        ),
        (
            "groups:\n- rules: [{alert: A, expr: a, labels: [a]}]\n",
            "a.yml:2:12: alert A has labels that are no mapping",
        ),
        (
            "groups:\n- rules: [{alert: A, expr: a, labels: {b: []}}]\n",
            "a.yml:2:12: alert A has a list or mapping in labels.b",
        ),
        ("groups: []\n---\ngroups: []\n", "a.yml:3:1: holds a second YAML document"),
        ("groups: []\ngroups: []\n", "a.yml:2:1: the key groups stands here again (first in line 1)"),
        ("kind: PrometheusRule\nspec: {groups: []}\n", "a.yml:1:1: has no list of groups"),
        ("- &a [*a]\n", "a.yml:1:7: *a stands within its own value"),
        ("[" * 50, "a.yml:1:41: nests deeper than 40 levels"),
        (b"groups: \xff\n", "a.yml:1:9: is not UTF-8: byte 0xff"),
    ],
)
def test_what_cannot_be_read_is_named(text: str | bytes, message: str, tmp_path: Path) -> None:
    """Each thing that is wrong has its line and column."""
    assert told(read_one(tmp_path, text)) == [message]


def test_prometheus_reads_one_document(tmp_path: Path) -> None:
    """What stands behind the first one is told, and its alerts do not count: Prometheus never sees them."""
    alerts = read_one(tmp_path, RULES + "---\n" + RULES.replace("OrdersHigh", "Unseen"))
    assert told(alerts) == ["a.yml:14:1: holds a second YAML document"]
    assert [rule.name for rule in alerts.rules] == ["OrdersHighErrorRate"]


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.alerts }}\ngroups: []\n{{- end }}\n",
        "groups:\n- name: {{ .Release.Name }}\n",
        "groups:\n{% for x in y %}\n- name: a\n",
        "groups:\n- {{ toYaml .Values.rules | indent 2 }}\n",
    ],
)
def test_a_template_is_named_as_one(text: str, tmp_path: Path) -> None:
    """Braces of Helm or Jinja are not told as some fault of YAML."""
    alerts = read_one(tmp_path, text)
    assert "is a template, not YAML" in told(alerts)[0]
    assert "helm template" in alerts.problems[0].hint


def test_a_fault_beside_braces_is_told_as_it_is(tmp_path: Path) -> None:
    """Braces of Prometheus's own templates in another line do not excuse a fault."""
    assert "mapping values" in told(read_one(tmp_path, RULES + "  - alert: a: b\n"))[0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("5m", 300),
        ("1h30m", 5400),
        ("1d", 86400),
        ("1500ms", 1.5),
        ("1w", 604800),
        ("1y", 31536000),
        ("0s", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    """Durations are those of Prometheus."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "30m1h", "1.5h", "-5m", "5M", "５m", "300y", "9" * 400 + "s"])
def test_what_is_no_duration(text: str) -> None:
    """Neither are numbers without a unit, other orders, other digits, nor more than Prometheus can count."""
    assert duration(text) is None


# --- resources


RESOURCE = "apiVersion: v1\nkind: PrometheusRule\nspec:\n  groups:\n  - rules:\n    - {alert: A, expr: a}\n"


def test_resources_are_unwrapped(tmp_path: Path) -> None:
    """Alone, in several documents, among other resources and in lists of lists."""
    inner = {"kind": "PrometheusRule", "spec": {"groups": [{"rules": [{"alert": "B", "expr": "b"}]}]}}
    listed = json.dumps({"kind": "List", "items": [{"kind": "PrometheusRuleList", "items": [inner]}, {"kind": "Pod"}]})
    alerts = read_one(tmp_path, f"{RESOURCE}---\nkind: Service\n---\n{listed}\n", "prometheus-operator")
    assert not alerts.problems
    assert [(rule.name, rule.location.line, rule.kind) for rule in alerts.rules] == [
        ("A", 6, "prometheus-operator"),
        ("B", 10, "prometheus-operator"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RULES, "a.yml: holds no PrometheusRule"),
        ("kind: Pod\n", "a.yml: holds no PrometheusRule"),
        ("kind: PrometheusRule\nspec: {}\n", "a.yml:2:1: has no list of groups"),
        ("kind: PrometheusRule\n", "a.yml:1:1: has no list of groups"),
    ],
)
def test_resources_without_rules_are_named(text: str, message: str, tmp_path: Path) -> None:
    """A file that holds none of what the policy says is told."""
    assert told(read_one(tmp_path, text, "prometheus-operator")) == [message]


# --- Grafana


GRAFANA: dict[str, Any] = {
    "apiVersion": 1,
    "contactPoints": [],
    "groups": [
        {
            "rules": [
                {
                    "uid": "one",
                    "title": "Orders fail",
                    "for": "5m",
                    "data": [{"model": {"expr": "up == 0"}}, {"model": {"expression": "A"}}],
                    "labels": {"severity": "critical"},
                    "annotations": {"incidents": "INC-001"},
                },
                {"uid": "two", "title": "Paused", "isPaused": True},
                {"uid": "three", "title": "Gone"},
                {"uid": "four", "title": "Recorded", "record": {"metric": "a"}},
            ]
        }
    ],
    "deleteRules": [{"orgId": 1, "uid": "three"}, {"orgId": 1, "uid": "older"}],
}


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_grafana_files_are_read(indent: int | str | None, tmp_path: Path) -> None:
    """JSON, with tabs too: rules are active, paused or deleted; recording rules are no alerts."""
    alerts = read_one(tmp_path, json.dumps(GRAFANA, indent=indent), "grafana", "a.json")
    assert not alerts.problems
    assert [(rule.name, rule.uid, rule.state) for rule in alerts.rules] == [
        ("Orders fail", "one", "active"),
        ("Paused", "two", "paused"),
        ("Gone", "three", "deleted"),
        ("older", "older", "deleted"),
    ]
    first = alerts.named("one")[0]
    assert (first.expr, first.severity, first.incidents) == ("up == 0\nA", "critical", ("INC-001",))


def test_another_file_can_delete(tmp_path: Path) -> None:
    """Grafana deletes by uid, whatever file says so."""
    (tmp_path / "a.yml").write_text("groups: [{rules: [{uid: x, title: A}]}]")
    (tmp_path / "b.yml").write_text("deleteRules: [{uid: x}]")
    (rule,) = read(tmp_path, {"type": "grafana", "files": ["*.yml"]}).rules
    assert (rule.name, rule.state, rule.location.path) == ("A", "deleted", "a.yml")


@pytest.mark.parametrize(
    ("text", "state", "problems"),
    [
        ("isPaused: false", "active", 0),
        ("isPaused: 'True'", "paused", 0),
        ("isPaused: 1", "paused", 0),
        ("isPaused:", "active", 0),
        ("isPaused: $PAUSED", "paused", 1),
        ("isPaused: [true]", "paused", 1),
    ],
)
def test_what_may_be_paused_is_not_active(text: str, state: str, problems: int, tmp_path: Path) -> None:
    """A rule whose state only the environment knows counts as paused, and is told."""
    alerts = read_one(tmp_path, f"groups:\n- rules:\n  - title: A\n    {text}\n", "grafana")
    assert (alerts.rules[0].state, len(alerts.problems)) == (state, problems)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "groups: 5",
        "groups: [5]",
        "groups: [{rules: 5}]",
        "groups: [{rules: [5]}]",
        "deleteRules: [{}]",
        "groups: [{rules: [{uid: a}]}]",
    ],
)
def test_malformed_grafana_files_are_named(text: str, tmp_path: Path) -> None:
    """What is no rule where one belongs is told, once."""
    assert len(told(read_one(tmp_path, text, "grafana"))) == 1


# --- generic


TERRAFORM = """resource "grafana_rule_group" "orders" {
  name = "group"

  rule {
    name      = "Orders fail"
    for       = "2m"
    # severity = "none"
    annotations = {
      incidents = "INC-001"
    }
    labels = {
      severity = "page"
    }
  }
  rule {
    name      = "Paused"
    is_paused = true
    note      = <<EOT
}
EOT
  }
  /* rule {
    name = "Commented out"
  } */
}
resource "x" "y" {
  severity = "critical"
}
"""
SHAPE = {
    "start": "rule {",
    "end": "}",
    "fields": ['name = "{name}"', 'for = "{for}"', 'severity = "{severity}"', 'incidents = "{incidents}"'],
    "paused": ["is_paused = true"],
}


def test_any_format_is_read_by_templates(tmp_path: Path) -> None:
    """Terraform: fields count within their rule only, comments do not count."""
    alerts = read_one(tmp_path, TERRAFORM, "generic", "a.tf", rules=[SHAPE])
    assert not alerts.problems
    assert [(rule.name, rule.state, rule.severity, rule.incidents) for rule in alerts.rules] == [
        ("Orders fail", "active", "page", ("INC-001",)),
        ("Paused", "paused", "", ()),
    ]
    assert (alerts.rules[0].location, alerts.rules[0].for_) == (Location("a.tf", 5, 5), timedelta(minutes=2))


def test_without_an_end_a_rule_goes_on_to_the_next(tmp_path: Path) -> None:
    """Sections of an INI file; carriage returns do not belong to values; labels and annotations have names."""
    text = "[alert A]\r\nteam=x\r\n\r\n[alert B]\r\nseverity=page\r\nwhy=y\r\n"
    rules = [
        {"start": "[alert {name}]", "fields": ["severity={severity}", "team={labels.team}", "why={annotations.why}"]}
    ]
    first, second = read_one(tmp_path, text, "generic", "a.ini", rules=rules).rules
    assert (first.name, first.severity, first.labels) == ("A", "", {"team": "x"})
    assert (second.name, second.severity, second.annotations) == ("B", "page", {"why": "y"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rule {\n}\n", "a.tf:1:1: a rule begins here, and no {name} is found in it: rule {"),
        ('rule {\n  name = "a"\n', "a.tf:2:3: the rule that begins here has no line '}' below its first one"),
        ('rule {\n  name = "a"\n  for = "x"\n}\n', "a.tf:2:3: alert a has 'x' as its for, which is no duration"),
        ('rule {\n  name = "a"\n}\n/* rule {\n', "a.tf:4:1: a comment begins here and does not end"),
    ],
)
def test_generic_files_have_problems_with_places(text: str, message: str, tmp_path: Path) -> None:
    """A rule without name or end is told, and so is a value that means nothing."""
    assert told(read_one(tmp_path, text, "generic", "a.tf", rules=[SHAPE])) == [message]


def test_a_template_that_fits_nothing_is_told(tmp_path: Path) -> None:
    """A typo in a template must not read as a system without alerts."""
    alerts = read_one(tmp_path, TERRAFORM, "generic", "a.tf", rules=[SHAPE, {**SHAPE, "start": "rules {"}])
    assert [problem.message for problem in alerts.problems] == [
        "the template 'rules {' fits no line of the files of its source"
    ]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"start": "rule {"}, "do not say where the {name} stands"),
        ({"start": "rule {name} {colour}"}, "has the placeholder {colour}"),
        ({"start": "rule {name}", "end": "end {name}"}, "only {_} can stand there"),
        ({"start": "{name}"}, "no literal text"),
    ],
)
def test_a_template_without_meaning_is_a_usage_error(shape: dict[str, Any], message: str, tmp_path: Path) -> None:
    """What is wrong with the policy itself ends the run."""
    with pytest.raises(PreventionError) as caught:
        read_one(tmp_path, "", "generic", rules=[shape])
    assert message in caught.value.problems[0].message
    assert caught.value.problems[0].kind == "usage"


# --- files


def test_tests_are_no_rule_files(tmp_path: Path) -> None:
    """A glob like *.yml may match the rule unit tests as well."""
    (tmp_path / "a.yml").write_text(RULES)
    (tmp_path / "a_test.yml").write_text("tests: []\n")
    alerts = read(tmp_path, {"type": "prometheus", "files": ["*.yml"], "tests": ["*_test.yml"]})
    assert (len(alerts.rules), alerts.problems) == (1, ())


@pytest.mark.parametrize("glob", ["b.yml", "x/*.yml", "../*.yml", "../../etc/*", "*.yaml"])
def test_a_glob_that_matches_nothing_is_told(glob: str, tmp_path: Path) -> None:
    """Nothing outside of the root is looked for."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "out.yml").write_text(RULES)
    (root / "a.yml").write_text(RULES)
    for files, found in {(glob,): 0, ("a.yml", glob): 1}.items():
        alerts = read(root, {"type": "prometheus", "files": files})
        assert [problem.message for problem in alerts.problems] == [f"no file with alert rules matches {glob}"]
        assert len(alerts.rules) == found


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    """A file that is a link out of the root is named, a folder that is one is not entered."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.yml").write_text(RULES)
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (root / "in" / "b.yml").symlink_to(tmp_path / "out" / "a.yml")
    (root / "linked").symlink_to(tmp_path / "out")
    alerts = read(root, {"type": "prometheus", "files": ["**/*.yml", "linked/*.yml"]})
    assert not alerts.rules
    assert [problem.message for problem in alerts.problems] == [
        "no file with alert rules matches linked/*.yml",
        "is a symbolic link out of the repository",
    ]


def test_a_file_is_read_once(tmp_path: Path) -> None:
    """Two sources of one kind that name a file do not make two rules of one."""
    (tmp_path / "a.yml").write_text(RULES)
    source = {"type": "prometheus", "files": ["*.yml", "a.*"]}
    assert len(read(tmp_path, source, source).rules) == 1


# --- auto: each file says itself what it is


AUTO = {"type": "auto", "files": ["monitoring/**"]}
PROVISIONED = """apiVersion: 1
groups:
- name: g
  rules:
  - {uid: abc, title: Slow, labels: {severity: page}}
"""
OPERATED = """apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
spec:
  groups:
  - rules: [{alert: Operated, expr: a}]
"""
UNIT_TEST = """rule_files: [a.yml]
tests:
- alert_rule_test: [{eval_time: 1m, alertname: OrdersHighErrorRate, exp_alerts: [{}]}]
"""


def laid(root: Path, **files: str) -> None:
    (root / "monitoring").mkdir(exist_ok=True)
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (root / "monitoring" / f"{stem}.{suffix}").write_text(text)


def test_files_say_themselves_what_they_are(tmp_path: Path) -> None:
    """And where rule unit tests expect which alert."""
    laid(tmp_path, a_yml=RULES, b_yaml=PROVISIONED, c_yml=OPERATED, a_test_yml=UNIT_TEST)
    alerts = read(tmp_path, AUTO)
    assert told(alerts) == []
    assert [(rule.name, rule.kind) for rule in alerts.rules] == [
        ("OrdersHighErrorRate", "prometheus"),
        ("Slow", "grafana"),
        ("Operated", "prometheus-operator"),
    ]
    assert alerts.cases == {alerts.rules[0].location: (Location("monitoring/a_test.yml", 3, 37),)}


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  prometheus: {image: prom/prometheus}\n",
        "groups: [admins, users]\n",
        "groups:\n- rules:\n  - {record: a:b, expr: c}\n",
        "apiVersion: apiextensions.k8s.io/v1\nspec:\n  names:\n    kind: PrometheusRule\n",
        "{{ template }}\n",
        "",
    ],
)
def test_other_files_are_no_problem(tmp_path: Path, text: str) -> None:
    """Whoever did not name them is not told of them."""
    laid(tmp_path, a_yml=text, b_json="{", c_txt=RULES)
    assert read(tmp_path, AUTO) == Alerts()


def test_a_glob_that_matches_nothing_is_no_problem(tmp_path: Path) -> None:
    assert read(tmp_path, AUTO) == Alerts()


def test_a_file_that_looks_like_alert_rules_and_cannot_be_read_is_told(tmp_path: Path) -> None:
    """It may hold the alert that counts."""
    laid(tmp_path, a_yml="groups:\n- name: {{ .Release.Name }}\n  rules: [{alert: A}]\n")
    assert told(read(tmp_path, AUTO)) == [
        "monitoring/a.yml:2:10: is a template, not YAML: {{ or {% stands outside of quotes"
    ]


def test_a_rule_unit_test_that_cannot_be_read_is_told_apart(tmp_path: Path) -> None:
    """It hides no rule."""
    laid(tmp_path, a_yml=RULES, a_test_yml=UNIT_TEST.replace("a.yml", "gone.yml"))
    alerts = read(tmp_path, AUTO)
    assert not alerts.problems and not alerts.unread
    assert [problem.message for problem in alerts.test_problems] == ["the rule file gone.yml is not there"]
    assert alerts.unread_test


def test_named_files_are_read_once(tmp_path: Path) -> None:
    """Also where auto finds them too."""
    laid(tmp_path, a_yml=RULES)
    assert len(read(tmp_path, AUTO, {"type": "prometheus", "files": ["monitoring/a.yml"]}).rules) == 1
