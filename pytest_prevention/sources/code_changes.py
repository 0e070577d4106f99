"""The commits behind Code actions: by a trailer in their message, or by what a row's Evidence names.

One pass over the messages of all that led to HEAD, without a diff; trailers are told by git itself. Only the few
commits that are found are asked for the files that they touched.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from subprocess import SubprocessError

from pytest_prevention.model import Action, Backlog, Category, Status, Unavailable
from pytest_prevention.model.code_changes import Astray, CodeChange, CodeChanges, Revert
from pytest_prevention.model.facts import NO_CODE_CHANGES
from pytest_prevention.model.mark import INCIDENT_ID
from pytest_prevention.policy import Policy
from pytest_prevention.sources.git import GitError, Room, clean_room, newest_before, no_history
from pytest_prevention.sources.git_tree import as_text, fields, read_bounded
from pytest_prevention.sources.reverts import Ids, Named, Seen, reverted, seen

PREVENTS = "Prevents"
"""The trailer of a commit that prevents an incident without being the fix of it."""

_SHALLOW = Unavailable(
    "the clone is shallow: the commits of Code actions, or reverts of them, may be cut off",
    "git fetch --unshallow (fetch-depth: 0 in CI)",
)
_CARRIED = re.compile(rf"({INCIDENT_ID.pattern})(?:#([1-9][0-9]{{0,8}}))?")
_GAP = re.compile(r"[\s,;]+")
_HEAD = 4
"""Hex digits: the shortest id that an Evidence cell may give."""

Carried = tuple[str, int | None]
"""An incident, and the number of one of its actions where the trailer gives one."""


def read_code_changes(
    root: Path,
    policy: Policy,
    backlog: Backlog,
    *,
    as_of: datetime | None = None,
    commit: tuple[Room, str] | None = None,
) -> CodeChanges | Unavailable:
    """The commits of all Code actions that are not Dropped; git is not asked where there is none.

    Of the history of ``commit`` in its room, by default the one that is checked out at ``root``; with ``as_of`` of its
    newest commit on the main line which is not later.
    """
    actions = [one for one in backlog.actions if one.category is Category.CODE and one.status is not Status.DROPPED]
    if not actions:
        return NO_CODE_CHANGES
    try:
        if commit:
            return _changes(*commit, policy, actions)
        with clean_room(root) as room:
            return _changes(room, room.head if as_of is None else newest_before(room, as_of), policy, actions)
    except (GitError, OSError, SubprocessError) as error:
        return no_history(error)


def _changes(room: Room, head: str, policy: Policy, actions: Sequence[Action]) -> CodeChanges | Unavailable:
    if room.shallow:
        return _SHALLOW
    wanted = _Wanted.of(actions)
    log = _read(room, head, policy, wanted)
    undone = reverted(log.commits, log.ids, lambda merge: _branch(room, merge))
    found: dict[str, list[Seen]] = {}
    astray: dict[str, tuple[Astray, ...]] = {}
    for action in actions:
        found[action.key], lost = _commits_of(action, log)
        astray[action.key] = tuple(lost)
    touched = _touched(room, log, {one.id for commits in found.values() for one in commits})
    commits = {
        key: tuple(_change(one, undone, touched) for one in sorted(set(some), key=lambda one: one.newer))
        for key, some in found.items()
    }
    return CodeChanges(commits, {key: lost for key, lost in astray.items() if lost})


def _change(commit: Seen, undone: Mapping[str, Revert], touched: Mapping[str, frozenset[str]]) -> CodeChange:
    return CodeChange(
        id=commit.id,
        subject=commit.subject,
        newer=commit.newer,
        revert=undone.get(commit.id),
        paths=touched.get(commit.id, frozenset()),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the actions ask for: their incidents, and the beginnings of ids and the pull requests of Evidence cells."""

    incidents: frozenset[str]
    heads: frozenset[str]
    pulls: frozenset[str]

    @classmethod
    def of(cls, actions: Iterable[Action]) -> _Wanted:
        entries = [(entry.kind, entry.value) for action in actions for entry in action.evidence]
        return cls(
            frozenset(action.incident for action in actions),
            frozenset(value[:_HEAD].lower() for kind, value in entries if kind == "commit"),
            frozenset(value.removeprefix("#") for kind, value in entries if kind == "pull"),
        )


