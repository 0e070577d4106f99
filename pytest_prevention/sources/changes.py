"""When the system was changed: deploys from tags, commits and a file; changes of data from commits of migrations.

What several sources say is put together; where one of them cannot be read, nothing is said rather than a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import SubprocessError
from typing import NamedTuple

from pytest_prevention.globs import matches_any, text_matches_any
from pytest_prevention.model import Changes, Unavailable
from pytest_prevention.model.facts import NO_DATA_CHANGES, NO_DEPLOYS
from pytest_prevention.policy import Policy
from pytest_prevention.sources.git import GitError, Room, clean_room, no_history, run
from pytest_prevention.sources.git_tree import as_text, fields

PATIENCE = 1000
"""After so many commits in a row that are too old the main line is followed no further: one clock may have been wrong,
but not all of them."""

Moments = Sequence[datetime] | Unavailable

_TAGS = b"refs/tags/"
_LINE_FORMAT = "--format=%H%x00%P%x00%ct%x00%s"
_TAG_FORMAT = "--format=%(creatordate:unix) %(*committerdate:unix)"
_APART = ("tests", "docs", "examples")


class _Landed(NamedTuple):
    """A commit of the main line and when it came there; ``parent`` is empty for the first one."""

    id: str
    parent: str
    at: datetime
    subject: str


def read_changes(
    root: Path,
    policy: Policy,
    since: datetime,
    listed: Sequence[datetime] = (),
    commit: tuple[Room, str] | None = None,
) -> tuple[Changes | Unavailable, Changes | Unavailable]:
    """Deploys, and changes of data, whose windows reach into the time since then.

    ``listed`` are the deploys of the file that policy names. ``commit`` is the one that is asked about, in its room,
    where it is not the one that is checked out at ``root``.
    """
    try:
        deployed, touched = _asked_of_git(root, policy, since, commit)
    except (GitError, OSError, SubprocessError) as error:
        deployed = touched = no_history(error)
    return _deploys(policy, deployed, listed, since), _data_changes(policy, touched, since)


def _deploys(policy: Policy, found: Moments, listed: Sequence[datetime], since: datetime) -> Changes | Unavailable:
    told = policy.tree["deploys"]
    named = [*(f"tags {glob}" for glob in told["tags"]), *(f"commits {glob}" for glob in told["commits"])]
    sources = ", ".join([*named, *([told["csv"]] if "csv" in told else [])])
    if not sources:
        return NO_DEPLOYS
    if isinstance(found, Unavailable):
        if named:
            return found
        found = ()
    at = tuple(sorted({*found, *listed}))
    if not at:
        return Unavailable(f"no deploy was found: {sources}", "see docs/policy.md: deploys; tags: git fetch --tags")
    return Changes(at, sources, since if told["commits"] else None)


def _data_changes(policy: Policy, found: Moments, since: datetime) -> Changes | Unavailable:
    if not policy.tree["data_changes"]["paths"]:
        return NO_DATA_CHANGES
    if isinstance(found, Unavailable):
        return found
    return Changes(tuple(sorted(set(found))), "commits that touch data_changes.paths", since)


def _asked_of_git(
    root: Path, policy: Policy, since: datetime, commit: tuple[Room, str] | None
) -> tuple[Moments, Moments]:
    """Deploys and changes of data, as far as policy asks git for them."""
    told, data = policy.tree["deploys"], policy.tree["data_changes"]
    if not (told["tags"] or told["commits"] or data["paths"]):
        return (), ()
    hours = max(told["window_hours"], data["window_hours"])
    with _place(root, commit) as (room, head):
        tagged = _tagged(room, told["tags"]) if told["tags"] else ()
        line = _main_line(room, head, since - timedelta(hours=hours)) if told["commits"] or data["paths"] else ()
        if isinstance(line, Unavailable):
            return line if told["commits"] else tagged, line
        released = [one.at for one in line if text_matches_any(one.subject, told["commits"])]
        return tagged if isinstance(tagged, Unavailable) else [*tagged, *released], _touching(room, policy, line)


@contextmanager
def _place(root: Path, commit: tuple[Room, str] | None) -> Iterator[tuple[Room, str]]:
    """The room and the commit to look at: those that are given, else what is checked out."""
    if commit:
        yield commit
    else:
        with clean_room(root) as room:
            yield room, room.head


def _tagged(room: Room, globs: Sequence[str]) -> Moments:
    """The times of the tags: those of the tag where it is annotated, else of its commit; what has none is no deploy.

    Names are asked of the repository itself, without its objects (see :func:`clean_room`), and dates in the
    clean room. A tag of any branch counts.
    """
    if room.shallow:
        return Unavailable(
            "the clone is shallow and may lack tags of deploys", "git fetch --unshallow --tags (fetch-depth: 0 in CI)"
        )
    listing = ("for-each-ref", "--format=%(objectname) %(refname)", _TAGS.decode())
    tags = run(room.worktree, *listing, GIT_OBJECT_DIRECTORY=str(room.directory / "refs")).splitlines(keepends=True)
    kept = [line for line in tags if text_matches_any(as_text(line.split(_TAGS, 1)[1][:-1]), globs)]
    (room.directory / "packed-refs").write_bytes(b"".join(kept))
    dates = room.git("for-each-ref", _TAG_FORMAT, _TAGS.decode()) if kept else b""
    moments = (_moment(stamp) for line in dates.splitlines() for stamp in line.split()[:1])
    return [at for at in moments if at]


def _main_line(room: Room, commit: str, since: datetime) -> list[_Landed] | Unavailable:
    """The commits of the main line that landed since then, the newest first."""
    found: list[_Landed] = []
    older = 0
    options = ("--first-parent", "-z", "--encoding=UTF-8", _LINE_FORMAT)
    with room.stream("log", *options, "--end-of-options", commit, "--") as output:
        told = fields(output)
        for name, parents, stamp, subject in zip(told, told, told, told, strict=False):
            at = _moment(stamp)
            if at is None or at < since:
                older += 1
                if older == PATIENCE:
                    break
                continue
            if name.decode() in room.shallow:
                return _cut(at, since)
            older = 0
            found.append(_Landed(name.decode(), parents.decode().partition(" ")[0], at, as_text(subject)))
    return found


def _cut(at: datetime, since: datetime) -> Unavailable:
    return Unavailable(
        f"the clone is shallow: its main line begins on {at:%Y-%m-%d}, and is asked for since {since:%Y-%m-%d}",
        "git fetch --unshallow --tags (fetch-depth: 0 in CI)",
    )


def _touching(room: Room, policy: Policy, line: Sequence[_Landed]) -> list[datetime]:
    """When commits that touch data landed, a merge by all that it brought. Tests, docs and examples change none."""
    landed = {one.id.encode(): one for one in line}
    asked = "".join(f"{one.id} {one.parent}".rstrip() + "\n" for one in landed.values())
    options = ("--stdin", "-r", "-z", "--root", "--name-status", "--no-renames")
    found: set[bytes] = set()
    commit = b""
    with room.stream("diff-tree", *options, stdin=asked.encode()) as output:
        told = fields(output)
        for field in told:
            if field in landed:
                commit = field
            elif _is_data(next(told), room.prefix, policy):  # the path behind a status
                found.add(commit)
    return [landed[name].at for name in found]


def _is_data(path: bytes, prefix: str, policy: Policy) -> bool:
    """``path`` is from the top, globs are from the root that lies at the prefix."""
    text, kinds = as_text(path), policy.tree["paths"]
    name = text.removeprefix(prefix)
    return (
        text.startswith(prefix)
        and matches_any(name, policy.tree["data_changes"]["paths"])
        and not any(matches_any(name, kinds[kind]) for kind in _APART)
    )


def _moment(stamp: bytes) -> datetime | None:
    """Seconds since 1970; None for what no calendar knows."""
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return None
