"""The course of input series in a rule unit test, and where the first of them leaves it: there the fault begins.

A rule unit test does not say when its fault begins. A series is on its course while it is as it began: constant, or
growing by what it grew between its first two samples, or absent. Whether the alert fires because a series leaves its
course is not judged here; it is tried, by running the test with all series on course (:mod:`.trials`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_SAMPLES = 1_000_000
_DIGITS = 12

_NUMBER = r"(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?"
_SAMPLES = re.compile(rf"([-+]?{_NUMBER})(?:([-+]{_NUMBER})?x([0-9]{{1,9}}))?")
_GAP = re.compile(r"_(?:x([0-9]{1,9}))?")

Sample = float | None


@dataclass(frozen=True, slots=True)
class Courses:
    """Where the first series leaves its course, in steps from the start, and all series as they would go on there."""

    leaves_at: int
    series: tuple[Mapping[str, str], ...]


def courses(input_series: Sequence[Any], steps: int) -> Courses | None:
    """The courses up to and with step ``steps``.

    None where no series leaves its course, or where that cannot be told: values that are no plain numbers (native
    histograms, NaN), or too many of them.
    """
    if (steps + 1) * len(input_series) > MAX_SAMPLES:
        return None
    leaving: list[int] = []
    on_course: list[Mapping[str, str]] = []
    for one in input_series:
        samples = expand(str(one.get("values")), steps + 1) if isinstance(one, dict) else None
        if samples is None:
            return None
        first, growth = samples[0], _growth(samples)
        leaving += [index for index, sample in enumerate(samples) if not _is_on(sample, first, growth, index)][:1]
        if first is not None:
            on_course.append({"series": str(one.get("series")), "values": f"{first!r}{growth:+}x{steps}"})
    return Courses(min(leaving), tuple(on_course)) if leaving else None


def declared(input_series: Sequence[Any]) -> int:
    """How many samples all series have at least that repeat some; counted, not written out."""
    parts = (part for one in input_series if isinstance(one, dict) for part in str(one.get("values")).split())
    times = (part.rpartition("x")[2] for part in parts)
    return sum(int(one[:_DIGITS]) for one in times if one.isascii() and one.isdigit())


def expand(values: str, count: int) -> list[Sample] | None:
    """The first ``count`` samples of promtool's notation, None for those that are missing; None for what is not read.

    ``1+2x3`` is 1 3 5 7, ``4x2`` is 4 4 4, ``_x2`` two missing ones; what is ``stale`` is missing, and so is all that
    comes behind the end.
    """
    samples: list[Sample] = []
    for part in values.split():
        if found := _SAMPLES.fullmatch(part):
            first, growth, times = float(found[1]), float(found[2] or 0), int(found[3] or 0)
            samples += [first + growth * index for index in range(min(times, count) + 1)]
        elif found := _GAP.fullmatch(part):
            samples += [None] * min(int(found[1] or 1), count)
        elif part == "stale":
            samples.append(None)
        else:
            return None
        if len(samples) >= count:
            break
    samples = [*samples, *([None] * (count - len(samples)))][:count]
    return samples if all(sample is None or math.isfinite(sample) for sample in samples) else None


def _growth(samples: Sequence[Sample]) -> float:
    first, second = (*samples, None)[:2]
    return second - first if first is not None and second is not None else 0.0


def _is_on(sample: Sample, first: Sample, growth: float, index: int) -> bool:
    if sample is None or first is None:
        return sample is first
    return math.isclose(sample, first + growth * index, rel_tol=1e-9, abs_tol=1e-9)
