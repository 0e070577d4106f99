"""Whether more is behind a pattern than chance, in one of three words."""

from __future__ import annotations

from typing import Literal

Word = Literal["supported", "descriptive", "not enough data"]


def word(p: float, level: float, *, enough: bool) -> Word:
    """What a test says. There is ``enough`` data where its most extreme outcome would have reached the level.

    The word does not decide what is flagged: a few incidents matter at once, whether or not they show anything.
    """
    if not enough:
        return "not enough data"
    return "supported" if p <= level else "descriptive"


def carries(n: int, needed: int | None) -> bool:
    """Whether so many are enough; None: no number is."""
    return needed is not None and n >= needed
