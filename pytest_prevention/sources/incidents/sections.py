"""The body of a post-mortem as people write it: its headings, what stands below them, and text without markup."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt

_MAX_PARAGRAPH = 4_000
_SHOWN = ("text", "code_inline", "image")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the lines below it, up to the next heading; the text before the first one has no title.

    ``line`` is the heading's line in the file, so ``lines[0]`` stands on ``line + 1``. Code and comments are blank.
    """

    title: str
    line: int
    lines: tuple[str, ...]


def sections(body: str, first_line: int = 1) -> tuple[Section, ...]:
    """All sections in order; line ends are ``\\n``. Only ``#`` headings count, none in a code fence or a comment."""
    found: list[Section] = []
    title, line, lines = "", first_line - 1, list[str]()
    for number, text in enumerate(_visible(body.split("\n")), first_line):
        heading = _heading(text)
        if heading is None:
            lines.append(text)
        else:
            found.append(Section(title, line, tuple(lines)))
            title, line, lines = heading, number, []
    return (*found, Section(title, line, tuple(lines)))


def section_named(found: Iterable[Section], *titles: str) -> Section | None:
    """The first section with the first of these titles that there is, in any case of letters."""
    by_title = {section.title.casefold(): section for section in reversed(tuple(found))}
    return next((by_title[title] for title in titles if title in by_title), None)


def first_paragraph(section: Section) -> str:
    """The first paragraph as one plain line; tables are none."""
    paragraph: list[str] = []
    for line in section.lines:
        text = line.strip()
        if text and not text.startswith("|"):
            paragraph.append(text)
        elif paragraph:
            break
    return plain(" ".join(paragraph))


def plain(markdown: str) -> str:
    """Inline Markdown as one line of text: no emphasis, link targets or HTML. Reads the first 4,000 characters."""
    (inline,) = _parser().parseInline(markdown[:_MAX_PARAGRAPH])
    text = "".join(token.content for token in inline.children or [] if token.type in _SHOWN)
    return " ".join(text.split())


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut between words where possible; an ellipsis where something is missing."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    return (head.rpartition(" ")[0] or head) + "…"


def _visible(lines: Iterable[str]) -> Iterator[str]:
    """The lines, with those of code fences and HTML comments blank."""
    closing = ""
    for line in lines:
        text = line.lstrip(" ")
        if closing:
            ended = (
                closing in text if closing == "-->" else text.startswith(closing) and not text.strip(closing[0] + " \t")
            )
            closing = "" if ended else closing
            yield ""
        elif len(line) - len(text) <= 3 and text.startswith(("```", "~~~")):
            closing = text[: len(text) - len(text.lstrip(text[0]))]
            yield ""
        elif text.startswith("<!--"):
            closing = "" if "-->" in text else "-->"
            yield ""
        else:
            yield line


def _heading(line: str) -> str | None:
    """The text of an ATX heading; None where the line is none."""
    text = line.lstrip(" ")
    rest = text.lstrip("#")
    if len(line) - len(text) > 3 or not 1 <= len(text) - len(rest) <= 6 or (rest and rest[0] not in " \t"):
        return None
    title = rest.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else title


@functools.cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark")
