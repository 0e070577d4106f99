"""Policies: what applies in the end, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Action, Category, Level, Location, Priority, Problem, Rung, Status
from pytest_prevention.policy import Policy
from pytest_prevention.reporters.policy_text import effective
from pytest_prevention.reporters.safe import safe
from pytest_prevention.rules import ALL_RULES
from pytest_prevention.sources.policy_file import FILE, MAX_FILES, PRESETS, load_policy, preset

CODES = (*(rule.code for rule in ALL_RULES), "ACME001")
ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")


def load(root: Path, /, **files: str) -> Policy:
    """The policy of a repository that holds these files: ``policy`` is the policy file, ``a`` is ``a.yaml``."""
    for name, text in files.items():
        (root / (FILE if name == "policy" else f"{name}.yaml")).write_text(text, encoding="utf-8")
    return load_policy(root, codes=CODES)


def problems_of(root: Path, /, **files: str) -> tuple[Problem, ...]:
    with pytest.raises(PreventionError) as caught:
        load(root, **files)
    return caught.value.problems


def the_problem(root: Path, /, **files: str) -> Problem:
    problems = problems_of(root, **files)
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]


def action(category: Category, priority: Priority | None, status: Status) -> Action:
    return Action(
        key="INC-1#1",
        incident="INC-1",
        number=1,
        text="x",
        location=Location("b.md", 1),
        category=category,
        priority=priority,
        status=status,
    )


def same(first: Policy, second: Policy) -> bool:
    """Do two policies judge alike?"""
    settings = [[policy.rule(code) for code in CODES] for policy in (first, second)]
    levels = [[(one.level, one.by_priority, one.grace) for one in some] for some in settings]
    return first.tree == second.tree and first.demands == second.demands and levels[0] == levels[1]


# --- what applies


def test_without_a_file_the_preset_standard_applies(tmp_path: Path) -> None:
    """A repository without a policy is judged by standard."""
    assert load(tmp_path).tree["fail_on"] == "error"
    assert load(tmp_path).rule("PRV201") == preset("standard").rule("PRV201")


def test_a_file_that_names_no_preset_stands_on_standard(tmp_path: Path) -> None:
    """A policy file by itself switches nothing off, nor does one that only extends files."""
    policy = load(tmp_path, policy="extends: [a.yaml]", a="rules: {PRV110: {severity: error}}")
    assert policy.rule("PRV110").level is Level.ERROR
    assert policy.rule("PRV202") == preset("standard").rule("PRV202")
    assert policy.demands == preset("standard").demands


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_found_by_its_name(name: str, tmp_path: Path) -> None:
    """Extending a preset and nothing else is that preset."""
    policy = load(tmp_path, policy=f'extends: ["preset:{name}"]')
    assert [policy.rule(rule.code) for rule in ALL_RULES] == [preset(name).rule(rule.code) for rule in ALL_RULES]
    assert policy.demands == preset(name).demands


def test_a_named_file_is_read_from_inside_and_outside_of_the_root(tmp_path: Path) -> None:
    """The file that the caller names may stand anywhere; what it extends stands in its folder, or in the root."""
    (tmp_path / "root" / "ci").mkdir(parents=True)
    (tmp_path / "root" / "house.yaml").write_text("fail_on: warning")
    (tmp_path / "root" / "ci" / "p.yaml").write_text("extends: [../house.yaml]")
    (tmp_path / "o.yaml").write_text("extends: [more.yaml]")
    (tmp_path / "more.yaml").write_text("fail_on: never")
    inside = load_policy(tmp_path / "root", tmp_path / "root" / "ci" / "p.yaml", codes=CODES)
    assert inside.fail_on is Level.WARNING
    assert inside.origins["fail_on",] == Location("house.yaml", 1, 1)
    assert load_policy(tmp_path / "root", tmp_path / "o.yaml", codes=CODES).fail_on is None


def test_the_last_word_is_that_of_the_file_then_of_later_entries(tmp_path: Path) -> None:
    """This file beats all, a later file an earlier one, any file the preset, wherever that is named."""
    policy = load(
        tmp_path,
        policy='extends: [a.yaml, b.yaml, "preset:strict"]\nthresholds: {postmortem_hours: 1}',
        a="thresholds: {postmortem_hours: 2, action_stale_days: 2}\nrules: {PRV110: {severity: none}}\nfail_on: never",
        b="thresholds: {postmortem_hours: 3, action_stale_days: 3}",
    )
    names = ("action_stale_days", "complete_within_days", "postmortem_hours")
    assert [policy.threshold(name) for name in names] == [3, 14, 1]
    assert (policy.fail_on, policy.rule("PRV110").level, policy.rule("PRV109").level) == (None, Level.NONE, Level.ERROR)


def test_a_file_that_two_others_extend_lies_beneath_both(tmp_path: Path) -> None:
    """What is extended twice never comes between the two."""
    files = {
        "policy": "extends: [a.yaml, b.yaml]",
        "a": "extends: [c.yaml]\nfail_on: warning",
        "b": "extends: [c.yaml]",
        "c": "fail_on: never",
    }
    assert load(tmp_path, **files).fail_on is Level.WARNING


def test_many_paths_to_the_same_files_cost_nothing(tmp_path: Path) -> None:
    """Each file is read once, however many ways lead to it."""
    layers = {f"l{n}": f"extends: [{', '.join([f'l{n + 1}.yaml'] * 16)}]" for n in range(MAX_FILES - 2)}
    policy = load(tmp_path, policy="extends: [l0.yaml]", **layers, **{f"l{MAX_FILES - 2}": "fail_on: never"})
    assert policy.fail_on is None


def test_lists_replace_and_mappings_merge(tmp_path: Path) -> None:
    """A list takes the place of the one beneath; keys of a mapping stay unless they are said again."""
    policy = load(
        tmp_path,
        policy="extends: [a.yaml]\npaths: {docs: [x]}\nstatuses: {Done: [fait]}\nevidence: []",
        a="statuses: {Todo: [offen], Done: [erledigt]}",
    )
    assert policy.tree["paths"]["docs"] == ["x"]
    assert policy.tree["paths"]["tests"] == preset().tree["paths"]["tests"]
    assert policy.tree["statuses"] == {"Todo": ["offen"], "Done": ["fait"]}
    assert policy.demands == ()


def test_every_value_has_the_place_where_it_was_written(tmp_path: Path) -> None:
    """Origins name file and line of each leaf: the user's, an extended file's, the preset's and the defaults'."""
    policy = load(
        tmp_path,
        policy="extends: [a.yaml]\nfail_on: never\nrules:\n  PRV2: {severity: note}",
        a="\ncolumns: {Due: [x]}",
    )
    assert policy.origins["fail_on",] == Location(FILE, 2, 1)
    assert policy.origins["columns", "Due", 0] == Location("a.yaml", 2, 17)
    assert policy.origins["rules", "PRV202", "severity"] == Location(FILE, 4, 10)
    assert policy.origins["rules", "PRV301", "severity"].path == "preset:standard"
    assert policy.origins["thresholds", "postmortem_hours"].path == "preset:defaults"


def test_the_first_line_for_editors_is_harmless(tmp_path: Path) -> None:
    """The comment that names the schema changes nothing."""
    text = "# yaml-language-server: $schema=x.json\nfail_on: never"
    assert load(tmp_path, policy=text).fail_on is None


# --- rules


STANDARD_201 = {Priority.P1: Level.ERROR, Priority.P2: Level.WARNING, Priority.P3: Level.NOTE, Priority.P4: Level.NOTE}


@pytest.mark.parametrize(
    ("rules", "level", "by_priority", "grace"),
    [
        ("PRV110: {severity: none}", Level.ERROR, STANDARD_201, "none"),
        ("PRV201: {severity: note}", Level.NOTE, {}, "none"),
        ("PRV2: {severity: note}", Level.NOTE, {}, "none"),
        ("PRV: {severity: none}", Level.NONE, {}, "none"),
        ("PRV201: {grace: until-due}", Level.ERROR, STANDARD_201, "until-due"),
        ("PRV201: {by_priority: {P2: error}}", Level.ERROR, STANDARD_201 | {Priority.P2: Level.ERROR}, "none"),
        ("PRV201: {severity: none, by_priority: {P1: error}}", Level.NONE, {Priority.P1: Level.ERROR}, "none"),
        ("PRV2: {severity: note}, PRV20: {severity: warning}", Level.WARNING, {}, "none"),
        ("PRV201: {grace: until-due}, PRV2: {severity: none}", Level.ERROR, STANDARD_201, "until-due"),
    ],
)
def test_a_file_changes_what_it_says_of_a_rule(
    rules: str, level: Level, by_priority: Mapping[Priority, Level], grace: str, tmp_path: Path
) -> None:
    """Severity sets every priority, by_priority single ones, grace no level; the longest key of a file decides."""
    setting = load(tmp_path, policy=f"rules: {{{rules}}}").rule("PRV201")
    assert (setting.level, setting.by_priority, setting.grace) == (level, by_priority, grace)


def test_a_later_file_on_a_family_beats_an_earlier_one_on_a_member(tmp_path: Path) -> None:
    """The order of files counts more than the length of keys, and grace outlives a new severity."""
    policy = load(
        tmp_path,
        policy="extends: [a.yaml]\nrules: {PRV2: {severity: warning}}",
        a="rules: {PRV201: {severity: none, grace: until-due}}",
    )
    assert (policy.rule("PRV201").level, policy.rule("PRV201").grace) == (Level.WARNING, "until-due")


def test_a_rule_that_nobody_mentions_is_a_warning(tmp_path: Path) -> None:
    """Rules of third parties need no entry; with by_priority only, what has no priority is as grave as the gravest."""
    assert load(tmp_path).rule("ACME001").level is Level.WARNING
    assert load(tmp_path, policy="rules: {ACME: {severity: error}}").rule("ACME001").level is Level.ERROR
    policy = load(tmp_path, policy="rules: {ACME: {by_priority: {P1: note, P2: none}}}")
    assert policy.rule("ACME001").level is Level.NOTE


def test_findings_name_the_key_that_decides(tmp_path: Path) -> None:
    """The policy key is the entry that somebody wrote, with its value."""
    policy = load(tmp_path, policy="rules: {PRV2: {by_priority: {P2: error}}, PRV301: {severity: note}}")
    assert policy.rule("PRV201").policy_key(Priority.P1) == "rules.PRV201.by_priority.P1 = error"
    assert policy.rule("PRV201").policy_key(Priority.P2) == "rules.PRV2.by_priority.P2 = error"
    assert policy.rule("PRV301").policy_key(Priority.P1) == "rules.PRV301.severity = note"
    assert policy.rule("PRV202").policy_key(None) == "rules.PRV202.severity = error"


# --- evidence and thresholds


def test_the_first_demand_that_matches_decides(tmp_path: Path) -> None:
    """Demands are tried in their order; a row without a priority counts as P2; no match demands nothing."""
    policy = load(
        tmp_path,
        policy="evidence:\n"
        "- {when: {category: [Test], priority: [P2], status: [Done]}, require: proven}\n"
        "- {when: {category: [Test, Code]}, require: linked}\n",
    )

    def required(*words: Any) -> Rung | None:
        demand = policy.demanded(action(*words))
        return demand.require if demand else None

    assert required(Category.TEST, None, Status.DONE) is Rung.PROVEN
    assert required(Category.TEST, Priority.P1, Status.DONE) is Rung.LINKED
    assert required(Category.CODE, Priority.P1, Status.TODO) is Rung.LINKED
    assert required(Category.MONITOR, Priority.P1, Status.DONE) is None


def test_thresholds_have_stable_names() -> None:
    """The numbers that rules and indicators ask for are there by these names."""
    numbers = {name: preset().threshold(name) for name in preset().tree["thresholds"]}
    assert numbers == {
        "action_stale_days": 14,
        "complete_within_days": 14,
        "postmortem_hours": 48,
        "hotspot_fixes": 3,
        "hotspot_probability": 0.5,
    }


# --- presets


@pytest.mark.parametrize("name", PRESETS)
def test_presets_speak_of_every_rule(name: str) -> None:
    """A new rule needs its line in each preset, and a line needs its rule."""
    assert list(preset(name).layers[0]) == [rule.code for rule in ALL_RULES]


@pytest.mark.parametrize("name", PRESETS)
def test_the_comment_behind_a_rule_is_its_name(name: str) -> None:
    """Who reads a preset sees the right name beside each code."""
    text = (ROOT / "policies" / f"{name}.yaml").read_text(encoding="utf-8")
    assert re.findall(r"(PRV\d+): .*?# (\S+)", text) == [(rule.code, rule.name) for rule in ALL_RULES]


@pytest.mark.parametrize(("milder", "stricter"), [*pairwise(PRESETS)])
def test_a_stricter_preset_never_asks_less(milder: str, stricter: str) -> None:
    """For every rule, priority and action the stricter preset is at least as severe."""
    one, other = preset(milder), preset(stricter)
    assert one.fail_on is None or (other.fail_on is not None and other.fail_on <= one.fail_on)
    for rule, priority in product(ALL_RULES, (None, *Priority)):
        assert one.rule(rule.code).level_for(priority) <= other.rule(rule.code).level_for(priority), rule.code
    for words in product(Category, Priority, Status):
        demands = one.demanded(action(*words)), other.demanded(action(*words))
        rungs = [demand.require if demand else Rung.CLAIMED for demand in demands]
        assert rungs[0] <= rungs[1], words


def test_advisory_fails_nothing() -> None:
    """Advisory has no error and never breaks the gate."""
    policy = preset("advisory")
    assert policy.fail_on is None
    assert all(policy.rule(rule.code).level_for(one) < Level.ERROR for rule in ALL_RULES for one in (None, *Priority))


def test_a_done_p1_test_is_to_be_proven_in_strict_and_working_in_standard() -> None:
    """Proving takes a fix that can be taken back: who asks for it says so."""
    done = action(Category.TEST, Priority.P1, Status.DONE)
    demands = [preset(name).demanded(done) for name in ("standard", "strict")]
    assert [demand and demand.require for demand in demands] == [Rung.WORKING, Rung.PROVEN]


def test_a_p1_test_action_without_a_test_is_an_error_in_standard_and_strict() -> None:
    """The promise of the tool, whatever the status."""
    for name in ("standard", "strict"):
        setting = preset(name).rule("PRV201")
        assert (setting.level_for(Priority.P1), setting.grace) == (Level.ERROR, "none")


def test_the_golden_policy_is_read() -> None:
    """The worked example's policy loads, on advisory."""
    policy = load_policy(ROOT / "tests" / "data" / "golden" / "case", codes=CODES)
    assert policy.fail_on is None
    assert policy.tree["observation"] == {"from": "2023-12-01", "compare_at": "2024-03-01"}
    assert policy.tree["patterns"]["same_module"]["exposure"]["api/orders"] == 0.2


