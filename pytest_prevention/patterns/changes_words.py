"""Incidents after changes in sentences, as findings and reports share them: what people said, what windows show."""

from __future__ import annotations

import re

from pytest_prevention.durations import duration
from pytest_prevention.model import Unavailable
from pytest_prevention.patterns.after_changes import NOUN, AfterChanges, Kind, Share
from pytest_prevention.patterns.day_shift import CYCLE, DayShift
from pytest_prevention.patterns.words import listed
from pytest_prevention.phrases import counted

NAMED = 5
"""As many releases and commits as people read."""

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def changes_in_words(kind: Kind, found: AfterChanges) -> list[str]:
    """In short lines: what people said, what the windows show, and what they cannot tell."""
    lines = [said_in_words(kind, found), windows_in_words(kind, found), _at_work(found), *doubts_in_words(kind, found)]
    if found.no_start and found.changes and found.hits is not None:
        lines.append(f"left out, without started_at: {listed(found.no_start)}")
    return [line for line in lines if line]


def said_in_words(kind: Kind, found: AfterChanges) -> str:
    """``people say deploy for 6 of 11 incidents with a known trigger``; empty where no record says anything."""
    said, noun = found.human_said, NOUN[kind]
    named = [f"{id_} ({_name(what)})" for id_, what in found.named.items() if id_ not in said.incidents]
    lines = (
        [f"people say {noun} for {said.k} of {counted(said.n_known, 'incident')} with a known trigger"]
        if said.n_known
        else []
    )
    lines += [f"records name what brought {listed(named, NAMED)}"] if named else []
    return ", and ".join(lines)


def _name(what: str) -> str:
    """A release as it is called; a commit by as much of its hash as people need."""
    return what[:10] if _HASH.fullmatch(what) else what


def windows_in_words(kind: Kind, found: AfterChanges) -> str:
    """``8 of 11 incidents began within 4 hours after a deploy; such hours make up 4.7 % of the time (p = 0.01 …)``."""
    if found.changes == 0 and not found.hits:
        return f"no {NOUN[kind]} in the observed time"
    if found.hits is None:
        return f"no times of {NOUN[kind]}s: {found.reason}"
    after = f"{counted(found.of, 'incident')} began within {duration(found.window_hours * 60)} after a {NOUN[kind]}"
    return f"{found.hits} of {after}{_tested(found)}"


def doubts_in_words(kind: Kind, found: AfterChanges) -> list[str]:
    """What the window attributes to changes and others do not; nothing where it caught nothing."""
    if not found.hits:
        return []
    lines = []
    if found.other_trigger:
        others = [f"{id_} {trigger}" for id_, trigger in found.other_trigger.items()]
        lines.append(
            f"{len(others)} of the {found.hits} had another trigger, so the window says too much: {listed(others)}"
        )
    if isinstance(found.day_shift, DayShift) and not found.day_shift.separable:
        lines.append(_calendar(kind, found.day_shift))
    return lines


def _at_work(found: AfterChanges) -> str:
    there = found.working_hours
    if isinstance(there, Unavailable) or there.hits is None or not found.changes:
        return ""
    return f"within working hours {there.hits} of {there.of}{_tested(there)}"


def _tested(share: Share) -> str:
    if share.p is None or share.time_share is None:
        return f" ({share.reason})"
    says = f"p = {share.p:.2g}: {share.verdict}"
    if share.reason:
        says = f"{says if share.verdict == 'descriptive' else share.verdict}: {share.reason}"
    return f"; such hours make up {percent(share.time_share)} of the time ({says})"


def _calendar(kind: Kind, shift: DayShift) -> str:
    """Which other days would have caught as many."""
    noun = NOUN[kind]
    if shift.is_weekly:
        return (
            f"moved by whole weeks the same {noun}s would catch as many: on a fixed weekly schedule they cannot be "
            f"told from the calendar (p = {shift.p:.2g})"
        )
    return (
        f"moved by other numbers of days the same {noun}s would catch as many in {len(shift.as_many)} of {CYCLE - 1} "
        f"cases: they cannot be told from the calendar (p = {shift.p:.2g})"
    )


def percent(share: float) -> str:
    """With two digits: ``4.7 %``, ``16 %``, ``100 %`` of all only."""
    return f"{share * 100:.2g} %" if share < 0.995 or share == 1 else "over 99 %"
