"""Which commits are taken back: reverts, reverts of reverts, and merges reverted with all that they brought.

A revert names what it takes back by commit id (git), by pull request (GitHub's button), or by its subject alone
(rebased or squashed). A revert that is itself taken back takes nothing back.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from pytest_prevention.model.code_changes import Revert
from pytest_prevention.sources.fixes import REVERTS_COMMIT, subject_of

_REVERTS_PULL = re.compile(rb"^Reverts (?:[\w.-]+/[\w.-]+)?#([0-9]{1,9})\b", re.MULTILINE)
_QUOTED = re.compile(r'(Revert|Reapply) "(.+)"(?: \(#[0-9]+\))?')
_SQUASHED = re.compile(r"(.*\S) \(#([0-9]{1,9})\)")
_MERGED = re.compile(r".*?(?<![\w/&-])#([0-9]{1,9})\b.*")
_SHORTEST = 7
"""Hex digits of an id that a revert gives."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One commit of the history; ``newer`` is its place in it, 0 for the newest."""

    id: str
    newer: int
    subject: str
    is_merge: bool
    titles: frozenset[str]
    """What a revert may call it: its subject, that without the pull request's number, the title of a merged one."""
    pull: str
    """The number of the pull request that it came with; empty: it says none."""
    reverted_ids: tuple[str, ...] = ()
    reverted_pulls: tuple[str, ...] = ()
    reverted_title: str = ""

    @property
    def is_revert(self) -> bool:
        return bool(self.reverted_ids or self.reverted_pulls or self.reverted_title)


def seen(id_: str, newer: int, message: bytes, *, is_merge: bool) -> Seen:
    """One commit by its message."""
    subject = subject_of(message)
    squashed, merged = _SQUASHED.fullmatch(subject), _MERGED.fullmatch(subject) if is_merge else None
    titles = {subject, squashed[1] if squashed else subject}
    if merged:  # the title of the pull request stands below "Merge pull request #12 from …"
        titles.add(subject_of(message.strip().partition(b"\n\n")[2]) or subject)
    quoted = _QUOTED.fullmatch(subject)
    return Seen(
        id_,
        newer,
        subject,
        is_merge,
        frozenset(titles),
        squashed[2] if squashed else merged[1] if merged else "",
        tuple(found.decode() for found in REVERTS_COMMIT.findall(message)),
        tuple(found.decode() for found in _REVERTS_PULL.findall(message)),
        "" if quoted is None else quoted[2] if quoted[1] == "Revert" else f'Revert "{quoted[2]}"',
    )


class Ids:
    """All commits of the history, to be found by the beginnings of their ids."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = sorted(ids)

    def of(self, prefix: str) -> list[str]:
        start = bisect_left(self._ids, prefix)
        return list(takewhile(lambda one: one.startswith(prefix), self._ids[start : start + 20]))


class Named:
    """What the reverts of a history name, gathered from its newest commit on: only such commits need be remembered."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def add(self, revert: Seen) -> None:
        self._names.update(one[:_SHORTEST] for one in revert.reverted_ids)
        self._names.update(f"#{pull}" for pull in revert.reverted_pulls)
        self._names.add(revert.reverted_title)

    def has(self, commit: Seen) -> bool:
        """Whether a newer revert may mean this commit."""
        return not self._names.isdisjoint({commit.id[:_SHORTEST], f"#{commit.pull}", *commit.titles} - {""})


@dataclass
class _Pending:
    """What the standing reverts seen so far take back."""

    by_id: dict[str, Revert] = field(default_factory=dict)
    by_pull: dict[str, Revert] = field(default_factory=dict)
    by_title: dict[str, list[Revert]] = field(default_factory=lambda: defaultdict(list))

    def of(self, commit: Seen) -> Revert | None:
        """The revert of a commit. A title means the newest commit of that name before the revert, and no other."""
        found = self.by_id.get(commit.id) or self.by_pull.get(commit.pull)
        if found:
            return found
        titled = [waiting for title in commit.titles if (waiting := self.by_title.get(title))]
        return min(titled, key=lambda waiting: waiting[0].newer).pop(0) if titled else None


def reverted(commits: Sequence[Seen], ids: Ids, branch: Callable[[str], Iterable[str]]) -> dict[str, Revert]:
    """The commits that are taken back today, each with the revert that does.

    ``commits`` are at least all reverts and what they name, children before parents; ``branch`` gives the commits that
    came with a merge.
    """
    pulls = {commit.pull for commit in commits}
    pending, undone = _Pending(), dict[str, Revert]()
    for commit in commits:
        revert = undone.get(commit.id) or pending.of(commit)
        if revert is None:
            _take_back(commit, pending, ids, pulls)
            continue
        undone.setdefault(commit.id, revert)
        if commit.is_merge:
            for one in branch(commit.id):
                undone.setdefault(one, revert)
    return undone


def _take_back(commit: Seen, pending: _Pending, ids: Ids, pulls: set[str]) -> None:
    """Remember what this commit takes back: by id where the history has it, else by pull request, else by title."""
    revert = Revert(commit.id, commit.newer)
    exact = [found[0] for one in commit.reverted_ids if len(found := ids.of(one)) == 1]
    known = [pull for pull in commit.reverted_pulls if pull in pulls]
    for one in exact:
        pending.by_id.setdefault(one, revert)
    for pull in [] if exact else known:
        pending.by_pull.setdefault(pull, revert)
    if commit.reverted_title and not (exact or known):
        pending.by_title[commit.reverted_title].append(revert)
