"""Markdown as GFM reads it, line by line: which lines are tables, and what the other lines are taken for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token


class Kind(Enum):
    """What Markdown takes a line for, as far as it matters to tables."""

    TEXT = auto()
    HEADING = auto()
    TABLE = auto()
    INDENTED = auto()
    """Code, because it is indented by four columns or more."""
    HTML = auto()
    EXAMPLE = auto()
    """Inside a code fence or an HTML comment that is closed."""
    FENCE = auto()
    """Inside a code fence, in a file in which a fence is never closed: any of its fences may be the one too many."""
    COMMENT = auto()
    """Inside an HTML comment that is never closed, or holds the beginning of another one."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together; ``first`` is the index of the first (of any FENCE: of the one that is not closed)."""

    kind: Kind
    first: int
    starts: tuple[int, ...] = ()
    """Of a table, for each of its lines: where its own text begins, behind the marks of quotes and lists."""


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown text: ``lines`` as written, without their ``ends``; ``visible`` the same without closed HTML comments.

    A byte order mark is a blank in ``visible``: Markdown skips it, our parser would not.
    """

    lines: Sequence[str]
    ends: Sequence[str]
    visible: Sequence[str]
    blocks: Sequence[Block]
    """For each line the block it is in."""
    tables: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line or a cell, and what to do about it; ``offset``: the character of the line, from 0."""

    message: str
    hint: str
    offset: int | None = None


BOM = "\ufeff"
LONGEST_QUOTE = 60
"""Characters of a cell that a message repeats."""


def quoted(text: str) -> str:
    """A cell as a message repeats it."""
    return f'"{text}"' if len(text) <= LONGEST_QUOTE else f'"{text[: LONGEST_QUOTE - 1]}…"'


_LINE_END = re.compile(r"(\r\n|\r|\n)")
_PIPE = re.compile(r"(?<!\\)\|")
_MOST_LEFT_OUT = 1 << 16
"""Cells that the rows of a table may lack together, after which Markdown reads no further."""


def split_cells(row: str) -> list[str]:
    """The cells of a row as written, blanks and backslashes included.

    GFM splits at every pipe without a backslash right before it, inside code too; a pipe at either end is the frame.
    """
    row = row.strip()
    cells = _PIPE.split(row) if "\\" in row else row.split("|")
    if not cells[0]:
        del cells[0]
    if cells and not cells[-1]:
        del cells[-1]
    return cells


def cell_text(cell: str) -> str:
    """What a cell says: without blanks around it, with its escaped pipes as pipes."""
    return cell.strip().replace("\\|", "|")


def is_delimiter(row: str) -> bool:
    """Whether this looks like the row of dashes between header and body."""
    return "|" in row and any(mark in row for mark in ("--", ":-", "-:")) and set(row) <= set("|-: \t")


def scan(text: str) -> Page:
    """Read a text. It takes time proportional to its length, whatever it is."""
    pieces = _LINE_END.split(text)
    lines, ends = pieces[::2], [*pieces[1::2], ""]
    if not lines[-1]:
        del lines[-1], ends[-1]
    tables: list[tuple[int, list[int]]] = []
    visible = list(lines)
    if text.startswith(BOM):
        visible[0] = lines[0].replace(BOM, " ", 1)
    tokens = _parser().parse("".join(line + "\n" for line in visible), {"tables": tables})
    blocks = [Block(Kind.TEXT, 0)] * len(lines)
    _mark_other_blocks(tokens, visible, blocks)
    offsets = [0, *accumulate(len(line) + 1 for line in lines)]
    found = []
    for first, starts in tables:
        block = Block(Kind.TABLE, first, tuple(start - offsets[first + row] for row, start in enumerate(starts)))
        blocks[first : first + len(starts)] = [block] * len(starts)
        found.append(block)
    return Page(lines, ends, visible, blocks, found)


@cache
def _parser() -> MarkdownIt:
    """Blocks only: what stands inside a line is of no interest here, and takes most of the time."""
    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.at("table", _recorded_table, {"alt": ["paragraph", "reference"]})
    return parser.enable("table")


def _recorded_table(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A table begins where the parser's own rule says so; noted is where its lines begin, and no tokens are made.

    The rule makes two dozen of them for each row, which takes longer than all else that is done with the row.
    """
    found = table(state, first, last, True)
    if found and not silent:
        state.line = _end_of_table(state, first, last)
        starts = [state.bMarks[line] + state.tShift[line] for line in range(first, state.line)]
        state.env["tables"].append((first, starts))
    return found


def _end_of_table(state: StateBlock, first: int, last: int) -> int:
    """The first line below a table, as the parser's rule has it: what would end a quote ends a table too."""
    interruptions = state.md.block.ruler.getRules("blockquote")
    width, left_out = len(split_cells(_line(state, first))), 0
    line = first + 2
    while line < last and state.sCount[line] >= state.blkIndent:
        text = _line(state, line)
        left_out += width - len(split_cells(text))
        ended = not text or left_out > _MOST_LEFT_OUT or state.is_code_block(line)
        if ended or any(rule(state, line, last, True) for rule in interruptions):
            break
        line += 1
    return line


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


def _mark_other_blocks(tokens: Iterable[Token], visible: list[str], blocks: list[Block]) -> None:
    """Note headings, code and HTML in ``blocks``, and take closed comments out of ``visible``."""
    fences: list[tuple[int, int]] = []
    unclosed: int | None = None
    for token in tokens:
        if token.map is None:
            continue
        first, end = token.map
        if token.type == "fence":
            fences.append((first, end))
            if token.content.count("\n") == end - first - 1:
                unclosed = first
        elif token.type == "html_block":
            _mark_html(first, end, visible, blocks)
        elif token.type in ("heading_open", "code_block"):
            kind = Kind.HEADING if token.type == "heading_open" else Kind.INDENTED
            blocks[first:end] = [Block(kind, first)] * (end - first)
    for first, end in fences:
        block = Block(Kind.EXAMPLE, first) if unclosed is None else Block(Kind.FENCE, unclosed)
        blocks[first:end] = [block] * (end - first)


def _mark_html(first: int, end: int, visible: list[str], blocks: list[Block]) -> None:
    """HTML is HTML, but what stands in its closed comments is an example and not visible."""
    blocks[first:end] = [Block(Kind.HTML, first)] * (end - first)
    kept, line = [], first
    for kind, segment in _segments("\n".join(visible[first:end])):
        breaks = segment.count("\n")
        kept.append("\n" * breaks if kind is Kind.EXAMPLE else segment)
        if kind is Kind.COMMENT:
            blocks[line : line + breaks + 1] = [Block(kind, line)] * (breaks + 1)
        line += breaks
    visible[first:end] = "".join(kept).split("\n")


def _segments(html: str) -> Iterator[tuple[Kind, str]]:
    """The text cut into HTML, closed comments (EXAMPLE) and comments that are not closed before the next one begins."""
    position, end = 0, -1
    while (start := html.find("<!--", position)) >= 0:
        yield Kind.HTML, html[position:start]
        if end < start + 4:
            end = html.find("-->", start + 2)  # `<!-->` is a whole comment
        if end < 0:
            yield Kind.COMMENT, html[start:]
            return
        inner = html.find("<!--", start + 4, end)
        position = inner if inner >= 0 else end + 3
        yield Kind.COMMENT if inner >= 0 else Kind.EXAMPLE, html[start:position]
    yield Kind.HTML, html[position:]
