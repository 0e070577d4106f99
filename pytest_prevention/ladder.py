"""The ladder: on which rung does the evidence for an action stand? One function for all four categories."""

from __future__ import annotations

from pytest_prevention.model import (
    Action,
    Category,
    Facts,
    Link,
    Outcome,
    Record,
    Run,
    Rung,
    Standing,
    Unavailable,
    available,
    covers,
)


def links_of(action: Action, facts: Facts) -> tuple[Link, ...]:
    """The links of one Test action: those that name its number, and those that name only its incident."""
    return tuple(link for link in available(facts.links).of(action.incident) if link.action in (None, action.number))


def records_of(link: Link, run: Run) -> tuple[Record, ...]:
    """What the run showed of a link: each test it means, in order of node id; one *not collected* where it met none."""
    exact = run.records.get(link.nodeid)
    if exact is not None:
        return (exact,)
    found = tuple(record for nodeid, record in sorted(run.records.items()) if covers(link.nodeid, nodeid))
    return found or (Record(link.nodeid, Outcome.NOT_COLLECTED),)


def standing(action: Action, facts: Facts) -> Standing:
    """The rung of one action, the reason, and what lifts it one rung. The best of our own and other people's evidence counts."""
    own = _standing_of_test(action, facts) if action.category is Category.TEST else _standing_of_other(action)
    others = [other for other in facts.standings if other.action == action.key and other.rung is not None]
    return max([own, *others], key=lambda one: (one.rung or one.at_least, one.rung is not None))


def _standing_of_test(action: Action, facts: Facts) -> Standing:
    if isinstance(facts.links, Unavailable):
        return Standing(action.key, None, facts.links.reason, facts.links.remedy, why_unknown=facts.links)
    links = links_of(action, facts)
    if not links:
        return Standing(action.key, Rung.CLAIMED, "no test is linked", mark_to_paste(action))
    if isinstance(facts.run, Unavailable):
        return Standing(action.key, None, facts.run.reason, facts.run.remedy, Rung.LINKED, facts.run)
    records = [record for link in links for record in records_of(link, facts.run)]
    passing = [record for record in records if record.outcome.passing]
    bad = [record for record in records if record.outcome.ran and not record.outcome.passing]
    if bad:
        return Standing(action.key, Rung.LINKED, f"{bad[0].nodeid} {bad[0].outcome}", "make its linked tests pass")
    if passing:
        return Standing(
            action.key,
            Rung.WORKING,
            f"{len(passing)} linked tests passed" if len(passing) > 1 else f"{passing[0].nodeid} passed",
        )
    gap = facts.run.gaps[0] if facts.run.gaps else None
    if gap is not None:
        return Standing(action.key, None, gap.reason, gap.remedy, Rung.LINKED, gap)
    return Standing(
        action.key, Rung.LINKED, f"{records[0].nodeid} {records[0].outcome}", "run it: pytest " + records[0].nodeid
    )


def _standing_of_other(action: Action) -> Standing:
    if action.evidence:
        named = ", ".join(entry.value for entry in action.evidence)
        return Standing(action.key, Rung.LINKED, f"Evidence names {named}")
    return Standing(
        action.key, Rung.CLAIMED, "the Evidence cell is empty", "name what shows it in the row's Evidence cell"
    )


def mark_to_paste(action: Action) -> str:
    """The marker that links a test to this action."""
    return f'@pytest.mark.incident("{action.incident}")'
