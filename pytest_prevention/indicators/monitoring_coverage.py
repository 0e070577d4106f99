"""Leading indicator: which part of the critical paths has an alert that would tell of their failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_prevention.critical_paths import CriticalPath, Matcher, critical_paths, rung_of_paths
from pytest_prevention.globs import is_within, plain
from pytest_prevention.indicators.incident_prone_coverage import concerned
from pytest_prevention.ladder.monitor import best, standing_of_rule
from pytest_prevention.model import Facts, Rung, Standing, Unavailable, available
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy

NOT_DECLARED = Unavailable("not declared: policy names no critical paths", "see docs/policy.md: critical_paths", True)

HOW_TO_NAME = "name one in the policy: alerts: {any_of: [{name: …}]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCoverage:
    """One critical path. ``covered``: by alerts on the rung that policy demands; None where nobody can tell.

    ``rung`` is that of the alert on which it rests, ``reason`` why it is that one; ``next`` lifts it. ``alerts`` are
    those that policy names for it, ``incidents`` those of its modules, the newest first.
    """

    title: str
    owner: str
    covered: bool | None
    rung: Rung
    reason: str
    next: str
    alerts: tuple[str, ...]
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringCoverage:
    """``share`` is covered / total; None where of some path nobody can tell whether it is covered.

    ``by_path``: first those that cost an incident and are not covered, then the others that are not, the most urgent
    first.
    """

    require: Rung
    covered: int
    total: int
    share: float | None
    reason: str
    by_path: Mapping[str, PathCoverage]


def measure(facts: Facts, policy: Policy) -> MonitoringCoverage | Unavailable:
    """Of the critical paths of policy; MissingSource where they name alerts, and no alert rules were read."""
    paths = critical_paths(policy)
    if not paths:
        return NOT_DECLARED
    found = {path.id: _measured(path, facts, policy) for path in paths}
    by_path = dict(sorted(found.items(), key=lambda one: _urgency(one[1])))
    covered = sum(one.covered is True for one in found.values())
    unknown = sum(one.covered is None for one in found.values())
    return MonitoringCoverage(
        require=rung_of_paths(policy),
        covered=covered,
        total=len(found),
        share=None if unknown else covered / len(found),
        reason=f"of {counted(unknown, 'path')} nobody can tell" if unknown else "",
        by_path=by_path,
    )


def incidents_of(path: CriticalPath, facts: Facts, policy: Policy) -> tuple[str, ...]:
    """The incidents of the window of policy that name its modules, or something in them, the newest first."""
    if isinstance(facts.incidents, Unavailable):
        return ()
    hit = [one for one in concerned(facts, policy) if _overlap(one.modules, path.modules)]
    return tuple(one.id for one in sorted(hit, key=lambda one: (str(one.began_at), one.id), reverse=True))


def watched(path: CriticalPath, facts: Facts, policy: Policy) -> tuple[bool | None, Standing]:
    """Whether its alerts stand on the rung that policy demands, None where nobody can tell; and the one that decides.

    MissingSource where it names alerts, and no alert rules were read.
    """
    if not path.matchers:
        return False, Standing(path.id, Rung.CLAIMED, "policy names no alert for it", HOW_TO_NAME)
    standings = [_watching(one, path, facts, policy) for one in path.matchers]
    answers = [_reaches(one, rung_of_paths(policy)) for one in standings]
    first, last = (False, True) if path.needs_all else (True, False)
    covered = first if first in answers else None if None in answers else last
    deciding = [one for one, answer in zip(standings, answers, strict=True) if answer is covered]
    return covered, deciding[0] if path.needs_all else best(deciding)


def _measured(path: CriticalPath, facts: Facts, policy: Policy) -> PathCoverage:
    covered, told = watched(path, facts, policy)
    rules = () if isinstance(facts.alerts, Unavailable) else facts.alerts.rules
    names = [rule.name for rule in rules if any(one.matches(rule) for one in path.matchers)]
    return PathCoverage(
        title=path.title,
        owner=path.owner,
        covered=covered,
        rung=told.rung or told.at_least,
        reason=told.why_unknown.reason if covered is None and told.why_unknown else told.reason,
        next="" if covered else told.next_step,
        alerts=tuple(dict.fromkeys(names)),
        incidents=incidents_of(path, facts, policy),
    )


def _watching(matcher: Matcher, path: CriticalPath, facts: Facts, policy: Policy) -> Standing:
    """The best of the alert rules that it fits."""
    alerts = available(facts.alerts)
    rules = [rule for rule in alerts.rules if matcher.matches(rule)]
    if rules:
        return best([standing_of_rule(rule, facts, policy, path.detect_within) for rule in rules])
    reason = f"no alert rule fits {matcher}"
    return Standing(path.id, Rung.CLAIMED, reason, "name an alert rule that is there", why_unknown=alerts.unread)


def _reaches(standing: Standing, rung: Rung) -> bool | None:
    """None where nobody can tell."""
    if (standing.rung or standing.at_least) >= rung:
        return True
    return None if standing.why_unknown and rung <= standing.at_most else False


def _overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one of the globs lies within what another one means."""
    return any(is_within(plain(one), others) for one in some) or any(is_within(plain(one), some) for one in others)


def _urgency(path: PathCoverage) -> tuple[bool, bool, int]:
    return path.covered is True, path.covered is None, -len(path.incidents)
