"""What can be wrong with the structure of a backlog, in words: the fact and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_prevention.sources.backlog.cells import Cell, Columns
from pytest_prevention.sources.backlog.tables import BOM, Fault, Kind, Page, is_delimiter, split_cells

# Neither Markdown nor git ends a line at these, but Python, editors and terminals do.
_LINE_BREAKER = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")

_MOST_DASHES = 40

SECOND_HEADER = Fault(
    "this header stands inside a table, where Markdown takes it for a row", "put a blank line above it"
)
PROSE = Fault(
    "Markdown takes this line for a row of the table above it", "put a blank line between the table and the line"
)
OTHER_TABLE = Fault(
    "this row reads like an action, but its table has not both an Incident and an Action column",
    "correct the header, or name its words in prevention-policy.yaml under columns:",
)
SHIFTED = Fault("the cells of this row do not stand under their headers", "move each under its header")
TAKEN_FOR_HEADER = Fault(
    "Markdown takes this row for a header, because of the dashes below it", "put the dashes right below the header"
)
_TAKEN_FOR = {
    Kind.INDENTED: Fault(
        "this row is indented by four columns or more, so Markdown takes it for code",
        "remove the blanks and tabs in front of it",
    ),
    Kind.HTML: Fault(
        "this row stands in raw HTML, where Markdown sees no table", "put a blank line between the HTML and the table"
    ),
    Kind.HEADING: Fault(
        "Markdown takes this row for a heading, because of the line under it", "put a blank line under the row"
    ),
}


def encoding_faults(page: Page) -> Iterator[tuple[int, Fault]]:
    """What is wrong with a file that has lines, as a whole, with the index of the line where it shows."""
    if page.lines[0].startswith(BOM):
        yield 0, Fault("the file begins with a byte order mark", "save it as UTF-8 without a byte order mark", 0)
    if "\r" in page.ends:
        yield (
            page.ends.index("\r"),
            Fault(
                "this line ends with a carriage return alone, which ends no line for git and most tools",
                "save the file with the line ends of Unix or of Windows",
            ),
        )


def line_breaker(text: str, start: int) -> Fault | None:
    """An invisible character at which some programs end the line; ``start`` is where the text begins in its line."""
    found = _LINE_BREAKER.search(text)
    if found is None:
        return None
    message = f"this row holds the invisible U+{ord(found[0]):04X}, which ends the line for some programs"
    return Fault(message, "delete that character", start + found.start())


def outside_tables(page: Page, index: int, first_line: int) -> Fault:
    """Why a row is in no table that Markdown sees."""
    block = page.blocks[index]
    if block.kind in _TAKEN_FOR:
        return _TAKEN_FOR[block.kind]
    if block.kind is Kind.FENCE:
        return Fault(
            f"this row is in a code fence, and the fence opened in line {first_line + block.first} is never closed",
            "close the fence; only what stands in a closed one is an example",
        )
    if block.kind is Kind.COMMENT:
        return Fault(
            f"this row is in the HTML comment opened in line {first_line + block.first}, which is never closed",
            "close the comment with -->; only what stands in a closed one is an example",
        )
    if index and not page.lines[index - 1].strip():
        return Fault("this row is in no table: the blank line above it ends the table", "delete the blank line")
    if index and not page.visible[index - 1].strip():
        return Fault(
            "this row is in no table: the comment above it ends the table", "move the comment out of the table"
        )
    return Fault(
        "this row is in no table: no header with a row of dashes below it stands above",
        "move the row under its table, or write the header above it",
    )


def header_outside_tables(page: Page, index: int, cells: int, below: str, first_line: int) -> Fault:
    """Why Markdown sees no table under a header of so many cells; ``below`` is the line under it."""
    if page.blocks[index].kind is not Kind.TEXT:
        return outside_tables(page, index, first_line)
    row_of_dashes = "|" + "---|" * min(cells, _MOST_DASHES)
    if not is_delimiter(below):
        return Fault("no row of dashes stands right below this header", f"write one there: {row_of_dashes}")
    dashes = len(split_cells(below))
    return Fault(
        f"this header has {cells} cells, the row of dashes below it {dashes}: Markdown sees no table",
        f"give both as many; for this header: {row_of_dashes}",
    )


def wrong_count(cells: Sequence[Cell], columns: Columns) -> Fault:
    """A row with more or fewer cells than its header."""
    message = f"this row has {len(cells)} cell{'s' * (len(cells) > 1)}, its header has {len(columns)}"
    torn = next((cell for cell in cells if cell.text.count("`") % 2), None)
    if torn is not None and len(cells) > len(columns):
        return Fault(message + ": a pipe inside code ends the cell too", "write the pipe as \\|", torn.offset)
    if len(cells) > len(columns):
        return Fault(message, "write a pipe that belongs to the text as \\|, or delete what is too much")
    return Fault(message, "add what is missing; an empty cell is written —")
