"""An alert rule, and what rule unit tests show of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Literal

from pytest_prevention.model.place import Location, Problem, Unavailable

AlertKind = Literal["prometheus", "prometheus-operator", "grafana", "generic"]
AlertState = Literal["active", "paused", "deleted"]
Tried = Literal["unknown", "refused", "failed", "passed", "proven"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One alert rule as its file has it, whatever tool reads that file. Text that the file lacks is empty.

    ``location`` is where its name stands (for a deleted one, its uid). ``for_`` is how long the condition must hold
    before it fires. ``expr`` of a Grafana rule are its queries and expressions, a line each.
    """

    name: str
    location: Location
    kind: AlertKind
    uid: str = ""
    expr: str = ""
    for_: timedelta = timedelta(0)
    severity: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    incidents: tuple[str, ...] = ()
    state: AlertState = "active"

    @property
    def is_testable(self) -> bool:
        """Whether rule unit tests can try it: they are those of Prometheus."""
        return self.kind in ("prometheus", "prometheus-operator")


@dataclass(frozen=True)
class Alerts:
    """All alert rules in the order of the policy's sources, files and lines, and what could not be read of them.

    ``tests`` are the globs and names of rule unit tests, ``test_problems`` what could not be read of them, and
    ``cases`` the places at which they expect an alert to fire, by the place of its rule.
    """

    rules: tuple[AlertRule, ...] = ()
    problems: tuple[Problem, ...] = ()
    tests: tuple[str, ...] = ()
    cases: Mapping[Location, tuple[Location, ...]] = field(default_factory=dict)
    test_problems: tuple[Problem, ...] = ()

    @property
    def unread(self) -> Unavailable | None:
        """Why a rule that nobody saw may be there all the same: of some file no rule could be read."""
        files = {rule.location.path for rule in self.rules}
        return next((_unreadable(one) for one in self.problems if one.location.path not in files), None)

    @property
    def unread_test(self) -> Unavailable | None:
        """Why a test that nobody saw may be there all the same."""
        return next(map(_unreadable, self.test_problems), None)

    def of(self, incident: str) -> tuple[AlertRule, ...]:
        """The rules that carry an incident."""
        return self._by_incident.get(incident, ())

    def named(self, name: str) -> tuple[AlertRule, ...]:
        """The rules of a name or a uid, as ``alert:NAME`` in an Evidence cell means them; a name is seldom unique."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_incident(self) -> dict[str, tuple[AlertRule, ...]]:
        """Grouped once, so that asking for every incident in turn stays linear."""
        groups: dict[str, list[AlertRule]] = defaultdict(list)
        for rule in self.rules:
            for incident in rule.incidents:
                groups[incident].append(rule)
        return {incident: tuple(rules) for incident, rules in groups.items()}

    @cached_property
    def _by_name(self) -> dict[str, tuple[AlertRule, ...]]:
        groups: dict[str, list[AlertRule]] = defaultdict(list)
        for rule in self.rules:
            for name in {rule.name, rule.uid} - {""}:
                groups[name].append(rule)
        return {name: tuple(rules) for name, rules in groups.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTrial:
    """What one rule unit test shows of one alert rule; ``case`` is where the test expects the alert by name.

    ``refused``: promtool takes the rule for none, whatever tests there are. ``failed``: the test does not pass.
    ``passed``: it does, which is all that is known. ``proven``: it passes, and fails when the rule can never fire.
    ``unknown``: it could not be run. ``reason`` says why it is not more.
    ``delay`` of a proven one is the time from the start of the fault to the first firing.
    """

    case: Location
    tried: Tried
    reason: str = ""
    delay: timedelta | None = None


def _unreadable(problem: Problem) -> Unavailable:
    return Unavailable(f"{problem.location}: {problem.message}", problem.hint)
