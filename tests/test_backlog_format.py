"""prevention fmt: the canonical form of a backlog, and everything that it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Action, Location
from pytest_prevention.sources.backlog.format import Formatted, formatted
from pytest_prevention.sources.backlog.layout import display_width
from pytest_prevention.sources.backlog.reader import parse_actions
from pytest_prevention.sources.backlog.words import Words, words
from pytest_prevention.sources.files import MAX_BYTES
from pytest_prevention.sources.policy_file import load_policy
from tests.test_tables import DASHES, FENCES, HEADER, LINES, PATTERNS, R1, pages

DOCS = Path(__file__).parents[1] / "docs" / "backlog.md"
ANCHORS = {f"INC-{number:03d}": date(2024, 1, 17) for number in range(1, 100)}


def fmt(text: str, words: Words | None = None) -> Formatted:
    return formatted(text, "b.md", words or Words(), ANCHORS)


def actions(text: str) -> list[Action]:
    """What is read, apart from the places."""
    return [
        replace(one, location=Location("")) for one in parse_actions(text, "b.md", Words(), anchors=ANCHORS).actions
    ]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_seed_is_aligned_and_its_dates_become_iso() -> None:
    text = (Path(__file__).parent / "data" / "backlog" / "seed.md").read_text(encoding="utf-8")
    result = fmt(text)
    assert result.text.split("## Tracking Action Items")[0] == text.split("## Tracking Action Items")[0]
    assert result.text.split("### Follow-up cadence")[1] == text.split("### Follow-up cadence")[1]
    assert result.text.splitlines()[77:82] == [
        "| # | Incident | Action                   | Category | Priority | Status      | Due        | Done       |",
        "|---|----------|--------------------------|----------|----------|-------------|------------|------------|",
        "| 1 | INC-001  | Add test for /api/orders | Test     | P1       | Done        | 2024-01-20 | 2024-01-18 |",
        "| 2 | INC-001  | Add error rate alert     | Monitor  | P2       | Todo        | 2024-01-25 | —          |",
        "| 3 | INC-002  | Add input validation     | Code     | P1       | In progress | 2024-02-01 | —          |",
    ]
    assert result.left == ()
    assert [str(change) for change in result.changes] == [
        'b.md:80: Due "Jan 20" is now "2024-01-20"',
        'b.md:80: Done "Jan 18" is now "2024-01-18"',
        'b.md:81: Due "Jan 25" is now "2024-01-25"',
        'b.md:82: Due "Feb 1" is now "2024-02-01"',
        "b.md:78: the table is aligned",
    ]


def test_the_documented_example_comes_out_as_documented() -> None:
    before, after = [part.partition("```")[0] for part in DOCS.read_text(encoding="utf-8").split("```markdown\n")[2:]]
    result = fmt(before)
    assert result.text == after
    assert [problem.message for problem in result.left] == ['Due "04/05/2024" can be read in two ways']
    assert result.left[0].location.line == 6


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "| 1 | INC-001 | A | tests | p2 | done | Jan 20 | 18.01.2024 |",
            "| Test | P2 | Done | 2024-01-20 | 2024-01-18 |",
        ),
        (
            "| 1 | INC-001 | A | **Tests** | `p2` | ✅ done | **Jan 20** | — |",
            "| **Test** | `P2` | ✅ Done | **2024-01-20** | — |",
        ),
        ("| 1 | INC-001 | A | alert | P2 | wip | 20 Jan | TBD |", "| Monitor | P2 | In progress | 2024-01-20 | TBD |"),
        (
            "| 1 | INC-001 | A | Code | P2 | wontfix (x \\| y) | N/A | ? |",
            "| Code | P2 | Dropped (x \\| y) | N/A | ? |",
        ),
        ("| 1 | INC-001 | A | Code | P2 | Todo | 2024-01-20 |  |", "| Code | P2 | Todo | 2024-01-20 | |"),
    ],
)
def test_dates_and_words_are_rewritten_inside_what_stands_around_them(before: str, after: str) -> None:
    result = fmt(HEADER + DASHES + before + "\n")
    assert cells(result.text.splitlines()[2])[3:] == cells(after)
    assert result.left == ()


@pytest.mark.parametrize("cell", ["04/05/2024", "Feb 30", "soon", "~~Jan 20~~ Feb 1", "Jan 20?"])
def test_a_date_that_cannot_be_decided_is_left_and_named(cell: str) -> None:
    result = fmt(HEADER + DASHES + f"| 1 | INC-001 | A | Test | P1 | Todo | {cell} | — |\n")
    assert cells(result.text.splitlines()[2])[6] == cell
    assert [str(problem.location) for problem in result.left] == ["b.md:3"]


def test_a_date_whose_incident_is_unknown_is_left_and_named() -> None:
    result = fmt(HEADER + DASHES + "| 1 | INC-999 | A | Test | P1 | Todo | Jan 20 | — |\n")
    assert "Jan 20" in result.text
    assert "no year" in result.left[0].message


def test_a_word_that_is_not_known_is_left_and_named() -> None:
    result = fmt(HEADER + DASHES + "| 1 | INC-001 | A | Tset | high | Doen | — | — |\n")
    assert cells(result.text.splitlines()[2])[3:6] == ["Tset", "high", "Doen"]
    assert len(result.left) == 3


def test_the_words_of_the_policy_stay_as_they_are(tmp_path: Path) -> None:
    """They are the team's own; only the built-in variants are rewritten."""
    (tmp_path / "prevention-policy.yaml").write_text(
        'extends: ["preset:standard"]\nstatuses: {Done: [erledigt, "✅"]}\n', encoding="utf-8"
    )
    own = words(load_policy(tmp_path, codes=()))
    rows = "".join(
        f"| {number} | INC-001 | {status} | Test | P1 | {status} | — | — |\n"
        for number, status in enumerate(("Erledigt", "✅", "completed"), 1)
    )
    result = fmt(HEADER + DASHES + rows, own)
    assert [cells(line)[5] for line in result.text.splitlines()[2:]] == ["Erledigt", "✅", "Done"]
    assert result.left == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("text", id="prose"),
        pytest.param(PATTERNS, id="another table"),
        pytest.param("```\n" + HEADER + DASHES + R1 + "```\n", id="example in a fence"),
        pytest.param("<!--\n" + HEADER + DASHES + R1 + "-->\n", id="example in a comment"),
        pytest.param("| Pattern|Root |\n|--|--|\n| Jan 20|done |\n", id="another table that is not aligned"),
    ],
)
def test_what_is_no_backlog_table_stays_byte_for_byte(text: str) -> None:
    assert fmt(text) == Formatted(text, (), ())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(HEADER + DASHES + R1 + "| 2 | INC-002 | A | Test |\n", [4], id="short row"),
        pytest.param(HEADER + DASHES + R1 + HEADER + DASHES + R1, [4], id="second header"),
        pytest.param(HEADER + DASHES + R1 + "prose\n", [4], id="prose below"),
        pytest.param(HEADER + "|---|\n" + R1, [1], id="dashes of another width"),
        pytest.param("<div>\n" + HEADER + DASHES + R1, [2], id="raw HTML"),
        pytest.param("\ufeff" + HEADER + DASHES + R1, [1], id="byte order mark"),
        pytest.param((HEADER + DASHES + R1).replace("\n", "\r"), [1], id="carriage returns"),
        pytest.param(HEADER + DASHES + R1.replace("test", "te\u2028st"), [3], id="invisible line end"),
    ],
)
def test_a_malformed_table_is_left_as_a_whole_and_named(text: str, lines: list[int]) -> None:
    result = fmt(text)
    assert result.text == text
    assert result.changes == ()
    assert [problem.location.line for problem in result.left] == lines


