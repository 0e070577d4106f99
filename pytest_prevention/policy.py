"""What is demanded: the effective policy as a typed, frozen value.

Reading, extending and checking files is the business of ``sources/policy_file.py``; here stands what the words mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_prevention.globs import matches_any
from pytest_prevention.model import Action, Category, Level, Location, Priority, Rung, Status

Grace = Literal["none", "until-due"]
KeyPath = tuple[str | int, ...]
Layer = Mapping[str, Mapping[str, Any]]


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
    """What policy says of one rule: its level, and where by_priority says otherwise that of single priorities.

    ``key`` is the entry of ``rules`` that set the level (a code or a prefix of it), ``priority_keys`` the others.
    """

    level: Level
    by_priority: Mapping[Priority, Level] = field(default_factory=dict)
    grace: Grace = "none"
    key: str = ""
    priority_keys: Mapping[Priority, str] = field(default_factory=dict)

    def level_for(self, priority: Priority | None) -> Level:
        return self.level if priority is None else self.by_priority.get(priority, self.level)

    def policy_key(self, priority: Priority | None) -> str:
        """The key that decides, with its value: ``rules.PRV201.by_priority.P1 = error``."""
        if priority is not None and priority in self.by_priority:
            key = self.priority_keys.get(priority, self.key)
            return f"rules.{key}.by_priority.{priority} = {self.by_priority[priority]}"
        return f"rules.{self.key}.severity = {self.level}"


@dataclass(frozen=True, slots=True)
class Said:
    """One value of a ``rules`` entry: the word, the entry's key, and the layer in which it stands."""

    word: str
    key: str
    layer: int


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The effective policy: presets and the user's file merged and validated.

    ``tree`` is the merged data with the shape of ``schema/policy.schema.json``, every default filled in and ``rules``
    written out by code; ``origins`` says for each leaf and list entry (by key path) in which file and line it was
    written. ``layers`` are the ``rules`` as the files have them, the user's first: what a later file says of a family
    beats what an earlier one said of a member.
    """

    tree: Mapping[str, Any]
    origins: Mapping[KeyPath, Location] = field(default_factory=dict, compare=False)
    layers: tuple[Layer, ...] = ()
    demands: tuple[Demand, ...] = ()

    @property
    def fail_on(self) -> Level | None:
        """The level that breaks the gate; None: nothing does."""
        word = self.tree["fail_on"]
        return None if word == "never" else Level[word.upper()]

    def rule(self, code: str) -> RuleSetting:
        """The setting of one rule, as :func:`said_of` puts it together; a rule nobody mentions is a warning."""
        said = said_of(code, self.layers)
        by_priority = {priority: Level[said[priority].word.upper()] for priority in Priority if priority in said}
        keys = {priority: said[priority].key for priority in by_priority}
        level, key = Level.WARNING, code
        if "severity" in said:
            level, key = Level[said["severity"].word.upper()], said["severity"].key
        elif by_priority:
            gravest = max(by_priority, key=by_priority.__getitem__)
            level, key = by_priority[gravest], keys[gravest]
        grace: Grace = "until-due" if "grace" in said and said["grace"].word == "until-due" else "none"
        return RuleSetting(level, by_priority, grace, key, keys)

    def demanded(self, action: Action) -> Demand | None:
        """The first entry of ``evidence`` that matches decides."""
        return next((demand for demand in self.demands if demand.matches(action)), None)

    def threshold(self, name: str) -> float:
        """A number of the ``thresholds`` mapping; names are listed in the schema."""
        return float(self.tree["thresholds"][name])

    @property
    def level(self) -> float:
        """Tests reach it where p ≤ level."""
        return float(self.tree["statistics"]["level"])

    @property
    def confidence(self) -> float:
        """That of intervals: 1 − level."""
        return 1 - self.level

    def file_kind(self, path: str) -> str:
        """What a file is to git history: ``source``; what sets a source file apart (``tests``); ``other``."""
        paths = self.tree["paths"]
        if not matches_any(path, paths["source"]):
            return "other"
        apart = ((kind, paths[kind]) for kind in ("tests", "docs", "examples", "generated"))
        kinds = (*apart, ("excluded", self.tree["history"]["exclude"]))
        return next((kind for kind, globs in kinds if matches_any(path, globs)), "source")


def said_of(code: str, layers: Sequence[Layer]) -> dict[str, Said]:
    """What the layers say of one rule, by name: ``severity``, ``P1`` to ``P4`` (of by_priority), ``grace``.

    In each layer the longest prefix of the code speaks. The layers are heard from the last to the first; who gives a
    severity takes back all levels said before, who gives a priority's level or a grace only that one.
    """
    said: dict[str, Said] = {}
    for index in reversed(range(len(layers))):
        key = next((code[:length] for length in range(len(code), 0, -1) if code[:length] in layers[index]), "")
        entry = layers[index].get(key, {})
        if "severity" in entry:
            said = {name: one for name, one in said.items() if name == "grace"}
        words = {name: word for name, word in entry.items() if name != "by_priority"} | entry.get("by_priority", {})
        said |= {name: Said(word, key, index) for name, word in words.items()}
    return said
