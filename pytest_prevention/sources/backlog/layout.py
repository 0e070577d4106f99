"""The layout of a Markdown table: columns as wide as their widest cell, on a screen with characters of one width."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

Grid = Sequence[Sequence[str]]
"""The rows of a table: header, dashes, body; all with as many cells, without blanks around them."""


def display_width(text: str) -> int:
    """Columns that a text takes: two for a character that Unicode calls wide (most emoji), none for a combining one.

    Emoji that are put together from several characters can come out wider than a terminal shows them.
    """
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def aligned(grid: Grid) -> list[str]:
    """The lines of the table, each cell padded to the width of its column; the row of dashes says on which side."""
    widths, dashes = column_widths(grid), grid[1]
    sides = [(cell.startswith(":"), cell.endswith(":")) for cell in dashes]
    lines = ["| " + " | ".join(map(_padded, row, widths, sides)) + " |" for row in grid]
    lines[1] = "|" + "|".join(map(_dashes, widths, sides)) + "|"
    return lines


def aligned_size(grid: Grid) -> int:
    """The columns that all the aligned lines take together; no text is made for it."""
    return len(grid) * (sum(column_widths(grid)) + 3 * len(grid[0]) + 1)


def column_widths(grid: Grid) -> list[int]:
    rows: Iterable[Sequence[str]] = (row for number, row in enumerate(grid) if number != 1)
    return [max(1, *map(display_width, column)) for column in zip(*rows, strict=True)]


def _padded(cell: str, width: int, sides: tuple[bool, bool]) -> str:
    blanks = width - display_width(cell)
    left = {(False, True): blanks, (True, True): blanks // 2}.get(sides, 0)
    return " " * left + cell + " " * (blanks - left)


def _dashes(width: int, sides: tuple[bool, bool]) -> str:
    left, right = sides
    return ":" * left + "-" * (width + 2 - left - right) + ":" * right
