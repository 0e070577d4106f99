"""What an earlier report said of the modules that incidents name: what today's coverage is held against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem, Recorded, Unavailable
from pytest_prevention.model.coverage import NO_BASELINE
from pytest_prevention.policy import Policy
from pytest_prevention.sources import json_text
from pytest_prevention.sources.files import read_text

_WRITE = "write it anew: prevention report --output {}"
_PLACE = ("indicators", "leading", "incident_prone_coverage")


def read_baseline(root: Path, policy: Policy) -> Mapping[str, Recorded] | Unavailable:
    """By module what the report says that ``coverage.baseline`` names; PreventionError where it is no such report.

    Without a file there is nothing to compare with yet. A module that was not known then is left out.
    """
    name = policy.tree["coverage"].get("baseline")
    if name is None:
        return NO_BASELINE
    hint = _WRITE.format(name)
    if not (root / name).exists():
        return Unavailable(f"{name}, the baseline, does not exist", hint)
    value = json_text.load(read_text(root / name, root), name, hint, hint).value
    for key in _PLACE:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, dict):
        raise _bad(name, f"is no report: it has no {'.'.join(_PLACE)}", hint)
    if "unavailable" in value:
        return Unavailable(f"{name} was written without coverage", hint)
    modules = value.get("by_module")
    if not isinstance(modules, dict):
        raise _bad(name, f"is no report: its {_PLACE[-1]} has no by_module", hint)
    return {
        module: _recorded(one, module, name, hint)
        for module, one in modules.items()
        if not (isinstance(one, dict) and "unavailable" in one)
    }


def _recorded(one: Any, module: str, name: str, hint: str) -> Recorded:
    found = [one.get(key) for key in ("covered", "total", "branches")] if isinstance(one, dict) else []
    numbers = [number for number in found if type(number) is int]
    if len(numbers) == 3 and 0 <= numbers[0] <= numbers[1] and 0 <= numbers[2] <= numbers[1]:
        return Recorded(*numbers)
    raise _bad(name, f"does not say of {module[:80]} how many statements are covered, and of how many", hint)


def _bad(name: str, message: str, hint: str) -> PreventionError:
    return PreventionError([Problem(Location(name), "usage", name, message, hint)])
