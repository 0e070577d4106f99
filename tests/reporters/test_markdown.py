"""The comment on a pull request."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pytest_prevention.model import Backlog, Incidents
from pytest_prevention.reporters import REPORTERS, Report
from tests.reporters.approved import assert_approved
from tests.reporters.samples import ACTIONS, INCIDENTS, hostile, ordinary

MARKUP = [
    "`",
    "```",
    "|",
    "\\",
    "*",
    "__",
    "[a](b)",
    "![",
    "<b>",
    "</details>",
    "<!--",
    "&lt;",
    "@all",
    "#1",
    "\n",
    "\n\n",
]
GITHUB_TAKES = 65_536


def tokens(text: str) -> list[Token]:
    blocks = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return [token for block in blocks for token in (block, *(block.children or []))]


@pytest.mark.parametrize(("name", "report"), [("ordinary", ordinary()), ("hostile", hostile())])
def test_the_comment_is_as_approved(name: str, report: Report) -> None:
    assert_approved(REPORTERS["md"](report), f"{name}.md")


def test_the_first_line_says_it_all() -> None:
    first = REPORTERS["md"](ordinary()).splitlines()[0]
    assert first == "**Prevention gate of shop broken:** 1 finding breaks the gate (1 error), 1 warning."


def test_without_a_verdict_the_first_line_says_as_of_when() -> None:
    first = REPORTERS["md"](replace(ordinary(), verdict=None)).splitlines()[0]
    assert first == "**Prevention report of shop** as of 2024-06-15."


def shape(text: str) -> list[str]:
    """The structure of a comment: its tokens but for runs of text, which may be cut into parts differently."""
    return [token.type for token in tokens(text) if token.type not in ("text", "text_special")]


@given(st.lists(st.sampled_from(MARKUP) | st.characters(), min_size=1, max_size=12).map("".join))
def test_no_text_of_a_repository_becomes_markup(evil: str) -> None:
    harmless = REPORTERS["md"](hostile("x: y" if evil.partition(": ")[2] else "x"))
    assert shape(REPORTERS["md"](hostile(evil))) == shape(harmless)


def test_no_text_of_a_repository_becomes_a_link_or_html() -> None:
    found = tokens(REPORTERS["md"](hostile()))
    html = {token.content.strip() for token in found if token.type.startswith("html")}
    assert all(re.fullmatch(r"<details><summary>[A-Za-z ]+</summary>|</details>|<br>", part) for part in html)
    assert not {token.type for token in found} & {"link_open", "image"}


@pytest.mark.parametrize("text", ["t" * 9999, "@" * 9999])
def test_however_much_there_is_github_takes_it(text: str) -> None:
    report = ordinary()
    many = range(300)
    assert report.verdict
    facts = replace(
        report.facts,
        incidents=Incidents(tuple(replace(one, id=f"{one.id}{n}", title=text) for one in INCIDENTS for n in many)),
        backlog=Backlog(tuple(replace(one, key=f"{one.key}{n}", text=text) for one in ACTIONS for n in many)),
    )
    verdict = replace(report.verdict, findings=report.verdict.failing * 600)
    comment = REPORTERS["md"](replace(report, facts=facts, verdict=verdict))
    assert len(comment) < GITHUB_TAKES
    assert "and 580 more." in comment
    assert ("A part is left out here" in comment) is ("@" in text)
