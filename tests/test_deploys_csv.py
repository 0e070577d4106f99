"""Deploys from a CSV file: the text as Python's reader has it, and every fault with its place."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.policy import Policy
from pytest_prevention.sources.csv_text import CsvError, rows
from pytest_prevention.sources.deploys_csv import MAX_PROBLEMS, listed_deploys
from tests.records import STANDARD

BLANK = " \t"


def policy(name: str = "deploys.csv", **observation: Any) -> Policy:
    tree = STANDARD.tree
    changed = {"deploys": {**tree["deploys"], "csv": name}, "observation": {**tree["observation"], **observation}}
    return replace(STANDARD, tree={**tree, **changed})


def times(root: Path, content: str | bytes, **observation: Any) -> list[str]:
    """The deploys in a file of this content."""
    data = content.encode() if isinstance(content, str) else content
    (root / "deploys.csv").write_bytes(data)
    return [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in listed_deploys(root, policy(**observation))]


def faults(root: Path, content: str | bytes, **observation: Any) -> list[str]:
    """What is wrong in a file of this content, each as ``line:column message``."""
    with pytest.raises(PreventionError) as caught:
        times(root, content, **observation)
    assert all(one.location.path == "deploys.csv" and one.hint for one in caught.value.problems)
    return [f"{one.location.line}:{one.location.column} {one.message}" for one in caught.value.problems]


def refused(root: Path, name: str) -> str:
    with pytest.raises(PreventionError) as caught:
        listed_deploys(root, policy(name))
    (found,) = caught.value.problems
    return found.message


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1)))
def test_what_python_writes_is_read_back(given_rows: list[list[str]]) -> None:
    """Cells in quotes may hold commas, quotes and line ends; only blanks around them are lost."""
    text = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in given_rows)
    found = [[cell.text for cell in row] for row in rows(text) if not isinstance(row, CsvError)]
    assert found == [[_lines(cell).strip() for cell in row] for row in given_rows]


@given(st.text('ab ,"\t\n\r', max_size=40))
def test_rows_are_those_of_python(text: str) -> None:
    """Where nothing is broken, rows are those of the standard library in its strict mode, but for blanks."""
    found = list(rows(text))
    if any(isinstance(row, CsvError) for row in found):
        return
    lines = _lines(text).splitlines(keepends=True)
    try:
        expected = [[cell.strip() for cell in row] for row in csv.reader(lines, strict=True, skipinitialspace=True)]
    except csv.Error:
        # blanks between a cell's quote and the comma, and a tab in front of it, are more than Python takes
        assert any(blank in text for blank in BLANK)
        return
    if "\t" not in text:
        mine = [[cell.text for cell in row] for row in found if not isinstance(row, CsvError)]
        assert [row for row in mine if row != [""]] == [row for row in expected if row not in ([], [""])]


@given(st.text('ab ,"\n', max_size=40))
def test_each_cell_is_where_it_says(text: str) -> None:
    """Line and column of a cell lead to its first character."""
    lines = text.split("\n")
    for row in rows(text):
        for cell in [] if isinstance(row, CsvError) else row:
            rest = "\n".join([lines[cell.line - 1][cell.column - 1 :], *lines[cell.line :]])
            assert rest.startswith(('"', cell.text.split("\n")[0]))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    "content",
    [
        "deployed_at\n2024-01-15T10:00:00Z\n2024-01-16T10:00:00Z\n",
        "deployed_at,ref\n2024-01-15T10:00:00Z,v1\n2024-01-16T10:00:00Z,v2",
        "ref,deployed_at\r\nv1,2024-01-15T10:00:00Z\r\n\r\nv2,2024-01-16T11:00:00+01:00\r\n",
        "\ufeffDeployed_At,ref\r2024-01-15T10:00:00Z,\r2024-01-16 10:00:00Z,\r",
        '\n"deployed_at" , "ref"\n "2024-01-15T10:00:00Z" ,"v1, the first\nof ""all"""\n2024-01-16T10:00:00Z,v2\n',
    ],
)
def test_ways_to_write_the_same(tmp_path: Path, content: str) -> None:
    """Other columns, their order, line ends, a byte order mark, quotes and blank lines change nothing."""
    assert times(tmp_path, content) == ["2024-01-15T10:00:00Z", "2024-01-16T10:00:00Z"]


