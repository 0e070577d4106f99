"""PRV313: a guard that passes with the fix and without it would have let the incident happen."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_prevention.model import Answer, Facts, Hit, Lines, Priority, Proof, Unavailable, Unchecked, available
from pytest_prevention.phrases import counted, titled
from pytest_prevention.policy import Policy
from pytest_prevention.reaching import reach
from pytest_prevention.rules.base import Rule
from pytest_prevention.rules.guards import function_of, most_urgent, urgencies

UNTRIED = Unavailable("it was not tried without the fix", "try it: prevention prove", by_design=True)
UNTOLD = Unavailable("its proof is inconclusive", "see why: prevention prove", by_design=True)


def check(facts: Facts, policy: Policy) -> Iterator[Hit | Unchecked]:
    known, links = available(facts.incidents).by_id(), available(facts.links)
    urgency = urgencies(available(facts.backlog))
    for proof in facts.proofs.proofs:
        linked = links.between(proof.incident, proof.guard)
        if proof.answer is Answer.NOT_PROVEN and proof.incident in known and linked:
            yield Hit(
                proof.guard,
                min(link.location for link in linked),
                f"The guard of {titled(known[proof.incident])} passes without the fix: it guards nothing. "
                f"{_reached(proof, facts)}".strip(),
                "make it fail first, by asserting what users saw; see which lines of the fix it executes: "
                f"prevention evidence {proof.incident}",
                most_urgent(linked, urgency) or Priority.P2,  # as a row that says nothing of it
            )
    yield from _unproven(facts)


def _unproven(facts: Facts) -> Iterator[Unchecked]:
    """The guards of known fixes of which no proof tells; those whose proof is stale are the business of PRV312."""
    stale = {(one.incident, one.guard) for one in facts.proofs.stale}
    gaps: dict[str, Unavailable] = {}
    for incident in available(facts.incidents).records:
        for link in available(facts.links).of(incident.id) if incident.fix_commits else ():
            proof = facts.proofs.of(incident.id, link.nodeid)
            if proof is None and (incident.id, function_of(link.nodeid)) not in stale:
                gaps.setdefault(function_of(link.nodeid), UNTRIED)
            elif proof is not None and proof.answer is Answer.INCONCLUSIVE:
                gaps[function_of(link.nodeid)] = UNTOLD
    for guard, gap in gaps.items():
        yield Unchecked(guard, gap)


def _reached(proof: Proof, facts: Facts) -> str:
    """How much of the fix it executes; empty where nobody knows."""
    found = reach(proof.incident, proof.guard, facts)
    if isinstance(found, Unavailable):
        return ""
    whole = "the repaired functions" if found.of.by_function else "the fix"
    lines = counted(_number(found.of.lines), "line")
    return f"It executes {_number(found.executed) or 'none'} of the {lines} of {whole}."


def _number(lines: Lines) -> int:
    return sum(map(len, lines.values()))


RULE = Rule(
    "PRV313",
    "guard-passes-without-fix",
    "No test that guards an incident passes without the fix.",
    check,
)
