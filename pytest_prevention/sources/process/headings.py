"""The headings of a Markdown file, by the anchors that GitHub gives them, and whether anything stands below them."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pytest_prevention.sources.backlog.words import is_missing

MAX_HEADING = 1_000
"""Characters of a heading that are read."""

_SHOWN = ("text", "code_inline")
_COMMENT = re.compile(r"<!--(?:(?!-->).)*+(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading, without markup. ``is_empty``: below it, up to the next one as high, stands no content."""

    text: str
    anchor: str
    is_empty: bool


def headings(markdown: str) -> tuple[Heading, ...]:
    """All headings in order. It takes time proportional to the length of the text."""
    tokens = _blocks().parse(markdown)
    opened = [index for index, token in enumerate(tokens) if token.type == "heading_open"]
    taken: dict[str, int] = {}
    found = []
    for index in opened:
        text = _shown(tokens[index + 1].content[:MAX_HEADING])
        found.append((text, _unique(anchor_of(text), taken), int(tokens[index].tag[1:])))
    empty = _empty(tokens, opened, [level for _, _, level in found])
    return tuple(Heading(text, anchor, bare) for (text, anchor, _), bare in zip(found, empty, strict=True))


def named(found: Sequence[Heading], anchor: str) -> Heading | None:
    """The heading that ``#anchor`` means; its words as they are written mean it too."""
    wanted = unquote(anchor)
    by_anchor = {one.anchor: one for one in found}
    return by_anchor.get(wanted) or by_anchor.get(anchor_of(wanted))


def anchor_of(text: str) -> str:
    """As GitHub makes it: small letters, digits, ``_`` and ``-``, a dash for each blank; all else is left out."""
    return "".join("-" if letter == " " else letter for letter in text.lower() if letter in " -" or _is_word(letter))


def is_blank(markdown: str) -> bool:
    """Whether a text says nothing: blank, comments, or a mark that somebody has yet to write it (TBD)."""
    return is_missing(_COMMENT.sub("", markdown))


def _is_word(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] in "LM" or category in ("Nd", "Nl", "Pc")


def _unique(anchor: str, taken: dict[str, int]) -> str:
    """A second heading of the same words gets ``-1``, the next ``-2``."""
    unique = anchor
    while unique in taken:
        taken[anchor] += 1
        unique = f"{anchor}-{taken[anchor]}"
    taken[unique] = 0
    return unique


def _shown(inline: str) -> str:
    (token,) = _inlines().parseInline(inline)
    return "".join(child.content for child in token.children or () if child.type in _SHOWN).strip()


def _empty(tokens: Sequence[Token], opened: Sequence[int], levels: Sequence[int]) -> list[bool]:
    """For each heading whether its section is empty: from the last one on, so that each token is looked at once."""
    empty: list[bool] = []
    ends = [*opened, len(tokens)][1:]
    below: list[tuple[int, bool]] = []  # the sections behind, nearest last: level, and whether it is empty
    for start, end, level in reversed([*zip(opened, ends, levels, strict=True)]):
        bare = not any(map(_is_content, tokens[start + 3 : end]))
        while below and below[-1][0] > level:
            bare = below.pop()[1] and bare
        below.append((level, bare))
        empty.append(bare)
    return empty[::-1]


def _is_content(token: Token) -> bool:
    if token.type in ("inline", "html_block"):
        return not is_blank(token.content)
    return token.type in ("fence", "code_block") and bool(token.content.strip())


def texts(markdown: str) -> Iterator[tuple[int, str]]:
    """The lines that people see, with their numbers; comments are left out."""
    shown = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), markdown)
    yield from enumerate(shown.split("\n"), 1)


@functools.cache
def _blocks() -> MarkdownIt:
    """Blocks alone: what inline markup and definitions of links cost is not bounded by the length of a text."""
    return MarkdownIt("commonmark").disable(["inline", "reference"])


@functools.cache
def _inlines() -> MarkdownIt:
    return MarkdownIt("commonmark")
