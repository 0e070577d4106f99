"""The commonest YAML, read line by line: a mapping of keys to words, numbers, quoted text and lists of these.

PyYAML's Python parser takes longer for the front matter of an incident than everything else that is done with it. What
it would make of these few forms is known without it; whatever else stands in a text, the parser is asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

Scalar = str | int | float | bool | None
KeyPath = tuple[str | int, ...]
Mark = tuple[int, int]
"""Line and column, both from 0."""

MAX_CHARACTERS = 20_000
"""In so short a text there cannot be too many words and signs."""

NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})(\.[0-9]{0,40}(?:[eE][-+]?[0-9]{1,3})?)?")
WORDS: Mapping[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}

_ORDINARY = re.compile("[\n -~\u00a1-\u1fff\u3000-\ud7ff]*")
_LINE = re.compile(r"([a-z][a-z_]{0,40}):(?: +(.*))?")
_PLAIN = re.compile(r"[A-Za-z0-9][^:#]*(?:(?::(?! )|(?<! )#)[^:#]*)*(?<!:)")
_QUOTED = re.compile(r'"([^"\\]*)"')
_ITEM = re.compile(r' *([A-Za-z0-9][A-Za-z0-9_./*-]*|"[^"\\]*") *')


class NotPlain(Exception):
    """Only a parser can judge this text."""


def read_plain(text: str) -> tuple[dict[str, object], dict[KeyPath, Mark]]:
    """The mapping, and where its keys and the items of its lists stand; NotPlain where there is anything else."""
    if len(text) > MAX_CHARACTERS or not _ORDINARY.fullmatch(text):
        raise NotPlain
    value: dict[str, object] = {}
    marks: dict[KeyPath, Mark] = {}
    for number, line in enumerate(text.split("\n")):
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None or found[1] in value or found[1] in WORDS:
            raise NotPlain
        key, written = found[1], (found[2] or "").rstrip(" ")
        marks[key,] = number, 0
        if written.startswith("[") and written.endswith("]"):
            items = list(_items(written[1:-1], found.start(2) + 1))
            value[key] = [item for item, _ in items]
            marks |= {(key, index): (number, column) for index, (_, column) in enumerate(items)}
        else:
            value[key] = _scalar(written)
    if not value:
        raise NotPlain
    return value, {(): next(iter(marks.values())), **marks}


def number_or_word(text: str) -> Scalar:
    """What text without quotes means; OverflowError where it is a number too large to be one."""
    if text in WORDS:
        return WORDS[text]
    found = NUMBER.fullmatch(text)
    if found is None:
        return text
    if found[1] is None:
        return int(text)
    number = float(text)
    if math.isinf(number):
        raise OverflowError
    return number


def _items(text: str, column: int) -> Iterator[tuple[Scalar, int]]:
    """What stands between brackets, each item with its column."""
    for item in text.split(",") if text.strip(" ") else ():
        found = _ITEM.fullmatch(item)
        if found is None:
            raise NotPlain
        yield _scalar(found[1]), column + found.start(1)
        column += len(item) + 1


def _scalar(text: str) -> Scalar:
    if quoted := _QUOTED.fullmatch(text):
        return quoted[1]
    if text and not _PLAIN.fullmatch(text):
        raise NotPlain
    try:
        return number_or_word(text)
    except OverflowError:
        raise NotPlain from None
