"""Whether a share differs between two groups, and many tests at once."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb
from typing import Literal, TypeVar

Table = tuple[tuple[int, int], tuple[int, int]]
"""Two groups, each as (with, without)."""
Name = TypeVar("Name")


def fisher(table: Table, alternative: Literal["two-sided", "greater"] = "two-sided") -> float:
    """p of "the share is the same in both groups", given the sums of rows and columns (Fisher 1935, JRSS 98).

    Two-sided: all tables that are no more probable than this one; greater: those with at least as many in the first
    group. Whole numbers throughout, so that equal probabilities are equal. ValueError for negative numbers.
    """
    (a, b), (c, d) = table
    if min(a, b, c, d) < 0:
        raise ValueError(f"{table} counts nothing")
    ways = {
        first: comb(a + b, first) * comb(c + d, a + c - first)
        for first in range(max(0, a + c - (c + d)), min(a + b, a + c) + 1)
    }
    extreme = (way for first, way in ways.items() if (first >= a if alternative == "greater" else way <= ways[a]))
    return sum(extreme) / sum(ways.values())


def holm(ps: Mapping[Name, float]) -> dict[Name, float]:
    """The p of each test of a family, so that at a level at most that share of families has one that is wrong.

    Step-down (Holm 1979, Scandinavian Journal of Statistics 6): the smallest times their number, the next times one
    less, and so on; never smaller than the one before it, at most 1. The order of the keys stays.
    """
    adjusted: dict[Name, float] = {}
    highest = 0.0
    for done, (name, p) in enumerate(sorted(ps.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, p * (len(ps) - done)))
        adjusted[name] = highest
    return {name: adjusted[name] for name in ps}
