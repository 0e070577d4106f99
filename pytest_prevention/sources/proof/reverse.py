"""A change of one text, taken back strictly: every hunk stands where it was left, at one place only, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

END = b"\0"
"""Marks both ends of a text, so that a hunk at an end is found only there. No text holds it: what does is binary."""

_HEADER = re.compile(rb"@@ -[0-9]+(?:,[0-9]+)? \+([0-9]+)(?:,[0-9]+)? @@")


class Hunk(NamedTuple):
    """Some lines after the change and before it, each with the line end (or the end of the text) in front of them."""

    after: bytes
    before: bytes


def taken_back(text: bytes, patch: bytes) -> bytes | None:
    """The text without the change that ``patch`` made once, or None where that is not certain.

    ``patch`` is what ``git diff`` prints for one file, with context. As for ``git apply --reverse`` lines must be the
    same in every byte and in the same order, but may have moved up or down. Unlike there it must be clear where to:
    lines that stand twice in the text would be taken back at the nearer place, which may be the wrong one.
    """
    hunks = _hunks(patch)
    if END in text or END in patch:
        return None
    marked = END + b"\n" + text + END
    places = _places(marked, [hunk.after for hunk in hunks])
    if places is None or places != _places_from_the_end(marked, [hunk.after for hunk in hunks]):
        return None
    parts: list[bytes] = []
    done = 0
    for (after, before), place in zip(hunks, places, strict=True):
        parts += marked[done:place], before[:-1]
        done = place + len(after) - 1
    return b"".join([*parts, marked[done:]])[2:-1]


def _places(text: bytes, blocks: list[bytes]) -> list[int] | None:
    """Where the blocks stand, each as far to the front as it can; two share at most the line end between them."""
    places, start = [], 0
    for block in blocks:
        place = text.find(block, start)
        if place < 0:
            return None
        places.append(place)
        start = place + len(block) - 1
    return places


def _places_from_the_end(text: bytes, blocks: list[bytes]) -> list[int] | None:
    """The same, each as far to the end as it can. Where both agree there is one way to place them all."""
    places = _places(text[::-1], [block[::-1] for block in reversed(blocks)])
    if places is None:
        return None
    return [len(text) - place - len(block) for place, block in zip(reversed(places), blocks, strict=True)]


def _hunks(patch: bytes) -> list[Hunk]:
    """The hunks of a patch of one file; what stands before the first is skipped."""
    hunks: list[Hunk] = []
    lines: list[bytes] = []
    for line in [*patch.split(b"\n")[:-1], b"@@"]:
        if line.startswith(b"@@"):
            hunks += [_hunk(*lines)] if lines else []
            lines = [line]
        elif lines:
            lines.append(line)
    return hunks


def _hunk(header: bytes, *body: bytes) -> Hunk:
    """By the rules of git's ``apply.c`` one that begins with the first line, or ends without context, stays there."""
    found = _HEADER.match(header)
    first = END + b"\n" if found and int(found[1]) <= 1 else b"\n"
    last = b"" if body[-1].startswith(b" ") else END
    return Hunk(*(first + b"".join(_side(body, sign)) + last for sign in (b"+", b"-")))


def _side(body: tuple[bytes, ...], sign: bytes) -> Iterator[bytes]:
    """The lines on one side, which all end with a line feed but for those that the patch says do not."""
    for line, following in pairwise((*body, b"")):
        if line[:1] in (b" ", sign):
            yield line[1:] + (b"" if following.startswith(b"\\") else b"\n")
