"""The words of a backlog: column headers, categories, priorities and statuses, with their variants and the team's own."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_prevention.policy import Policy


@dataclass(frozen=True, slots=True)
class Words:
    """``Words()`` knows the built-in words; :func:`words` adds those of policy (``columns:``, ``statuses:``)."""


def words(policy: Policy) -> Words:
    """The built-in words and those of policy."""
    raise NotImplementedError
