"""The rules as a set: one table, and for each rule one module, one test file and one page."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from pytest_prevention.gate import judge
from pytest_prevention.model import Backlog, Incidents, Links
from pytest_prevention.rules import ALL_RULES, Rule
from pytest_prevention.sources.policy_file import PRESETS, preset
from tests.rules.build import facts, policy, problem
from tests.rules.pages import CODES, FOLDER, read_page

ROOT = Path(__file__).parents[2]
HEADINGS = ["## Why", "## Fires", "## Silent", "## What to do", "## Policy"]

each_rule = pytest.mark.parametrize("rule", ALL_RULES, ids=CODES)


def test_the_table_is_sorted_and_no_code_or_name_stands_twice() -> None:
    """A code is a promise: it means one rule, for ever."""
    assert sorted(set(CODES)) == CODES
    assert len({rule.name for rule in ALL_RULES}) == len(ALL_RULES)


@each_rule
def test_code_name_and_summary_have_their_form(rule: Rule) -> None:
    """PRV201, test-action-unlinked, and one sentence that fits a terminal."""
    assert re.fullmatch("PRV[0-9]{3}", rule.code)
    assert re.fullmatch("[a-z]+(-[a-z]+)+", rule.name)
    assert re.fullmatch(r"[A-Z][^\n]{10,78}\.", rule.summary)


def test_each_rule_has_one_module_and_each_module_one_rule() -> None:
    """The file is named after code and name, so that it is found without a search."""
    expected = {f"{rule.code.lower()}_{rule.name.replace('-', '_')}" for rule in ALL_RULES}
    folder = ROOT / "pytest_prevention" / "rules"
    assert {path.stem for path in folder.glob("prv*.py")} == expected


@each_rule
def test_the_table_holds_the_rule_of_the_module(rule: Rule) -> None:
    """Module, docstring and table agree."""
    name = f"{rule.code.lower()}_{rule.name.replace('-', '_')}"
    module = importlib.import_module(f"pytest_prevention.rules.{name}")
    assert module.RULE is rule
    assert (module.__doc__ or "").startswith(f"{rule.code}: ")


def test_each_rule_has_one_test_file_and_each_test_file_one_rule() -> None:
    """No rule goes untested, and no test outlives its rule."""
    assert sorted(path.stem for path in Path(__file__).parent.glob("test_prv*.py")) == [
        f"test_{code.lower()}" for code in CODES
    ]


def test_each_rule_has_one_page_and_each_page_one_rule() -> None:
    """`prevention explain` has an answer for every code, and no page is left over."""
    assert sorted(path.name for path in FOLDER.iterdir()) == [f"{code}.md" for code in CODES]


@each_rule
def test_each_page_has_the_same_headings(rule: Rule) -> None:
    """Who has read one page finds the way in all."""
    assert list(read_page(rule.code).sections) == [f"# {rule.code} {rule.name}", *HEADINGS]


@each_rule
def test_each_page_begins_with_the_rules_own_sentence(rule: Rule) -> None:
    """What `explain` says and what the report says is the same."""
    assert read_page(rule.code).text.splitlines()[:4] == [f"# {rule.code} {rule.name}", "", rule.summary, ""]


@each_rule
def test_each_page_fits_a_terminal(rule: Rule) -> None:
    """Pages are printed as they are: 80 columns, no tabs, at most 75 lines."""
    lines = read_page(rule.code).text.splitlines()
    assert [line for line in lines if len(line) > 80 or "\t" in line] == []
    assert len(lines) <= 75


@each_rule
def test_each_page_names_the_severities_of_the_presets(rule: Rule) -> None:
    """The table on the page is the table in policies/."""
    section = read_page(rule.code).text.partition("\n## Policy\n")[2]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("|")]
    assert rows[2:] == [[name, _severity(name, rule.code)] for name in PRESETS]
    assert f"`rules.{rule.code}." in section


def _severity(name: str, code: str) -> str:
    setting = preset(name).rule(code)
    return ", ".join(f"{one} {level}" for one, level in sorted(setting.by_priority.items())) or str(setting.level)


def test_every_problem_that_a_source_finds_has_a_rule() -> None:
    """A problem of a kind that no rule reports would pass quietly."""
    sources = [path for path in (ROOT / "pytest_prevention").rglob("*.py") if path.parent.name != "rules"]
    kind = re.compile('"((?!no-)[a-z]+(?:-[a-z]+)*-(?:malformed|invalid|duplicate|collected))"')
    kinds = {name for path in sources for name in kind.findall(path.read_text(encoding="utf-8"))}
    assert len(kinds) == 6
    for name in kinds:
        found = (problem(name),)
        given = facts(incidents=Incidents(problems=found), backlog=Backlog(problems=found), links=Links(problems=found))
        assert {finding.name for finding in judge(given, policy()).findings} == {name}


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_names_each_rule_by_its_code(name: str) -> None:
    """A new rule is weighed in every preset, and a code that is no rule stands in none."""
    assert sorted(key for layer in preset(name).layers for key in layer) == CODES
