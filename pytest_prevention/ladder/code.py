"""The ladder of Code actions: is there a commit, does it stand, does it touch what broke, does a test prove it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_prevention.globs import is_within
from pytest_prevention.ladder.unknown import unknown
from pytest_prevention.model import (
    Action,
    Answer,
    CodeChange,
    Facts,
    History,
    Incident,
    Rung,
    Standing,
    Unavailable,
    available,
)
from pytest_prevention.model.code_changes import Revert
from pytest_prevention.policy import Policy

HOW_TO_TOUCH = "name the commit that changed what broke, or correct the modules of the incident"
NO_MODULES = Unavailable(
    "the incident names no modules", "name the files that broke in its record, modules", by_design=True
)


def standing_of_code(action: Action, facts: Facts, policy: Policy) -> Standing:
    named = ", ".join(action.names("commit", "pull"))
    if isinstance(facts.code_changes, Unavailable):
        return unknown(action, facts.code_changes, Rung.LINKED if named else Rung.CLAIMED)
    commits = commits_of(action, facts)
    if not commits:
        return Standing(action.key, Rung.CLAIMED, why_unlinked(action, facts), how_to_link(action))
    if lost := taken_back(commits):
        told = f"{in_words(lost[0][0])} was reverted by {lost[0][1].id[:10]}"
        return Standing(action.key, Rung.LINKED, told, "bring it back, or name the commit that replaced it")
    kept = [one for one in commits if one.revert is None]
    return _standing_of_working(action, kept, facts, policy)


def _standing_of_working(action: Action, kept: Sequence[CodeChange], facts: Facts, policy: Policy) -> Standing:
    stands = f"{in_words(kept[0])} stands"
    reaches = touches_modules(action, facts)
    if isinstance(reaches, Unavailable):
        return Standing(action.key, Rung.WORKING, stands, reaches.remedy, why_unknown=reaches)
    if not reaches:
        told = f"{stands} and touches none of the incident's modules"
        return Standing(action.key, Rung.WORKING, told, HOW_TO_TOUCH)
    told = f"{stands} and touches what broke"
    incident = _incident(action, facts)
    fixes = tuple(one.lower() for one in incident.fix_commits) if incident else ()
    fix = next((one for one in kept if one.id.startswith(fixes)), None)
    if fix is None:
        step = f"name it among the fix_commits of {action.incident}, and a test can prove it"
        return Standing(action.key, Rung.REACHING, f"{told}, but is none of the incident's fix_commits", step)
    if isinstance(facts.links, Unavailable):
        return Standing(action.key, Rung.REACHING, told, facts.links.remedy, why_unknown=facts.links)
    if guard := _proving_guard(action, facts, policy):
        return Standing(action.key, Rung.PROVEN, f"{guard} fails without {in_words(fix)}")
    if not facts.links.of(action.incident):
        return Standing(action.key, Rung.REACHING, f"{told}, but no test is linked", "link a test, and prove it")
    return Standing(action.key, Rung.REACHING, told, f"prove it: prevention prove {action.incident}")


def _proving_guard(action: Action, facts: Facts, policy: Policy) -> str:
    """The linked test that proves the fix; empty where none does."""
    links, grades = available(facts.links), policy.tree["proof"]["grades"]
    for proof in facts.proofs.proofs:
        red = proof.answer in (Answer.PROVEN, Answer.WEAK) and proof.grade in grades
        if red and proof.incident == action.incident and links.between(action.incident, proof.guard):
            return proof.guard
    return ""


def commits_of(action: Action, facts: Facts) -> tuple[CodeChange, ...]:
    """The commits of one Code action that led to HEAD, newest first."""
    return available(facts.code_changes).commits.get(action.key, ())


def why_unlinked(action: Action, facts: Facts) -> str:
    """What keeps the action from having a commit."""
    astray = available(facts.code_changes).astray.get(action.key, ())
    return f"{astray[0].named} {astray[0].why}" if astray else "no commit is linked"


def how_to_link(action: Action) -> str:
    return f"name its commit in the row's Evidence cell, or let one carry the trailer Incident with {action.incident}"


def taken_back(commits: Sequence[CodeChange]) -> list[tuple[CodeChange, Revert]]:
    """The commits that are reverted today, with the reverts; not those after whose revert another one came to stand."""
    last = min((one.newer for one in commits if one.revert is None), default=None)
    lost = [(one, one.revert) for one in commits if one.revert is not None]
    return [(one, revert) for one, revert in lost if last is None or last > revert.newer]


def touches_modules(action: Action, facts: Facts) -> bool | Unavailable:
    """Whether a commit of the action that stands touched a file of the incident's modules, by any name it had."""
    incident = _incident(action, facts)
    if incident is None or not incident.modules:
        return NO_MODULES
    kept = [one for one in commits_of(action, facts) if one.revert is None]
    if any(is_within(path, incident.modules) for one in kept for path in one.paths):
        return True
    if isinstance(facts.history, Unavailable):
        return facts.history
    names = _names({one.id for one in kept}, facts.history)
    return any(is_within(name, incident.modules) for name in names)


def _names(commits: set[str], history: History) -> Iterator[str]:
    """All names, earlier and later ones, of the source files that these commits touched."""
    for path, trail in history.trails.items():
        if any(one.id in commits for one in trail.commits):
            yield from (path, *trail.earlier_names())


def _incident(action: Action, facts: Facts) -> Incident | None:
    return available(facts.incidents).by_id().get(action.incident)


def in_words(commit: CodeChange) -> str:
    """``3f2c1ab907 "Validate the order"``."""
    subject = commit.subject if len(commit.subject) <= 60 else f"{commit.subject[:59]}…"
    return f'{commit.id[:10]} "{subject}"'
