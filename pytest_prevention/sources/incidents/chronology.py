"""All stamps of one incident together: their order, and years that somebody mistyped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from pytest_prevention.sources.incidents.stamps import Stamp

CHAIN = ("started_at", "detected_at", "mitigated_at", "fixed_at", "resolved_at")
KEYS = (*CHAIN, "postmortem_at")

_CLOSE = timedelta(days=31)
_ORDER = " ≤ ".join(CHAIN) + ", and detected_at ≤ postmortem_at"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong: a sentence, what to do, and the key or the line of the file that it is about."""

    message: str
    hint: str
    key: str = ""
    line: int = 0


def check_chronology(stamps: Mapping[str, Stamp], lines: Mapping[str, int]) -> Iterator[Flaw]:
    """What cannot be true of these stamps; ``lines`` says where each key stands.

    A mistyped year is told once, not again as a wrong order.
    """
    typos = {flaw.key: flaw for flaw in _mistyped_years(stamps)}
    yield from typos.values()
    for earlier, later in _neighbours(stamps):
        if not _in_order(stamps[earlier], stamps[later]) and not {earlier, later} & typos.keys():
            where = f"line {lines[earlier]}: " if earlier in lines else ""
            yield Flaw(
                f"{later} {stamps[later].text} is before {earlier} ({where}{stamps[earlier].text})",
                f"correct one of the two: {_ORDER}",
                later,
            )


def _neighbours(stamps: Mapping[str, Stamp]) -> Iterator[tuple[str, str]]:
    """The pairs of keys that must be in order."""
    given = [key for key in CHAIN if key in stamps]
    yield from pairwise(given)
    if "detected_at" in stamps and "postmortem_at" in stamps:
        yield "detected_at", "postmortem_at"


def _mistyped_years(stamps: Mapping[str, Stamp]) -> Iterator[Flaw]:
    """Stamps about a year away from the middle one that would be close to it, and in order, one year on or back.

    Of two stamps the earlier is the suspect: in January people write the old year.
    """
    by_time = sorted(stamps, key=lambda key: stamps[key].at)
    for key, stamp in stamps.items():
        middle = by_time[len(by_time) // 2]
        away = stamp.at - stamps[middle].at
        meant = _years_later(stamp, -1 if away > timedelta() else 1)
        pair = (meant, stamps[middle]) if KEYS.index(key) < KEYS.index(middle) else (stamps[middle], meant)
        if abs(meant.at - stamps[middle].at) <= _CLOSE and _in_order(*pair):
            yield Flaw(
                f"{key} {stamp.text} is {abs(away).days} days away from {middle} {stamps[middle].text}",
                f"did you mean {meant.text}?",
                key,
            )


def _in_order(earlier: Stamp, later: Stamp) -> bool:
    return earlier.at <= later.until


def _years_later(stamp: Stamp, years: int) -> Stamp:
    """The stamp some years later; the last of February stays in February."""
    return Stamp(f"{int(stamp.text[:4]) + years}{stamp.text[4:]}", _shift(stamp.at, years), _shift(stamp.until, years))


def _shift(at: datetime, years: int) -> datetime:
    day = 28 if (at.month, at.day) == (2, 29) else at.day
    return at.replace(year=at.year + years, day=day)
