"""The judgement: what a rule finds, weighed by policy, and the laws that hold for any facts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.gate import judge
from pytest_prevention.indicators import measure
from pytest_prevention.model import (
    Backlog,
    Category,
    Evidence,
    Facts,
    Finding,
    Hit,
    Incidents,
    Level,
    Links,
    Location,
    Outcome,
    Priority,
    Rung,
    State,
    Status,
    Unavailable,
    Unchecked,
    Verdict,
    available,
)
from pytest_prevention.policy import Demand, Policy
from pytest_prevention.rules import ALL_RULES, Rule
from pytest_prevention.sources.policy_file import PRESETS, preset
from tests.rules.build import action, broken, facts, incident, link, policy, problem, run

GAP = Unavailable("the disk is gone", "bring it back")
CHOSEN = Unavailable("-k left tests out", by_design=True)


def rule_of(*answers: Hit | Unchecked, code: str = "ACME001") -> Rule:
    """A rule that says this, whatever the facts."""

    def check(given: Facts, demands: Policy) -> Iterator[Hit | Unchecked]:
        yield from answers

    return Rule(code, "acme-rule", "Everything is as Acme wants it.", check)


def hit(subject: str = "INC-001#1", line: int = 5, priority: Priority | None = None) -> Hit:
    return Hit(subject, Location("incidents/prevention-backlog.md", line), "It is wrong.", "mend it", priority)


def test_a_finding_is_the_hit_with_the_level_and_the_key_that_decides_it() -> None:
    """Everything that a rule says is kept; policy adds the severity and where it was written."""
    (found,) = judge(facts(), policy({"ACME": {"severity": "error"}}), [rule_of(hit())]).findings
    assert found == Finding(
        code="ACME001",
        name="acme-rule",
        level=Level.ERROR,
        subject="INC-001#1",
        location=Location("incidents/prevention-backlog.md", 5),
        fact="It is wrong.",
        policy_key="rules.ACME.severity = error",
        next_step="mend it",
        priority=None,
    )


def test_severity_by_priority_decides_each_finding() -> None:
    """A P3 that policy does not ask about is no finding, a P1 is an error."""
    graded = policy({"ACME001": {"by_priority": {"P1": "error", "P2": "note", "P3": "none"}}})
    rule = rule_of(*(hit(f"INC-001#{n}", n, Priority(f"P{n}")) for n in (3, 2, 1)))
    verdict = judge(facts(), graded, [rule])
    assert [(one.subject, one.level) for one in verdict.findings] == [
        ("INC-001#1", Level.ERROR),
        ("INC-001#2", Level.NOTE),
    ]
    assert verdict.findings[0].policy_key == "rules.ACME001.by_priority.P1 = error"
    assert verdict.results[0].findings == 2


def test_a_rule_that_policy_switches_off_has_no_result() -> None:
    """Severity none asks nothing: the rule does not even run."""
    verdict = judge(facts(), policy({"ACME001": {"severity": "none"}}), [_crashing()])
    assert verdict == Verdict((), (), Level.ERROR)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((), State.KEPT),
        ((hit(),), State.BROKEN),
        ((Unchecked("INC-001#1", GAP),), State.NOT_CHECKED),
        ((Unchecked("INC-001#1", GAP), hit()), State.BROKEN),
    ],
)
def test_each_rule_is_kept_broken_or_not_checked(answers: tuple[Hit | Unchecked, ...], state: State) -> None:
    """A rule with a finding is broken; one that could not look everywhere is not kept."""
    (result,) = judge(facts(), policy(), [rule_of(*answers)]).results
    assert result.state is state
    assert result.unchecked == tuple(answer for answer in answers if isinstance(answer, Unchecked))


def test_what_a_rule_found_before_its_source_ran_out_is_kept() -> None:
    """A missing source hides nothing that was found without it."""

    def check(given: Facts, demands: Policy) -> Iterator[Hit | Unchecked]:
        yield hit()
        available(given.links)

    verdict = judge(facts(links=GAP), policy(), [Rule("ACME001", "acme-rule", "All is well.", check)])
    assert len(verdict.findings) == 1
    assert verdict.results[0].unchecked == (Unchecked("", GAP),)


@pytest.mark.parametrize(
    ("fail_on", "answer", "state"),
    [
        ("error", hit(), State.KEPT),
        ("warning", hit(), State.BROKEN),
        ("never", hit(), State.KEPT),
        ("warning", Unchecked("INC-001#1", GAP), State.NOT_CHECKED),
        ("warning", Unchecked("INC-001#1", CHOSEN), State.KEPT),
        ("error", Unchecked("INC-001#1", GAP), State.KEPT),
        ("never", Unchecked("INC-001#1", GAP), State.KEPT),
    ],
)
def test_the_gate_breaks_from_fail_on_and_is_never_kept_over_a_gap(
    fail_on: str, answer: Hit | Unchecked, state: State
) -> None:
    """A warning breaks a gate that fails on warnings; a gap in which one could hide keeps it from being kept."""
    assert judge(facts(), policy(fail_on=fail_on), [rule_of(answer)]).state is state


def _crashing() -> Rule:
    def check(given: Facts, demands: Policy) -> Iterator[Hit | Unchecked]:
        raise ZeroDivisionError("a bug of Acme's")

    return Rule("ACME001", "acme-rule", "All is well.", check)


def test_a_crashing_rule_of_somebody_else_does_not_pass_quietly() -> None:
    """The crash comes out; the caller ends with exit code 3."""
    with pytest.raises(ZeroDivisionError, match="Acme"):
        judge(facts(), policy(), [*ALL_RULES, _crashing()])


SOURCES: Mapping[str, str] = {
    "incidents": "104 105 106 202 301 304 311 312 313 401 402 501 502 511 512 513 514 515 613 702 703",
    "backlog": "101 102 103 104 106 107 108 109 110 201 202 204 301 302 303 304 311 312 313 501 502 "
    "601 602 603 611 612 613 621 622 701 702",
    "links": "201 202 203 204 205 301 303 304 311 312 313 501 502",
    "run": "301 304 311",
    "history": "010 501 502",
}
"""Which rules cannot do without which source."""


@pytest.mark.parametrize("source", SOURCES)
def test_a_rule_that_lacks_a_source_is_not_checked_and_says_why(source: str) -> None:
    """No built-in rule passes over a source that is not there."""
    orders = incident(modules=("shop/orders.py",))
    retrofit = action(text="Retrofit tests for shop/orders.py")
    there = facts(orders, retrofit, link(), run({link().nodeid: Outcome.PASSED}), broken("shop/orders.py"))
    verdict = judge(replace(there, **{source: GAP}), policy(fail_on="warning"))  # type: ignore[arg-type]
    told = {result.code for result in verdict.results if Unchecked("", GAP) in result.unchecked}
    assert told == {f"PRV{number}" for number in SOURCES[source].split()}
    assert not any(result.state is State.KEPT for result in verdict.results if result.code in told)
    assert verdict.state is State.NOT_CHECKED


# --- the laws --------------------------------------------------------------------------------------------------------

IDS = st.sampled_from(["INC-001", "INC-002", "INC-003", "INC-01"])
DAYS = st.none() | st.dates(date(2024, 1, 1), date(2024, 3, 1))
STAMPS = st.none() | st.datetimes(datetime(2024, 1, 1), datetime(2024, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001
TESTS = st.sampled_from(["tests/test_a.py::test_one", "tests/test_a.py::test_one[x]", "tests/test_b.py::test_two"])


@st.composite
def projects(draw: st.DrawFn) -> Facts:
    """Facts of a small repository with anything wrong in it, read or half read, with a run or without."""
    incidents = [
        incident(
            id_,
            severity=draw(st.sampled_from(["SEV1", "SEV3", None])),
            status=draw(st.sampled_from(["active", "mitigated", "resolved", None])),
            resolved_at=draw(STAMPS),
            mitigated_at=None,
            postmortem_at=draw(STAMPS),
            no_action_reason=draw(st.sampled_from([None, None, "an act of God"])),
            listed_actions=tuple(draw(st.lists(st.just(action(1, id_)), max_size=2))),
        )
        for id_ in draw(st.lists(st.sampled_from(["INC-001", "INC-002", "INC-003"]), unique=True))
    ]
    actions = [
        action(
            number,
            draw(IDS),
            category=draw(st.none() | st.sampled_from(Category)),
            priority=draw(st.none() | st.sampled_from(Priority)),
            status=draw(st.none() | st.sampled_from(Status)),
            due=draw(DAYS),
            done=draw(DAYS),
            reason=draw(st.sampled_from(["", "no longer used"])),
            owner=draw(st.sampled_from(["", "@orders"])),
            has_owner_column=draw(st.booleans()),
            evidence=tuple(draw(st.lists(st.just(Evidence("text", "runbook")), max_size=1))),
        )
        for number in range(1, draw(st.integers(0, 5)) + 1)
    ]
    links = [
        link(
            draw(TESTS),
            draw(IDS),
            origin=draw(st.sampled_from(["mark", "dynamic", "evidence"])),
            action=draw(st.none() | st.integers(1, 3)),
            asserts=draw(st.none() | st.booleans()),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    outcomes = draw(st.none() | st.dictionaries(TESTS, st.sampled_from(Outcome)))
    gaps = draw(st.lists(st.sampled_from([GAP, CHOSEN]), unique=True))
    problems = tuple(problem(rule.name) for rule in draw(st.lists(st.sampled_from(ALL_RULES), max_size=3)))
    whole = facts(*incidents, *actions, *links, *([] if outcomes is None else [run(outcomes, *gaps)]))
    whole = replace(
        whole,
        incidents=Incidents(tuple(incidents), problems),
        backlog=Backlog(tuple(actions), problems),
        links=Links(tuple(dict.fromkeys(links)), problems),
    )
    missing = draw(st.sampled_from([None, None, "incidents", "backlog", "links"]))
    return replace(whole, **{missing: GAP}) if missing else whole  # type: ignore[arg-type]


LEVELS = st.sampled_from(["none", "note", "warning", "error"])
SETTINGS = st.fixed_dictionaries(
    {"severity": LEVELS},
    optional={"by_priority": st.dictionaries(st.sampled_from([*Priority]), LEVELS), "grace": st.just("until-due")},
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    rungs = draw(st.lists(st.sampled_from(Rung), max_size=2))
    when = draw(st.sampled_from([frozenset(), frozenset({Status.DONE})]))
    return replace(
        policy(
            draw(st.dictionaries(st.sampled_from(["PRV", "PRV1", "PRV2", "PRV201", "PRV301", "PRV7"]), SETTINGS)),
            fail_on=draw(st.sampled_from(["never", "error", "warning"])),
            thresholds={
                "action_stale_days": draw(st.integers(0, 30)),
                "complete_within_days": 14,
                "postmortem_hours": draw(st.integers(0, 99)),
            },
            postmortem_severities=draw(st.sampled_from([["SEV1"], ["SEV1", "SEV3"]])),
        ),
        demands=tuple(Demand(rung, statuses=when, index=index) for index, rung in enumerate(rungs)),
    )


def found(verdict: Verdict) -> set[tuple[str, str, Location]]:
    return {(one.code, one.subject, one.location) for one in verdict.findings}


@given(projects(), policies(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_were_read_changes_nothing(given_: Facts, demands: Policy, random: Any) -> None:
    """The verdict is the same, finding by finding and gap by gap, however facts and rules are shuffled."""

    def shuffled(things: Any) -> tuple[Any, ...]:
        return tuple(random.sample(list(things), len(things)))

    mixed = given_
    if isinstance(given_.incidents, Incidents):
        inner = given_.incidents
        mixed = replace(mixed, incidents=Incidents(shuffled(inner.records), shuffled(inner.problems)))
    if isinstance(given_.backlog, Backlog):
        mixed = replace(mixed, backlog=Backlog(shuffled(given_.backlog.actions), shuffled(given_.backlog.problems)))
    if isinstance(given_.links, Links):
        mixed = replace(mixed, links=Links(shuffled(given_.links.links), shuffled(given_.links.problems)))
    if not isinstance(given_.run, Unavailable):
        records = dict(shuffled(given_.run.records.items()))
        mixed = replace(mixed, run=replace(given_.run, records=records, gaps=shuffled(given_.run.gaps)))
    assert judge(mixed, demands, shuffled(ALL_RULES)) == judge(given_, demands)


@given(projects(), policies())
def test_the_same_facts_give_the_same_verdict(given_: Facts, demands: Policy) -> None:
    """Nothing is remembered from one judgement to the next."""
    assert repr(judge(given_, demands)) == repr(judge(given_, demands))


def raised(word: str, steps: int) -> str:
    return str(Level(min(Level[word.upper()] + steps, Level.ERROR)))


@given(projects(), policies(), st.integers(0, 3), st.integers(0, 30))
def test_a_stricter_policy_never_loses_a_finding(given_: Facts, demands: Policy, steps: int, less: int) -> None:
    """Higher levels, lower thresholds, more severities, no grace and higher rungs: what was found is still found."""
    (layer,) = demands.layers
    stricter_layer = {
        key: {
            "severity": raised(entry["severity"], steps),
            "by_priority": {name: raised(word, steps) for name, word in entry.get("by_priority", {}).items()},
        }
        for key, entry in layer.items()
    }
    thresholds = {name: max(limit - less, 0) for name, limit in demands.tree["thresholds"].items()}
    stricter = replace(
        demands,
        tree={**demands.tree, "thresholds": thresholds, "postmortem_severities": ["SEV1", "SEV2", "SEV3"]},
        layers=(stricter_layer,),
        demands=tuple(replace(one, require=Rung(min(one.require + steps, Rung.PROVEN))) for one in demands.demands),
    )
    before, after = judge(given_, demands), judge(given_, stricter)
    assert found(before) <= found(after)
    level = {(one.code, one.subject, one.location, one.fact): one.level for one in after.findings}
    for one in before.findings:
        assert level.get((one.code, one.subject, one.location, one.fact), one.level) >= one.level


@given(projects())
def test_the_presets_are_steps(given_: Facts) -> None:
    """What advisory sees standard sees, and what standard sees strict sees, each at the same level or higher."""
    for lower, higher in itertools.pairwise(PRESETS):
        below, above = (judge(given_, preset(name)) for name in (lower, higher))
        assert found(below) <= found(above)
        levels = {(one.code, one.subject, one.location): one.level for one in above.findings}
        for one in below.findings:
            assert one.level <= levels[one.code, one.subject, one.location]


@given(projects(), policies())
def test_failing_on_more_never_fails_less(given_: Facts, demands: Policy) -> None:
    """never, error, warning: each fails at least where the one before failed."""
    failing = [
        set(judge(given_, replace(demands, tree={**demands.tree, "fail_on": word})).failing)
        for word in ("never", "error", "warning")
    ]
    assert failing[0] == set()
    assert failing[1] <= failing[2]


@given(projects(), policies())
def test_every_rule_that_is_asked_has_a_result_and_every_finding_a_rule(given_: Facts, demands: Policy) -> None:
    """Counts agree, and a rule without a finding and without a gap is kept."""
    verdict = judge(given_, demands)
    for result in verdict.results:
        mine = [one for one in verdict.findings if one.code == result.code]
        assert result.findings == len(mine)
        assert result.state is (State.BROKEN if mine else State.NOT_CHECKED if result.unchecked else State.KEPT)
    assert {one.code for one in verdict.findings} <= {result.code for result in verdict.results}


@given(projects(), policies())
def test_findings_and_indicators_agree_on_what_is_late(given_: Facts, demands: Policy) -> None:
    """The report counts as overdue, stale and without a due date exactly what the gate finds so.

    But for rows that are Done on a day to come: the gate judges what is written, the report what was so at as-of.
    """
    if isinstance(given_.backlog, Backlog):
        past = [one for one in given_.backlog.actions if one.done is None or one.done <= given_.as_of.date()]
        given_ = replace(given_, backlog=replace(given_.backlog, actions=tuple(past)))
    subjects = defaultdict(list)
    for one in judge(given_, replace(demands, layers=())).findings:
        subjects[one.code].append(one.subject)
    figures = measure(given_, demands).leading.actions_completed
    if not isinstance(figures, Unavailable):
        assert sorted(figures.overdue) == sorted(subjects["PRV701"])
        assert sorted(figures.stale) == sorted(subjects["PRV702"])
        assert sorted(figures.no_due) == sorted(subjects["PRV109"])


@given(projects(), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_every_finding_says_what_is_wrong_and_what_to_do(given_: Facts, later: timedelta) -> None:
    """Subject, place, a full sentence and a next step: on every finding of every rule, whatever could be read."""
    for one in judge(replace(given_, as_of=given_.as_of + later), policy()).findings:
        assert one.subject
        assert one.location.path
        assert one.fact.endswith(".")
        assert one.next_step
        assert "None" not in one.fact + one.next_step
