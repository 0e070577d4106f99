"""Patterns: incidents correlate with deploys, and with changes of data."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Literal

from pytest_prevention.days import midnight, zone
from pytest_prevention.indicators.window import observed, observed_from
from pytest_prevention.model import Facts, Incident, Unavailable
from pytest_prevention.model.changes import Changes
from pytest_prevention.patterns.chance import Word, carries, word
from pytest_prevention.patterns.day_shift import CYCLE, DayShift, day_shift
from pytest_prevention.patterns.spans import HOUR, Span, common, holds, length, merged, micros, moment
from pytest_prevention.patterns.working_hours import WorkingHours
from pytest_prevention.phrases import counted
from pytest_prevention.policy import Policy
from pytest_prevention.statistics import binomial_greater
from pytest_prevention.statistics.shares import least_for_share

Kind = Literal["deploys", "data_changes"]

LEAST = 3
"""With fewer incidents nothing is supported, however rare the changes are."""

NOUN: Mapping[Kind, str] = {"deploys": "deploy", "data_changes": "data change"}
_TRIGGER: Mapping[Kind, str] = {"deploys": "deploy", "data_changes": "data"}
_NO_HOURS = Unavailable("policy names no working hours", "see docs/policy.md: deploys.working_hours", by_design=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``hits`` of so many incidents, where ``time_share`` of the time lay within the windows.

    ``p``: one-sided, of "no more incidents than time". ``reason``: why something is None, or the word no better.
    """

    hits: int | None
    of: int
    time_share: float | None
    p: float | None
    verdict: Word | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork(Share):
    """The same of working hours alone: incidents that began in them, and the time that lies in them."""

    hours: str


@dataclass(frozen=True, slots=True)
class HumanSaid:
    """Of ``n_known`` incidents whose record names a trigger, ``k`` name this one (``incidents``)."""

    k: int
    n_known: int
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterChanges(Share):
    """``hits`` (``incidents``): those that began within ``window_hours`` after a change, of all whose start is known.

    ``time_share``: of the observed time what lies in any window, of so many ``changes``. ``verdict``: *supported* where
    the share of hits is larger by the test, and within working hours too if policy names them. What the window alone
    cannot tell stands beside it: what people said (``human_said``, and which deploy or commit they ``named``), the
    hits for which they said something else (``other_trigger``), and whether the days explain as much (``day_shift``).
    ``flagged``: as many hits as policy says, or as many of which people say so. Left out: ``no_start``.
    """

    window_hours: float
    changes: int | None
    source: str | None
    incidents: tuple[str, ...]
    human_said: HumanSaid
    named: Mapping[str, str]
    other_trigger: Mapping[str, str]
    working_hours: AtWork | Unavailable
    day_shift: DayShift | Unavailable
    no_start: tuple[str, ...]
    flagged: bool

    @property
    def direct(self) -> tuple[str, ...]:
        """The incidents of which people say so themselves."""
        return tuple(sorted({*self.human_said.incidents, *self.named}))


@lru_cache(maxsize=1)
def deploys(facts: Facts, policy: Policy) -> AfterChanges:
    """Over the incidents in the observed time; MissingSource without incidents."""
    return _measured("deploys", facts.deploys, facts, policy)


@lru_cache(maxsize=1)
def data_changes(facts: Facts, policy: Policy) -> AfterChanges:
    """The same of commits that touch migrations."""
    return _measured("data_changes", facts.data_changes, facts, policy)


@dataclass(frozen=True, slots=True)
class _Windows:
    """The changes whose windows reach into the observed time, and how long a window is; in microseconds, in order."""

    begins: Sequence[int]
    width: int

    @classmethod
    def of(cls, changes: Changes, hours: float, seen: Span) -> _Windows:
        width = round(hours * HOUR)
        return cls([at for at in map(micros, changes.at) if seen[0] < at + width and at < seen[1]], width)

    def follow(self, at: int) -> bool:
        """Whether a moment lies in one of them; the end of a window does not."""
        index = bisect_right(self.begins, at)
        return index > 0 and at - self.begins[index - 1] < self.width

    def spans(self) -> list[Span]:
        return merged((begin, begin + self.width) for begin in self.begins)


