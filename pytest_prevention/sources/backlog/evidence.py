"""The Evidence cell: entries, each a test, an alert, a commit, a file, a URL, or free text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from pytest_prevention.model import Evidence
from pytest_prevention.model.backlog import EvidenceKind

_KINDS: Mapping[str, EvidenceKind] = {kind: kind for kind in get_args(EvidenceKind)}
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_GAP = re.compile(r"[\s,;]+")
_PREFIX = re.compile(r"(test|alert|commit|file|url):(?!:)\s*", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)")
_CODE = re.compile(r"`([^`]+)`")
_ANGLES = re.compile(r"<(https?://[^<>\s]+)>")
_UP_TO_BRACKET = re.compile(r"[^\s,;\[]*")
_UP_TO_GAP = re.compile(r"[^\s,;]*")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def read_evidence(cell: str) -> tuple[Evidence, ...]:
    """The entries of a cell, separated by blanks, commas, semicolons or ``<br>``.

    Words in a row that are nothing else make one entry of free text.
    """
    entries: list[Evidence] = []
    words: list[str] = []
    for entry in (*_entries(_BREAK.sub(";", cell)), None):
        if words and (entry is None or entry.kind != "text"):
            entries.append(Evidence("text", " ".join(words)))
            words = []
        if entry is not None and entry.kind == "text":
            words.append(entry.value)
        elif entry is not None:
            entries.append(entry)
    return tuple(entries)


def _entries(cell: str) -> Iterator[Evidence | None]:
    """Entries and single words; None at each comma or semicolon between them."""
    closing = _closing_brackets(cell)
    position = 0
    while position < len(cell):
        if gap := _GAP.match(cell, position):
            position = gap.end()
            if not gap[0].isspace():
                yield None
        elif link := _LINK.match(cell, position):
            position = link.end()
            yield _linked(link[1], link[2])
        else:
            entry, position = _entry(cell, position, closing)
            yield entry


def _entry(cell: str, start: int, closing: Mapping[int, int]) -> tuple[Evidence, int]:
    """The entry or word that begins here, and where it ends."""
    prefix = _PREFIX.match(cell, start)
    if prefix:
        value, end = _value(cell, prefix.end(), closing)
        if value:
            return Evidence(_KINDS[prefix[1].lower()], value), end
    value, end = _value(cell, start, closing)
    return _classified(value), end


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
        return Evidence(_KINDS[prefix[1].lower()], value[prefix.end() :])
    if value.startswith(("http://", "https://")):
        return Evidence("url", value)
    nodeid = value.lstrip("(").rstrip("().").removeprefix("./")
    path, _, name = nodeid.partition("::")
    return Evidence("test", nodeid) if name and "." in path else Evidence("text", value)
