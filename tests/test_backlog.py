"""Reading the backlog: fields, words, keys, evidence."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import (
    Action,
    Backlog,
    Category,
    Evidence,
    Incident,
    Incidents,
    Location,
    Priority,
    Status,
)
from pytest_prevention.sources.backlog.reader import parse_actions, read_backlog
from pytest_prevention.sources.backlog.tables import scan, split_cells
from pytest_prevention.sources.backlog.words import Column, Words, is_missing
from pytest_prevention.sources.files import MAX_BYTES
from pytest_prevention.sources.policy_file import load_policy, preset
from tests.test_tables import FENCES, LINES, pages

DATA = Path(__file__).parent / "data" / "backlog"
DOCS = Path(__file__).parents[1] / "docs" / "backlog.md"
ANCHORS = {"INC-001": date(2024, 1, 17), "INC-002": date(2024, 1, 17)}
HEADER = "| # | Incident | Action | Category | Priority | Status | Due | Done |\n|---|---|---|---|---|---|---|---|\n"
DUPLICATE, INVALID = "action-duplicate", "backlog-field-invalid"


def read(text: str) -> Backlog:
    return parse_actions(text, "b.md", Words(), anchors=ANCHORS)


def read_row(row: str, more: str = "") -> Backlog:
    """A backlog of one row; ``more`` are further headers, with a bar before each."""
    dashes = "|---" * (8 + more.count("|"))
    header = "| # | Incident | Action | Category | Priority | Status | Due | Done "
    return read(f"{header}{more}|\n{dashes}|\n{row}\n")


def told(backlog: Backlog) -> list[str]:
    return [f"{problem.kind} {problem.location} {problem.message}" for problem in backlog.problems]


def doc_table(title: str) -> list[list[str]]:
    """The rows of the first table under a heading of the documentation."""
    page = scan(DOCS.read_text(encoding="utf-8"))
    heading = page.lines.index(f"## {title}")
    block = next(block for block in page.tables if block.first > heading)
    lines = page.lines[block.first + 2 : block.first + len(block.starts)]
    return [[cell.strip() for cell in split_cells(line)] for line in lines]


def doc_examples(language: str) -> list[str]:
    parts = DOCS.read_text(encoding="utf-8").split(f"```{language}\n")[1:]
    return [part.partition("```")[0] for part in parts]


class TestRealFiles:
    def test_the_seed_is_read_word_for_word(self) -> None:
        """One backlog table among ten, read without problems, and its dates fall into the year of their incidents."""
        backlog = read((DATA / "seed.md").read_text(encoding="utf-8"))
        assert backlog.problems == ()
        assert [(action.key, action.text) for action in backlog.actions] == [
            ("INC-001#1", "Add test for /api/orders"),
            ("INC-001#2", "Add error rate alert"),
            ("INC-002#3", "Add input validation"),
        ]
        assert [action.category for action in backlog.actions] == [Category.TEST, Category.MONITOR, Category.CODE]
        assert [action.priority for action in backlog.actions] == [Priority.P1, Priority.P2, Priority.P1]
        assert [action.status for action in backlog.actions] == [Status.DONE, Status.TODO, Status.IN_PROGRESS]
        assert [action.due for action in backlog.actions] == [date(2024, 1, 20), date(2024, 1, 25), date(2024, 2, 1)]
        assert [action.done for action in backlog.actions] == [date(2024, 1, 18), None, None]

    def test_the_filled_template_is_read_though_its_tables_number_anew(self) -> None:
        """Completed means Done, also as a status; the tables of patterns and metrics are not read."""
        backlog = read((DATA / "template-filled.md").read_text(encoding="utf-8"))
        assert backlog.problems == ()
        assert [action.key for action in backlog.actions] == ["INC-001#1", "INC-002#2", "INC-001#2.1", "INC-002#2.2"]
        assert [action.status for action in backlog.actions] == [
            *(Status.TODO, Status.IN_PROGRESS, Status.DONE, Status.DONE)
        ]
        assert [action.priority for action in backlog.actions] == [Priority.P2, Priority.P1, None, None]
        assert [action.verified for action in backlog.actions] == [None, None, True, False]
        assert [action.done for action in backlog.actions][2:] == [date(2024, 1, 18), date(2024, 1, 20)]

    def test_the_action_table_of_a_post_mortem_implies_its_incident(self) -> None:
        text = (DATA / "post-mortem-filled.md").read_text(encoding="utf-8")
        backlog = parse_actions(
            text, "incidents/INC-001.md", Words(), incident="INC-001", anchors=ANCHORS, first_line=11
        )
        assert backlog.problems == ()
        assert [action.key for action in backlog.actions] == ["INC-001#1", "INC-001#2", "INC-001#3", "INC-001#4"]
        assert {action.owner for action in backlog.actions} == {"orders-team"}
        assert all(action.has_owner_column for action in backlog.actions)
        line = text[: text.index("| 1 |")].count("\n") + 11
        assert backlog.actions[0].location == Location("incidents/INC-001.md", line)
        assert read(text).actions == (), "outside of a post-mortem it is no backlog table"

    def test_a_table_of_events_with_an_action_column_is_no_action_table(self) -> None:
        text = "| Time | Action | Status |\n|---|---|---|\n| 10:20 | Rolled back | Done |\n"
        assert parse_actions(text, "p.md", Words(), incident="INC-001").actions == ()


class TestReadingTheFile:
    def backlog(self, root: Path, text: str, policy: str = "", detected_at: datetime | None = None) -> Backlog:
        (root / "incidents").mkdir()
        (root / "incidents" / "prevention-backlog.md").write_text(text, encoding="utf-8")
        (root / "prevention-policy.yaml").write_text(f'extends: ["preset:standard"]\n{policy}', encoding="utf-8")
        incident = Incident(id="INC-001", title="", location=Location("i"), detected_at=detected_at)
        return read_backlog(root, load_policy(root, codes=()), Incidents((incident,)))

    def test_dates_are_counted_from_the_anchor_of_their_incident(self, tmp_path: Path) -> None:
        row = "| 1 | INC-001 | A | Test | P1 | Done | Dec 30 | Jan 18 |\n"
        backlog = self.backlog(tmp_path, HEADER + row, detected_at=datetime(2024, 1, 17, tzinfo=UTC))
        assert (backlog.actions[0].due, backlog.actions[0].done) == (date(2023, 12, 30), date(2024, 1, 18))

    def test_the_anchor_is_a_day_in_the_zone_of_the_policy(self, tmp_path: Path) -> None:
        """Half past eleven at night in UTC is the next day in Berlin, where the window begins a day later."""
        row = "| 1 | INC-001 | A | Test | P1 | Todo | Dec 18 | — |\n"
        zone = "observation: {timezone: Europe/Berlin}\n"
        backlog = self.backlog(tmp_path, HEADER + row, zone, detected_at=datetime(2023, 1, 17, 23, 30, tzinfo=UTC))
        assert backlog.actions[0].due == date(2023, 12, 18)

    def test_an_incident_without_a_date_is_told(self, tmp_path: Path) -> None:
        backlog = self.backlog(tmp_path, HEADER + "| 1 | INC-001 | A | Test | P1 | Todo | Jan 20 | — |\n")
        assert backlog.actions[0].due is None
        (problem,) = backlog.problems
        assert "no year" in problem.message
        assert "detected_at" in problem.hint

    def test_headers_and_statuses_can_be_translated(self, tmp_path: Path) -> None:
        policy = "\n".join(doc_examples("yaml"))
        header = HEADER.replace("Incident", "**Vorfall**").replace("Action", "maßnahme").replace("Category", "Art")
        rows = "| 1 | INC-001 | A | Test | P1 | Erledigt | — | — |\n| 2 | INC-001 | B | Test | P1 | ✅ | — | — |\n"
        backlog = self.backlog(tmp_path, header + rows + "| 3 | INC-001 | C | Test | P1 | Offen | — | — |\n", policy)
        assert backlog.problems == ()
        assert [action.status for action in backlog.actions] == [Status.DONE, Status.DONE, Status.TODO]

    def test_the_words_of_the_policy_beat_the_built_in_ones(self, tmp_path: Path) -> None:
        row = "| 1 | INC-001 | A | Test | P1 | closed | — | — |\n"
        assert self.backlog(tmp_path, HEADER + row, "statuses: {Dropped: [closed]}").actions[0].status is Status.DROPPED

    def test_a_file_of_five_megabytes_is_read(self, tmp_path: Path) -> None:
        row = "| {0} | INC-001 | Add test {0} " + "x" * 1900 + " | Test | P1 | Todo | — | — |\n"
        text = HEADER + "".join(row.format(number) for number in range(1, 2701))
        assert 5_000_000 < len(text) < MAX_BYTES
        assert len(self.backlog(tmp_path, text).actions) == 2700

    def test_a_file_that_cannot_be_read_is_a_usage_error(self, tmp_path: Path) -> None:
        with pytest.raises(PreventionError, match=r"incidents/prevention-backlog\.md: does not exist"):
            read_backlog(tmp_path, preset("standard"), Incidents())
        with pytest.raises(PreventionError, match="is larger than"):
            self.backlog(tmp_path, "x" * (MAX_BYTES + 1))


class TestFields:
    def test_nothing_said_is_none_and_no_problem(self) -> None:
        """Whether it is allowed is for the rules to say; what counts as nothing is written in many ways."""
        for nothing in ("—", "–", "-", "", "N/A", "n/a", "TBD", "tbd", "?", "**TBD**", "_—_", "\u00a0"):
            more = "| Owner | Verified | Evidence | Reason "
            backlog = read_row("| 1 | INC-001 | A | Test " + f"| {nothing} " * 8 + "|", more)
            assert backlog.problems == ()
            (action,) = backlog.actions
            assert (action.priority, action.status, action.due, action.done) == (None, None, None, None)
            assert (action.owner, action.verified, action.evidence, action.reason) == ("", None, (), "")

    def test_a_row_of_no_incident_is_kept_for_the_rule_that_reports_it(self) -> None:
        backlog = read_row("| 1 | TBD | A | Test | P1 | Todo | — | — |")
        assert backlog.problems == ()
        assert (backlog.actions[0].key, backlog.actions[0].incident) == ("#1", "")

    def test_what_cannot_be_read_is_told_with_its_column_and_what_to_write(self) -> None:
        backlog = read_row("| x | INC_1 | A | Tset | PP | Doen | 04/05/2024 | Jan 32 |")
        assert told(backlog) == [
            f'{INVALID} b.md:3:3 # "x" is no row number',
            f'{INVALID} b.md:3:7 Incident "INC_1" is not the id of one incident',
            f'{INVALID} b.md:3:19 Category "Tset" is not one of its words',
            f'{INVALID} b.md:3:26 Priority "PP" is not one of its words',
            f'{INVALID} b.md:3:31 Status "Doen" is not one of its words',
            f'{INVALID} b.md:3:38 Due "04/05/2024" can be read in two ways',
            f'{INVALID} b.md:3:51 Done "Jan 32" is no day of the calendar',
        ]
        hints = [problem.hint for problem in backlog.problems]
        assert "did you mean Test?" in hints[2]
        assert hints[3] == "write P1, P2, P3 or P4"
        assert "did you mean Done?" in hints[4]
        assert {problem.subject for problem in backlog.problems} == {"INC_1#?"}

    def test_columns_are_counted_behind_the_marks_of_a_quote(self) -> None:
        text = "".join(
            "> " + line for line in (HEADER + "| x | INC-001 | A | Test | P1 | Todo | — | — |\n").splitlines(True)
        )
        assert [str(problem.location) for problem in read(text).problems] == ["b.md:3:5"]

    def test_an_invalid_priority_counts_as_p1(self) -> None:
        """A typing error must not make an action less urgent; a table without the column says nothing about it."""
        assert read_row("| 1 | INC-001 | A | Test | urgent | Todo | — | — |").actions[0].priority is Priority.P1
        assert read_row("| 1 | INC-001 | A | Test | TBD | Todo | — | — |").actions[0].priority is None
        header = "| # | Incident | Action | Category | Status |\n|---|---|---|---|---|\n"
        assert read(header + "| 1 | INC-001 | A | Test | Todo |\n").actions[0].priority is None

    def test_an_action_without_a_category_or_text_is_told_here(self) -> None:
        """No other rule would notice: without a category it falls under none of them."""
        assert told(read_row("| 1 | INC-001 | — | TBD | P1 | Todo | — | — |")) == [
            f"{INVALID} b.md:3:17 Action is empty",
            f"{INVALID} b.md:3:21 Category is empty",
        ]

    def test_a_done_date_belongs_to_done_rows(self) -> None:
        for status in ("Todo", "In progress", "Blocked", "Dropped: no need"):
            (problem,) = read_row(f"| 1 | INC-001 | A | Test | P1 | {status} | — | Jan 18 |").problems
            assert problem.kind == INVALID
            assert "Done 2024-01-18 is filled in" in problem.message
        assert read_row("| 1 | INC-001 | A | Test | P1 | Done | — | Jan 18 |").problems == ()

    @pytest.mark.parametrize(
        ("cell", "incident"),
        [
            ("INC-001", "INC-001"),
            ("**INC-001**", "INC-001"),
            ("`INC-001`", "INC-001"),
            ("[INC-001](INC-001-empty-body.md)", "INC-001"),
            ("OPS-2024-17", "OPS-2024-17"),
            ("inc-001", "inc-001"),
        ],
    )
    def test_an_incident_can_be_marked_up(self, cell: str, incident: str) -> None:
        backlog = read_row(f"| 1 | {cell} | A | Test | P1 | Todo | — | — |")
        assert backlog.problems == ()
        assert backlog.actions[0].incident == incident

    @pytest.mark.parametrize(
        ("cell", "incident", "example"),
        [
            ("INC-001, INC-002", "INC-001", "INC-001"),
            ("OPS-7: title", "OPS-7", "OPS-7"),
            ("{INC-ID}", "{INC-ID}", "INC-001"),
            ("INC 1", "INC 1", "INC-001"),
        ],
    )
    def test_what_is_not_one_id_is_told_and_still_belongs_to_something(
        self, cell: str, incident: str, example: str
    ) -> None:
        backlog = read_row(f"| 1 | {cell} | A | Test | P1 | Todo | — | — |")
        assert [problem.kind for problem in backlog.problems] == [INVALID]
        assert backlog.problems[0].hint.endswith(f": {example}")
        assert backlog.actions[0].incident == incident

    @pytest.mark.parametrize("cell", ["0", "-1", "1.5", "x", "1234567890", "１", "1a"])
    def test_a_number_is_a_positive_integer(self, cell: str) -> None:
        backlog = read_row(f"| {cell} | INC-001 | A | Test | P1 | Todo | — | — |")
        assert [problem.kind for problem in backlog.problems] == [INVALID]
        assert backlog.actions[0].number is None

    @pytest.mark.parametrize("cell", ["7", "07", "#7", "7.", "**7**"])
    def test_a_number_can_be_marked_up(self, cell: str) -> None:
        backlog = read_row(f"| {cell} | INC-001 | A | Test | P1 | Todo | — | — |")
        assert (backlog.actions[0].number, backlog.problems) == (7, ())

    @pytest.mark.parametrize(
        ("cell", "answer"),
        [("yes", True), ("**Yes**", True), ("✅", True), ("✅ yes", True), ("no", False), ("❌", False), ("No", False)],
    )
    def test_verified_is_yes_or_no(self, cell: str, answer: bool) -> None:
        backlog = read_row(f"| 1 | INC-001 | A | Test | P1 | Done | — | Jan 18 | {cell} |", "| Verified ")
        assert (backlog.actions[0].verified, backlog.problems) == (answer, ())

    def test_another_answer_than_yes_or_no_is_told(self) -> None:
        backlog = read_row("| 1 | INC-001 | A | Test | P1 | Done | — | Jan 18 | mostly |", "| Verified ")
        assert backlog.actions[0].verified is None
        assert told(backlog) == [f'{INVALID} b.md:3:53 Verified "mostly" is neither yes nor no']

    def test_without_a_status_column_what_has_a_done_cell_is_done(self) -> None:
        header = "| # | Incident | Action | Category | Done |\n|---|---|---|---|---|\n"
        backlog = read(header + "| 1 | INC-001 | A | Test | soon |\n| 2 | INC-001 | B | Test | — |\n")
        assert [(action.status, action.done) for action in backlog.actions] == [(Status.DONE, None), (None, None)]
        assert [problem.message for problem in backlog.problems] == ['Done "soon" is no date that can be read']

    def test_an_empty_status_is_not_made_up_from_the_done_cell(self) -> None:
        backlog = read_row("| 1 | INC-001 | A | Test | P1 | — | — | Jan 18 |")
        assert (backlog.actions[0].status, backlog.actions[0].done) == (None, date(2024, 1, 18))
        assert read("| INC-001 | Add test | Test | P1 | Jan 20 | Jan 18 |\n").actions[0].is_open, "no header either"

    def test_a_table_that_lacks_what_every_backlog_needs_is_told_once(self) -> None:
        table = "| Incident | Action |\n|---|---|\n| INC-001 | A |\n| INC-001 | B |\n"
        assert told(read("Text\n\n" + table)) == [
            f"{INVALID} b.md:3 this table has neither a Status nor a Done column",
            f"{INVALID} b.md:3 this table has no # column",
            f"{INVALID} b.md:3 this table has no Category column",
        ]

    def test_columns_of_your_own_and_backticks_in_them_disturb_nothing(self) -> None:
        backlog = read_row("| 1 | INC-001 | 5` deep | Test | P1 | Todo | — | — | 6` high | x |", "| Height | Width ")
        assert backlog.problems == ()
        assert backlog.actions[0].text == "5` deep"

    def test_of_two_columns_with_one_meaning_the_first_is_read_and_it_is_told(self) -> None:
        backlog = read_row("| 1 | INC-001 | A | Test | P1 | Done | — | Jan 18 | Jan 19 |", "| Completed ")
        assert backlog.actions[0].done == date(2024, 1, 18)
        assert told(backlog) == [f"{INVALID} b.md:1 2 columns of this table mean Done; only the first is read"]


class TestWords:
    @pytest.mark.parametrize(("canonical", "variants"), doc_table("Statuses"))
    def test_the_documented_variants_of_a_status_are_known(self, canonical: str, variants: str) -> None:
        for variant in [canonical, *(part.strip("` ") for part in variants.split(","))]:
            for written in (
                variant,
                variant.upper(),
                f"**{variant}**",
                f"✅ {variant}",
                f"{variant} **✅**",
                variant.replace("'", "’"),
            ):
                backlog = read_row(f"| 1 | INC-001 | A | Test | P1 | {written} | — | — |")
                assert (backlog.actions[0].status, backlog.problems) == (Status(canonical), ())

    def test_the_documentation_names_every_variant_and_header(self) -> None:
        known = Words()
        told_words = {
            part.strip("` ").lower() for row in doc_table("Statuses") for cell in row for part in cell.split(",")
        }
        assert {word.replace("-", " ") for word in told_words} == known.statuses.keys()
        headers = {
            part.strip("` ").lower() for row in doc_table("Columns") for part in (row[0] + "," + row[2]).split(",")
        }
        assert headers - {""} == {name.rstrip(".") for name in known.columns} - {"root cause", "done when"}

    @pytest.mark.parametrize(
        ("cell", "reason"),
        [
            ("Dropped: the endpoint is gone", "the endpoint is gone"),
            ("Dropped — the endpoint is gone", "the endpoint is gone"),
            ("Dropped – the endpoint is gone", "the endpoint is gone"),
            ("Dropped - the endpoint is gone", "the endpoint is gone"),
            ("Dropped (the endpoint is gone)", "the endpoint is gone"),
            ("Dropped, the endpoint is gone", "the endpoint is gone"),
            ("Dropped<br>the endpoint is gone", "the endpoint is gone"),
            ("**Dropped**: the endpoint is gone", "the endpoint is gone"),
            ("won't fix: see (1) and (2)", "see (1) and (2)"),
            ("Dropped", "from the column"),
            ("Dropped:", "from the column"),
        ],
    )
    def test_a_reason_stands_behind_the_word_or_in_its_column(self, cell: str, reason: str) -> None:
        backlog = read_row(f"| 1 | INC-001 | A | Test | P1 | {cell} | — | — | from the column |", "| Reason ")
        assert backlog.problems == ()
        assert (backlog.actions[0].status, backlog.actions[0].reason) == (Status.DROPPED, reason)

    def test_notes_are_the_reason_where_there_is_no_other(self) -> None:
        more = "| Reason | Notes "
        assert (
            read_row("| 1 | INC-001 | A | Test | P1 | Dropped | — | — | why | note |", more).actions[0].reason == "why"
        )
        assert (
            read_row("| 1 | INC-001 | A | Test | P1 | Dropped | — | — | — | note |", more).actions[0].reason == "note"
        )

    @pytest.mark.parametrize(
        "cell", ["Done?", "Doneä", "not done", "Todo/Done", "~~Todo~~ Done", "Dropped because", "{todo}", "✅"]
    )
    def test_a_status_that_is_not_clear_is_told_and_the_action_is_open(self, cell: str) -> None:
        backlog = read_row(f"| 1 | INC-001 | A | Test | P1 | {cell} | — | — |")
        assert [problem.kind for problem in backlog.problems] == [INVALID]
        assert backlog.actions[0].is_open

    @pytest.mark.parametrize(
        ("cell", "category"),
        [
            ("test", "Test"),
            ("Tests", "Test"),
            ("Monitoring & Alerts", "Monitor"),
            ("`code`", "Code"),
            ("PROCESS", "Process"),
        ],
    )
    def test_categories_have_variants_too(self, cell: str, category: str) -> None:
        backlog = read_row(f"| 1 | INC-001 | A | {cell} | p1 | Todo | — | — |")
        assert (backlog.actions[0].category, backlog.problems) == (Category(category), ())

    def test_every_word_that_the_schema_of_the_policy_offers_is_ours(self) -> None:
        schema = json.loads((DOCS.parents[1] / "schema" / "policy.schema.json").read_text(encoding="utf-8"))
        offered = {key: set(schema["properties"][key]["properties"]) for key in ("columns", "statuses")}
        assert offered["columns"] <= {column.value for column in Column}
        assert offered["statuses"] == {status.value for status in Status}


class TestKeysAndDuplicates:
    def test_a_number_twice_in_a_table_is_told_and_keys_stay_unique(self) -> None:
        rows = "".join(f"| 1 | INC-001 | {text} | Test | P1 | Todo | — | — |\n" for text in "ABC")
        backlog = read(HEADER + rows + "| 1 | INC-002 | D | Test | P1 | Todo | — | — |\n")
        assert [action.key for action in backlog.actions] == ["INC-001#1", "INC-001#1~2", "INC-001#1~3", "INC-002#1"]
        message = "this table has number 1 twice (also in line 3)"
        assert told(backlog) == [f"{DUPLICATE} b.md:{line} {message}" for line in (4, 5, 6)]

    def test_the_same_pair_in_two_tables_with_a_status_is_told(self) -> None:
        """``action=1`` of a test could mean either."""
        rows = [f"| 1 | INC-001 | {text} | Test | P1 | Todo | — | — |\n" for text in "AB"]
        backlog = read(HEADER + rows[0] + "\n" + HEADER + rows[1])
        assert [action.key for action in backlog.actions] == ["INC-001#1", "INC-001#2.1"]
        assert told(backlog) == [f"{DUPLICATE} b.md:7 INC-001 has an action 1 in two tables (also in line 3)"]

    def test_the_same_action_twice_is_told_unless_one_is_dropped(self) -> None:
        row = "| {} | INC-001 | Add {} | Test | P1 | {} | — | — |\n"
        first = row.format(1, "an alert", "Todo")
        assert told(read(HEADER + first + row.format(2, "an  ALERT", "Todo"))) == [
            f"{DUPLICATE} b.md:4 INC-001 has this action twice (also in line 3)"
        ]
        assert read(HEADER + first + row.format(2, "an alert", "Dropped: twice")).problems == ()
        assert read(HEADER + first + row.format(2, "an alert", "Todo").replace("001", "002")).problems == ()

    def test_rows_without_a_number_have_keys_of_their_own(self) -> None:
        rows = "".join(f"| — | INC-001 | {text} | Test | P1 | Todo | — | — |\n" for text in "AB")
        assert [action.key for action in read(HEADER + rows).actions] == ["INC-001#?", "INC-001#?~2"]
        assert read(HEADER + rows).problems == ()

    def test_what_is_missing_is_no_duplicate(self) -> None:
        nameless = "| 1 | — | A | Test | P1 | Todo | — | — |\n| 2 | — | A | Test | P1 | Todo | — | — |\n"
        assert read(HEADER + nameless).problems == ()
        silent = nameless.replace("| — | A |", "| INC-001 | — |")
        assert {problem.kind for problem in read(HEADER + silent).problems} == {INVALID}

    def test_rows_in_no_table_share_no_numbers(self) -> None:
        rows = "".join(f"| 1 | INC-00{n} | A | Test | P1 | Todo | — | — |\n" for n in (1, 2))
        assert DUPLICATE not in {problem.kind for problem in read(rows).problems}


class TestEvidence:
    @pytest.mark.parametrize(("written", "kind"), doc_table("Evidence"))
    def test_the_documented_kinds_are_read(self, written: str, kind: str) -> None:
        cell = written.strip("`")
        (entry,) = (
            read_row(f"| 1 | INC-001 | A | Test | P1 | Todo | — | — | {cell} |", "| Evidence ").actions[0].evidence
        )
        assert entry.kind == kind

    @pytest.mark.parametrize(
        ("cell", "entries"),
        [
            ("tests/t.py::test_a", [("test", "tests/t.py::test_a")]),
            ("./tests/t.py::TestA::test_a.", [("test", "tests/t.py::TestA::test_a")]),
            ("(tests/t.py::test_a())", [("test", "tests/t.py::test_a")]),
            ("tests/t.py::test_a[a, b; c]", [("test", "tests/t.py::test_a[a, b; c]")]),
            (
                "tests/t.py::test_a[x[0] y]-z tests/t.py::b",
                [("test", "tests/t.py::test_a[x[0] y]-z"), ("test", "tests/t.py::b")],
            ),
            ("tests/t.py::test_a[x y", [("test", "tests/t.py::test_a[x"), ("text", "y")]),
            ("tests/t.py::test\\_a\\[a b\\]", [("test", "tests/t.py::test_a[a b]")]),
            ("`tests/t.py::test_a[a` `b]`", [("test", "tests/t.py::test_a[a"), ("text", "b]")]),
            ("`tests/t.py::test_a[|\\|]`", [("test", "tests/t.py::test_a[||]")]),
            ("docs/guide.rst::guide.rst", [("test", "docs/guide.rst::guide.rst")]),
            ("a.py::a b.py::b,c.py::c;d.py::d<br>e.py::e<BR />f.py::f", [("test", f"{c}.py::{c}") for c in "abcdef"]),
            ("test: tests/t.py", [("test", "tests/t.py")]),
            ("Alert: `High error rate`, commit:3f2c1ab", [("alert", "High error rate"), ("commit", "3f2c1ab")]),
            ("`alert:High error rate`", [("alert", "High error rate")]),
            ("file:docs/runbook.md#roll-back", [("file", "docs/runbook.md#roll-back")]),
            ("[run](docs/run.md#x)", [("file", "docs/run.md#x")]),
            ("[wiki](https://w.example/x)", [("url", "https://w.example/x")]),
            ("[`t.py::a`](../t.py)", [("test", "t.py::a")]),
            ("<https://w.example/x>", [("url", "https://w.example/x")]),
            ("https://w.example/x?a=b::c", [("url", "https://w.example/x?a=b::c")]),
            ("seen by Ann, then by Bob", [("text", "seen by Ann"), ("text", "then by Bob")]),
            ("seen in t.py::a too", [("text", "seen in"), ("test", "t.py::a"), ("text", "too")]),
            ("::error ::", [("text", "::error ::")]),
            ("std::string", [("text", "std::string")]),
            ("see[a, b]", [("text", "see[a"), ("text", "b]")]),
            ("t.py::a]b[c d]", [("test", "t.py::a]b[c d]")]),
            ("[to do]()", [("text", "to do")]),
            ("alert:", [("text", "alert:")]),
            ("#123", [("pull", "#123")]),
            ("PR #123, (#7).", [("text", "PR"), ("pull", "#123"), ("pull", "#7")]),
            ("commit:#123", [("pull", "#123")]),
            ("[#12](https://g.example/pull/12)", [("pull", "#12")]),
            ("#0 #x #1234567890", [("text", "#0 #x #1234567890")]),
            ("` `", []),
            ("[", [("text", "[")]),
        ],
    )
    def test_entries_are_told_apart(self, cell: str, entries: list[tuple[str, str]]) -> None:
        row = f"| 1 | INC-001 | A | Test | P1 | Todo | — | — | {cell} |"
        found = read_row(row.replace("[|\\|]", "[\\|\\|]"), "| Evidence ").actions[0].evidence
        assert [(entry.kind, entry.value) for entry in found] == entries

    @pytest.mark.parametrize(
        ("cell", "at", "message", "hint"),
        [
            ("tset:t.py::a", 0, 'begins an entry with "tset:", which is no kind of evidence', "did you mean test:?"),
            ("t.py::a, comit:3f2c1ab", 9, 'begins an entry with "comit:", which is no kind', "did you mean commit:?"),
            ("a<br />Alrt:X", 7, 'begins an entry with "Alrt:"', "did you mean alert:?"),
            ("`flie:docs/a b.md`", 0, 'begins an entry with "flie:"', "did you mean file:?"),
            ("[ulr:x]()", 0, 'begins an entry with "ulr:"', "did you mean url:?"),
            ("files: docs/a.md", 0, 'begins an entry with "files:"', "write free text without the colon"),
            ("alert:", 0, "has nothing behind alert:", "name it: alert:…"),
            ("commit:main", 0, 'names "main", which is no commit id', "or #123 for a pull request"),
            ("commit:3f2", 0, 'names "3f2", which is no commit id', "at least 4 digits"),
        ],
    )
    def test_a_slip_is_told_with_its_place(self, cell: str, at: int, message: str, hint: str) -> None:
        row = "| 1 | INC-001 | A | Test | P1 | Todo | — | — | "
        (problem,) = read_row(f"{row}{cell} |", "| Evidence ").problems
        assert (problem.kind, problem.location.column) == (INVALID, len(row) + at + 1)
        assert problem.message.startswith(f"Evidence {message}")
        assert hint in problem.hint

    @pytest.mark.parametrize(
        "cell",
        [
            "12:30",
            "tested: by Ann",
            "note: later",
            "std::a",
            "tests/t.py::a",
            "C:\\x",
            "https://x",
            "see:",
            "commit:3F2C",
        ],
    )
    def test_free_text_may_hold_colons(self, cell: str) -> None:
        assert read_row(f"| 1 | INC-001 | A | Test | P1 | Todo | — | — | {cell} |", "| Evidence ").problems == ()


WORDS = string.ascii_letters + string.digits + " .,:;!?()[]{}<>|\\`*_~#=+/'\"&%$@äß日✅"
TEXTS = st.text(WORDS, min_size=1).map(str.strip).filter(lambda text: not is_missing(text))
DAYS = st.none() | st.dates(date(1990, 1, 1), date(2100, 12, 31))
NODEIDS = st.from_regex(r"\Atests/[a-z]{1,5}\.py::test_[a-z]{1,5}(\[[a-z, ;-]{1,8}\])?\Z").map(
    lambda nodeid: Evidence("test", nodeid)
)


@st.composite
def backlogs(draw: st.DrawFn) -> list[Action]:
    """Actions as a careful author writes them: numbers and texts unique, a Done date only in rows that are Done."""
    texts = draw(st.lists(TEXTS, unique_by=lambda text: " ".join(text.split()), max_size=8))
    return [draw(actions(number, text)) for number, text in enumerate(texts, 1)]


@st.composite
def actions(draw: st.DrawFn, number: int, text: str) -> Action:
    status = draw(st.none() | st.sampled_from(Status))
    incident = draw(st.sampled_from(["INC-001", "INC-7", "OPS-2024-3"]))
    return Action(
        key=f"{incident}#{number}",
        incident=incident,
        number=number,
        text=text,
        location=Location("b.md"),
        category=draw(st.sampled_from(Category)),
        priority=draw(st.none() | st.sampled_from(Priority)),
        status=status,
        due=draw(DAYS),
        done=draw(DAYS) if status is Status.DONE else None,
        owner=draw(st.just("") | TEXTS),
        reason=draw(st.just("") | TEXTS),
        verified=draw(st.none() | st.booleans()),
        evidence=tuple(draw(st.lists(NODEIDS, max_size=3))),
        has_owner_column=True,
    )


def rendered(backlog: list[Action], end: str = "\n") -> str:
    """The backlog as Markdown."""
    lines = [
        "# | Incident | Action | Category | Priority | Status | Due | Done | Owner | Reason | Verified | Evidence",
        "---|" * 12,
    ]
    for action in backlog:
        said = {None: "", True: "yes", False: "no"}[action.verified]
        fields: list[object] = [
            action.number,
            action.incident,
            action.text,
            action.category,
            action.priority,
            action.status,
        ]
        fields += [action.due, action.done, action.owner, action.reason, said]
        fields += [", ".join(f"`{entry.value}`" for entry in action.evidence)]
        lines.append(" | ".join(str(field or "—").replace("|", "\\|") for field in fields))
    return "".join(f"| {line.rstrip('|')} |{end}" for line in lines)


@given(backlogs(), st.sampled_from(["\n", "\r\n"]))
def test_what_is_rendered_is_read_again(backlog: list[Action], end: str) -> None:
    found = read(rendered(backlog, end))
    assert [replace(action, location=Location("b.md")) for action in found.actions] == backlog
    assert [problem for problem in found.problems if problem.kind != DUPLICATE] == []


@given(
    st.text(st.sampled_from("|-:\n\r\t `~<>!#*[]()\\\f\u2028\ufeffPTI1,a") | st.characters()),
    st.none() | st.just("INC-001"),
)
def test_any_text_is_a_backlog(text: str, incident: str | None) -> None:
    """Nothing is raised, and every problem lies in the text and says what to do."""
    backlog = parse_actions(text, "b.md", Words(), incident=incident)
    last = len(scan(text).lines)
    assert all(1 <= problem.location.line <= last and problem.hint for problem in backlog.problems)


@given(pages(LINES, FENCES), st.none() | st.just("INC-001"))
def test_keys_are_unique_whatever_the_rows(text: str, incident: str | None) -> None:
    keys = [action.key for action in parse_actions(text, "b.md", Words(), incident=incident).actions]
    assert len(set(keys)) == len(keys)


def test_the_first_example_of_the_documentation_is_read_without_problems() -> None:
    backlog = read(doc_examples("markdown")[0])
    assert backlog.problems == ()
    assert len(backlog.actions) == 3


@pytest.mark.parametrize(("written", "meaning"), doc_table("Dates"))
def test_the_documented_dates_are_read(written: str, meaning: str) -> None:
    backlog = read_row(f"| 1 | INC-001 | A | Test | P1 | Todo | {written.strip('`')} | — |")
    if meaning.startswith("a problem"):
        assert [problem.kind for problem in backlog.problems] == [INVALID]
    else:
        assert (backlog.actions[0].due, backlog.problems) == (date.fromisoformat(meaning), ())
