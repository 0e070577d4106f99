"""PRV302: evidence-below-policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_prevention.model import (
    NO_RUN,
    NOT_MEASURED,
    Category,
    Evidence,
    Hit,
    Outcome,
    Rung,
    Standing,
    Status,
    Unavailable,
    Unchecked,
)
from pytest_prevention.policy import Demand, Policy
from pytest_prevention.rules.prv302_evidence_below_policy import RULE
from tests.rules.build import TEST, action, answers, facts, hit, hits, incident, link, policy, run

DONE = action(status=Status.DONE)
ALERT = action(2, status=Status.DONE, category=Category.MONITOR)


def demanding(rung: Rung, **when: object) -> Policy:
    return replace(policy(), demands=(Demand(rung, **when),))  # type: ignore[arg-type]


def test_evidence_below_the_demand_is_found() -> None:
    """The finding names the rung reached, why, the rung demanded and the entry of the policy."""
    given = facts(incident(), DONE, link(), run({TEST: Outcome.SKIPPED}))
    found = hit(RULE, given, demanding(Rung.WORKING))
    assert found.subject == "INC-001#1"
    assert found.fact == (
        'P1 Test action "Add test for empty body" (Done) stands on the rung linked '
        f"({TEST}: skipped), and policy demands working (evidence[0])."
    )
    assert found.next_step == "make its linked tests run and pass"


def test_evidence_on_the_demanded_rung_is_enough() -> None:
    """A linked test that passed is working."""
    given = facts(incident(), DONE, link(), run({TEST: Outcome.PASSED}))
    assert hits(RULE, given, demanding(Rung.WORKING)) == []


def test_without_a_run_working_is_not_checked() -> None:
    """What only a run can show is unknown without one, neither met nor missed."""
    assert answers(RULE, facts(incident(), DONE, link()), demanding(Rung.WORKING)) == [Unchecked("INC-001#1", NO_RUN)]


def test_what_is_known_without_a_run_is_enough_for_a_lower_demand() -> None:
    """At least linked is linked."""
    assert hits(RULE, facts(incident(), DONE, link()), demanding(Rung.LINKED)) == []


def test_a_claim_is_below_any_demand_without_a_run_too() -> None:
    """Where no test is linked no run can change it."""
    found = hit(RULE, facts(incident(), DONE), demanding(Rung.WORKING))
    assert "stands on the rung claimed (no test is linked)" in found.fact
    assert '@pytest.mark.incident("INC-001")' in found.next_step


def test_without_links_nothing_is_known() -> None:
    """A test tree that could not be scanned leaves the rung unknown."""
    gone = Unavailable("tests/ is unreadable")
    assert answers(RULE, facts(DONE, links=gone), demanding(Rung.LINKED)) == [Unchecked("INC-001#1", gone)]


def test_an_empty_evidence_cell_is_a_claim() -> None:
    """An alert is linked by it where no file with alert rules can say more."""
    assert "no alert rule is linked" in hit(RULE, facts(ALERT), demanding(Rung.LINKED)).fact
    named = replace(ALERT, evidence=(Evidence("alert", "OrdersHighErrorRate"),))
    assert hits(RULE, facts(named), demanding(Rung.LINKED)) == []


def test_a_rung_that_nothing_here_examines_is_not_checked() -> None:
    """An action that stands as high as can be seen is neither blamed nor passed."""
    runbook = action(status=Status.DONE, category=Category.PROCESS)
    enforced = Standing("INC-001#1", Rung.REACHING, "CODEOWNERS names it")
    (answer,) = answers(RULE, facts(runbook, enforced), demanding(Rung.PROVEN))
    assert isinstance(answer, Unchecked)
    assert answer.why.reason == "nothing here examines whether a Process action is proven"
    assert not answer.why.by_design


def test_reaching_that_nobody_measured_is_not_checked() -> None:
    """Whether the guard is proven is another question, and anybody can prove it."""
    given = facts(incident(), DONE, link(), run({TEST: Outcome.PASSED}))
    assert answers(RULE, given, demanding(Rung.REACHING)) == [Unchecked("INC-001#1", NOT_MEASURED)]
    found = hit(RULE, given, demanding(Rung.PROVEN))
    assert "stands on the rung working" in found.fact
    assert found.next_step == "prove it: prevention prove INC-001"


@pytest.mark.parametrize("rung", [Rung.WORKING, Rung.REACHING, Rung.PROVEN])
def test_what_is_seen_to_be_lower_is_found_whatever_is_demanded(rung: Rung) -> None:
    """A failing test is below working, and so below everything above it."""
    given = facts(incident(), DONE, link(), run({TEST: Outcome.FAILED}))
    assert isinstance(answers(RULE, given, demanding(rung))[0], Hit)


def test_other_peoples_evidence_lifts_an_action() -> None:
    """The best evidence counts, whoever read it."""
    paged = Standing("INC-001#2", Rung.PROVEN, "fired in the drill of January")
    assert hits(RULE, facts(ALERT, paged), demanding(Rung.PROVEN)) == []


def test_other_peoples_evidence_below_the_demand_is_found() -> None:
    """What somebody has seen to be lower is not unknown; where they do not say what to do, the rung is named."""
    paused = Standing("INC-001#2", Rung.WORKING, "the rule is active")
    found = hit(RULE, facts(ALERT, paused), demanding(Rung.PROVEN))
    assert "stands on the rung working (the rule is active), and policy demands proven" in found.fact
    assert found.next_step == "bring evidence for the rung proven"


def test_silent_without_a_demand() -> None:
    """Where no entry of the policy matches nothing is demanded."""
    assert hits(RULE, facts(DONE), demanding(Rung.WORKING, categories=frozenset({Category.CODE}))) == []
    assert hits(RULE, facts(DONE), policy()) == []


def test_a_dropped_action_owes_no_evidence() -> None:
    """An entry that names no status does not mean what was given up."""
    assert hits(RULE, facts(action(status=Status.DROPPED)), demanding(Rung.WORKING)) == []
