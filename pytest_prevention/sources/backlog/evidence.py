"""The Evidence cell: entries, each a test, an alert, a commit, a pull request, a file, a URL, or free text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pytest_prevention.model import Evidence
from pytest_prevention.model.backlog import EvidenceKind
from pytest_prevention.sources.backlog.tables import Fault, quoted

_KINDS: Mapping[str, EvidenceKind] = {
    "test": "test",
    "alert": "alert",
    "commit": "commit",
    "file": "file",
    "url": "url",
}
"""The words that may stand before a colon."""
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_GAP = re.compile(r"[\s,;]+")
_PREFIX = re.compile(rf"({'|'.join(_KINDS)}):(?!:)\s*", re.IGNORECASE)
_WORD = re.compile(r"[`(]*([A-Za-z]{2,10}):(?!:|//)")
_COMMIT = re.compile(r"[0-9a-fA-F]{4,64}")
_PULL = re.compile(r"#[1-9][0-9]{0,8}")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)")
_CODE = re.compile(r"`([^`]+)`")
_ANGLES = re.compile(r"<(https?://[^<>\s]+)>")
_UP_TO_BRACKET = re.compile(r"[^\s,;\[]*")
_UP_TO_GAP = re.compile(r"[^\s,;]*")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


class _Piece(NamedTuple):
    """An entry or a single word, where it begins in the cell, and what is wrong with it."""

    start: int
    entry: Evidence
    fault: Fault | None = None


def read_evidence(cell: str) -> tuple[tuple[Evidence, ...], tuple[Fault, ...]]:
    """The entries of a cell, separated by blanks, commas, semicolons or ``<br>``, and what is wrong with them.

    Words in a row that are nothing else make one entry of free text. ``offset`` of a fault counts from the cell.
    """
    entries: list[Evidence] = []
    faults: list[Fault] = []
    words: list[str] = []
    for piece in (*_pieces(_BREAK.sub(_as_semicolon, cell)), None):
        if words and (piece is None or piece.entry.kind != "text"):
            entries.append(Evidence("text", " ".join(words)))
            words = []
        if piece is not None and piece.entry.kind == "text":
            words.append(piece.entry.value)
        elif piece is not None:
            entries.append(piece.entry)
        if piece is not None and piece.fault is not None:
            faults.append(piece.fault)
    return tuple(entries), tuple(faults)


def _as_semicolon(line_break: re.Match[str]) -> str:
    """As long as what was there, so that places in the cell stay what they are."""
    return ";".ljust(len(line_break[0]))


def _pieces(cell: str) -> Iterator[_Piece | None]:
    """Entries and single words; None at each comma or semicolon between them."""
    closing = _closing_brackets(cell)
    position = 0
    while position < len(cell):
        if gap := _GAP.match(cell, position):
            position = gap.end()
            if not gap[0].isspace():
                yield None
        elif link := _LINK.match(cell, position):
            yield _piece(position, _linked(link[1], link[2]), link[1])
            position = link.end()
        else:
            start = position
            entry, position = _entry(cell, position, closing)
            yield _piece(start, entry, cell[start:position])


def _piece(start: int, entry: Evidence, written: str) -> _Piece:
    return _Piece(start, entry, _fault(start, entry, written))


def _fault(start: int, entry: Evidence, written: str) -> Fault | None:
    """What is wrong with an entry, as the word before its colon and its value show; free text may say anything."""
    if entry.kind == "commit" and not _COMMIT.fullmatch(entry.value):
        hint = "write commit: and at least 4 digits of its id, or #123 for a pull request"
        return Fault(f"names {quoted(entry.value)}, which is no commit id", hint, start)
    word = _WORD.match(written) if entry.kind in ("text", "test") else None
    if word is None:
        return None
    said = word[1].lower()
    if said in _KINDS:
        empty = entry.kind == "text"
        return Fault(f"has nothing behind {said}:", f"name it: {said}:…", start) if empty else None
    meant = next((kind for kind in _KINDS if _is_slip(said, kind)), None)
    if meant is None:
        return None
    hint = f"did you mean {meant}:? The words are {', '.join(_KINDS)}; write free text without the colon"
    return Fault(f"begins an entry with {quoted(word[1] + ':')}, which is no kind of evidence", hint, start)


def _is_slip(word: str, kind: str) -> bool:
    """Whether one letter is too much, missing or wrong, or two neighbours are swapped."""
    if len(word) != len(kind):
        shorter, longer = sorted((word, kind), key=len)
        return len(longer) - len(shorter) == 1 and any(
            longer[:cut] + longer[cut + 1 :] == shorter for cut in range(len(longer))
        )
    first, *others = [place for place, letter in enumerate(word) if letter != kind[place]]
    return not others or (others == [first + 1] and word[first : first + 2] == kind[first : first + 2][::-1])


def _entry(cell: str, start: int, closing: Mapping[int, int]) -> tuple[Evidence, int]:
    """The entry or word that begins here, and where it ends."""
    prefix = _PREFIX.match(cell, start)
    if prefix:
        value, end = _value(cell, prefix.end(), closing)
        if value:
            return _of_kind(_KINDS[prefix[1].lower()], value), end
    value, end = _value(cell, start, closing)
    return _classified(value), end


def _of_kind(kind: EvidenceKind, value: str) -> Evidence:
    return Evidence("pull", value) if kind == "commit" and _PULL.fullmatch(value) else Evidence(kind, value)


def _value(cell: str, start: int, closing: Mapping[int, int]) -> tuple[str, int]:
    """A text in backticks or angles, whole; else up to the next separator that is not among a test's parameters."""
    quoted = _CODE.match(cell, start) or _ANGLES.match(cell, start)
    if quoted:
        return quoted[1].strip(), quoted.end()
    end = _end(_UP_TO_BRACKET, cell, start)
    if end in closing and "::" in cell[start:end]:
        end = closing[end]
    end = _end(_UP_TO_GAP, cell, end)
    return _ESCAPED.sub(r"\1", cell[start:end]), end


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _closing_brackets(cell: str) -> dict[int, int]:
    """For each bracket that opens and is closed: the place of its partner."""
    pairs, opened = {}, []
    for position, character in enumerate(cell if "[" in cell else ""):
        if character == "[":
            opened.append(position)
        elif character == "]" and opened:
            pairs[opened.pop()] = position
    return pairs


def _linked(text: str, target: str) -> Evidence:
    """A Markdown link: its text where that names a test or another kind of evidence, else what it leads to."""
    said, led = _classified(text.strip(" `")), _classified(target)
    if said.kind != "text" or not target:
        return said
    return led if led.kind != "text" else Evidence("file", target)


def _classified(value: str) -> Evidence:
    """An entry without a prefix of its own outside; backticks can hold one: ```alert:High error rate```."""
    prefix = _PREFIX.match(value)
    if prefix and prefix.end() < len(value):
        return _of_kind(_KINDS[prefix[1].lower()], value[prefix.end() :])
    if value.startswith(("http://", "https://")):
        return Evidence("url", value)
    bare = value.lstrip("(").rstrip("().")
    if _PULL.fullmatch(bare):
        return Evidence("pull", bare)
    nodeid = bare.removeprefix("./")
    path, _, name = nodeid.partition("::")
    return Evidence("test", nodeid) if name and "." in path else Evidence("text", value)
