"""Whether it gets better: the indicators at the ends of months, from the records in git history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import dropwhile
from pathlib import Path
from subprocess import SubprocessError
from typing import NamedTuple

from pytest_prevention.days import day, midnight, zone
from pytest_prevention.exceptions import MissingSource
from pytest_prevention.indicators.months import Months, Past
from pytest_prevention.model import Facts, Unavailable, available
from pytest_prevention.policy import Policy
from pytest_prevention.reporters.trend import TrendReport
from pytest_prevention.session import read_policy
from pytest_prevention.sources import git
from pytest_prevention.sources.files import unusable
from pytest_prevention.sources.git_records import NO_FOLDER, main_line, read_then
from pytest_prevention.sources.incidents.reader import FOLDER
from pytest_prevention.sources.incidents.stamps import StampError, read_stamp

MONTHS = 12

_LINKS = Unavailable("the tests of then were not looked at", by_design=True)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def trend_report(
    root: Path, *, policy_file: Path | None = None, as_of: str | None = None, months: int = MONTHS
) -> TrendReport:
    """The months up to ``as_of`` (by default the commit time of HEAD), at most so many, by the policy of today.

    It begins with the first of them that has ``incidents/``. What is not committed does not count. PreventionError for
    a policy or ``as_of`` that cannot be used, and where there are no records; MissingSource where git cannot tell.
    """
    policy = read_policy(root, policy_file)
    try:
        with git.clean_room(root) as room:
            head = available(git.commit_time(room, room.head))
            moment = head if as_of is None else _moment(as_of, policy)
            pasts = _pasts(room, policy, [end for _, end in zip(range(months), _ends(moment, policy), strict=False)])
    except (git.GitError, OSError, SubprocessError) as error:
        raise MissingSource(git.no_history(error)) from None
    return TrendReport(Months(pasts, policy), root.name)


def _moment(text: str, policy: Policy) -> datetime:
    try:
        return read_stamp(text, zone(policy), bare_date=True).at
    except StampError as error:
        raise unusable("--as-of", f"{text!r} {error.message}", error.hint) from None


class _End(NamedTuple):
    """The end of a month, or the last moment looked at: what stands there is no newer than ``latest``, in seconds."""

    month: str
    moment: datetime
    latest: int


def _ends(moment: datetime, policy: Policy) -> Iterator[_End]:
    """The last moment, with the month that it is in or ends; then the ends of the months before, the latest first.

    A month ends with the first midnight of the next one, in the zone of the policy; what is committed at that very
    second does not belong to it any more.
    """
    end, latest = moment, int(moment.timestamp())
    while end > _EPOCH:
        first = day(end - timedelta(microseconds=1), policy).replace(day=1)
        yield _End(first.isoformat()[:7], end.astimezone(UTC), latest)
        end = midnight(first, policy)
        latest = int(end.timestamp()) - 1


def _pasts(room: git.Room, policy: Policy, ends: Sequence[_End]) -> list[Past]:
    """The records at these moments, the latest of which come first here, and last in what is told."""
    stood = [*zip(ends, _commits(room, ends), strict=False)]
    records = read_then(room, policy, {commit for _, commit in stood})
    pasts = [
        Past(end.month, commit, Facts(as_of=end.moment, incidents=then.incidents, backlog=then.backlog, links=_LINKS))
        for end, commit in reversed(stood)
        for then in (records[commit],)
    ]
    found = [*dropwhile(lambda past: past.facts.incidents == NO_FOLDER, pasts)]
    if not found:
        hint = "commit your records, or look at more months with --months"
        raise unusable(FOLDER, f"was no folder of any commit looked at, back to {pasts[0].month}", hint)
    return found


def _commits(room: git.Room, ends: Sequence[_End]) -> Sequence[str]:
    """What stood at each of these moments, as far as the history goes back; for the last one there is a commit."""
    line = main_line(room, [end.latest for end in ends])
    if line.cut_off:
        lacking = f"the clone is shallow: what stood at the end of {ends[len(line.commits)].month} is not in it"
        raise MissingSource(
            Unavailable(lacking, "use fetch-depth 0 with actions/checkout, or fetch the rest: git fetch --unshallow")
        )
    if not line.commits:
        raise unusable("--as-of", "no commit is as old", "see git log for what there is")
    return line.commits
