"""Commits behind Code actions, for the tests of the rules on them."""

from __future__ import annotations

from typing import Any

from pytest_prevention.model import Action, Category, CodeChange, CodeChanges, Facts, Incident, Status
from pytest_prevention.model.code_changes import Astray, Revert
from tests.rules.build import action, facts, incident

ORDERS = "src/orders/api.py"


def code(**changes: Any) -> Action:
    """A Code action that is Done."""
    return action(**{"category": Category.CODE, "status": Status.DONE, "text": "Limit it", **changes})


def change(newer: int = 10, reverted: int | None = None, *paths: str) -> CodeChange:
    """A commit that so many are newer than, and its revert that so many are newer than; by default of ORDERS."""
    revert = None if reverted is None else Revert(f"{reverted:040x}", reverted)
    given = frozenset(paths or (ORDERS,))
    return CodeChange(id=f"{newer:040x}", subject="Limit the order", newer=newer, revert=revert, paths=given)


def committed(*commits: CodeChange, of: Action | None = None, astray: tuple[Astray, ...] = (), **sources: Any) -> Facts:
    """Facts of one Code action, by default a Done one of an incident in ORDERS, and its commits, newest first."""
    row = of or code()
    known: Incident = incident(modules=("src/orders/**",), fix_commits=(f"{10:040x}",))
    changes = CodeChanges({row.key: commits}, {row.key: astray} if astray else {})
    return facts(row, known, **{"code_changes": changes, **sources})
