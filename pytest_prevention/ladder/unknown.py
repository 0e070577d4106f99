"""What is said of evidence that nobody can examine."""

from __future__ import annotations

from pytest_prevention.model import Action, Rung, Standing, Unavailable


def unknown(action: Action, why: Unavailable, at_least: Rung) -> Standing:
    return Standing(action.key, None, why.reason, why.remedy, at_least, why_unknown=why)
