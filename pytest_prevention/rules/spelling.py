"""Did you mean? The known name nearest to a word that is none."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable
from difflib import get_close_matches

NEIGHBOURS = 4
LONGEST_WORD = 80


def speller(known: Iterable[str]) -> Callable[[str], str | None]:
    """A function from a word to the known name that it resembles, or None.

    ``inc-1`` and ``INC001`` are INC-001: same letters, same numbers. Else the digits must be the same, in any order:
    INC-004 is no misspelt INC-003. A typing error leaves the beginning or the end of a word as it was, so only the
    neighbours in the order of either are compared: a question costs the same among ten names and among ten thousand.
    """
    names = {name.casefold(): name for name in sorted(known)}
    by_parts = {_parts(name): name for name in names}
    by_start, by_end = sorted(names), sorted(names, key=_reversed)

    def suggest(word: str) -> str | None:
        wanted = word.casefold()[:LONGEST_WORD]
        near = {
            *_around(by_start, bisect(by_start, wanted)),
            *_around(by_end, bisect(by_end, _reversed(wanted), key=_reversed)),
        }
        likely = [name for name in near if _digits(name) == _digits(wanted)]
        match = by_parts.get(_parts(wanted)) or next(iter(get_close_matches(wanted, likely, n=1)), None)
        return names[match] if match else None

    return suggest


def _parts(name: str) -> tuple[str, ...]:
    """Its words and numbers, without what stands between them and without leading zeros."""
    return tuple(part.lstrip("0") for part in re.findall(r"[0-9]+|[^\W0-9_]+", name))


def _digits(name: str) -> list[str]:
    """Its digits in order of size; zeros do not count."""
    return sorted(re.findall("[1-9]", name))


def _reversed(text: str) -> str:
    return text[::-1]


def _around(names: list[str], place: int) -> list[str]:
    return names[max(place - NEIGHBOURS, 0) : place + NEIGHBOURS]
