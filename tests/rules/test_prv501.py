"""PRV501: module-breaks-repeatedly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.gate import judge
from pytest_prevention.model import (
    Category,
    Facts,
    History,
    Incidents,
    Outcome,
    Rung,
    ShortHistory,
    Status,
    Unchecked,
    available,
)
from pytest_prevention.policy import Demand
from pytest_prevention.rules.prv501_module_breaks_repeatedly import RULE
from pytest_prevention.sources.backlog.reader import parse_actions
from pytest_prevention.sources.backlog.words import words
from pytest_prevention.sources.policy_file import preset
from tests.rules.build import (
    BACKLOG,
    TEST,
    action,
    answers,
    broken,
    facts,
    fix,
    history,
    hit,
    hits,
    incident,
    link,
    policy,
    run,
)

MODULE = "shop/payments.py"
NAMED = incident("INC-003", modules=(MODULE,))
ROW = "| 1 | INC-003 | Retrofit tests for shop/payments.py | Test | P2 | Todo | 2024-02-15 | — |"
TABLES = {
    "ours": """\
| # | Incident | Action | Category | Priority | Status | Due | Done |
|---|----------|--------|----------|----------|--------|-----|------|
""",
    "more columns, in another order": """\
| Owner | Status | # | Action | Incident | Type | Prio | Due | Colour | Evidence |
|-------|--------|---|--------|----------|------|------|-----|--------|----------|
""",
    "open ones below those that are done": """\
| # | Incident | Action | Category | Done | Verified |
|---|----------|--------|----------|------|----------|
| 1 | INC-001 | Test empty body | Test | 2024-01-25 | yes |

## Open