def test_a_time_without_an_offset_is_one_of_the_zone(tmp_path: Path) -> None:
    """In the zone that policy names, in summer and in winter; an offset that is given counts."""
    content = "deployed_at\n2024-01-15T10:00:00\n2024-07-15T10:00:00\n2024-07-15T10:00:00Z\n"
    found = times(tmp_path, content, timezone="Europe/Berlin")
    assert found == ["2024-01-15T09:00:00Z", "2024-07-15T08:00:00Z", "2024-07-15T10:00:00Z"]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """Each with its line and column, behind a good row and behind another fault."""
    content = (
        "ref,deployed_at\n"
        "v1,2024-01-15T10:00:00Z\n"
        "v2,yesterday\n"
        "v3\n"
        "v4,2024-02-30T10:00:00Z\n"
        'v5, "2024-01-15" x\n'
        "v6,2024-01-15T10:00:00\n"
        "v7,\n"
        '"v8,2024-01-15T10:00:00Z\n'
        "v9,today\n"
    )
    assert faults(tmp_path, content) == [
        "3:4 'yesterday' is not an RFC 3339 stamp",
        "4:1 has 1 cell, and the header 2",
        "5:4 '2024-02-30T10:00:00Z' is not in the calendar: day is out of range for month",
        "6:18 goes on behind a closed quote",
        "7:4 '2024-01-15T10:00:00' has no offset, so nobody can tell when it was",
        "8:4 an empty cell is not an RFC 3339 stamp",
        "9:1 opens a quote that is never closed",
        "10:4 'today' is not an RFC 3339 stamp",
    ]


def test_times_that_a_clock_change_leaves_open(tmp_path: Path) -> None:
    """What the clock skipped, and what it showed twice, is no time."""
    content = "deployed_at\n2024-03-31T02:30:00\n2024-10-27T02:30:00\n"
    skipped, twice = faults(tmp_path, content, timezone="Europe/Berlin")
    assert "does not exist" in skipped
    assert "happened twice" in twice


def test_a_line_behind_a_cell_of_several_lines_has_its_number(tmp_path: Path) -> None:
    """Line ends in quotes count as lines of the file."""
    content = 'ref,deployed_at\n"v1\nof\nus",never\nv2,never\n'
    assert [one.split()[0] for one in faults(tmp_path, content)] == ["4:5", "5:4"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "1:1 has no column deployed_at"),
        ("\n\n", "1:1 has no column deployed_at"),
        ("\nref,time\n", "2:1 has no column deployed_at"),
        ("deployed_at;ref\n", "1:1 has no column deployed_at"),
        ("deployed_at,ref,deployed_at\n", "1:17 is deployed_at a second time"),
        ('"deployed_at\n', "1:1 opens a quote that is never closed"),
    ],
)
def test_a_file_without_its_column(tmp_path: Path, content: str, said: str) -> None:
    """The header is told to be wrong, once, however many rows follow."""
    assert faults(tmp_path, content + "2024-01-15T10:00:00Z\n" * 3 if content.endswith("f\n") else content) == [said]


def test_a_header_alone_is_no_deploy(tmp_path: Path) -> None:
    """Nobody has deployed yet: that is no fault."""
    assert times(tmp_path, "deployed_at,ref\n") == []


def test_faults_are_told_up_to_a_bound(tmp_path: Path) -> None:
    """Of a file of another kind a hundred faults and the number of the others."""
    found = faults(tmp_path, "deployed_at\n" + "x\n" * (MAX_PROBLEMS + 7))
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1].endswith("has 7 more such rows")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0", b"deployed_at\n2024-01-15T10:00:00Z\xff\n"])
def test_what_is_no_text(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no UTF-8 are refused, not guessed at."""
    assert len(faults(tmp_path, content)) == 1


def test_a_nul_is_no_time(tmp_path: Path) -> None:
    """It is told where it stands, and printed so that a terminal shows it."""
    (said,) = faults(tmp_path, b"deployed_at\n2024-01-15T10:00:00Z\0\n")
    assert said.startswith("2:")
    assert "\0" not in said


def test_quotes_that_are_never_closed_take_no_time(tmp_path: Path) -> None:
    """Many quotes, one of them open, are read in one go."""
    found = faults(tmp_path, "deployed_at\n" + '"' + '""' * 200_000 + "\n" + '""\n' * 20_000)
    assert found[0] == "2:1 opens a quote that is never closed"


def test_no_file_named_is_no_deploy(tmp_path: Path) -> None:
    """Without the key nothing is read."""
    assert listed_deploys(tmp_path, STANDARD) == ()


def test_the_file_lies_in_the_repository(tmp_path: Path) -> None:
    """Neither a path nor a symbolic link leads out of it; what is none is told."""
    root = tmp_path / "root"
    root.mkdir()
    outside = tmp_path / "secret.csv"
    outside.write_text("deployed_at\nsecret\n")
    (root / "link.csv").symlink_to(outside)
    (root / "folder").mkdir()
    (root / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(root / "pipe.csv")
    names = ["../secret.csv", "folder/../../secret.csv", str(outside), "link.csv", "folder", "none.csv", "loop.csv"]
    for name in [*names, "pipe.csv"]:
        said = refused(root, name)
        assert said and "'secret'" not in said, name


def test_a_link_inside_the_repository_is_followed(tmp_path: Path) -> None:
    """The file may be kept elsewhere in the repository."""
    (tmp_path / "real.csv").write_text("deployed_at\n2024-01-15T10:00:00Z\n")
    (tmp_path / "link.csv").symlink_to("real.csv")
    assert listed_deploys(tmp_path, policy("link.csv")) == (datetime(2024, 1, 15, 10, tzinfo=UTC),)
