"""JSON that people merge by hand: read with the places of what stands in its lists, and told where it is broken."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem
from pytest_prevention.sources.yaml_text import Document, KeyPath

_CONFLICT = re.compile("^<{7}(?= |$)", re.MULTILINE)
_BLANK = re.compile(r"\s*")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]')


def load(text: str, path: str, hint: str, hint_merge: str) -> Document:
    """Read one JSON object; PreventionError with ``hint`` where it is none, ``hint_merge`` where git left both sides.

    Its places are those of the entries of each list directly in it: ``("proofs", 0)``.
    """
    twice: dict[int, str] = {}

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            twice[id(value)] = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return value

    try:
        value = json.loads(text, object_pairs_hook=mapping)
    except (ValueError, RecursionError) as error:
        raise PreventionError([_broken(text, path, error, hint, hint_merge)]) from None
    document = Document(value, dict(_places(text, path)))
    problems = [
        Problem(
            document.place(where), "usage", path, f"the key {twice[id(one)][:60]!r} stands twice in one entry", hint
        )
        for where, one in _entries(value)
        if id(one) in twice
    ]
    if problems:
        raise PreventionError(problems)
    return document


def _broken(text: str, path: str, error: Exception, hint: str, hint_merge: str) -> Problem:
    conflict = _CONFLICT.search(text)
    if conflict:
        where = Location(path, text.count("\n", 0, conflict.start()) + 1, 1)
        return Problem(where, "usage", path, "a merge left both sides here", hint_merge)
    if isinstance(error, json.JSONDecodeError):
        return Problem(Location(path, error.lineno, error.colno), "usage", path, f"is not JSON: {error.msg}", hint)
    why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]
    return Problem(Location(path), "usage", path, f"is not JSON that can be read: {why}", hint)


def _entries(value: Any) -> Iterator[tuple[KeyPath, Any]]:
    """The document, and what stands in its lists."""
    yield (), value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (((key, index), one) for index, one in enumerate(inner if isinstance(inner, list) else ()))


def _places(text: str, path: str) -> Iterator[tuple[KeyPath, Location]]:
    """Where the document begins, and each entry of its lists; the text is known to be JSON."""
    yield (), Location(path, 1, 1)
    key, index, depth = "", 0, 0
    line, line_start, seen = 1, 0, 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if depth == 1 and sign.startswith('"'):
            key = json.loads(sign)
        if sign in "]}":
            depth -= 1
        elif sign in "[{":
            depth += 1
            index = -1 if depth == 2 else index
        if depth == 2 and sign in "[,":
            index += 1
            start = next(_BLANK.finditer(text, token.end())).end()
            line += text.count("\n", seen, start)
            line_start = max(line_start, text.rfind("\n", seen, start) + 1)
            seen = start
            yield (key, index), Location(path, line, start - line_start + 1)
