"""Lines of text that fit a terminal."""

from __future__ import annotations

import unicodedata

WIDTH = 80


def columns(text: str) -> int:
    """How many columns of a terminal the text takes: two for a wide East Asian character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def cut(text: str, width: int) -> str:
    """The text, or as much of its beginning as fits before an ellipsis."""
    if columns(text) <= width:
        return text
    used, end = 0, 0
    for end, char in enumerate(text):  # noqa: B007
        used += columns(char)
        if used > width - 1:
            break
    return text[:end].rstrip() + "…"


def padded(text: str, width: int) -> str:
    """The text cut or filled up to exactly this many columns."""
    fitting = cut(text, width)
    return fitting + " " * (width - columns(fitting))


def wrapped(text: str, indent: int = 0, hanging: int | None = None, width: int = WIDTH) -> list[str]:
    """Lines of at most ``width`` columns, broken at spaces only: a path or a node id stays whole, however long it is.

    ``indent`` is that of the first line, ``hanging`` that of the others (the same where not given).
    """
    lines: list[str] = []
    line = " " * indent
    for word in text.split(" "):
        empty = not line.strip(" ")
        if not empty and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, empty = " " * (indent if hanging is None else hanging), True
        line += word if empty else f" {word}"
    return [*lines, line]
