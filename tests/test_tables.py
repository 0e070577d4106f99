"""Markdown tables, and the structure lint: nothing that looks like a row may vanish."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_prevention.model import Action, Backlog, Category, Priority, Status
from pytest_prevention.sources.backlog.reader import Known, parse_actions
from pytest_prevention.sources.backlog.tables import Kind, is_delimiter, scan, split_cells
from pytest_prevention.sources.backlog.words import Words

HEADER = "| # | Incident | Action | Category | Priority | Status | Due | Done |\n"
DASHES = "|---|----------|--------|----------|----------|--------|-----|------|\n"
PATTERNS = "| Pattern | Incidents |\n|---------|-----------|\n| Deploy breaks endpoint | INC-001, INC-002 |\n"
ANCHORS = {f"INC-{number:03d}": date(2024, 1, 10) for number in range(1, 100)}
MALFORMED = "backlog-row-malformed"


def row(number: int, action: str = "Add test") -> str:
    return f"| {number} | INC-{number:03d} | {action} {number} | Test | P1 | Done | Jan 20 | Jan 18 |\n"


R1, R2, R3 = row(1), row(2), row(3)
TABLE = HEADER + DASHES + R1


def read(text: str) -> Backlog:
    return parse_actions(text, "b.md", Words(), anchors=ANCHORS)


def as_well_formed(action: Action) -> bool:
    """Whether the action says what its row says."""
    number = action.number
    return (
        number is not None
        and action.incident == f"INC-{number:03d}"
        and action.text == f"Add test {number}"
        and (action.category, action.priority, action.status) == (Category.TEST, Priority.P1, Status.DONE)
        and (action.due, action.done) == (date(2024, 1, 20), date(2024, 1, 18))
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(TABLE + "\n" + R2, [5], id="blank line between rows"),
        pytest.param(TABLE + "\n" + R2 + R3, [5], id="one problem for all rows below a blank line"),
        pytest.param(TABLE + "\n" + R2 + "\n" + R3, [5, 7], id="a problem for each blank line"),
        pytest.param(TABLE + "<!-- note -->\n" + R2, [5], id="comment between rows"),
        pytest.param(TABLE + "<!--\nnote\n-->\n" + R2, [7], id="comment of several lines between rows"),
        pytest.param(TABLE + "<!-- note -->" + R2, [4], id="row behind a comment in its line"),
        pytest.param(TABLE + "\n" + R2.strip("| \n") + "\n", [5], id="row without outer pipes"),
        pytest.param(TABLE + "\n- " + R2, [5], id="row in a list"),
        pytest.param(TABLE + "\n> " + R2, [5], id="row in a quote"),
        pytest.param(HEADER + "|---|---|\n" + R1 + R2, [1], id="header and dashes of different width"),
        pytest.param("> " + HEADER + "> |---|---|\n> " + R1 + "> " + R2, [1], id="the same in a quote"),
        pytest.param(HEADER + R1, [1], id="no dashes"),
        pytest.param(HEADER + "\n" + DASHES + R1, [1, 4], id="blank line between header and dashes"),
        pytest.param(HEADER + DASHES + "\n" + R1 + R2, [4], id="blank line under the dashes"),
        pytest.param(HEADER + R1 + DASHES + R2, [1, 2], id="dashes below the first row"),
        pytest.param(R1 + DASHES + R2, [1], id="row in the place of the header"),
        pytest.param(R1 + R2, [1], id="no header"),
        pytest.param("# Title\n\n" + R1 + R2, [3], id="no header under a heading"),
        pytest.param(TABLE + "    " + R2, [4], id="indented by four spaces"),
        pytest.param(TABLE + "\t" + R2, [4], id="indented by a tab"),
        pytest.param("".join("    " + line + "\n" for line in TABLE.splitlines()), [1], id="all indented"),
        pytest.param("```\n" + TABLE + R2, [2], id="fence that is never closed"),
        pytest.param("~~~text\n" + TABLE + "```\n", [2], id="fence closed by the wrong mark"),
        pytest.param("```\n" + TABLE + "\n```text\n" + R2 + "```\n\n```\nx\n", [2, 7], id="one fence too many"),
        pytest.param("- ```\n  " + "  ".join(TABLE.splitlines(keepends=True)), [2], id="open fence in a list"),
        pytest.param("<!--\n" + TABLE, [2], id="comment that is never closed"),
        pytest.param("<!-- a\n" + TABLE + "\n<!-- b -->\n", [2], id="comment swallowed by the next comment"),
        pytest.param("<!--\n" + TABLE + "--\\>\n", [2], id="comment with a broken end"),
        pytest.param("<details>\n" + TABLE + "</details>\n", [2], id="raw HTML"),
        pytest.param("<pre>\n" + TABLE + "</pre>\n", [2], id="preformatted HTML"),
        pytest.param("<b>\n" + TABLE + "</b>\n", [2], id="raw HTML of another kind"),
        pytest.param(TABLE + HEADER + DASHES + R2, [4], id="second header under a table"),
        pytest.param(TABLE + HEADER + R2, [4], id="second header without dashes"),
        pytest.param(PATTERNS + HEADER + DASHES + R1, [4], id="backlog header under another table"),
        pytest.param(PATTERNS + R1, [4], id="row under another table"),
        pytest.param(PATTERNS + "\n" + R1, [5], id="row in no table below another table"),
        pytest.param(HEADER.replace("Incident", "Incidnt") + DASHES + R1 + R2, [3], id="mistyped header"),
        pytest.param(HEADER.replace("Incident", "Vorfall") + DASHES + R1, [3], id="header in another language"),
        pytest.param(TABLE + "\n" + R2 + "---\n", [5], id="row that becomes a heading"),
        pytest.param("\ufeff" + TABLE, [1], id="byte order mark"),
        pytest.param("\ufeff" + R1, [1, 1], id="byte order mark and no header"),
        pytest.param(TABLE + "\n\ufeff" + HEADER + DASHES + R2, [5], id="byte order mark in the middle"),
        pytest.param((TABLE + R2).replace("\n", "\r"), [1], id="carriage returns alone"),
        pytest.param(TABLE + "\f" + R2, [4], id="form feed before a row"),
        pytest.param(TABLE + "\f\n" + R2, [5], id="form feed between rows"),
        pytest.param(TABLE.rstrip() + "\u2028" + R2, [3, 3], id="two rows with a line separator between"),
        pytest.param(TABLE.rstrip() + "\v" + R2, [3, 3], id="two rows with a vertical tab between"),
        pytest.param(TABLE.rstrip() + "\x85" + R2, [3, 3], id="two rows with a next line between"),
    ],
)
def test_a_row_that_markdown_does_not_see_is_told_and_read(text: str, lines: list[int]) -> None:
    """It is told in its own line, with something to do, and its action is the one that the row describes."""
    backlog = read(text)
    rows = [line for line in text.replace("\r", "\n").splitlines() if "INC-0" in line and "Add test" in line]
    assert len(backlog.actions) == len(rows)
    assert all(as_well_formed(action) for action in backlog.actions)
    assert [problem.location.line for problem in backlog.problems] == lines
    assert {problem.kind for problem in backlog.problems} == {MALFORMED}
    assert all(problem.message and problem.hint for problem in backlog.problems)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("| 2 | INC-002 | Add test 2 | Test | P1 | Done | Jan 20 |", "7 cells, its header has 8"),
        ("| 2 | INC-002 | Add test 2 |", "3 cells, its header has 8"),
        ("| INC-002 | Add test 2 | Test | P1 | Done | Jan 20 | Jan 18 |", "7 cells, its header has 8"),
        ("| 2 | INC-002 | Add test 2 | and more | Test | P1 | Done | Jan 20 | Jan 18 |", "9 cells, its header has 8"),
        ("| 2 | INC-002 | Add test 2 | Test | P1 | Done | Jan 20 | Jan 18 | <!-- note -->", "9 cells"),
        ("2 | INC-002 | Add test 2 | Test", "4 cells, its header has 8"),
        ("| INC-002 | Add test 2 |", "2 cells, its header has 8"),
        ("| x | 2 | INC-002 | Add test 2 | Test | P1 | Done | Jan 20 |", "do not stand under their headers"),
        ("| INC-002 | Add test 2 | Test | P1 | Done | Jan 20 | Jan 18 | — |", "do not stand under their headers"),
    ],
)
def test_a_row_with_the_wrong_number_of_cells_is_read_by_its_words(written: str, message: str) -> None:
    backlog = read(TABLE + written + "\n" + R3)
    assert [action.incident for action in backlog.actions] == ["INC-001", "INC-002", "INC-003"]
    action = backlog.actions[1]
    assert action.text == "Add test 2"
    assert action.category is (Category.TEST if "Test |" in written + " |" else None)
    assert action.priority in (Priority.P1, None)
    (problem,) = backlog.problems
    assert (problem.kind, problem.location.line) == (MALFORMED, 4)
    assert message in problem.message


OWNED = "| # | Incident | Action | Owner | Category | Priority | Status | Done | Due |\n|---" + "|---" * 8 + "|\n"


@pytest.mark.parametrize(
    ("written", "owner", "text", "done"),
    [
        ("| 2 | INC-002 | Add test 2 | Ann | Test | P1 | Done | Jan 18 |", "Ann", "Add test 2", date(2024, 1, 18)),
        ("| 2 | INC-002 | Add test 2 | Ann | Test | TBD | — | Jan 18 |", "Ann", "Add test 2", date(2024, 1, 18)),
        ("| 2 | — | Add test 2 | Ann | Test | P1 | Done | 2024-01-18 |", "Ann", "Add test 2", date(2024, 1, 18)),
        ("| 2 | INC-002 | 5` deep | Ann | Test | P1 | Done | Jan 18 |", "Ann", "5` deep", date(2024, 1, 18)),
        ("| 2 | INC-002 | `a|b|c` | Ann | Test | P1 | Done | Jan 18 | — |", "Ann", "`a|b|c`", date(2024, 1, 18)),
        ("| INC-002 | Add test 2 | Ann | Test | P1 | Done | Jan 18 |", "", "Add test 2", date(2024, 1, 18)),
        ("| INC-002 | — | Add test 2 | Test | P1 | Done | Jan 18 |", "", "Add test 2", date(2024, 1, 18)),
        ("| Add test 2 | INC-002 | Test | P1 | Done | Jan 18 |", "", "Add test 2", date(2024, 1, 18)),
        ("| INC-002 | New: add test 2 | Test | P1 | Done | Jan 18 |", "", "New: add test 2", date(2024, 1, 18)),
        ("| INC-002 | Add test 2 | Tset | Test | P1 | Done |", "", "Add test 2", None),
    ],
)
def test_cells_stay_under_their_headers_as_long_as_their_words_fit(
    written: str, owner: str, text: str, done: date | None
) -> None:
    """Where one is out of place none is trusted by its place; dates come in the order of the header."""
    backlog = read(OWNED + written + "\n")
    (action,) = backlog.actions
    assert (action.owner, action.text, action.done) == (owner, text, done)
    assert action.due is None
    assert {problem.kind for problem in backlog.problems} == {MALFORMED}


def test_the_reason_of_a_dropped_action_is_not_lost_in_a_shifted_row() -> None:
    action = read(TABLE + "| INC-002 | Add test 2 | Test | P1 | Dropped: why not |\n").actions[1]
    assert (action.status, action.reason) == (Status.DROPPED, "why not")


def test_the_one_date_of_a_shifted_row_belongs_to_the_one_column_of_dates() -> None:
    header = "| # | Incident | Action | Category | Completed | Verified |\n|---" + "|---" * 5 + "|\n"
    action = read(header + "| INC-002 | Add test 2 | Test | Jan 18 |\n").actions[0]
    assert (action.due, action.done, action.status) == (None, date(2024, 1, 18), Status.DONE)
    assert action.priority is None


def test_a_shifted_row_whose_priority_is_lost_counts_as_p1() -> None:
    """No typing error makes an action less urgent."""
    shifted = read(TABLE + "| INC-002 | Add test 2 | Test | Done |\n").actions[1]
    assert (shifted.category, shifted.priority, shifted.status) == (Category.TEST, Priority.P1, Status.DONE)


def test_a_pipe_inside_code_is_told_with_its_column_and_the_row_is_mended() -> None:
    backlog = read(TABLE + "| 2 | INC-002 | Run `a|b` 2 | Test | P1 | Done | Jan 20 | Jan 18 |\n")
    assert backlog.actions[1].text == "Run `a|b` 2"
    assert backlog.actions[1].done == date(2024, 1, 18)
    (problem,) = backlog.problems
    assert "a pipe inside code" in problem.message
    assert "\\|" in problem.hint
    assert (problem.location.line, problem.location.column) == (4, 17)


def test_an_invisible_line_end_inside_a_cell_is_told_with_its_column() -> None:
    backlog = read(HEADER + DASHES + row(1).replace("test", "te\u2028st"))
    assert [action.text for action in backlog.actions] == ["Add te\u2028st 1"]
    (problem,) = backlog.problems
    assert "U+2028" in problem.message
    assert (problem.location.line, problem.location.column) == (3, 23)


OTHER = "| Pattern | Root |\n|---|---|\n| Deploy | x |\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TABLE + "\n" + R2, "the blank line above it ends the table"),
        (TABLE + "<!-- note -->\n" + R2, "the comment above it ends the table"),
        (TABLE + "> " + R2, "no header with a row of dashes below it stands above"),
        (R1 + "\n", "no header with a row of dashes below it stands above"),
        (R1 + "\n<!-- x -->\n", "no header with a row of dashes below it stands above"),
        (TABLE + "| 2 | INC-002 | 5` deep |\n", "this row has 3 cells, its header has 8"),
        (TABLE + "    " + R2, "indented by four columns or more"),
        ("<div>\n" + TABLE, "raw HTML"),
        (TABLE + "\n" + R2 + "---\n", "takes this row for a heading"),
        ("Text\n\n```\n" + TABLE, "the fence opened in line 3 is never closed"),
        ("Text\n\n<!-- x -->\n<!--\n" + TABLE, "the HTML comment opened in line 4, which is never closed"),
        ("<div>\n\n<b>\n<!-- <!--\n-->\n" + TABLE, "stands in raw HTML"),
        (HEADER + R1, "no row of dashes stands right below this header"),
        (HEADER + "|---|---|\n" + R1, "has 8 cells, the row of dashes below it 2"),
        (TABLE + HEADER + DASHES + R2, "this header stands inside a table"),
        (TABLE + OTHER, "this header stands inside a table"),
        (OTHER + TABLE, "this header stands inside a table"),
        (OTHER + R1, "has not both an Incident and an Action column"),
        (R1 + DASHES + R2, "takes this row for a header"),
        (TABLE + "Reviewed weekly.\n", "takes this line for a row of the table above it"),
        (TABLE + "| 2 |\n", "this row has 1 cell, its header has 8"),
        ("\ufeff" + HEADER + DASHES, "byte order mark"),
        (HEADER.replace("\n", "\r") + DASHES, "a carriage return alone"),
    ],
)
def test_each_problem_says_what_has_happened(text: str, message: str) -> None:
    (problem,) = read(text).problems
    assert message in problem.message
    assert ("inside code" in problem.message) == ("inside code" in message)


def test_what_to_do_depends_on_whether_cells_are_missing_or_too_many() -> None:
    few, many = read(TABLE + "| 2 | INC-002 |\n" + R3.replace("|\n", "| x | y |\n")).problems
    assert "an empty cell is written —" in few.hint
    assert "\\|" in many.hint


def test_a_long_cell_is_not_repeated_whole() -> None:
    (problem,) = read(HEADER + DASHES + R1.replace("Test |", "x" * 1000 + " |")).problems
    assert len(problem.message) < 120


def test_lines_in_messages_count_from_the_first_line_of_the_file() -> None:
    text = "Text\n\n```\n" + TABLE
    (problem,) = parse_actions(text, "p.md", Words(), anchors=ANCHORS, first_line=11).problems
    assert "opened in line 13" in problem.message
    assert problem.location.line == 14


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TABLE + "\n| Pattern | Root |\n|---|\n| Deploy | x |\n", id="broken table of another kind"),
        pytest.param(OTHER + "| Time | Event |\n|---|---|\n| 10:00 | y |\n\n" + TABLE, id="header in another table"),
        pytest.param(TABLE + "\n" + OTHER + "Prose right below.\n", id="prose under another table"),
        pytest.param(TABLE + "\nPiped |\n", id="prose that ends with a pipe"),
    ],
)
def test_what_is_wrong_with_other_tables_is_not_our_business(text: str) -> None:
    backlog = read(text)
    assert backlog.problems == ()
    assert [action.number for action in backlog.actions] == [1]


def test_the_rows_of_another_table_glued_below_are_no_actions() -> None:
    assert [action.number for action in read(TABLE + OTHER).actions] == [1]


def test_the_encoding_of_a_file_without_a_backlog_table_is_not_our_business() -> None:
    assert read("\ufeff# Title | x\r\rText\r").problems == ()


def test_each_of_several_rows_that_become_one_heading_is_read() -> None:
    assert [action.number for action in read(TABLE + "\n" + R2 + R3 + "---\n").actions] == [1, 2, 3]


COMPLETED = "| 2 | INC-002 | Add test 2 | Test | 2024-01-18 | yes |\n"


def test_without_a_header_an_incident_and_a_word_of_ours_make_a_row() -> None:
    (action,) = read(COMPLETED).actions
    assert (action.incident, action.priority) == ("INC-002", Priority.P1)
    assert [problem.location.line for problem in read(COMPLETED).problems] == [1]


def test_below_a_backlog_table_it_needs_no_outer_pipes_either() -> None:
    assert len(read(TABLE + "\n" + COMPLETED.strip("| \n")).actions) == 2


def test_in_a_post_mortem_a_row_above_dashes_is_no_header() -> None:
    header, body = "| # | Action | Category | Priority |\n|---|---|---|---|\n", "| 1 | Add test | Test | P1 |\n"
    text = header + body + "|---|---|---|---|\n"
    assert len(parse_actions(text, "p.md", Words(), incident="INC-001").actions) == 1


def test_below_another_table_a_row_must_say_more_to_be_ours() -> None:
    """There an incident and one of our words can stand for anything."""
    assert read(OTHER + "\n" + COMPLETED).actions == ()
    assert read(OTHER + COMPLETED).actions == ()


def test_in_a_post_mortem_a_stray_line_must_say_more_to_be_ours() -> None:
    line = "| 10:20 | INC-002 | Resolved |\n"
    assert parse_actions(line, "p.md", Words(), incident="INC-001").actions == ()
    assert len(parse_actions(R1, "p.md", Words(), incident="INC-001").actions) == 1


def test_whatever_stands_in_a_backlog_table_is_a_row() -> None:
    assert len(read(TABLE + "x | y\n").actions) == 2


def test_a_line_with_a_single_pipe_below_a_table_is_no_row() -> None:
    assert read(TABLE + "\n| quoted\n").problems == ()


def test_each_table_with_a_wrong_header_is_told() -> None:
    wrong = HEADER.replace("Incident", "Incidnt") + DASHES
    assert [problem.location.line for problem in read(wrong + R1 + R2 + "\n" + wrong + R3).problems] == [3, 8]


def test_a_row_that_reads_like_a_header_is_none_where_its_incident_stands_under_its_header() -> None:
    """An action may be called Action, and a category Incident."""
    actions = read(TABLE + "| 2 | INC-002 | Action | Incident | P1 | Todo | Jan 20 | — |\n" + R3).actions
    assert [(action.incident, action.text) for action in actions][1:] == [
        ("INC-002", "Action"),
        ("INC-003", "Add test 3"),
    ]


def test_a_row_above_dashes_is_no_header_though_its_cells_are_empty() -> None:
    backlog = read(TABLE + "| 2 | INC-002 | Add test 2 | — | — | — | — | — |\n" + DASHES + R3)
    assert [action.number for action in backlog.actions] == [1, 2, 3]


def test_prose_right_under_a_table_is_told_and_is_no_action() -> None:
    backlog = read(TABLE + "Reviewed weekly.\n")
    assert [action.number for action in backlog.actions] == [1]
    assert [(problem.kind, problem.location.line) for problem in backlog.problems] == [(MALFORMED, 4)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TABLE + R2, id="plain"),
        pytest.param((TABLE + R2).rstrip("\n"), id="no line end at the end of the file"),
        pytest.param((TABLE + R2).replace("\n", "\r\n"), id="Windows"),
        pytest.param(TABLE + "\n" + HEADER + DASHES + R2, id="two tables"),
        pytest.param("> " + "> ".join((TABLE + R2).splitlines(keepends=True)), id="quote"),
        pytest.param("- x\n  - " + "    ".join((TABLE + R2).splitlines(keepends=True)), id="list in a list"),
        pytest.param("Text right above\n" + TABLE + R2, id="under a paragraph"),
        pytest.param("<details>\n\n" + TABLE + R2 + "\n</details>\n", id="HTML with blank lines"),
        pytest.param("```\nx\n```\n" + TABLE + R2, id="under a fence"),
        pytest.param("<!-- x -->\n" + TABLE + R2, id="under a comment"),
        pytest.param(TABLE + "| | | | | | | | |\n| — | — | — | — | — | — | — | — |\n" + R2, id="rows of nothing"),
        pytest.param(TABLE + "|||\n" + R2, id="short row of nothing"),
        pytest.param(TABLE + DASHES + R2, id="row of dashes between rows"),
        pytest.param("".join(line.strip("|\n") + "\n" for line in (HEADER, DASHES, R1, R2)), id="no outer pipes"),
        pytest.param(TABLE + row(2).replace("test", "\\| test").replace("\\| ", ""), id="nothing escaped"),
    ],
)
def test_a_well_formed_table_is_read_without_problems(text: str) -> None:
    backlog = read(text)
    assert backlog.problems == ()
    assert [action.number for action in backlog.actions] == [1, 2]
    assert all(as_well_formed(action) for action in backlog.actions)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("```\n" + TABLE + "```\n", id="closed fence"),
        pytest.param("~~~~\n```\n" + TABLE + "~~~~\n", id="fence mark inside a fence"),
        pytest.param("<!--\n" + TABLE + "-->\n", id="closed comment"),
        pytest.param("<!-- " + R1.strip() + " -->\n", id="comment in one line"),
        pytest.param("<div>\n<!--\n" + TABLE + "-->\n</div>\n", id="closed comment in HTML"),
        pytest.param(PATTERNS, id="another table"),
        pytest.param(PATTERNS + "\n| Detection is slow | INC-003 |\n", id="broken table of another kind"),
        pytest.param("| Check | Frequency | Action |\n|---|---|---|\n| Progress | Weekly | Review |\n", id="cadence"),
        pytest.param("| Incident | Status |\n|---|---|\n| INC-001 | Done |\n", id="table of incidents"),
        pytest.param("Use `grep INC-001 | wc -l`, or a | b.\n", id="prose with pipes"),
        pytest.param("INC-001 | INC-002 | INC-003\n", id="list of incidents with pipes"),
        pytest.param("| P1 | urgent |\n", id="legend"),
        pytest.param("", id="empty"),
        pytest.param("\n\n", id="blank"),
        pytest.param("|", id="one pipe"),
    ],
)
def test_examples_other_tables_and_prose_are_no_rows(text: str) -> None:
    assert read(text) == Backlog(path="b.md")
    backlog = read(TABLE + "\n## Below\n\n" + text)
    assert [action.number for action in backlog.actions] == [1]
    assert backlog.problems == ()


def test_prose_with_pipes_under_a_backlog_table_is_no_row() -> None:
    backlog = read(TABLE + "\nUse `grep INC-001 | wc -l`, or a | b.\n")
    assert [action.number for action in backlog.actions] == [1]
    assert backlog.problems == ()


def test_a_header_is_forgotten_at_the_next_heading() -> None:
    """A stray line with pipes under another heading belongs to no backlog table any more."""
    art = "| o | o |\n"
    assert len(read(TABLE + "\n" + art).actions) == 2
    assert len(read(TABLE + "\n## Art\n\n" + art).actions) == 1
    assert len(read(TABLE + "\nArt\n===\n\n" + art).actions) == 1


def test_each_line_knows_what_markdown_takes_it_for() -> None:
    page = scan("# T\n\n| a |\n|---|\n| b |\n\n    code\n\n```\nx\n```\n<div>\n<!-- | c | --> d\n")
    assert [block.kind.name for block in page.blocks] == [
        *("HEADING", "TEXT", "TABLE", "TABLE", "TABLE", "TEXT", "INDENTED"),
        *("TEXT", "EXAMPLE", "EXAMPLE", "EXAMPLE", "HTML", "HTML"),
    ]
    assert page.visible[-1] == " d"
    assert page.lines[-1] == "<!-- | c | --> d"


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        *[("", []), ("|", []), ("||", [""]), ("a", ["a"]), ("| a | b |", [" a ", " b "]), ("a|b", ["a", "b"])],
        *[("| a\\| b |", [" a\\| b "]), (r"|a\\|b|", [r"a\\|b"]), ("| `a|b` |", [" `a", "b` "]), ("|a||", ["a", ""])],
    ],
)
def test_a_row_is_split_at_its_bare_pipes(row: str, cells: list[str]) -> None:
    assert split_cells(row) == cells


@pytest.mark.parametrize("row", ["|---|---|", "---|---", "| :-- | --: |", "|:-:|", "| -- | -- |", "|\t---\t|"])
def test_these_are_dashes_below_a_header(row: str) -> None:
    assert is_delimiter(row)


@pytest.mark.parametrize("row", ["---", "", "|", "| | |", "| - | - |", "| --- | x |", "-----"])
def test_these_are_no_dashes_below_a_header(row: str) -> None:
    assert not is_delimiter(row)


CELLS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85")), max_size=5
)


@given(CELLS)
def test_cells_are_split_where_gfm_splits_them(cells: list[str]) -> None:
    """The parser's own cells are the oracle, backslashes and pipes in the text included."""
    line = "| x | " + " | ".join(cells)
    count = len(split_cells(line))
    table = line + "\n" + "|" + "---|" * count + "\n"
    tokens = MarkdownIt("commonmark").enable("table").parse(table)
    headers = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "th_open"]
    assert [cell.strip().replace("\\|", "|") for cell in split_cells(line)] == [header.strip() for header in headers]


