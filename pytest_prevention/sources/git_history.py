"""The history of the source files: the log, walked back with the names that files had by then, and two snapshots."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from posixpath import relpath
from subprocess import SubprocessError
from types import MappingProxyType
from typing import TypeVar

from pytest_prevention.model import Incidents, Unavailable
from pytest_prevention.model.history import DAY, HALF_YEAR, Commit, History, ShortHistory, Snapshot, Trail
from pytest_prevention.policy import Policy
from pytest_prevention.sources.fixes import Fixes
from pytest_prevention.sources.git import GitError, Room, clean_room, commit_time, newest_before, no_history
from pytest_prevention.sources.git_log import Step, read_log
from pytest_prevention.sources.git_tree import Tree, as_bytes, as_text, count_lines, read_tree

_IGNORE_REVS = ".git-blame-ignore-revs"
_NO_SOURCE = Unavailable("there is no source file here", "see what paths.source calls one: prevention policy")

T = TypeVar("T")
Before = dict[str, tuple[tuple[int, Trail], ...]]


def read_history(
    root: Path, policy: Policy, incidents: Incidents, *, as_of: datetime | None = None, revision: str = "HEAD"
) -> History | Unavailable:
    """The history of ``revision``; with ``as_of`` that of its newest commit on the main line which is not later."""
    try:
        with clean_room(root, revision) as room:
            commit = room.head if as_of is None else newest_before(room, as_of)
            return history_of(room, commit, policy, incidents)
    except (GitError, OSError, SubprocessError) as error:
        return no_history(error)


def history_of(room: Room, commit: str, policy: Policy, incidents: Incidents) -> History | Unavailable:
    """The history of one commit, as far back as the window of the policy."""
    at, window = commit_date(room, commit), policy.tree["history"]["window_days"]
    tree = read_tree(room, commit)
    kind = cache(partial(_kind, room=room, policy=policy, tree=tree))
    kinds = Counter(map(kind, tree.blobs))
    if not kinds["source"]:
        return _NO_SOURCE
    log = read_log(
        room,
        commit,
        at - window * DAY,
        is_source=lambda path: kind(path) == "source",
        fixes=Fixes.of(policy, incidents),
        ignored=_ignored(room, commit),
    )
    if log.cut_at is not None:
        return _too_short((at - log.cut_at) // DAY, window, at)
    now, *older = snapshots(room, policy, [(at, commit), *_half_a_year_before(room, commit, at)], {commit: tree})
    if isinstance(now, Unavailable):
        return now
    then = older[0] if older else Unavailable(f"the history is younger than {HALF_YEAR // DAY} days")
    trails, before = followed(log.steps, room.prefix)
    del kinds["source"], kinds["other"]
    return History(
        now=now,
        then=then,
        window_days=window,
        commits=log.commits,
        trails=trails,
        before=before,
        left_out=dict(sorted(kinds.items())),
    )


def _half_a_year_before(room: Room, commit: str, at: int) -> list[tuple[int, str]]:
    """The moment, and what the main line was then; nothing where it had not begun."""
    moment = at - HALF_YEAR
    try:
        return [(moment, newest_before(replace(room, head=commit), datetime.fromtimestamp(moment, UTC)))]
    except GitError:
        return []


def snapshots(
    room: Room, policy: Policy, moments: Iterable[tuple[int, str]], trees: Mapping[str, Tree] = MappingProxyType({})
) -> list[Snapshot | Unavailable]:
    """The source files of commits, each given as (the moment that it stands for, commit id).

    ``trees`` are those of commits that were read already. A snapshot is Unavailable where a partial clone lacks one of
    its files.
    """
    sources = {}
    for moment, commit in moments:
        tree = trees[commit] if commit in trees else read_tree(room, commit)
        files = {path: blob for path, blob in tree.blobs.items() if _kind(path, room, policy, tree) == "source"}
        sources[moment, commit] = {path.removeprefix(room.prefix): blob for path, blob in files.items()}
    counts = count_lines(room, (blob for files in sources.values() for blob in files.values()))
    return [_snapshot(moment, commit, files, counts) for (moment, commit), files in sources.items()]


def _snapshot(moment: int, commit: str, files: Mapping[str, str], counts: Mapping[str, int]) -> Snapshot | Unavailable:
    if not counts.keys() >= set(files.values()):
        when = datetime.fromtimestamp(moment, UTC)
        return Unavailable(
            f"this clone lacks files of {when:%Y-%m-%d} (a partial clone)", "git fetch --refetch --no-filter"
        )
    return Snapshot(commit, moment, {path: counts[blob] for path, blob in sorted(files.items())})


@dataclass(slots=True)
class _Growing:
    """A trail while it is followed."""

    commits: list[Commit] = field(default_factory=list)
    names: list[tuple[int, str]] = field(default_factory=list)

    def trail(self) -> Trail:
        return Trail(tuple(self.commits), tuple(self.names))


def followed(steps: Iterable[Step], prefix: str = "") -> tuple[dict[str, Trail], Before]:
    """The trails by newest name, and what names meant before: see :class:`History`. Steps come newest first.

    All files are followed, then those kept whose names lie below the prefix.
    """
    newest: dict[bytes, _Growing] = {}
    names: dict[bytes, _Growing] = {}
    before: dict[bytes, list[tuple[int, _Growing]]] = defaultdict(list)

    def bearer(name: bytes) -> _Growing:
        if name not in names:
            names[name] = newest[name] = _Growing()
        return names[name]

    for step in steps:
        moved = {old: bearer(new) for old, new in step.renames}
        arrived = dict.fromkeys(new for _, new in step.renames)
        if step.commit:
            touched = (bearer(path) for path in step.paths if path in arrived or path not in moved)
            for trail in {id(trail): trail for trail in touched}.values():
                trail.commits.append(step.commit)
        # what had these names before was something else
        earlier = {name: _Growing() for name in arrived} | moved
        for name, trail in earlier.items():
            names[name] = trail
            before[name].append((step.landed, trail))
        for old, trail in moved.items():
            trail.names.append((len(trail.commits), _from_root(as_text(old), prefix)))
    named, meant = _below(prefix, newest), _below(prefix, before)
    frozen = {id(trail): trail.trail() for group in (named.values(), _all(meant)) for trail in group}
    return (
        {name: frozen[id(trail)] for name, trail in named.items()},
        {name: tuple((landed, frozen[id(trail)]) for landed, trail in trails) for name, trails in meant.items()},
    )


def _below(prefix: str, paths: Mapping[bytes, T]) -> dict[str, T]:
    """What lies below the root, by paths from there."""
    start = as_bytes(prefix)
    return {as_text(path[len(start) :]): value for path, value in paths.items() if path.startswith(start)}


def _from_root(path: str, prefix: str) -> str:
    """A path from the top as one from the root: ``../old/a.py`` for a file outside."""
    return path[len(prefix) :] if path.startswith(prefix) else relpath(f"/{path}", f"/{prefix}")


def _all(before: Mapping[str, Iterable[tuple[int, _Growing]]]) -> Iterator[_Growing]:
    return (trail for trails in before.values() for _, trail in trails)


def _kind(path: str, room: Room, policy: Policy, tree: Tree) -> str:
    """What a path from the top is: below the root by its path from there, and elsewhere as it is."""
    kind = policy.file_kind(path.removeprefix(room.prefix))
    return kind if kind == "other" else tree.marked.get(path, kind)


def commit_date(room: Room, commit: str) -> int:
    """The committer date in seconds since 1970; GitError where the commit has none that a calendar knows."""
    time = commit_time(room, commit)
    if isinstance(time, Unavailable):
        raise GitError(time.reason, time.remedy)
    return int(time.timestamp())


def _ignored(room: Room, commit: str) -> frozenset[str]:
    """The commits that the repository wants left out of blame: reformatting, mass renaming."""
    if not room.git("ls-tree", "--full-tree", commit, "--", _IGNORE_REVS):
        return frozenset()
    lines = room.git("cat-file", "blob", f"{commit}:{_IGNORE_REVS}").decode("utf-8", "replace").splitlines()
    return frozenset(line.partition("#")[0].strip().lower() for line in lines)


def _too_short(days: int, window: int, at: int) -> ShortHistory:
    # well before the window: the oldest commits of a shallow clone, whose changes are unknown, must not be in it
    since = datetime.fromtimestamp(max(at - 2 * window * DAY, 0), UTC)
    return ShortHistory(
        f"history reaches back {days} {'day' if days == 1 else 'days'} of {window}",
        f"use fetch-depth 0 with actions/checkout, or fetch the rest: git fetch --shallow-since={since:%Y-%m-%d}",
        days=days,
    )
