"""What people read at a terminal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model import (
    NO_RUN,
    Backlog,
    Incidents,
    Level,
    Priority,
    RuleResult,
    State,
    Unavailable,
    Unchecked,
    Verdict,
)
from pytest_prevention.reporters import Report, closing, findings_text, report_text
from pytest_prevention.reporters.layout import columns, cut, padded, wrapped
from pytest_prevention.reporters.words import percent
from tests.reporters.approved import approved, assert_approved
from tests.reporters.samples import ACTIONS, GUARD, INCIDENTS, POLICY, VERDICT, hostile, ordinary

LEVELS = (Level.ERROR, Level.ERROR, Level.WARNING, Level.NOTE, Level.NOTE, Level.NOTE)
KEPT = RuleResult("PRV101", "backlog-row-malformed", State.KEPT)


def verdict(*levels: Level, fail_on: Level | None = Level.ERROR, why: Unavailable | None = None) -> Verdict:
    findings = tuple(replace(VERDICT.findings[0], level=level) for level in levels)
    gap = RuleResult("PRV301", "guard-not-passing", State.NOT_CHECKED, 0, (Unchecked("", why),)) if why else KEPT
    return Verdict(findings, (KEPT, gap), fail_on)


@pytest.mark.parametrize(("name", "report"), [("ordinary", ordinary()), ("hostile", hostile())])
def test_the_texts_are_as_approved(name: str, report: Report) -> None:
    assert report.verdict
    assert_approved(findings_text(report.verdict), f"{name}.findings.txt")
    assert_approved(report_text(report), f"{name}.report.txt")


def test_the_page_on_reports_shows_what_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    assert f"```text\n{approved('ordinary.findings.txt')}```" in page
    assert f"```text\n{approved('ordinary.report.txt')}```" in page


def test_lines_fit_80_columns() -> None:
    report = ordinary()
    assert report.verdict
    for line in (findings_text(report.verdict) + report_text(report)).splitlines():
        assert columns(line) <= 80


def test_what_is_to_be_pasted_stands_whole_on_its_own_line() -> None:
    paste = "| 17 | INC-001 | " + "a very long action " * 9 + "|"
    finding = replace(VERDICT.findings[0], next_step=f"add to the backlog: {paste}")
    assert f"        {paste}\n" in findings_text(replace(VERDICT, findings=(finding,)))


def test_colour_is_added_only_when_asked_and_changes_no_word() -> None:
    report = ordinary()
    assert report.verdict
    for plain, coloured in [
        (findings_text(report.verdict), findings_text(report.verdict, colour=True)),
        (report_text(report), report_text(report, colour=True)),
    ]:
        assert "\x1b" not in plain
        assert plain != coloured
        assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (verdict(*LEVELS), "2 findings break the gate (2 errors), 1 warning, 3 notes"),
        (verdict(*LEVELS, fail_on=Level.WARNING), "3 findings break the gate (2 errors, 1 warning), 3 notes"),
        (verdict(Level.ERROR), "1 finding breaks the gate (1 error)"),
        (verdict(*LEVELS, fail_on=None), "no finding breaks the gate (2 rules), 2 errors, 1 warning, 3 notes"),
        (verdict(), "no finding breaks the gate (2 rules)"),
        (verdict(why=NO_RUN), "no finding breaks the gate (2 rules)"),
        (verdict(why=Unavailable("crashed")), "no finding breaks the gate, but 1 rule could not be checked"),
    ],
)
def test_the_closing_words_count_what_breaks_the_gate_and_what_does_not(judged: Verdict, words: str) -> None:
    assert closing(judged) == words


def test_gaps_are_told_once_per_reason_and_the_unwanted_ones_first() -> None:
    chosen = RuleResult("PRV301", "a", State.NOT_CHECKED, 0, (Unchecked("", NO_RUN),))
    crashed = Unavailable("the run broke off", "see above")
    unwanted = RuleResult("PRV304", "b", State.NOT_CHECKED, 0, (Unchecked("t1", crashed), Unchecked("t2", crashed)))
    text = findings_text(Verdict((), (chosen, replace(chosen, code="PRV302"), unwanted), Level.ERROR))
    assert text.splitlines()[:2] == [
        "not checked: PRV304 (2 subjects): the run broke off; see above",
        "not checked: PRV301, PRV302: no tests were run here; run pytest --prevention, or",
    ]


def test_a_report_without_incidents_or_backlog_says_why() -> None:
    gone = Unavailable("incidents/ cannot be read")
    facts = replace(ordinary().facts, incidents=gone, backlog=gone)
    text = report_text(Report(facts, POLICY))
    assert text.count("not available: incidents/ cannot be read") == 14
    assert "%" not in text


def test_nothing_recorded_is_neither_a_success_nor_a_failure() -> None:
    facts = replace(ordinary().facts, incidents=Incidents(), backlog=Backlog())
    text = report_text(Report(facts, replace(POLICY, tree={**POLICY.tree, "observation": {}})))
    assert "no actions" in text
    assert "no action was completed" in text
    assert "no incident, and policy does not say" in text
    assert "%" not in text


def test_long_lists_are_counted_not_shown() -> None:
    actions = tuple(replace(action, key=f"{action.key}{number}") for action in ACTIONS for number in range(40))
    text = report_text(Report(replace(ordinary().facts, backlog=Backlog(actions)), POLICY))
    assert text.count("overdue by") == 10
    assert "and 70 more" in text


@given(st.text(max_size=60), st.integers(1, 30))
def test_a_cut_text_fits_and_keeps_its_beginning(text: str, width: int) -> None:
    short = cut(text, width)
    assert columns(short) <= width
    assert short == text or text.startswith(short.removesuffix("…"))
    assert columns(padded(text, width)) == width


@given(st.lists(st.text("ab注 ", max_size=12)).map(" ".join), st.integers(0, 10))
def test_wrapping_loses_no_word_and_breaks_only_between_words(text: str, indent: int) -> None:
    lines = wrapped(text, indent, indent + 2, width=24)
    assert " ".join(lines).split() == text.split()
    assert all(columns(line) <= 24 or len(line.split()) == 1 for line in lines)


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [(0, 3, "0 %"), (1, 300, "under 1 %"), (2, 3, "66 %"), (29, 100, "29 %"), (999, 1000, "99 %"), (3, 3, "100 %")],
)
def test_a_share_never_says_all_or_none_of_some(done: int, total: int, words: str) -> None:
    assert percent(done, total) == words


def test_the_guards_of_a_report_are_those_of_its_links() -> None:
    loops = ordinary().loops
    assert not isinstance(loops, Unavailable)
    assert [link.nodeid for one in loops for link in one.guards] == [GUARD]


def test_next_steps_begin_with_the_gravest() -> None:
    """A SEV1 without actions and what is P1 before all else; among actions what is due first; what has no day last."""
    soon, late = (replace(ACTIONS[2], key=key, due=date(2024, month, 1)) for key, month in (("b", 5), ("a", 7)))
    never = replace(ACTIONS[2], key="0", due=None)
    minor = replace(ACTIONS[2], key="1", priority=Priority.P2, due=date(2024, 1, 1))
    facts = replace(ordinary().facts, backlog=Backlog((late, minor, never, soon)), incidents=Incidents(INCIDENTS[1:2]))
    assert [gap.subject for gap in Report(facts, POLICY).next_steps] == ["b", "a", "0", "1"]
    assert [gap.subject for gap in ordinary().next_steps][:3] == ["INC-005", "INC-006", "INC-002#3"]


def test_what_nobody_could_examine_comes_behind_what_is_known_to_be_missing() -> None:
    unseen = replace(ordinary().facts, run=NO_RUN)
    steps = Report(unseen, POLICY).next_steps
    assert [gap.subject for gap in steps if not gap.examined] == ["INC-001#1"]
    assert steps[-1].subject == "INC-001#1"


_evil = st.lists(
    st.sampled_from(
        ["::error::x", "##[group]", "\x1b[2J", "\n", "\r", "\u2028", "\u202e", " ", "|", "\ud800", "a" * 90]
    )
    | st.characters(),
    max_size=12,
).map("".join)


@given(_evil)
def test_no_text_of_a_repository_acts_in_what_is_printed(evil: str) -> None:
    report = hostile(evil)
    unavailable = replace(report.facts, backlog=Unavailable(evil), incidents=Unavailable(evil))
    assert report.verdict
    for text in (findings_text(report.verdict), report_text(report), report_text(Report(unavailable, POLICY))):
        acting = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
        assert acting <= {"\n", "\u200c", "\u200d"}
        assert not any(re.match(r"\s*::\S", line) for line in text.split("\n"))
        assert "##[" not in text