# --- what is refused


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("rules: {PRV2011: {severity: note}}", "1:9", "no rule has the code PRV2011", "did you mean PRV201?"),
        ("rules: {PRV999: {severity: note}}", "1:9", "no rule has the code PRV999", ""),
        ("rules: {prv201: {severity: note}}", "1:9", "no rule has the code prv201", "did you mean PRV201?"),
        ("rules: {PRV201: error}", "1:9", "rules.PRV201 must be a mapping", 'for example: {"severity": "warning"}'),
        ("rules: {PRV201: {severity: off}}", "1:18", 'error, but is "off"', "write none"),
        ("rules: {PRV201: {severity: false}}", "1:18", "error, but is false", "write none"),
        ("rules: {PRV201: {severity: eror}}", "1:18", 'error, but is "eror"', "did you mean error?"),
        ("rules: {PRV201: {sverity: error}}", "1:18", "rules.PRV201 has no key sverity", "did you mean severity?"),
        ("rules: {PRV201: {by_priority: {P5: error}}}", "1:32", "has no key P5", "its keys: P1, P2, P3, P4"),
        ("rules: {PRV201: {}}", "1:9", "rules.PRV201 must not be empty", "for example"),
        ("fail_on: no", "1:1", 'never, but is "no"', "write never"),
        ("fail_on:", "1:1", "fail_on must be one of", "give it a value, or delete the key"),
        ("thresholds: {action_stale_days: -1}", "1:14", "must be at least 0, but is -1", "PRV702"),
        ("history: {window_days: 546}", "1:11", "must be at least 547, but is 546", "182 days ago"),
        ("thresholds: {action_stale_days: .nan}", "1:33", ".nan is not a finite number", "another number"),
        ("thresholds: {action_stale_days: 1.0e99}", "1:14", "must be at most 36500", "PRV702"),
        ("thresholds: {action_stale_days: '14'}", "1:14", 'must be a number, but is "14"', "PRV702"),
        ("thresholds: {stale_days: 14}", "1:14", "thresholds has no key stale_days", "did you mean action_stale_days?"),
        ("observation: {from: 20223-12-01}", "1:15", 'must be a date, but is "20223-12-01"', "1990 to 2100"),
        ("observation: {from: 0202-12-01}", "1:15", 'must be a date, but is "0202-12-01"', "1990 to 2100"),
        ("observation: {from: 2024-W03-1}", "1:15", "must be a date", "YYYY-MM-DD"),
        ("observation: {from: 2024-02-30}", "1:15", "must be a date", "YYYY-MM-DD"),
        ("observation: {timezone: Europe/Berln}", "1:15", "must be a time zone", "did you mean Europe/Berlin?"),
        ("observation: {timezone: ../../etc/passwd}", "1:15", "must be a time zone", "such as Europe/Berlin"),
        ("observation: {timezone: Europe}", "1:15", "must be a time zone", ""),
        ("observation: {from: 2024-02-02, compare_at: 2024-02-02}", "1:33", "is not later than from", "give a later"),
        (
            "deploys: {working_hours: {days: [mon], from: 18:00, to: 08:00}}",
            "1:53",
            "deploys.working_hours.to (08:00) is not later than from (18:00)",
            "give a later to",
        ),
        ("deploys: {working_hours: {days: [mon], to: 08:00}}", "1:11", "lacks the key from", "HH:MM"),
        ("statuses: {Done: [ok], Todo: [OK]}", "1:31", "statuses.Todo[0]: OK already means Done", "one meaning"),
        ("statuses: {Done: [todo]}", "1:19", "statuses.Done[0]: todo already means Todo", "one meaning"),
        ("columns: {Incident: [Action]}", "1:22", "columns.Incident[0]: Action already means Action", "one meaning"),
        ("evidence: [{require: workin}]", "1:13", "evidence[0].require must be one of", "did you mean working?"),
        ("evidence: [{when: {category: Test}, require: linked}]", "1:20", "must be a list", 'write a list: ["Test"]'),
        ("evidence: [{when: {}}]", "1:12", "evidence[0] lacks the key require", "rung on which"),
        ("paths: {tests: [14]}", "1:17", "paths.tests[0] must be text, but is 14", 'in quotes: "14"'),
        ("critical_paths: [{id: x, detect_within: 10 min}]", "1:26", "not of the right form", "for example"),
        ("version: 2", "1:1", "version must be 1, but is 2", "version of this format"),
        ("threshold: {}", "1:1", "has no key threshold", "did you mean thresholds?"),
        ("- a", "1:1", "must be a mapping of keys to values, but is a list", "prevention-policy.yaml"),
        ("", "0:0", "holds no policy", "delete the file"),
        ("# nothing\n", "0:0", "holds no policy", "delete the file"),
        ("extends: []", "1:1", "extends must not be empty", "preset:standard"),
        ("extends: preset:standard", "1:1", "must be a list", 'write a list: ["preset:standard"]'),
        ("extends: ['preset:strickt']", "1:11", "there is no preset strickt", "did you mean preset:strict?"),
        ("extends: ['preset:defaults']", "1:11", "there is no preset defaults", "did you mean preset:"),
        ("extends: ['preset:strict', 'preset:standard']", "1:28", "names the preset standard, but", "keep one"),
        ("extends: [b.yaml]", "1:11", "b.yaml does not exist", "relative to this file"),
        ("extends: ['https://example.org/p.yaml']", "1:11", "does not exist", "preset:advisory|standard|strict"),
        ("extends: [../b.yaml]", "1:11", "../b.yaml lies outside of the repository", "copy the file"),
        ("extends: [/etc/passwd]", "1:11", "/etc/passwd lies outside of the repository", "copy the file"),
        (f"extends: [{FILE}]", "1:11", f"extends in a circle: {FILE} → {FILE}", "remove one"),
        ("[" * 50_000, "1:41", "nests deeper than 40 levels", "brackets"),
        ("fail_on: error\nfail_on: never", "2:1", "stands here again", "keep one"),
        ("fail_on: &a error", "1:10", "&a is an anchor", "remove it"),
        ("columns: {Due: ['a\\u202eb']}".replace("'", '"'), "1:17", "U+202E", "remove it"),
    ],
)
def test_one_clear_error(text: str, place: str, message: str, hint: str, tmp_path: Path) -> None:
    """What cannot be meant is an error with place, what is wrong and what was meant."""
    problem = the_problem(tmp_path, policy=text)
    assert f"{problem.location.path}:{problem.location.line}:{problem.location.column}" == f"{FILE}:{place}"
    assert message in problem.message
    assert hint in problem.hint
    assert problem.hint
    assert problem.kind == "usage"


