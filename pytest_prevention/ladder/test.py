"""The ladder of a Test action: its linked tests, what a run showed of them, what they reach, what is proven."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_prevention.ladder.marks import mark_to_paste
from pytest_prevention.ladder.unknown import unknown
from pytest_prevention.model import (
    Action,
    Answer,
    Facts,
    Link,
    Outcome,
    Proof,
    Record,
    Run,
    Rung,
    Standing,
    Unavailable,
    available,
)
from pytest_prevention.policy import Policy
from pytest_prevention.reaching import Reach, reach


def links_of(action: Action, facts: Facts) -> tuple[Link, ...]:
    """The links of one Test action: those that name its number, and those that name only its incident."""
    return tuple(link for link in available(facts.links).of(action.incident) if link.action in (None, action.number))


def is_linked(action: Action, facts: Facts) -> bool:
    """Whether a test is linked for good: a mark added while a test runs counts for outcomes, not for existence."""
    return any(link.origin != "dynamic" for link in links_of(action, facts))


def unread_test_file(facts: Facts) -> Unavailable | None:
    """Why a link that nobody saw may be there all the same: a test file cannot be parsed (PRV203 reports it)."""
    unread = available(facts.links).unread
    return Unavailable(f"{unread[0]} cannot be parsed", "repair it, and its links can be seen") if unread else None


def records_of(link: Link, run: Run) -> tuple[Record, ...]:
    """What the run showed of a link: each test it means, in order of node id; one *not collected* where it met none."""
    return run.of(link.nodeid) or (Record(link.nodeid, Outcome.NOT_COLLECTED),)


def gap_of(run: Run) -> Unavailable | None:
    """Why the run did not look at everything; of several reasons one that nobody chose."""
    return min(run.gaps, key=lambda gap: (gap.by_design, gap.reason), default=None)


def standing_of_test(action: Action, facts: Facts, policy: Policy) -> Standing:
    if isinstance(facts.links, Unavailable):
        return unknown(action, facts.links, Rung.CLAIMED)
    if not is_linked(action, facts):
        if unread := unread_test_file(facts):
            return unknown(action, unread, Rung.CLAIMED)
        return Standing(
            action.key, Rung.CLAIMED, "no test is linked", f"above its test, paste: {mark_to_paste(action, facts)}"
        )
    if isinstance(facts.run, Unavailable):
        return unknown(action, facts.run, Rung.LINKED)
    run = facts.run
    records = sorted(
        {record for link in links_of(action, facts) for record in records_of(link, run)},
        key=lambda record: record.nodeid,
    )
    bad = [record for record in records if record.outcome.ran and not record.outcome.passing]
    unseen = [record for record in records if not record.outcome.ran]
    gap = gap_of(run)
    if not bad and not unseen:
        return _standing_of_working(action, records, facts, policy)
    if not bad and gap is not None:
        return unknown(action, gap, Rung.LINKED)
    worst = (bad or unseen)[0]
    return Standing(action.key, Rung.LINKED, f"{worst.nodeid}: {worst.outcome}", "make its linked tests run and pass")


def _standing_of_working(action: Action, records: Sequence[Record], facts: Facts, policy: Policy) -> Standing:
    """All its linked tests pass. Those that reach the fix, and those that are proven, lift it: the best one counts."""
    passed = f"{len(records)} linked tests passed" if len(records) > 1 else f"{records[0].nodeid} passed"
    proofs = [proof for one in records if (proof := facts.proofs.of(action.incident, one.nodeid)) is not None]
    red = [proof for proof in proofs if proof.answer in (Answer.PROVEN, Answer.WEAK)]
    proven = next((proof for proof in red if proof.grade in policy.tree["proof"]["grades"]), None)
    if proven is not None:
        return Standing(action.key, Rung.PROVEN, f"{proven.guard} fails without the fix ({proven.grade})")
    reaches = [reach(action.incident, one.nodeid, facts) for one in records]
    untold = next((one for one in reaches if isinstance(one, Unavailable)), None)
    lacking, step, unproven = _unproven(action, proofs)
    if any(isinstance(one, Reach) and one.reaches for one in reaches):
        told = f"{passed} and reached the fix{lacking}"
        return Standing(action.key, Rung.REACHING, told, step, why_unknown=unproven)
    if untold is None:
        look = "let a linked test execute what was repaired, or link one that does"
        return Standing(action.key, Rung.WORKING, f"{passed} and executed no line of the fix", look)
    if unproven is None:
        return Standing(action.key, Rung.WORKING, passed + lacking, step, at_most=Rung.REACHING, why_unknown=untold)
    return Standing(action.key, Rung.WORKING, passed, step, why_unknown=min(untold, unproven, key=_by_design))


def _unproven(action: Action, proofs: Sequence[Proof]) -> tuple[str, str, Unavailable | None]:
    """What is lacking for a proof (as the reason goes on), what to do, and why nobody can tell, where that is so."""
    prove = f"prove it: prevention prove {action.incident}"
    passing = next((proof for proof in proofs if proof.answer is Answer.NOT_PROVEN), None)
    if passing is not None:
        return f", but {passing.guard} passes without the fix", f"let it fail first, then {prove}", None
    weak = next((proof for proof in proofs if proof.answer in (Answer.PROVEN, Answer.WEAK)), None)
    if weak is not None:
        told = f", but without the fix {weak.guard} is red for the wrong reason ({weak.grade})"
        return told, f"assert what users saw, then {prove}", None
    if proofs:
        why = f"nobody can tell whether {proofs[0].guard} fails without the fix: {proofs[0].reason}"
        return "", "", Unavailable(why, "see docs/proof.md", by_design=True)
    return "", prove, None


def _by_design(why: Unavailable) -> bool:
    return why.by_design