def test_a_good_table_is_formatted_beside_a_malformed_one() -> None:
    good, bad = HEADER + DASHES + R1, HEADER + DASHES + "| 2 | INC-002 |\n"
    result = fmt(bad + "\n" + good + "\n" + R1)
    assert result.text.startswith(bad + "\n")
    assert "2024-01-20 | 2024-01-18" in result.text
    assert result.text.endswith("\n\n" + R1)
    assert [problem.location.line for problem in result.left] == [3, 9]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_line_ends_stay_also_the_missing_last_one(end: str, last: str) -> None:
    text = (("Text\n\n" + HEADER + DASHES + R1).rstrip("\n") + last).replace("\n", end)
    result = fmt(text)
    assert result.text.count("\n") == text.count("\n")
    assert result.text.count("\r") == text.count("\r")
    assert result.text.endswith(end) == text.endswith(end)


def test_a_table_right_below_a_paragraph_is_formatted() -> None:
    assert "2024-01-18" in fmt("Text\n" + HEADER + DASHES + R1).text


def test_what_is_aligned_already_is_not_told_again() -> None:
    aligned = fmt(HEADER + DASHES + R1).text
    assert [change.what for change in fmt(aligned.replace("P1", "p1")).changes] == ['Priority "p1" is now "P1"']


def test_marks_of_quotes_and_lists_stay() -> None:
    text = "> - " + "  >   ".join((HEADER + DASHES + R1).splitlines(keepends=True))
    lines = fmt(text).text.splitlines()
    assert [line[:6] for line in lines] == ["> - | ", "  >   ", "  >   "]
    assert len({len(line.split("|", 1)[1]) for line in lines}) == 1


