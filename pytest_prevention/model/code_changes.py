"""The commits behind Code actions, and whether they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Revert(NamedTuple):
    """The commit that takes another one back; ``newer`` counts the commits of the history that are newer than it."""

    id: str
    newer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChange:
    """One commit that led to HEAD. ``newer`` counts the commits of the history that are newer.

    ``revert`` is what takes it back today; None: it stands. ``paths`` are the files that it touched, a merge those that
    it brought: from the root, by the names that they had then.
    """

    id: str
    subject: str
    newer: int
    revert: Revert | None = None
    paths: frozenset[str] = frozenset()


class Astray(NamedTuple):
    """What an Evidence cell names in vain: ``commit:abc1234``, ``#123``; ``why`` goes on after it."""

    named: str
    why: str


@dataclass(frozen=True, slots=True)
class CodeChanges:
    """By the key of each Code action: its commits, newest first, and what its Evidence names in vain."""

    commits: Mapping[str, tuple[CodeChange, ...]] = field(default_factory=dict)
    astray: Mapping[str, tuple[Astray, ...]] = field(default_factory=dict)