def test_all_problems_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    """One run names what is wrong in the file, in what it extends, and in what that extends."""
    problems = problems_of(
        tmp_path,
        policy="extends: [a.yaml, b.yaml, nowhere.yaml]\nfail_on: off\nrules: {PRV999: {severity: on}}",
        a="a: &x 1\nb: [",
        b="extends: [policy.yaml]\nversion: 2",
    )
    assert [str(problem.location) for problem in problems] == [
        "a.yaml:1:4",
        "a.yaml:2:5",
        "b.yaml:1:11",
        "b.yaml:2:1",
        f"{FILE}:1:27",
        f"{FILE}:2:1",
        f"{FILE}:3:9",
        f"{FILE}:3:18",
    ]


def test_circles_are_named(tmp_path: Path) -> None:
    """A circle of files is told with its files, at the entry that closes it."""
    problem = the_problem(tmp_path, policy="extends: [a.yaml]", a="extends: [b.yaml]", b="extends: [a.yaml]")
    assert str(problem.location) == "b.yaml:1:11"
    assert problem.message == "extends in a circle: a.yaml → b.yaml → a.yaml"


def test_the_number_of_files_is_bounded(tmp_path: Path) -> None:
    """The sixteenth file is read, the seventeenth is an error."""
    chain = {f"f{n}": f"extends: [f{n + 1}.yaml]" for n in range(1, MAX_FILES)}
    last = {f"f{MAX_FILES}": "version: 1"}
    assert f"more than {MAX_FILES}" in the_problem(tmp_path, policy="extends: [f1.yaml]", **chain, **last).message
    assert load(tmp_path, policy="extends: [f2.yaml]").fail_on is Level.ERROR


