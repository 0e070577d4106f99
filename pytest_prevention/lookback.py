"""What looks back: the hotspots, as of any commit, and the work list of one of them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path, PurePosixPath
from subprocess import SubprocessError

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.hotspots import hotspots
from pytest_prevention.model import Facts, Unavailable, available
from pytest_prevention.model.retrofit import WorkList
from pytest_prevention.policy import Policy
from pytest_prevention.reporters.hotspots import HotspotReport
from pytest_prevention.session import Project, read_policy, read_project, read_records
from pytest_prevention.sources import git
from pytest_prevention.sources.coverage_data import Measured, file_coverage, read_measured
from pytest_prevention.sources.coverage_files import find_data
from pytest_prevention.sources.files import shown, unusable
from pytest_prevention.sources.git_export import export
from pytest_prevention.sources.git_history import read_history
from pytest_prevention.sources.incidents.stamps import StampError, read_stamp
from pytest_prevention.sources.retrofit.reader import fixes_of, read_work_list

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?")
_READ = frozenset({".py", ".md", ".yaml", ".yml", ".toml", ".ini", ".cfg"})
"""Files that policy, records, tests or what pytest collects may rest on."""
_REFETCH = "git fetch --refetch --no-filter"


def hotspot_report(
    root: Path,
    *,
    policy_file: Path | None = None,
    as_of: str | None = None,
    top: int | None = None,
    detailed: bool = False,
) -> HotspotReport:
    """The hotspots now, or as they would have been told at a commit: a revision, or the newest one of a date.

    PreventionError where the project cannot be read or there is no such commit, MissingSource where its history does
    not suffice.
    """
    with _past(root, as_of, policy_file) if as_of is not None else _present(root, policy_file) as project:
        facts, policy = project.facts, project.policy
        available(facts.history)
        return HotspotReport(facts, policy, root.name, _covered(project.root, facts, policy), top, detailed)


@contextmanager
def _present(root: Path, policy_file: Path | None) -> Iterator[Project]:
    yield read_project(root, policy_file=policy_file, need_records=False)


@contextmanager
def _past(root: Path, as_of: str, policy_file: Path | None) -> Iterator[Project]:
    """The project as it was: policy, records and tests from the tree of that commit, history up to it."""
    with ExitStack() as opened:
        try:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            room, commit = _commit(opened, root, as_of)
            left_out = export(room, commit, folder).left_out
            lacking = next((path for path, _ in left_out if room.partial and PurePosixPath(path).suffix in _READ), None)
            if lacking is not None:
                raise MissingSource(
                    Unavailable(f"this clone lacks {lacking} of that commit (a partial clone)", _REFETCH)
                )
            there = folder / room.prefix
            project = read_project(there, policy_file=policy_file, need_records=False, commit=(room, commit))
        except (git.GitError, OSError, SubprocessError) as error:
            raise unusable("--as-of", f"{as_of!r}: {error}", "see git log for what there is") from None
        yield project


def _commit(opened: ExitStack, root: Path, as_of: str) -> tuple[git.Room, str]:
    """The commit that is meant, and a clean room for it; what a shallow clone may lack could not be judged."""
    try:
        room = opened.enter_context(git.clean_room(root))
    except (git.GitError, OSError, SubprocessError) as error:
        raise MissingSource(git.no_history(error)) from None
    if isinstance(time := git.commit_time(room, room.head), Unavailable):
        raise MissingSource(time)
    try:
        if _DATE.fullmatch(as_of):
            return room, git.newest_before(room, _moment(as_of))
        room = opened.enter_context(git.clean_room(root, as_of))
    except git.GitError as error:
        if room.shallow:
            raise MissingSource(Unavailable(f"{as_of!r}: {error}")) from None
        raise
    return room, room.head


def _moment(text: str) -> datetime:
    """A stamp, or the end of a day (UTC)."""
    try:
        return read_stamp(text, UTC, bare_date=True).until
    except StampError as error:
        raise unusable("--as-of", f"{text!r} {error.message}", error.hint) from None


def _covered(root: Path, facts: Facts, policy: Policy) -> dict[str, Fraction | Unavailable]:
    """The share of statements that tests execute, of each flagged module."""
    if isinstance(facts.history, Unavailable):
        return {}
    flagged = [module.path for module in hotspots(facts, policy) if module.flagged]
    measured = _measured(root, policy, *flagged) if flagged else Unavailable("not looked up")
    return {path: _share(root, path, measured) for path in flagged}


def _share(root: Path, path: str, measured: Measured | Unavailable) -> Fraction | Unavailable:
    found = measured if isinstance(measured, Unavailable) else file_coverage(root, path, measured)
    if isinstance(found, Unavailable):
        return found
    share = found.share(found.executed | found.missing)
    return Unavailable("it has no statements") if share is None else share


def work_list(root: Path, module: Path, policy_file: Path | None = None) -> WorkList:
    """What a module, a path from here or from the root, needs tests of; PreventionError where that cannot be listed."""
    policy, path = read_policy(root, policy_file), _from_root(root, module)
    incidents, _ = read_records(root, policy, needed=False)
    fixes = fixes_of(read_history(root, policy, incidents), path)
    return read_work_list(root, path, fixes, _measured(root, policy, path))


def _measured(root: Path, policy: Policy, *paths: str) -> Measured | Unavailable:
    return read_measured(root, find_data(root, policy), set(paths).__contains__)


def _from_root(root: Path, path: Path) -> str:
    """The path from the root of a file that is named from here or, as in a report, from the root."""
    here = Path(os.path.abspath(path))  # noqa: PTH100 - a symbolic link stays one
    inside = Path(os.path.relpath(here if here.is_file() else root / path, root))
    if inside.parts[:1] == ("..",):
        raise unusable(shown(path, root), "lies outside the repository", "name a file in it, or say --root DIR")
    return inside.as_posix()
