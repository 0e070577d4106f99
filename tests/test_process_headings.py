"""Headings of Markdown: the anchors that GitHub gives them, and what stands below them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.sources.process.headings import headings, is_blank, named


def anchors(markdown: str) -> list[str]:
    return [one.anchor for one in headings(markdown)]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Rollback", "rollback"),
        ("Roll back, then alert!", "roll-back-then-alert"),
        ("a  b", "a--b"),
        ("a - b", "a---b"),
        ("snake_case & `code`", "snake_case--code"),
        ("**Bold** [link](x.md) <b>html</b>", "bold-link-html"),
        ("Rückbau: für Österreich", "rückbau-für-österreich"),
        ("日本語 テスト", "日本語-テスト"),
        ("I ♥ unicode", "i--unicode"),
        ("1. First", "1-first"),
        ("50 % off", "50--off"),
        ("-", "-"),
        ("é", "é"),
    ],
)
def test_an_anchor_is_as_github_makes_it(heading: str, anchor: str) -> None:
    """As github-slugger has them, which follows GitHub."""
    assert anchors(f"## {heading}\n") == [anchor]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["echo", "echo", "echo 1", "echo-1", "echo"], ["echo", "echo-1", "echo-1-1", "echo-1-2", "echo-2"]),
        (["foxtrot-1", "foxtrot", "foxtrot"], ["foxtrot-1", "foxtrot", "foxtrot-2"]),
        (["!", "?"], ["", "-1"]),
    ],
)
def test_the_same_words_again_are_numbered(texts: list[str], expected: list[str]) -> None:
    """No two headings of a file have one anchor."""
    assert anchors("".join(f"# {text}\n" for text in texts)) == expected


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("# a\n", ["a"]),
        ("a\n===\n\nb\n---\n", ["a", "b"]),
        ("# a #\n", ["a"]),
        ("#a\n", []),
        ("    # a\n", []),
        ("```\n# a\n```\n", []),
        ("<!--\n# a\n-->\n", []),
        ("> # a\n\n- # b\n", ["a", "b"]),
        ("a\r\n===\r\n", ["a"]),
        ("\ufeff# a\n", []),
    ],
)
def test_what_is_a_heading(markdown: str, found: list[str]) -> None:
    assert anchors(markdown) == found


@pytest.mark.parametrize(
    ("below", "empty"),
    [
        ("", True),
        ("\n\n", True),
        ("<!-- to come -->", True),
        ("<!-- to\n\ncome -->", True),
        ("TBD", True),
        ("?", True),
        ("\n# next\n\ntext", True),
        ("\n## deeper\n", True),
        ("\n## deeper\n\ntext", False),
        ("\n## deeper\n\n### deepest\n\ntext\n\n## other\n", False),
        ("text", False),
        ("- item", False),
        ("| a |\n|---|\n| b |", False),
        ("```\ncode\n```", False),
        ("```\n```", True),
        ("    code", False),
        ("<p>text</p>", False),
        ("![plan](plan.png)", False),
    ],
)
def test_a_section_is_empty_where_nobody_has_written_anything(below: str, empty: bool) -> None:
    """A placeholder is nothing, and so is a heading without text of its own below it."""
    first = headings(f"text\n\n# Rollback\n{below}\n")[0]
    assert first.is_empty is empty


@pytest.mark.parametrize(
    ("anchor", "text"),
    [("roll-back", "Roll back"), ("Roll back", "Roll back"), ("roll%20back", "Roll back"), ("ROLL-BACK", "Roll back")],
)
def test_a_heading_is_found_by_its_anchor_or_its_words(anchor: str, text: str) -> None:
    found = named(headings("# Other\n\n# Roll back\n"), anchor)
    assert found
    assert found.text == text


def test_an_exact_anchor_comes_first() -> None:
    """``echo-1`` is the second echo, and not the heading that says so."""
    found = headings("# echo\n\n1\n\n# echo\n\n2\n\n# echo 1\n")
    assert named(found, "echo-1") == found[1]
    assert named(found, "echo-3") is None


@given(st.text("#ab -=>`~<!-\n\t*_[]()|", max_size=200))
def test_any_text_is_read_and_anchors_are_unique(markdown: str) -> None:
    found = anchors(markdown)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("text", "blank"), [("", True), (" \n", True), ("<!-- a", True), ("TODO list", False), ("—", True)]
)
def test_what_says_nothing(text: str, blank: bool) -> None:
    assert is_blank(text) is blank