@dataclass
class _Log:
    """What the pass remembers: newest first the commits that matter, with their first parents and what they carry."""

    ids: Ids = field(default_factory=lambda: Ids(()))
    commits: list[Seen] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    carrying: dict[Carried, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    pulls: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[str, Seen] = field(default_factory=dict)


def _read(room: Room, head: str, policy: Policy, wanted: _Wanted) -> _Log:
    """Reverts stand before what they revert: children come before their parents."""
    log, ids, named = _Log(), list[str](), Named()
    for newer, (name, parents, trailers, message) in enumerate(_entries(room, head, policy)):
        ids.append(name)
        commit = seen(name, newer, message, is_merge=" " in parents)
        carried = [one for one in _carried(trailers) if one[0] in wanted.incidents]
        asked = name[:_HEAD] in wanted.heads or commit.pull in wanted.pulls
        if not (carried or asked or commit.is_revert or named.has(commit)):
            continue
        if commit.is_revert:
            named.add(commit)
        log.commits.append(commit)
        log.by_id[name] = commit
        log.parents[name] = parents.partition(" ")[0]
        for one in carried:
            log.carrying[one].append(commit)
        if commit.pull:
            log.pulls[commit.pull].append(commit)
    log.ids = Ids(ids)
    return log


def _entries(room: Room, head: str, policy: Policy) -> Iterator[tuple[str, str, bytes, bytes]]:
    """Id, parents, values of trailers line by line, and message of each commit."""
    keys = ",".join(f"key={key}" for key in [*policy.tree["history"]["trailers"], PREVENTS])
    form = f"--format=%H%x00%P%x00%(trailers:{keys},valueonly,unfold)%x00%B"
    options = ("--topo-order", "-z", "--encoding=UTF-8", "--no-patch", form)
    with room.stream("log", *options, "--end-of-options", head, "--") as output:
        told = fields(output)
        for name, parents, trailers, message in zip(told, told, told, told, strict=False):
            yield name.decode(), parents.decode(), trailers, message


def _carried(trailers: bytes) -> Iterator[Carried]:
    """``INC-001``, ``INC-001#3``, several by comma or blank; other words of a trailer carry nothing."""
    for word in _GAP.split(trailers.decode("utf-8", "replace")) if trailers else ():
        if found := _CARRIED.fullmatch(word):
            yield found[1], int(found[2]) if found[2] else None


def _commits_of(action: Action, log: _Log) -> tuple[list[Seen], list[Astray]]:
    """The commits of one action, and what its Evidence names in vain."""
    commits = [*log.carrying.get((action.incident, None), ()), *log.carrying.get((action.incident, action.number), ())]
    astray: list[Astray] = []
    for entry in action.evidence:
        if entry.kind == "commit":
            ids = log.ids.of(entry.value.lower())
            if len(ids) == 1:
                commits.append(log.by_id[ids[0]])
            else:
                why = f"is the beginning of several commits: {_short(ids)}" if ids else "names none that led to HEAD"
                astray.append(Astray(f"commit:{entry.value}", why))
        elif entry.kind == "pull":
            merged = log.pulls.get(entry.value.removeprefix("#"), [])
            commits += merged
            if not merged:
                astray.append(Astray(entry.value, "stands in the subject of no merge that led to HEAD"))
    return commits, astray


def _short(ids: Sequence[str]) -> str:
    return ", ".join(one[:12] for one in ids[:3]) + (" …" if len(ids) > 3 else "")


def _touched(room: Room, log: _Log, commits: Iterable[str]) -> dict[str, frozenset[str]]:
    """The files that each of these touched against its first parent: below the root, by paths from there."""
    asked = "".join(f"{one} {log.parents[one]}".rstrip() + "\n" for one in sorted(commits))
    if not asked:
        return {}
    too_many = GitError("the commits of Code actions touch too many files", "name smaller ones")
    options = ("--stdin", "-r", "-z", "--root", "--name-status", "--no-renames")
    listing = read_bounded(room, "diff-tree", *options, too_long=too_many, stdin=asked.encode())
    touched: dict[str, set[str]] = defaultdict(set)
    commit = ""
    told = map(as_text, listing.split(b"\0")[:-1])
    for word in told:
        if word in log.parents:  # no status looks like an id; a path may
            commit = word
        elif (path := next(told)).startswith(room.prefix):
            touched[commit].add(path[len(room.prefix) :])
    return {one: frozenset(paths) for one, paths in touched.items()}


def _branch(room: Room, merge: str) -> list[str]:
    """The commits that came with a merge."""
    return room.git("rev-list", f"{merge}^1..{merge}", "--").decode().split()
