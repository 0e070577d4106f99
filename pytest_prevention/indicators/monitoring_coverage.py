"""Leading indicator: which part of the critical paths has an alert that would tell of their failure."""

from __future__ import annotations

from pytest_prevention.model import Facts, Unavailable
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy

_NOT_DECLARED = Unavailable("not declared: policy names no critical paths", "see docs/policy.md: critical_paths", True)


def measure(facts: Facts, policy: Policy) -> Unavailable:
    """Nothing here reads alert rules yet, so that the paths can be counted and no more."""
    paths = policy.tree["critical_paths"]
    if not paths:
        return _NOT_DECLARED
    return Unavailable(f"{counted(len(paths), 'critical path')} declared, and alert rules are not read", by_design=True)
