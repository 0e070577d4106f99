"""What is demanded: the effective policy as a typed, frozen value.

Reading, extending and checking files is the business of ``sources/policy_file.py``; here stands what the words mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from pytest_prevention.model import Action, Category, Level, Location, Priority, Rung, Status

Grace = Literal["none", "until-due"]
KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """One entry of ``evidence``: the rung asked of the actions that match; an empty set matches all."""

    require: Rung
    categories: frozenset[Category] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    statuses: frozenset[Status] = frozenset()
    index: int = 0

    def matches(self, action: Action) -> bool:
        return (
            (not self.categories or action.category in self.categories)
            and (not self.priorities or action.judged_priority in self.priorities)
            and (not self.statuses or action.status in self.statuses)
        )


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What policy says of one rule: ``key`` is the entry of ``rules`` that was found (a code or a prefix of it)."""

    level: Level
    by_priority: Mapping[Priority, Level] = field(default_factory=dict)
    grace: Grace = "none"
    key: str = ""

    def level_for(self, priority: Priority | None) -> Level:
        return self.level if priority is None else self.by_priority.get(priority, self.level)

    def policy_key(self, priority: Priority | None) -> str:
        """The key that decides, with its value: ``rules.PRV201.by_priority.P1 = error``."""
        where = f"rules.{self.key}"
        if priority is not None and priority in self.by_priority:
            return f"{where}.by_priority.{priority} = {self.by_priority[priority]}"
        return f"{where}.severity = {self.level}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The effective policy: presets and the user's file merged and validated.

    ``tree`` is the merged data with the shape of ``schema/policy.schema.json``, every default filled in; ``origins`` says for each
    leaf (by key path) in which file and line it was written. ``layers`` are the ``rules`` mappings, the user's first: what a later
    file says of a family beats what an earlier one said of a member.
    """

    tree: Mapping[str, Any]
    origins: Mapping[KeyPath, Location] = field(default_factory=dict, compare=False)
    layers: tuple[Mapping[str, Mapping[str, Any]], ...] = ()
    demands: tuple[Demand, ...] = ()

    @property
    def fail_on(self) -> Level | None:
        """The level that breaks the gate; None: nothing does."""
        word = self.tree["fail_on"]
        return None if word == "never" else Level[word.upper()]

    def rule(self, code: str) -> RuleSetting:
        """The setting of one rule: the latest layer first, in each the longest prefix; a rule nobody mentions is a warning."""
        for layer in self.layers:
            for length in range(len(code), 2, -1):
                entry = layer.get(code[:length])
                if entry is not None:
                    return _setting(code[:length], entry)
        return RuleSetting(Level.WARNING, key=code)

    def demanded(self, action: Action) -> Demand | None:
        """The first entry of ``evidence`` that matches decides."""
        return next((demand for demand in self.demands if demand.matches(action)), None)

    def threshold(self, name: str) -> float:
        """A number of the ``thresholds`` mapping; names are listed in the schema."""
        return float(self.tree["thresholds"][name])


def _setting(key: str, entry: Mapping[str, Any]) -> RuleSetting:
    by_priority = {Priority(name): Level[word.upper()] for name, word in entry.get("by_priority", {}).items()}
    fallback = max(by_priority.values(), default=Level.WARNING)
    level = Level[entry["severity"].upper()] if "severity" in entry else fallback
    return RuleSetting(level, MappingProxyType(by_priority), entry.get("grace", "none"), key)
