"""The modules of a project: how likely each is to break again, whether it is flagged, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_prevention.days import commit_day
from pytest_prevention.globs import is_within
from pytest_prevention.hotspots.retrofits import by_word, retrofits, shortfall
from pytest_prevention.hotspots.score import YEAR, Score, score
from pytest_prevention.model import Action, Commit, Facts, Incident, Standing, Status, Trail, available
from pytest_prevention.model.history import HALF_YEAR
from pytest_prevention.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """One module with its score, whether it is flagged, and what that rests on.

    ``fixes`` are those of the last 12 months, newest first, of which ``recent`` fell into the last 6. ``incidents``
    name it, or a folder above it. ``guards`` are the tests linked to them. ``retrofit`` is the action that names it, an
    open one before the last Done one, and ``shortfall`` says why a Done one answers nothing. ``answered`` counts the
    fixes up to the day when ``answered_by``, the last retrofit that is Done with its evidence, was Done.
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
    shortfall: Standing | None
    answered_by: Action | None
    answered: int
    flagged: bool

    @property
    def trend(self) -> str:
        """Whether the fixes become more: the last six months against the six before."""
        earlier = len(self.fixes) - self.recent
        return "rising" if self.recent > earlier else "falling" if self.recent < earlier else "steady"


def hotspots(facts: Facts, policy: Policy) -> tuple[Hotspot, ...]:
    """All modules, the most probable to break first; MissingSource where there is no history to judge by."""
    history = available(facts.history)
    trails = {path: history.trail(path) for path in history.now.lines}
    named, actions = _named(trails, facts), by_word(available(facts.backlog))
    modules = (_hotspot(path, trail, named.get(path, ()), actions, facts, policy) for path, trail in trails.items())
    return tuple(sorted(modules, key=lambda one: (-one.score.probability, one.path)))


def _hotspot(
    path: str,
    trail: Trail,
    incidents: Sequence[str],
    actions: Mapping[str, Sequence[Action]],
    facts: Facts,
    policy: Policy,
) -> Hotspot:
    snapshot, names = available(facts.history).now, trail.earlier_names()
    now, lines = snapshot.at, snapshot.lines[path]
    scored = score(trail.commits, lines, now, policy.tree["history"]["half_life_days"])
    fixes = tuple(commit for commit in trail.commits if commit.is_fix(now) and commit.at > now - YEAR)
    mine = retrofits((path, *names), actions)
    retrofit, done = next(iter(mine), None), [action for action in mine if action.status is Status.DONE]
    answered_by = next((action for action in done if shortfall(action, facts, policy) is None), None)
    answered = _answered(fixes, answered_by, policy)
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
        incidents=tuple(incidents),
        guards=_guards(incidents, facts),
        retrofit=retrofit,
        shortfall=shortfall(retrofit, facts, policy) if retrofit in done else None,
        answered_by=answered_by,
        answered=answered,
        flagged=len(fixes) - answered >= enough and scored.probability >= likely,
    )


def _named(trails: Mapping[str, Trail], facts: Facts) -> Mapping[str, Sequence[str]]:
    """By path the incidents that name the module, now or by an earlier name."""
    found: dict[str, list[str]] = defaultdict(list)
    for incident in available(facts.incidents).records:
        for path, trail in trails.items():
            if any(concerns(incident, name) for name in (path, *trail.earlier_names())):
                found[path].append(incident.id)
    return found


def concerns(incident: Incident, path: str) -> bool:
    """Whether the incident's ``modules`` name this file, or a folder that holds it."""
    return is_within(path, incident.modules)


def _guards(incidents: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """The tests linked to the incidents for good: not by a mark that is added while a test runs."""
    links = (link for incident in incidents for link in available(facts.links).of(incident))
    return tuple(sorted({link.nodeid for link in links if link.origin != "dynamic"}))


def _answered(fixes: Sequence[Commit], answered_by: Action | None, policy: Policy) -> int:
    """How many of the fixes are not younger than the retrofit that answers."""
    done = answered_by.done if answered_by else None
    return sum(done is not None and commit_day(commit, policy) <= done for commit in fixes)
