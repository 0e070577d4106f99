"""The rule pages as data: headings, and the small repositories of their examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from pytest_prevention.rules import ALL_RULES

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
CODES = [rule.code for rule in ALL_RULES]


@dataclass(frozen=True)
class Page:
    """One page: its text, and for each section in order the fenced blocks in it, by file name (else by language)."""

    text: str
    sections: Mapping[str, Mapping[str, str]]


def read_page(code: str) -> Page:
    text = (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    return Page(text, {title: dict(blocks) for title, blocks in _sections(text)})


def _sections(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Every heading with the fenced blocks under it."""
    tokens = MarkdownIt().parse(text)
    title, blocks = "", list[tuple[str, str]]()
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before is not None and before.type == "heading_open":
            if title:
                yield title, blocks
            title, blocks = f"{before.markup} {token.content}", []
        elif token.type == "fence":
            language, _, name = token.info.partition(" ")
            blocks.append((name or language, token.content))
    yield title, blocks
