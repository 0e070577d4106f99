"""Whether more is behind a pattern than chance, in one of three words."""

from __future__ import annotations

from typing import Literal

Word = Literal["supported", "descriptive", "not enough data"]


def word(p: float, least: float, level: float) -> Word:
    """What a test says whose most extreme outcome would have had the p ``least``.

    The word does not decide what is flagged: a few incidents matter at once, whether or not they show anything.
    """
    if least > level:
        return "not enough data"
    return "supported" if p <= level else "descriptive"