| # | Incident | Action | Category | Priority | Status | Due |
|---|----------|--------|----------|----------|--------|-----|
""",
}


def given_with(table: str) -> Facts:
    """A module that breaks and is named by one incident, with the backlog of this text."""
    backlog = parse_actions(table, BACKLOG, words(preset()))
    return facts(incident(), NAMED, broken(MODULE), link(), backlog=backlog)


def test_the_finding_says_how_often_when_last_and_how_likely_again() -> None:
    """Everything that the flag rests on, and the last thing that broke."""
    last = fix(10, "Fix the answer to a declined card")
    given = history({MODULE: [last, *(fix(days) for days in (40, 70, 100, 130))]})
    found = hit(RULE, facts(NAMED, given))
    assert (found.subject, str(found.location)) == (MODULE, MODULE)
    assert found.fact == (
        'shop/payments.py was fixed 5 times in 12 months, last on 2024-01-22 ("Fix the answer to a declined card"). '
        "The probability of another fix within 6 months is 57 %."
    )
    assert found.next_step == f"plan a comprehensive test retrofit in {BACKLOG}: {ROW}"


def test_a_fix_without_a_message_is_told_by_its_day_alone() -> None:
    """An incident may name a commit that says nothing."""
    given = history({MODULE: [fix(days, "") for days in (10, 40, 70, 100, 130)]})
    assert "last on 2024-01-22. The probability" in hit(RULE, facts(given)).fact


@pytest.mark.parametrize(
    ("given", "flagged"),
    [
        (history({MODULE: [fix(10), fix(40), fix(70)]}, lines=4000), True),
        (history({MODULE: [fix(10), fix(40)]}, lines=40_000), False),
        (history({MODULE: [fix(10), fix(40), fix(365)]}, lines=40_000), False),
        (history({MODULE: [fix(10), fix(40), fix(70)]}, lines=40), False),
        (history({MODULE: [fix(days, why="") for days in range(1, 100)]}), False),
    ],
    ids=["three fixes", "two fixes", "the third is a year old", "hardly likely", "busy but sound"],
)
def test_three_fixes_in_a_year_and_a_probability_of_a_half_flag_a_module(given: History, flagged: bool) -> None:
    """Either alone is not enough; changes that are no fixes never are."""
    assert bool(hits(RULE, facts(given))) is flagged


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_row_to_paste_is_a_valid_row_and_the_answer(table: str) -> None:
    """Pasted into the table that is there, it leaves only what is said of any open action."""
    before = given_with(table)
    row = hit(RULE, before, preset()).next_step.partition(": ")[2]
    after = given_with(f"{table}{row}\n")
    assert len(available(after.backlog).actions) == len(available(before.backlog).actions) + 1
    assert hits(RULE, after, preset()) == []
    new = {finding.code for finding in judge(after, preset()).findings}
    new -= {finding.code for finding in judge(before, preset()).findings}
    assert new <= {"PRV110", "PRV201"}  # no owner yet, and no test


@pytest.mark.parametrize("name", ["a|b.py", "a b.py", "ä.py", "a: b.py", "[a](b).py", "*a*.py"])
def test_a_module_of_any_name_can_be_pasted(name: str) -> None:
    """The backlog reader finds the same name in the cell."""
    table, anywhere = TABLES["ours"], Incidents((incident("INC-003", modules=("**",)),))
    given = replace(given_with(table), history=broken(name), incidents=anywhere)
    row = hit(RULE, given).next_step.partition(": ")[2]
    assert hits(RULE, replace(given, backlog=given_with(f"{table}{row}\n").backlog)) == []


def test_findings_that_are_pasted_together_have_different_numbers() -> None:
    """The first has the next free number of the whole backlog, each further one the next."""
    given = facts(incident("INC-003", modules=("shop/",)), broken("shop/a.py", "shop/b.py"), action(8, "INC-001"))
    numbers = [found.next_step.partition(": | ")[2].split(" | ")[0] for found in hits(RULE, given)]
    assert numbers == ["9", "10"]


def test_the_row_is_for_the_newest_incident_that_names_the_module() -> None:
    """By when it was noticed, not by its number; one without any stamp comes last."""
    undated = {"detected_at": None, "mitigated_at": None, "resolved_at": None, "postmortem_at": None}
    records = (
        incident("INC-005", modules=(MODULE,), detected_at=datetime(2023, 5, 1, tzinfo=UTC)),
        incident("INC-004", modules=("shop/**",), detected_at=datetime(2023, 6, 1, tzinfo=UTC)),
        incident("INC-007", modules=("other.py",)),
        incident("INC-009", modules=(MODULE,), **undated),
    )
    assert "| 1 | INC-004 |" in hit(RULE, facts(*records, broken(MODULE))).next_step


def test_without_an_incident_the_text_of_the_action_is_given() -> None:
    """A row needs an incident, and history has shown that there was one."""
    assert hit(RULE, facts(incident(), broken(MODULE))).next_step == (
        f"write an incident record of what broke, and in {BACKLOG} a Test action for it with the text: "
        "Retrofit tests for shop/payments.py"
    )


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, True),
        ({"status": None}, True),
        ({"done": date(2023, 11, 1)}, True),
        ({"status": Status.DROPPED}, False),
        ({"category": Category.CODE}, False),
        ({"text": "Retrofit tests for shop/payments.pyx"}, False),
    ],
    ids=["open", "no readable status", "taken up again", "dropped", "no Test action", "another module"],
)
def test_an_open_retrofit_is_the_answer(changes: dict[str, Any], kept: bool) -> None:
    """Whether it is done in time is the business of the rules about deadlines."""
    retrofit = replace(action(text="Retrofit tests for shop/payments.py"), **changes)
    assert bool(hits(RULE, facts(NAMED, broken(MODULE), retrofit))) is not kept


RETROFIT = action(4, "INC-003", text="Retrofit tests for shop/payments.py", status=Status.DONE, done=date(2024, 1, 31))
GUARD = link(incident="INC-003")


@pytest.mark.parametrize(
    ("done", "kept"), [(date(2024, 1, 31), True), (date(2023, 11, 23), True), (date(2023, 11, 22), False)]
)
def test_a_retrofit_that_is_done_answers_only_what_broke_before(done: date, kept: bool) -> None:
    """Three fixes after it flag the module once more, and then a new action is asked for: also without evidence."""
    retrofit = replace(RETROFIT, done=done)
    assert bool(hits(RULE, facts(NAMED, broken(MODULE), retrofit, GUARD))) is not kept
    planned = hit(RULE, facts(NAMED, broken(MODULE), retrofit)).next_step.startswith("plan a comprehensive")
    assert planned is not kept


def test_a_retrofit_that_is_only_claimed_is_no_answer() -> None:
    """What is asked for is the evidence, not one more action."""
    found = hit(RULE, facts(NAMED, broken(MODULE), RETROFIT))
    assert found.fact.endswith(" is 57 %. INC-003#4 is Done, but only claimed: no test is linked.")
    assert found.next_step == 'above its test, paste: @pytest.mark.incident("INC-003")'


@pytest.mark.parametrize(
    ("done", "reason"),
    [(None, "its Done cell names no day"), (date(2031, 1, 1), "its Done day 2031-01-01 is yet to come")],
)
def test_a_retrofit_that_was_done_on_no_day_so_far_is_no_answer(done: date | None, reason: str) -> None:
    """Nobody could tell which fixes it answers, linked test or not."""
    found = hit(RULE, facts(NAMED, broken(MODULE), replace(RETROFIT, done=done), GUARD))
    assert found.fact.endswith(f" INC-003#4 is Done, but only claimed: {reason}.")
    assert found.next_step == "write the day on which INC-003#4 was done into its Done cell, in this form: 2024-02-01"


def test_a_retrofit_whose_test_fails_is_no_answer_where_policy_asks_that_it_works() -> None:
    """The finding says which test, and what became of it."""
    demands = replace(policy(), demands=(Demand(Rung.WORKING),))
    found = hit(RULE, facts(NAMED, broken(MODULE), RETROFIT, GUARD, run({TEST: Outcome.FAILED})), demands)
    assert found.fact.endswith(f" INC-003#4 is Done, but only linked: {TEST}: failed.")
    assert found.next_step == "make its linked tests run and pass"


def test_a_test_file_that_cannot_be_parsed_may_hold_the_evidence() -> None:
    """What nobody could look at is not checked, rather than missing."""
    given = facts(NAMED, broken(MODULE), RETROFIT)
    unseen = replace(given, links=replace(available(given.links), unread=("tests/test_broken.py",)))
    (answer,) = answers(RULE, unseen)
    assert isinstance(answer, Unchecked)
    assert (answer.subject, answer.why.reason) == (MODULE, "tests/test_broken.py cannot be parsed")


def test_what_broke_again_after_its_retrofit_gets_a_new_action_that_is_no_duplicate() -> None:
    """The finding names the old action; with the new one pasted the module is quiet."""
    old = action(4, "INC-003", text="Retrofit tests for shop/payments.py", status=Status.DONE, done=date(2023, 11, 20))
    guard = link(incident="INC-003", action=4)
    found = hit(RULE, facts(NAMED, broken(MODULE), old, guard))
    assert "was fixed 5 times in 12 months, 3 of them after INC-003#4 was Done, last on" in found.fact
    text = "Retrofit tests for shop/payments.py, which broke again after 2023-11-20"
    assert f"| 5 | INC-003 | {text} |" in found.next_step
    assert hits(RULE, facts(NAMED, broken(MODULE), old, guard, action(5, "INC-003", text=text))) == []


def test_without_history_it_is_not_checked() -> None:
    """A shallow clone shows no module sound."""
    with pytest.raises(MissingSource):
        answers(RULE, facts(history=ShortHistory("history reaches back 12 days")), policy())
