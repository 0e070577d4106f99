"""The modules of a project: how likely each is to break again, whether it is flagged, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_prevention.days import commit_day
from pytest_prevention.globs import matches_any
from pytest_prevention.hotspots.score import YEAR, Score, score
from pytest_prevention.ladder import standing
from pytest_prevention.model import Action, Category, Commit, Facts, History, Incident, Rung, Status, available
from pytest_prevention.model.history import HALF_YEAR
from pytest_prevention.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """One module with its score, and why it is flagged or not.

    ``fixes`` are those of the last 12 months, newest first, of which ``recent`` fell into the last 6. ``incidents``
    name it, or a folder above it. ``guards`` are the tests linked to them. ``retrofit`` is the action
    that names it, an open one before a Done one, and ``answered`` counts the fixes that are older than the day when the
    last one was Done, if it is evidenced.
    """

    path: str
    lines: int
    score: Score
    fixes: tuple[Commit, ...]
    recent: int
    commits: int
    authors: int
    names: tuple[str, ...]
    incidents: tuple[str, ...]
    guards: tuple[str, ...]
    retrofit: Action | None
    answered: int
    flagged: bool
    reasons: tuple[str, ...]

    @property
    def trend(self) -> str:
        """Whether the fixes become more: the last six months against the six before."""
        earlier = len(self.fixes) - self.recent
        return "rising" if self.recent > earlier else "falling" if self.recent < earlier else "steady"


def hotspots(facts: Facts, policy: Policy) -> tuple[Hotspot, ...]:
    """All modules, the most probable to break first; MissingSource where there is no history to judge by."""
    history = available(facts.history)
    modules = (_hotspot(path, lines, history, facts, policy) for path, lines in history.now.lines.items())
    return tuple(sorted(modules, key=lambda one: (-one.score.probability, one.path)))


def _hotspot(path: str, lines: int, history: History, facts: Facts, policy: Policy) -> Hotspot:
    trail, now = history.trail(path), history.now.at
    scored = score(trail.commits, lines, now, policy.tree["history"]["half_life_days"])
    fixes = tuple(commit for commit in trail.commits if commit.is_fix(now) and commit.at > now - YEAR)
    names = trail.earlier_names()
    known = available(facts.incidents).records
    incidents = tuple(one.id for one in known if any(concerns(one, name) for name in (path, *names)))
    retrofits = _retrofits((path, *names), facts)
    done = next((action for action in retrofits if action.status is Status.DONE), None)
    answered = _answered(fixes, done, facts, policy)
    enough, likely = policy.threshold("hotspot_fixes"), policy.threshold("hotspot_probability")
    return Hotspot(
        path=path,
        lines=lines,
        score=scored,
        fixes=fixes,
        recent=sum(commit.at > now - HALF_YEAR for commit in fixes),
        commits=len(trail.commits),
        authors=len({commit.author for commit in trail.commits}),
        names=names,
        incidents=incidents,
        guards=_guards(incidents, facts),
        retrofit=next(iter(retrofits), None),
        answered=answered,
        flagged=len(fixes) - answered >= enough and scored.probability >= likely,
        reasons=_reasons(fixes, answered, done, scored, enough, likely),
    )


def concerns(incident: Incident, path: str) -> bool:
    """Whether the incident's ``modules`` name this file, or a folder that holds it."""
    return matches_any(path, [form for glob in incident.modules for form in (glob, f"{glob.rstrip('/')}/**")])


def _guards(incidents: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """The tests linked to the incidents for good: not by a mark that is added while a test runs."""
    links = (link for incident in incidents for link in available(facts.links).of(incident))
    return tuple(sorted({link.nodeid for link in links if link.origin != "dynamic"}))


def _retrofits(names: Sequence[str], facts: Facts) -> list[Action]:
    """The Test actions whose text names the module, now or by an earlier name: open ones first, then the last Done."""
    whole = re.compile("|".join(rf"(?<![\w./-]){re.escape(name)}(?![\w/-])" for name in names))
    found = (
        action
        for action in available(facts.backlog).actions
        if action.category is Category.TEST and action.status is not Status.DROPPED and whole.search(action.text)
    )
    return sorted(found, key=lambda action: (action.is_open, str(action.done or ""), action.key), reverse=True)


def _answered(fixes: Sequence[Commit], retrofit: Action | None, facts: Facts, policy: Policy) -> int:
    """How many of the fixes a retrofit that is Done, with the evidence asked of it, has answered."""
    if retrofit is None or retrofit.done is None:
        return 0
    demand, stands = policy.demanded(retrofit), standing(retrofit, facts)
    needed = demand.require if demand and stands.rung is not None else Rung.LINKED
    if (stands.rung or stands.at_least) < max(needed, Rung.LINKED):
        return 0
    return sum(commit_day(commit, policy) <= retrofit.done for commit in fixes)


def _reasons(
    fixes: Sequence[Commit], answered: int, done: Action | None, scored: Score, enough: float, likely: float
) -> tuple[str, ...]:
    """What the flag rests on, one sentence each."""
    left = len(fixes) - answered
    said = [
        f"{left} {'fix' if left == 1 else 'fixes'} in 12 months, {enough:g} flag a module",
        f"probability of another within 6 months {scored.probability * 100:.0f} %, {likely * 100:g} % flag it",
    ]
    if done and answered:
        said.append(f"{answered} more answered by {done.key}, Done on {done.done}")
    return tuple(said)
