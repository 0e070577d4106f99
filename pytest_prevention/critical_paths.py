"""What users must always be able to do, as policy declares it, and which alert rules watch it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pytest_prevention.model import AlertRule, Alerts, Location, Problem, Rung
from pytest_prevention.policy import KeyPath, Policy

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_NOWHERE = Location("prevention-policy.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """What an alert rule must be: all that is given has to fit. ``location`` is where policy says it."""

    location: Location = _NOWHERE
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    expr: str = ""
    grafana_uid: str = ""
    generic: str = ""

    def matches(self, rule: AlertRule) -> bool:
        return (
            self.name in ("", rule.name)
            and self.labels.items() <= rule.labels.items()
            and self.expr in rule.expr
            and (not self.grafana_uid or (rule.kind, rule.uid) == ("grafana", self.grafana_uid))
            and (not self.generic or (rule.kind, rule.name) == ("generic", self.generic))
        )

    def __str__(self) -> str:
        texts = {"name": self.name, "expr": self.expr, "grafana_uid": self.grafana_uid, "generic": self.generic}
        labels = {f"labels.{key}": value for key, value in self.labels.items()}
        return ", ".join(f"{key}: {value}" for key, value in {**texts, **labels}.items() if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPath:
    """One entry of ``critical_paths``. ``needs_all``: each of its matchers needs an alert, not just one of them."""

    id: str
    location: Location = _NOWHERE
    title: str = ""
    owner: str = ""
    modules: tuple[str, ...] = ()
    detect_within: timedelta | None = None
    matchers: tuple[Matcher, ...] = ()
    needs_all: bool = False


@lru_cache(maxsize=1)
def critical_paths(policy: Policy) -> tuple[CriticalPath, ...]:
    """Those that policy declares, in its order."""
    return tuple(_path(entry, index, policy) for index, entry in enumerate(policy.tree["critical_paths"]))


def rung_of_paths(policy: Policy) -> Rung:
    """The rung on which policy demands alerts of critical paths."""
    return Rung[policy.tree["monitoring"]["require"].upper()]


def detect_within(rule: AlertRule, paths: Sequence[CriticalPath]) -> timedelta | None:
    """How soon a rule has to fire: as soon as the most impatient of the paths wants it that it watches."""
    return min(
        (
            path.detect_within
            for path in paths
            if path.detect_within is not None and any(one.matches(rule) for one in path.matchers)
        ),
        default=None,
    )


def twice(paths: Sequence[CriticalPath]) -> Iterator[Problem]:
    """The paths whose id another one has already."""
    first: dict[str, CriticalPath] = {}
    for path in paths:
        other = first.setdefault(path.id, path)
        if other is not path:
            message = f"critical path {path.id} is declared in {other.location} already"
            yield Problem(path.location, "usage", f"critical_paths.{path.id}", message, "give it another id")


def in_vain(paths: Sequence[CriticalPath], alerts: Alerts) -> Iterator[Problem]:
    """The matchers that fit no alert rule; one with a slip of the pen must not read as a path that nobody watches."""
    for path in paths:
        for one in path.matchers:
            if not any(one.matches(rule) for rule in alerts.rules):
                message = f"no alert rule fits {one}, which critical path {path.id} names"
                yield Problem(one.location, "usage", f"critical_paths.{path.id}", message, _hint(one, alerts.rules))


def _hint(matcher: Matcher, rules: Sequence[AlertRule]) -> str:
    if not rules:
        return "no alert rules were found; say where they stand: monitoring.sources (docs/policy.md)"
    known = {
        matcher.name: [rule.name for rule in rules],
        matcher.generic: [rule.name for rule in rules if rule.kind == "generic"],
        matcher.grafana_uid: [rule.uid for rule in rules if rule.kind == "grafana"],
    }
    close = [meant for word, names in known.items() if word for meant in get_close_matches(word, names, 1)]
    return f"did you mean {close[0]}?" if close else "name an alert rule that is there"


def _path(entry: Mapping[str, Any], index: int, policy: Policy) -> CriticalPath:
    key: KeyPath = ("critical_paths", index)
    how, listed = next(iter(entry.get("alerts", {}).items()), ("any_of", ()))
    within = entry.get("detect_within")
    return CriticalPath(
        id=entry["id"],
        location=policy.origins.get(key, _NOWHERE),
        title=entry.get("title", ""),
        owner=entry.get("owner", ""),
        modules=tuple(entry.get("modules", ())),
        detect_within=timedelta(**{_UNITS[within[-1]]: int(within[:-1])}) if within else None,
        matchers=tuple(
            Matcher(location=policy.origins.get((*key, "alerts", how, number), _NOWHERE), **one)
            for number, one in enumerate(listed)
        ),
        needs_all=how == "all_of",
    )