LINES = st.sampled_from(
    [
        *(
            "",
            "",
            "text",
            "a | b",
            "# Heading",
            "---",
            "===",
            "- item",
            "> quote",
            "1. one",
            "\t",
            "\f",
            "\u2028",
            "\\|",
        ),
        *(
            "<div>",
            "</div>",
            "<pre>",
            "</b>",
            "[a]: b",
            "**x**",
            "| a | b |",
            "|---|---|",
            "| | |",
            "| Pattern | Incidents |",
        ),
    ]
)
FENCES = st.sampled_from(
    ["```", "~~~", "~~~~", "``` text", "<!--", "-->", "<!-- x -->", "<!-- <!-- -->", "<![CDATA[", "<?"]
)
MARKS = st.sampled_from(["", "", "", "", " ", "   ", "    ", "\t", "> ", "- ", "  ", "> - ", "\ufeff", "<!-- x -->"])
TABLE_LINES = st.sampled_from([HEADER.strip(), DASHES.strip(), "ROW", "ROW", "ROW", "ROW", "SHORT", "BARE"])


@st.composite
def pages(draw: st.DrawFn, *others: st.SearchStrategy[str]) -> str:
    """A text of table lines in any order, with marks before them and other lines between; its rows are numbered."""
    lines = []
    parts = draw(st.lists(st.tuples(MARKS, st.one_of(TABLE_LINES, TABLE_LINES, TABLE_LINES, *others)), max_size=25))
    for number, (marks, line) in enumerate(parts, 1):
        whole = row(number).strip()
        rows = {"ROW": whole, "SHORT": whole.rpartition(" Jan")[0], "BARE": whole.strip("| ")}
        lines.append(marks + rows.get(line, line))
    return draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"])).join(lines)


