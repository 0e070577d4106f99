"""What git history tells of the source files: who changed when, what was a fix, and how large each file is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pytest_prevention.model.place import Unavailable

DAY = 86_400
HALF_YEAR = 182 * DAY
"""Seconds; as far ahead as modules are said to break, and as far back as that is tested."""


class Commit(NamedTuple):
    """One commit that touched source files. Moments are seconds since 1970, UTC.

    ``landed`` is when the main line (first parents from HEAD) got it. ``author`` numbers people, it does not name them.
    ``why`` is the word or the incident that makes the commit a fix (empty: it is none); ``subject`` is kept of fixes
    only. ``undone`` is when the revert of it landed.
    """

    id: str
    at: int
    landed: int
    author: int
    subject: str = ""
    why: str = ""
    incidents: tuple[str, ...] = ()
    undone: int | None = None

    def is_fix(self, moment: int) -> bool:
        """Whether it was a fix as of then: not yet taken back."""
        return bool(self.why) and (self.undone is None or self.undone > moment)


@dataclass(frozen=True, slots=True)
class Trail:
    """The commits that touched one file, newest first, followed through renames.

    ``names`` are its earlier names, each with the number of commits that are newer than that rename.
    """

    commits: tuple[Commit, ...] = ()
    names: tuple[tuple[int, str], ...] = ()

    def earlier_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for _, name in self.names))

    def name_at(self, index: int, newest: str) -> str:
        """What the file was called after ``commits[index]``; ``newest`` is its name today."""
        place = bisect_right([count for count, _ in self.names], index)
        return self.names[place - 1][1] if place else newest


NO_TRAIL = Trail()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The source files of one commit: path → number of lines. ``at`` is its committer date in seconds since 1970."""

    commit: str
    at: int
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The history of the main line's newest commit, ``now``, back to the beginning of the window.

    ``trails`` holds by path the trail of the file that bears the name now, or bore it last. Where a name once meant
    another file, ``before`` says which: (landed, trail) pairs, newest first, each meaning *before landed it was this
    one*. ``commits`` counts the commits read, ``left_out`` the source files of ``now`` that do not
    count, by the reason.
    """

    now: Snapshot
    window_days: int
    commits: int
    trails: Mapping[str, Trail] = field(default_factory=dict)
    before: Mapping[str, tuple[tuple[int, Trail], ...]] = field(default_factory=dict)
    then: Snapshot | Unavailable
    """As it was half a year before ``now``: what was named then can be held against what broke since."""
    left_out: Mapping[str, int] = field(default_factory=dict)

    def trail(self, path: str, moment: int | None = None) -> Trail:
        """The trail of the file that had this name at the moment (now, where none is given)."""
        found = self.trails.get(path, NO_TRAIL)
        if moment is not None:
            for landed, trail in self.before.get(path, ()):
                if landed <= moment:
                    break
                found = trail
        return found


@dataclass(frozen=True, slots=True)
class ShortHistory(Unavailable):
    """History that does not cover the window: a shallow clone. ``days`` is how far it reaches back."""

    days: int = 0
