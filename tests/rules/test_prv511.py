"""PRV511: module-keeps-breaking."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pytest_prevention.gate import judge
from pytest_prevention.model import Action, Category, Incident, Outcome, Status, Unavailable, Unchecked
from pytest_prevention.rules.prv511_module_keeps_breaking import RULE
from tests.rules.build import AS_OF, action, answers, facts, hit, hits, incident, link, policy, run


def broke(number: int, days: float, module: str = "src/orders/**") -> Incident:
    """An incident of so many days before AS_OF, in the module."""
    at = AS_OF - timedelta(days=days)
    return incident(f"INC-00{number}", started_at=at, detected_at=at, modules=(module,), lines={"modules": 9})


TWICE = (broke(1, 30), broke(2, 10))
RETROFIT = action(7, "INC-002", text="Retrofit tests for src/orders")
DONE = replace(RETROFIT, status=Status.DONE, done=date(2024, 1, 25))
GUARD = link("tests/test_orders.py::test_refused", "INC-002")
GREEN = run({GUARD.nodeid: Outcome.PASSED})


def test_the_finding_has_its_incidents_counts_test_verdict_and_a_row_to_paste() -> None:
    """It stands where the newest record names the module."""
    found = hit(RULE, facts(*TWICE, broke(3, 20, "src/billing")))
    assert (found.subject, str(found.location)) == ("src/orders", "incidents/INC-002.md:9")
    assert found.fact == (
        "src/orders keeps breaking: 2 of 3 incidents, 2 in the last 90 days, with 50 % of the changes, were all "
        "modules alike (not enough data: a verdict needs 6 incidents): INC-001, INC-002."
    )
    assert found.next_step == (
        "plan it in incidents/prevention-backlog.md: "
        "| 1 | INC-002 | Retrofit tests for src/orders | Test | P2 | Todo | 2024-02-15 | — |"
    )


@pytest.mark.parametrize(("days", "flagged"), [((90, 10), True), ((90.1, 10), False), ((360, 200, 100), True)])
def test_as_many_incidents_as_policy_says_flag_a_module(days: tuple[float, ...], flagged: bool) -> None:
    """Two in 90 days, the first day included, or three in 365."""
    found = hits(RULE, facts(*(broke(number, ago) for number, ago in enumerate(days, 1))))
    assert bool(found) is flagged


@pytest.mark.parametrize(
    ("answer", "silent"),
    [
        (RETROFIT, True),
        (replace(RETROFIT, text="retrofit: src/orders."), True),
        (replace(RETROFIT, text="Test src/orders"), False),
        (replace(RETROFIT, text="Retrofit tests for src/orders2"), False),
        (replace(RETROFIT, category=Category.CODE), False),
        (replace(RETROFIT, status=Status.DROPPED), False),
    ],
    ids=["open", "other words", "no retrofit", "another module", "no Test action", "dropped"],
)
def test_an_open_retrofit_that_names_the_module_answers(answer: Action, silent: bool) -> None:
    """It is planned; when it is due is for other rules."""
    assert bool(hits(RULE, facts(*TWICE, answer))) is not silent


@pytest.mark.parametrize(
    ("day", "silent"), [(date(2024, 1, 25), True), (date(2024, 1, 22), True), (date(2024, 1, 21), False)]
)
def test_a_done_retrofit_with_its_evidence_answers_what_began_before_it(day: date, silent: bool) -> None:
    """The newest incident began on 2024-01-22; after another one the module needs more."""
    given = facts(*TWICE, replace(DONE, done=day), GUARD, GREEN)
    assert bool(hits(RULE, given)) is not silent


def test_a_retrofit_that_is_only_claimed_is_named_with_what_it_lacks() -> None:
    """No second plan: the first one is to be finished."""
    found = hit(RULE, facts(*TWICE, DONE))
    assert found.fact.endswith("INC-002#7 is Done, but only claimed: no test is linked.")
    assert found.next_step == 'above its test, paste: @pytest.mark.incident("INC-002")'


def test_a_done_retrofit_without_a_day_answers_nothing() -> None:
    """Its day could lie before the newest incident."""
    found = hit(RULE, facts(*TWICE, replace(DONE, done=None), GUARD))
    assert "its Done cell names no day" in found.fact


def test_where_its_evidence_cannot_be_known_the_module_is_not_checked() -> None:
    """Links that could not be read leave it open whether the retrofit has a test."""
    gap = Unavailable("the disk is gone", "bring it back")
    assert answers(RULE, facts(*TWICE, DONE, links=gap)) == [Unchecked("src/orders", gap)]


def test_an_answer_is_no_text_of_an_action_that_is_there() -> None:
    """No two actions of an incident say the same (PRV103)."""
    old = replace(DONE, done=date(2024, 1, 2))
    assert "Retrofit tests for src/orders, once more after INC-002 |" in hit(RULE, facts(*TWICE, old)).next_step


def test_numbers_of_rows_to_paste_are_given_once() -> None:
    """Two modules, two numbers that no row has."""
    found = hits(RULE, facts(*TWICE, broke(3, 20, "lib/a.py"), broke(4, 5, "lib/a.py"), action(4)))
    assert sorted(one.next_step.partition(": ")[2][:6] for one in found) == ["| 5 | ", "| 6 | "]


def test_the_gate_looks_at_all_time_whatever_a_report_looks_at() -> None:
    """With --since the day before yesterday nothing has broken twice; the gate is not fooled."""
    given = facts(*TWICE)
    since = replace(given, since=date(2024, 1, 30))
    assert judge(since, policy(), [RULE]).findings == judge(given, policy(), [RULE]).findings != ()


@pytest.mark.parametrize("module", ["src/*.py", "src/my mod", "**", "a|b", "café"])
def test_the_row_to_paste_answers_whatever_the_module_is_called(module: str) -> None:
    """Pasted, it silences the finding that gave it."""
    given = (broke(1, 30, module), broke(2, 10, module))
    row = hit(RULE, facts(*given)).next_step.replace("\\|", "\0")
    text = row.split("|")[3].strip().replace("\0", "|")
    assert hits(RULE, facts(*given, action(1, "INC-002", text=text))) == []