def numbered_rows(text: str) -> list[int]:
    return [int(part[:3]) for part in text.split("INC-")[1:]]


def read_numbers(text: str) -> list[int]:
    return [int(action.incident[4:]) for action in read(text).actions if action.incident.startswith("INC-")]


@given(pages(LINES))
def test_without_fences_and_comments_no_row_vanishes(text: str) -> None:
    """Whatever stands around it and however it is indented: each row yields its action, once, in order."""
    assert read_numbers(text) == numbered_rows(text)


@given(pages(LINES, FENCES))
def test_a_row_vanishes_only_inside_a_closed_fence_or_comment(text: str) -> None:
    """The rest are read, each once and in order."""
    found = read_numbers(text)
    hidden = [number for number in numbered_rows(text) if number not in found]
    assert found == [number for number in numbered_rows(text) if number in found]
    for number in hidden:
        before, after = text.split(f"INC-{number:03d}")
        in_comment = "<!--" in before and "-->" in after
        assert in_comment or any(mark in before and mark in after for mark in ("```", "~~~"))


@given(pages(LINES, FENCES))
def test_markdown_and_we_see_the_same_tables(text: str) -> None:
    """Of every table that the parser shows as such, we have the same number of rows."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text.removeprefix("\ufeff"))
    assert our_rows(text) == [token.map[0] for token in tokens if token.type == "tr_open" and token.map]


@given(st.lists(pages(LINES, FENCES), min_size=2, max_size=3), st.sampled_from([None, "INC-001"]))
@example([TABLE, TABLE.replace("Due | Done", "Done | Due")], None)
@example([TABLE.replace("P1", "P0"), "> " + TABLE.replace("P1", "P0").replace("\n", "\n> ")], None)
def test_what_is_known_of_other_texts_changes_nothing(texts: list[str], incident: str | None) -> None:
    """Texts that share lines, read one after the other, give what each of them gives alone."""
    known = Known()
    for text in texts:
        alone = parse_actions(text, "b.md", Words(), incident=incident, anchors=ANCHORS)
        assert parse_actions(text, "b.md", Words(), incident=incident, anchors=ANCHORS, known=known) == alone


def test_a_known_row_is_read_again_for_another_anchor() -> None:
    """The same line means another year once its incident has another date."""
    known, text = Known(), f"{HEADER}{DASHES}{row(1)}"
    days = []
    for year in (2023, 2024, 2023):
        anchors = {"INC-001": date(year, 3, 1)}
        (action,) = parse_actions(text, "b.md", Words(), anchors=anchors, known=known).actions
        days.append(action.due)
    assert days == [date(2024, 1, 20), date(2025, 1, 20), date(2024, 1, 20)]


def test_markdown_reads_no_further_where_too_many_cells_are_left_out() -> None:
    """A table whose rows lack 65,536 cells together ends there, so that no short text becomes a huge table."""
    text = f"|{'a|' * 1_000}\n|{'-|' * 1_000}\n" + "| x |\n" * 100
    assert our_rows(text) == [0, *range(2, 67)]


def our_rows(text: str) -> list[int]:
    blocks = enumerate(scan(text).blocks)
    return [index for index, block in blocks if block.kind is Kind.TABLE and index != block.first + 1]


@given(pages(LINES, FENCES))
def test_a_row_without_a_problem_is_one_that_markdown_shows(text: str) -> None:
    """What we read without complaint everybody else sees in a table, too."""
    backlog = read(text)
    page = scan(text)
    if not any(problem.kind == MALFORMED for problem in backlog.problems):
        for action in backlog.actions:
            assert page.blocks[action.location.line - 1].kind is Kind.TABLE