def test_columns_are_as_wide_as_their_widest_cell_on_the_screen() -> None:
    """Wide characters count two, combining ones nothing; the dashes keep their colons, which say where blanks go."""
    text = (
        "# | Incident | Action | Category | Priority | Status | Due | Done\n"
        "--:|:--|:-:|---|---|---|---|---\n"
        "1 | INC-001 | 日本 | Test | P1 | Todo | — | —\n"
        "22 | INC-001 | e\u0301 ✅ | Test | P1 | Todo | — | —\n"
        "| 3 | INC-001 | 1234567 | Test | P1 | Todo | — | — |   \n"
    )
    assert fmt(text).text == (
        "|  # | Incident | Action  | Category | Priority | Status | Due | Done |\n"
        "|---:|:---------|:-------:|----------|----------|--------|-----|------|\n"
        "|  1 | INC-001  |  日本   | Test     | P1       | Todo   | —   | —    |\n"
        "| 22 | INC-001  |  e\u0301 ✅   | Test     | P1       | Todo   | —   | —    |\n"
        "|  3 | INC-001  | 1234567 | Test     | P1       | Todo   | —   | —    |\n"
    )


def test_rows_of_nothing_are_no_obstacle() -> None:
    text = HEADER + DASHES + R1 + "|||\n" + "| | | | | | | | |\n"
    result = fmt(text).text.splitlines()
    assert result[3] == "|||", "its cells are too few to be aligned, and it holds nothing"
    assert display_width(result[4]) == display_width(result[2])


def test_a_table_that_would_burst_the_file_is_refused() -> None:
    """One huge cell makes every row as wide; nothing of that size is built."""
    rows = "".join(f"| {number} | INC-001 | A{number} | Test | P1 | Todo | — | — |\n" for number in range(1, 1000))
    huge = f"| 1000 | INC-001 | {'x' * 100_000} | Test | P1 | Todo | — | — |\n"
    with pytest.raises(PreventionError, match=f"would be larger than {MAX_BYTES:,} bytes"):
        fmt(HEADER + DASHES + rows + huge)


def test_a_large_table_is_aligned_as_long_as_the_file_stays_readable() -> None:
    row = "| {} | INC-001 | " + "x" * 2000 + "{} | Test | P1 | Todo | — | — |\n"
    text = HEADER + DASHES + "".join(row.format(number, number) for number in range(1000, 3500))
    assert 5_000_000 < len(text) < len(fmt(text).text) < MAX_BYTES


def test_of_two_columns_for_the_same_only_the_one_that_is_read_is_rewritten() -> None:
    header = "| # | Incident | Action | Category | Due | Deadline | Status |\n|---|---|---|---|---|---|---|\n"
    line = fmt(header + "| 1 | INC-001 | A | Test | Jan 20 | Jan 21 | Todo |\n").text.splitlines()[2]
    assert cells(line)[4:6] == ["2024-01-20", "Jan 21"]


VARIANTS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "variants": lambda text: text.replace("Done |", "**completed** |").replace("Test |", "tests |"),
    "dates": lambda text: text.replace("Jan 20", "20.01.2024").replace("Jan 18", "18/01/2024"),
    "wide": lambda text: text.replace("Add test", "日本 ✅ `x\\|y`"),
    "translated": lambda text: text.replace("Incident", "incident id").replace("---", ":--:"),
}
TEXTS = st.builds(
    lambda text, variant: VARIANTS[variant](text), pages(LINES, FENCES), st.sampled_from(sorted(VARIANTS))
)


@given(TEXTS)
def test_formatting_twice_is_formatting_once(text: str) -> None:
    once = fmt(text)
    twice = fmt(once.text)
    assert twice.text == once.text
    assert twice.changes == ()
    assert len(twice.left) == len(once.left)


@given(TEXTS)
def test_the_actions_read_are_the_same_before_and_after(text: str) -> None:
    assert actions(fmt(text).text) == actions(text)


@given(TEXTS)
def test_no_line_changes_outside_of_backlog_tables(text: str) -> None:
    """The parser itself is asked which lines are table lines; the number of lines and their ends stay."""
    result = fmt(text).text
    tokens = MarkdownIt("commonmark").enable("table").parse(text.replace("\ufeff", " "))
    in_tables = {line for token in tokens if token.type == "table_open" and token.map for line in range(*token.map)}
    before, after = split(text), split(result)
    assert len(before) == len(after)
    changed = {index for index, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}
    assert changed <= in_tables
    assert (result != text) == bool(fmt(text).changes)


def split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@given(st.text(st.sampled_from("|-:\n\r\t `~<>!#*[]()\\\f\u2028\ufeffPTI1,a") | st.characters()))
def test_any_text_can_be_formatted(text: str) -> None:
    assert fmt(fmt(text).text).text == fmt(text).text


@given(st.text(), st.text())
def test_width_is_additive(left: str, right: str) -> None:
    assert display_width(left + right) == display_width(left) + display_width(right)
