"""The part of a test file that can matter, all else blanked: parsing is what a scan spends its time on.

What stands at the margin cuts a file into pieces. Functions and classes are left out unless they hold a mark, or
mention a name that carries one, or are asked for by name, or are mentioned by what is kept. Where a cut could be wrong,
the whole file is kept.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

_QUIET = re.compile(
    rb"#[^\n]*"
    rb'|"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*+(?:'''|\Z)"
    rb'|"(?:[^"\\\n]|\\.)*+(?:"|(?=\n)|\Z)'
    rb"|'(?:[^'\\\n]|\\.)*+(?:'|(?=\n)|\Z)",
    re.DOTALL,
)
"""Comments and strings, as Python's tokenizer finds them."""

_MARGIN = re.compile(rb"^[^\s)\]}]", re.MULTILINE)
_DEFINITION = re.compile(rb"(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
_ASSIGNMENT = re.compile(rb"(\w+)[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*+(?!\w+[ \t]*+=(?!=))")
_IMPORT = re.compile(rb"(?:from\b.*?\b)?import\b")
_WORD = re.compile(rb"\w+")
MARK = re.compile(rb"\.[\s\\]*incident\b")
_DOUBTFUL = re.compile(rb"\\\r?\n\S|\r(?!\n)|\f")
"""Lines that are joined at the margin, and line ends that are none to us."""
_OTHER_ENCODING = re.compile(rb"(?:[^\n]*\n)?[^\n]*coding[:=][ \t]*(?!utf-?8\b)", re.IGNORECASE)
_ROUNDS = 5
"""How often a name that carries a mark may be given to another."""
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))


def excerpt(data: bytes, names: Collection[bytes] = ()) -> bytes:
    """The file, but with empty lines for what can matter neither for its marks nor for what has one of these names."""
    code = _QUIET.sub(_blank, data)
    if _DOUBTFUL.search(code) or _OTHER_ENCODING.match(data):
        return data
    pieces = list(_pieces(code))
    carriers = _carriers(code, pieces)
    if carriers is None:
        return data
    kept = _needed(data, pieces, carriers.union(piece for piece in pieces if piece.name in names))
    return _without(data, code, _gaps(piece for piece in pieces if piece not in kept))


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A statement at the margin, with its decorators and all that is indented below it."""

    start: int
    end: int
    name: bytes = b""
    """That of a function or class; empty for all other statements."""
    binds: Collection[bytes] | None = None
    """The names through which a mark in it can reach other pieces; None where that cannot be told."""


def _blank(quiet: re.Match[bytes]) -> bytes:
    text = quiet[0]
    return b" " * len(text) if b"\n" not in text else b"\n".join(b" " * len(line) for line in text.split(b"\n"))


def _pieces(code: bytes) -> Iterator[_Piece]:
    starts = [match.start() for match in _MARGIN.finditer(code)]
    first = None
    for at, end in zip(starts, [*starts[1:], len(code)], strict=False):
        first = at if first is None else first
        if code[at : at + 1] != b"@":
            yield _piece(code, first, at, end)
            first = None


def _piece(code: bytes, start: int, at: int, end: int) -> _Piece:
    """The piece whose decorators begin at ``start`` and whose statement begins ``at`` there."""
    definition = _DEFINITION.match(code, at, end)
    if definition:
        name = definition[1]
        return _Piece(start, end, name, (name,) if code.startswith(b"class", at) else ())
    if code.find(b";", start, end) >= 0:
        return _Piece(start, end)
    imported = _IMPORT.match(code, at, end)
    if imported:
        return _Piece(start, end, binds=_WORD.findall(code, imported.end(), end))
    assigned = _ASSIGNMENT.match(code, at, end)
    return _Piece(start, end, binds=(assigned[1],) if assigned else None)


def _carriers(code: bytes, pieces: Sequence[_Piece]) -> set[_Piece] | None:
    """The pieces that hold a mark or mention a name that carries one; None where that may be any piece."""
    starts = [piece.start for piece in pieces]
    carriers: set[_Piece] = set()
    names: set[bytes] = set()
    pattern = MARK
    for _ in range(_ROUNDS):
        found: set[bytes] = set()
        for match in pattern.finditer(code):
            place = bisect_right(starts, match.start())
            piece = pieces[place - 1] if place else None
            if piece is None or piece.binds is None or b"pytestmark" in piece.binds:
                return None
            carriers.add(piece)
            found.update(piece.binds)
        new = found - names
        if not new:
            return carriers
        names |= new
        pattern = re.compile(rb"\b(?:%s)\b" % b"|".join(map(re.escape, sorted(new))))
    return None


def _needed(data: bytes, pieces: Sequence[_Piece], wanted: set[_Piece]) -> set[_Piece]:
    """These pieces, all that are no functions or classes, and what they mention, directly or not."""
    by_name: dict[bytes, list[_Piece]] = {}
    for piece in pieces:
        by_name.setdefault(piece.name, []).append(piece)
    kept = wanted.union(by_name.pop(b"", ()))
    todo = list(kept)
    while todo:
        piece = todo.pop()
        for word in by_name.keys() & _WORD.findall(data, piece.start, piece.end):
            more = by_name.pop(word)
            todo += more
            kept.update(more)
    return kept


def _gaps(dropped: Iterable[_Piece]) -> Iterator[tuple[int, int]]:
    """Where these pieces stand; those that follow each other as one."""
    start = end = 0
    for piece in dropped:
        if piece.start > end:
            yield start, end
            start = piece.start
        end = piece.end
    yield start, end


def _without(data: bytes, code: bytes, gaps: Iterable[tuple[int, int]]) -> bytes:
    """The file with the lines of these places empty; the whole of it where one does not end where it seems to."""
    parts: list[bytes] = []
    last = 0
    for start, end in gaps:
        if any(code.count(opening, start, end) != code.count(closing, start, end) for opening, closing in _BRACKETS):
            return data
        parts += (data[last:start], b"\n" * data.count(b"\n", start, end))
        last = end
    return b"".join([*parts, data[last:]])