def test_a_policy_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A folder, a broken link, a link out of the repository, wrong bytes and too many of them never mean *standard*."""
    policy = tmp_path / "root" / FILE
    policy.mkdir(parents=True)
    assert "is a directory" in the_problem(policy.parent).message
    policy.rmdir()
    policy.symlink_to("nowhere.yaml")
    assert "does not exist" in the_problem(policy.parent).message
    policy.unlink()
    (tmp_path / "outside.yaml").write_text("fail_on: never")
    policy.symlink_to(tmp_path / "outside.yaml")
    assert "link out of the repository" in the_problem(policy.parent).message
    policy.unlink()
    policy.write_bytes(b"fail_on: never # \xff")
    assert "is not UTF-8" in the_problem(policy.parent).message
    policy.write_bytes(b"#" * 2_000_000)
    assert "is larger than" in the_problem(policy.parent).message


def test_a_named_policy_must_be_there(tmp_path: Path) -> None:
    """Naming a file that does not exist is an error, not the default."""
    with pytest.raises(PreventionError, match="does not exist"):
        load_policy(tmp_path, tmp_path / "nope.yaml", codes=CODES)


# --- the effective policy


def test_the_effective_policy_names_the_place_of_every_value(tmp_path: Path) -> None:
    """Each line with a value ends in a comment with file and line, in one column where it fits."""
    policy = load(
        tmp_path, policy="fail_on: never\nrules:\n  PRV1: {severity: note}\n  PRV201: {by_priority: {P2: error}}"
    )
    text = effective(policy)
    lines = text.splitlines()
    column = lines[0].index("# ")
    assert f"{'fail_on: never':{column}}# {FILE}:1" in lines
    assert f"{'  PRV105: {severity: note}':{column}}# {FILE}:3" in lines
    assert f"{'  ACME001: {severity: warning}':{column}}# built in" in lines
    rule = lines.index("  PRV201:")
    assert [line.split() for line in lines[rule + 1 : rule + 5]] == [
        ["severity:", "error", "#", "preset:standard:22"],
        ["by_priority:"],
        ["P1:", "error", "#", "preset:standard:22"],
        ["P2:", "error", "#", f"{FILE}:4"],
    ]
    assert all("# " in line or line.endswith(":") for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        *(f'extends: ["preset:{name}"]' for name in PRESETS),
        re.search(r"```yaml\n(observation:.*?)```", PAGE, re.DOTALL)[1],  # type: ignore[index]
        'columns: {"#": ["::x", "a ::b", "##[a]", "no", "~", "1", " x", "a: b", "- a", "\\\\", "é\\n"]}',
        'columns: {"Due": ["\u200f\u05d0", "\U0001f469\u200d\U0001f692"]}',
        "patterns: {same_module: {exposure: {a: 0.0000001, b: 0.25, c: 1, d: 0}}}",
    ],
)
def test_the_effective_policy_is_a_policy(text: str, tmp_path: Path) -> None:
    """Its text loads as the same policy, and nothing in it acts when it is printed."""
    policy = load(tmp_path, policy=text)
    shown = effective(policy)
    assert same(load(tmp_path, policy=shown), policy)
    assert [safe(line) for line in shown.splitlines()] == shown.splitlines()


WORDS = st.one_of(
    st.text(min_size=1, max_size=8), st.sampled_from(["::error", "##[x]", "off", "null", "1", "~", "a: b"])
)
LEVELS = st.sampled_from(["none", "note", "warning", "error"])
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "severity": LEVELS,
        "by_priority": st.dictionaries(st.sampled_from(["P1", "P2", "P3", "P4"]), LEVELS),
        "grace": st.sampled_from(["none", "until-due"]),
    },
).filter(bool)
RULES = st.dictionaries(st.sampled_from(["PRV", "PRV2", "PRV201", "PRV20", "PRV302", "ACME001", "AC"]), ENTRIES)
POLICIES = st.fixed_dictionaries(
    {"rules": RULES},
    optional={
        "fail_on": st.sampled_from(["error", "warning", "never"]),
        "columns": st.dictionaries(st.sampled_from(["#", "Due", "Root cause"]), st.lists(WORDS, max_size=3)),
        "thresholds": st.fixed_dictionaries({"postmortem_hours": st.floats(0, 1e5)}),
        "paths": st.fixed_dictionaries({"tests": st.lists(WORDS)}),
        "patterns": st.fixed_dictionaries(
            {"same_module": st.fixed_dictionaries({"exposure": st.dictionaries(WORDS, st.floats(0, 1))})}
        ),
        "monitoring": st.fixed_dictionaries({"paging_severities": st.lists(WORDS)}),
        "critical_paths": st.lists(
            st.fixed_dictionaries(
                {"id": st.just("a"), "alerts": st.fixed_dictionaries({"any_of": st.just([{"name": "A"}])})}
            )
        ),
    },
)
one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def written(root: Path, tree: Mapping[str, Any]) -> Policy | None:
    """The policy of a tree written as YAML, None where it is refused."""
    try:
        return load(root, policy=json.dumps(tree, ensure_ascii=False))
    except PreventionError as error:
        assert all(problem.message and problem.hint for problem in error.problems)
        return None


@one_folder
@given(POLICIES)
def test_any_effective_policy_loads_as_the_same(tmp_path: Path, tree: Mapping[str, Any]) -> None:
    """Whatever a policy says, its effective text says the same, and nothing in it acts when it is printed."""
    policy = written(tmp_path, tree)
    if policy is not None:
        text = effective(policy)
        assert same(load(tmp_path, policy=text), policy)
        assert [safe(line) for line in text.splitlines()] == text.splitlines()


@one_folder
@given(RULES, st.sampled_from([*pairwise(PRESETS)]))
def test_the_same_file_on_a_stricter_preset_never_asks_less(
    tmp_path: Path, rules: Mapping[str, Any], names: tuple[str, str]
) -> None:
    """Whatever a team writes on top, the stricter preset beneath loses no finding."""
    policies = []
    for name in names:
        policy = written(tmp_path, {"extends": [f"preset:{name}"], "rules": rules})
        assert policy is not None
        policies.append(policy)
    for code, priority in product(CODES, (None, *Priority)):
        milder, stricter = (policy.rule(code).level_for(priority) for policy in policies)
        assert milder <= stricter


@one_folder
@given(st.binary())
def test_any_bytes_give_a_policy_or_an_error(tmp_path: Path, data: bytes) -> None:
    """Whatever stands in the file, it is a policy or a PreventionError."""
    (tmp_path / FILE).write_bytes(data)
    try:
        assert isinstance(load_policy(tmp_path, codes=CODES), Policy)
    except PreventionError as error:
        assert error.problems


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)
KEYS = [
    "version",
    "extends",
    "fail_on",
    "rules",
    "evidence",
    "thresholds",
    "columns",
    "observation",
    "deploys",
    "paths",
]


@one_folder
@given(
    st.dictionaries(
        st.sampled_from(KEYS), st.one_of(ANYTHING, st.dictionaries(st.sampled_from(["from", "PRV201"]), ANYTHING))
    )
)
def test_any_shape_gives_a_policy_or_an_error(tmp_path: Path, tree: Mapping[str, Any]) -> None:
    """Known keys with values of any shape are judged, not stumbled over."""
    written(tmp_path, tree)


# --- the documentation

EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_documentation_loads(example: str, tmp_path: Path) -> None:
    """What docs/policy.md shows is a policy."""
    (tmp_path / "policies").mkdir()
    for name in ("house", "payments"):
        (tmp_path / "policies" / f"{name}.yaml").write_text("version: 1")
    load(tmp_path, policy=example)


def test_the_documentation_says_what_its_example_does(tmp_path: Path) -> None:
    """The example of rules means what the sentence behind it says."""
    policy = load(tmp_path, policy=next(example for example in EXAMPLES if "P4: none" in example))
    setting = policy.rule("PRV201")
    assert [setting.level_for(one) for one in Priority] == [Level.ERROR, Level.WARNING, Level.NOTE, Level.NONE]
    assert policy.rule("PRV202").level is Level.WARNING