def _measured(kind: Kind, changes: Changes | Unavailable, facts: Facts, policy: Policy) -> AfterChanges:
    incidents, seen = observed(facts, policy), _observed_span(facts, policy)
    hours = policy.tree[kind]["window_hours"]
    starts = {one.id: micros(one.started_at) for one in incidents if one.started_at}
    missing = _missing(changes, seen)
    found = Changes((), "") if missing or isinstance(changes, Unavailable) else changes
    windows = _Windows.of(found, hours, seen)
    hits = [id_ for id_, at in starts.items() if windows.follow(at)]
    caught = {*hits}
    share = _share(kind, starts.values(), [seen], windows, policy) if not missing else _unknown(len(starts), missing)
    at_work: AtWork | Unavailable = Unavailable(missing) if missing else _at_work(kind, starts, seen, windows, policy)
    said, named = _said(kind, incidents), _named(kind, incidents)
    return AfterChanges(
        **asdict(_controlled(share, at_work)),
        window_hours=hours,
        changes=None if missing else len(windows.begins),
        source=None if isinstance(changes, Unavailable) else changes.source,
        incidents=tuple(hits),
        human_said=said,
        named=named,
        other_trigger={
            one.id: one.trigger for one in incidents if one.trigger and _other(kind, one) and one.id in caught
        },
        working_hours=at_work,
        day_shift=Unavailable(missing) if missing else _shifted(kind, starts.values(), seen, windows, policy),
        no_start=tuple(one.id for one in incidents if not one.started_at),
        flagged=max(len(hits), len({*said.incidents, *named})) >= policy.tree["patterns"][kind]["incidents"],
    )


def _observed_span(facts: Facts, policy: Policy) -> Span:
    first, _ = observed_from(facts, policy)
    end = micros(facts.as_of)
    return min(micros(midnight(first, policy)), end) if first else end, end


def _missing(changes: Changes | Unavailable, seen: Span) -> str:
    """Why nothing can be said of the changes; empty where something can."""
    if isinstance(changes, Unavailable):
        return changes.reason
    if changes.since and micros(changes.since) > seen[0]:
        return (
            f"{changes.source} were read back to {changes.since:%Y-%m-%d} only, and incidents are observed for longer"
        )
    return ""


def _unknown(of: int, reason: str) -> Share:
    return Share(hits=None, of=of, time_share=None, p=None, verdict=None, reason=reason)


def _share(kind: Kind, starts: Iterable[int], time: Sequence[Span], windows: _Windows, policy: Policy) -> Share:
    """Of the incidents that began in this time."""
    begun = [at for at in starts if holds(time, at)]
    hits, n, total = sum(map(windows.follow, begun)), len(begun), length(time)
    covered = length(common(windows.spans(), time)) / total if total else None
    if not n or not covered:
        reason = f"no {NOUN[kind]} in this time" if n else "no incident with a known start in this time"
        return Share(hits=hits, of=n, time_share=covered, p=None, verdict="not enough data", reason=reason)
    p, needed = binomial_greater(hits, n, covered), least_for_share(covered, policy.level)
    enough = n >= LEAST and carries(n, needed)
    reason = ""
    if needed is None:
        reason = "the windows cover all of this time"
    elif not enough:
        reason = (
            f"{counted(n, 'incident')} with a known start: where windows cover {covered * 100:.2g} % of the time, "
            f"it takes {max(needed, LEAST)}"
        )
    verdict = word(p, policy.level, enough=enough)
    return Share(hits=hits, of=n, time_share=covered, p=p, verdict=verdict, reason=reason)


def _at_work(
    kind: Kind, starts: Mapping[str, int], seen: Span, windows: _Windows, policy: Policy
) -> AtWork | Unavailable:
    hours = WorkingHours.of(policy)
    if hours is None:
        return _NO_HOURS
    return AtWork(**asdict(_share(kind, starts.values(), hours.within(seen), windows, policy)), hours=str(hours))


def _controlled(share: Share, at_work: AtWork | Unavailable) -> Share:
    """Deploys and incidents both happen while people work: what that alone may explain is not supported."""
    if share.verdict != "supported" or isinstance(at_work, Unavailable) or at_work.verdict == "supported":
        return share
    told = at_work.reason or f"p = {at_work.p:.2g}"
    return replace(share, verdict="descriptive", reason=f"within working hours it is not supported ({told})")


def _shifted(
    kind: Kind, starts: Iterable[int], seen: Span, windows: _Windows, policy: Policy
) -> DayShift | Unavailable:
    began = [moment(at) for at in starts]
    if not began or not windows.begins:
        return Unavailable(f"no {NOUN[kind]} in this time" if began else "no incident with a known start in this time")
    found = day_shift(began, windows.follow, seen, zone(policy), policy.level)
    return found or Unavailable(f"fewer than {CYCLE} days were observed")


def _said(kind: Kind, incidents: Iterable[Incident]) -> HumanSaid:
    known = [one for one in incidents if one.trigger not in (None, "unknown")]
    ids = tuple(one.id for one in known if one.trigger == _TRIGGER[kind])
    return HumanSaid(len(ids), len(known), ids)


def _named(kind: Kind, incidents: Iterable[Incident]) -> dict[str, str]:
    """The deploy, else the commit, that brought each; not where something else set it off."""
    if kind != "deploys":
        return {}
    named = {one.id: one.deploy or one.introduced_by for one in incidents if not _other(kind, one)}
    return {id_: what for id_, what in named.items() if what}


def _other(kind: Kind, one: Incident) -> bool:
    return one.trigger not in (None, "unknown", _TRIGGER[kind])
