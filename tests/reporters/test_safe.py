"""Nothing that is printed acts."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_prevention.reporters.safe import json_text, markdown, markdown_code, markdown_fence, safe

ACTING = ["::", "##[", "##vso[", "##teamcity[", "#", "[", ":", "\x1b", "\u202e", "\u200d", "\u200c", "\u2028", "\ud800"]
PLAIN = [
    "\n",
    "\r",
    "\t",
    "\xa0",
    " ",
    "é",
    "中",
    "`",
    "|",
    "\\",
    "*",
    "_",
    "<b>",
    "&amp;",
    "@a",
    "www.",
    "http://",
    "![",
]
texts = st.lists(st.sampled_from(ACTING + PLAIN) | st.characters(), max_size=30).map("".join)
COMMAND = re.compile(r"##(vso|teamcity)?\[", re.IGNORECASE)


@given(texts)
def test_nothing_in_safe_text_acts(text: str) -> None:
    shown = safe(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert {char for char in shown if unicodedata.category(char) == "Cf"} <= {"\u200c", "\u200d"}
    assert not COMMAND.search(shown.replace("\u200c", "").replace("\u200d", ""))
    assert not any(word.startswith("::") for word in shown.split())


@given(texts)
def test_making_safe_twice_changes_nothing_more(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(texts, texts)
def test_safe_text_stays_safe_between_words_of_ours(first: str, second: str) -> None:
    line = f"at {safe(first)}: {safe(second)}"
    assert not COMMAND.search(line)
    assert not re.search(r"(?<!\S)::\S", line)


@pytest.mark.parametrize(
    "text",
    [
        "tests/test_orders.py::test_empty[a::b]",
        "Größe — naïve “quotes” …",
        "注文が二重に登録された",
        "می‌خواهم",
        "👩‍👩‍👧 🏳️‍🌈",
        "## heading [1]",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb\tc\x7f\x9b", r"a\nb\tc\x7f\x9b"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2028::error::x", r"\u2028::error::x"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("::error::x", r":\:error::x"),
        ("x\xa0::error::x", "x\xa0" + r":\:error::x"),
        ("x ##[group]y", r"x #\#[group]y"),
        ("##VSO[task]", r"#\#VSO[task]"),
        ("#\u200d#[group]", r"#\u200d#[group]"),
    ],
)
def test_what_would_act_becomes_visible(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(texts)
@example("<b>")
@example("&amp;")
@example("#1 @a")
@example("a | b")
@example("www.example.org")
def test_markdown_text_is_text_and_nothing_else(text: str) -> None:
    source = markdown(text)
    table = MarkdownIt("commonmark", {"html": True}).enable("table")
    *_, cell = [token for token in table.parse(f"| head |\n| --- |\n| is {source} |\n") if token.children]
    parts = cell.children or []
    assert {part.type for part in parts} <= {"text", "text_special"}
    shown = "".join(part.content for part in parts)
    assert shown.replace("\u200b", "").split()[1:] == safe(text).split()
    assert not re.search(r"@\w|#\d", shown)
    assert not re.search(r"(?<!\\)://|www\.", source, re.IGNORECASE)


@given(texts)
def test_a_code_span_holds_all_of_it(text: str) -> None:
    (paragraph,) = [token for token in MarkdownIt("commonmark").parse(f"is {markdown_code(text)}") if token.children]
    kinds = [child.type for child in paragraph.children or []]
    assert kinds == ["text", "code_inline"]
    assert (paragraph.children or [])[1].content.strip() == safe(text).strip()


@given(texts)
@example("```")
def test_a_fence_holds_all_of_it(text: str) -> None:
    parsed = MarkdownIt("commonmark").parse(f"- item\n\n{markdown_fence(text, '  ')}\n\nafter")
    (fence,) = [token for token in parsed if token.type == "fence"]
    assert fence.content == safe(text) + "\n"
    assert parsed[-2].content == "after"


@given(texts)
@example("\x7f ##[error]")
def test_json_means_the_same_and_does_not_act(text: str) -> None:
    written = json_text(json.dumps({"title": text, text: 1}))
    assert json.loads(written) == {"title": text, text: 1}
    assert all(" " <= char <= "~" for char in written)
    assert not COMMAND.search(written)
