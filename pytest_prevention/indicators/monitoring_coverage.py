"""Leading indicator: which part of the critical paths has an alert that would tell of their failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_prevention.critical_paths import CriticalPath, Matcher, critical_paths
from pytest_prevention.globs import is_within
from pytest_prevention.indicators.incident_prone_coverage import concerned
from pytest_prevention.ladder.monitor import best, standing_of_rule
from pytest_prevention.model import Facts, Rung, Standing, Unavailable, available
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy

NOT_DECLARED = Unavailable("not declared: policy names no critical paths", "see docs/policy.md: critical_paths", True)


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
    demanded = Rung[policy.tree["monitoring"]["require"].upper()]
    found = {path.id: _measured(path, demanded, facts, policy) for path in paths}
    by_path = dict(sorted(found.items(), key=lambda one: _urgency(one[1])))
    covered = sum(one.covered is True for one in found.values())
    unknown = sum(one.covered is None for one in found.values())
    return MonitoringCoverage(
        require=demanded,
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


def _measured(path: CriticalPath, demanded: Rung, facts: Facts, policy: Policy) -> PathCoverage:
    standings = [_watching(one, path, facts, policy) for one in path.matchers]
    answers = [_reaches(one, demanded) for one in standings]
    if path.needs_all:
        covered = False if False in answers else None if None in answers else True
        decisive = next((one for one, answer in zip(standings, answers, strict=True) if answer is covered), None)
    else:
        covered = True if True in answers else None if None in answers else False
        decisive = best(standings) if standings else None
    told = decisive or Standing(path.id, Rung.CLAIMED, "policy names no alert for it", "name one under alerts:")
    rules = {} if isinstance(facts.alerts, Unavailable) else {rule.name: rule for rule in facts.alerts.rules}
    return PathCoverage(
        title=path.title,
        owner=path.owner,
        covered=covered,
        rung=told.rung or told.at_least,
        reason=told.reason if covered is not None or told.why_unknown is None else told.why_unknown.reason,
        next="" if covered else told.next_step,
        alerts=tuple(name for name, rule in rules.items() if any(one.matches(rule) for one in path.matchers)),
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


def _reaches(standing: Standing, demanded: Rung) -> bool | None:
    """None where nobody can tell."""
    if (standing.rung or standing.at_least) >= demanded:
        return True
    return None if standing.why_unknown and demanded <= standing.at_most else False


def _overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one of the globs lies within what another one means."""
    return any(is_within(_named(one), others) for one in some) or any(is_within(_named(one), some) for one in others)


def _named(glob: str) -> str:
    return glob.removeprefix("./").rstrip("/").removesuffix("/**")


def _urgency(path: PathCoverage) -> tuple[bool, bool, int]:
    return path.covered is True, path.covered is None, -len(path.incidents)
