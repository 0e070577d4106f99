"""Post-mortems written into the template: what their headings and their timeline say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pytest_prevention.model import Action, Backlog, Category, Location, Priority, Status
from pytest_prevention.sources.incidents.reader import with_listed_actions
from tests.records import STANDARD, read, read_one, the_problem

DATA = Path(__file__).parent / "data/incidents"
FILLED = (DATA / "INC-001.md").read_text(encoding="utf-8")
TEMPLATE = (DATA / "post-mortem.template.md").read_text(encoding="utf-8")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def with_timeline(*rows: str, header: str = "Time (UTC)") -> str:
    """A post-mortem on 15 January 2024 with these rows."""
    table = "\n".join(f"| {row} |" for row in (f"{header} | Event", "---|---", *rows))
    return f"# Post-Mortem — INC-001: Orders\n## Date: 2024-01-15\n## Severity: SEV2\n## Timeline\n\n{table}\n"


def test_a_filled_in_template_is_read(tmp_path: Path) -> None:
    """The template, filled in word for word, needs no front matter: id, severity, stamps and summary are there."""
    incident, problems = read_one(tmp_path, FILLED)
    assert problems == ()
    assert (incident.id, incident.severity, incident.status) == ("INC-001", "SEV2", "resolved")
    assert incident.is_postmortem
    assert incident.title.startswith("On 2024-01-15 at 22:58 UTC, the order service experienced")
    assert len(incident.title) <= 100
    assert incident.summary.startswith("On 2024-01-15 at 22:58 UTC")
    assert (incident.started_at, incident.detected_at) == (utc(2024, 1, 15, 22, 58), utc(2024, 1, 15, 23, 30))
    assert (incident.mitigated_at, incident.fixed_at) == (utc(2024, 1, 16, 0, 5), utc(2024, 1, 16, 9, 20))
    assert (incident.resolved_at, incident.postmortem_at) == (utc(2024, 1, 16, 9, 40), None)
    assert incident.at("severity") == Location("incidents/INC-001.md", 5)
    assert incident.at("fixed_at") == Location("incidents/INC-001.md", 26)


def actions_listed(root: Path, *in_backlog: Action) -> tuple[Action, ...]:
    """The actions that the filled-in template lists, where these stand in the backlog."""
    found = with_listed_actions(root, STANDARD, read(root, {"INC-001.md": FILLED}), Backlog(in_backlog))
    return found.records[0].listed_actions


def row(status: Status) -> Action:
    return Action(
        key="INC-001#1", incident="INC-001", number=1, text="Test it", location=Location("b.md"), status=status
    )


def test_its_actions_are_listed(tmp_path: Path) -> None:
    """The rows of its own action table are the incident's, with their lines in the file and years from its stamps."""
    first, *others = actions_listed(tmp_path)
    assert (first.key, first.location.line) == ("INC-001#1", FILLED[: FILLED.index("| 1 | Test for")].count("\n") + 1)
    assert (first.category, first.priority, first.status) == (Category.TEST, Priority.P1, Status.DONE)
    assert [action.due for action in (first, *others)] == [
        date(2024, 1, 25),
        date(2024, 1, 30),
        date(2024, 2, 1),
        date(2024, 2, 12),
    ]


def test_they_are_listed_where_the_backlog_has_nothing(tmp_path: Path) -> None:
    """What the backlog has counts; where all of it was dropped, what the post-mortem lists matters again."""
    assert actions_listed(tmp_path, row(Status.DROPPED), row(Status.TODO)) == ()
    assert len(actions_listed(tmp_path, row(Status.DROPPED))) == 4


def test_a_flood_of_listed_actions(tmp_path: Path) -> None:
    """At most two hundred rows of a record's own table are listed."""
    rows = "".join(f"| {number} | Test it | Test |\n" for number in range(1, 300))
    found = read(
        tmp_path, {"INC-001.md": FILLED.partition("| # |")[0] + "| # | Action | Category |\n|---|---|---|\n" + rows}
    )
    (record,) = with_listed_actions(tmp_path, STANDARD, found, Backlog()).records
    assert len(record.listed_actions) == 200


@pytest.mark.parametrize("text", ["", "---\nid: INC-001\n", "## Action items\n\nNone.\n"])
def test_a_record_without_a_table_lists_nothing(tmp_path: Path, text: str) -> None:
    """No section, no table and no readable record: no actions, and no further problem."""
    found = read(tmp_path, {"INC-001.md": text})
    assert with_listed_actions(tmp_path, STANDARD, found, Backlog()) == found


def test_the_empty_template_is_one_problem(tmp_path: Path) -> None:
    """A template that nobody filled in is told once, at its first placeholder."""
    problem = the_problem(tmp_path, TEMPLATE)
    assert problem.message == "is still a template: {Incident ID} and 73 more to fill in"
    assert problem.location.line == 1


@pytest.mark.parametrize(
    ("filled", "forgotten", "line"),
    [
        ("## Date: 2024-01-15", "## Date: {date}", 3),
        ("## Author: Ada Lovelace", "## Author:{who}", 4),
        ("## Severity: SEV2", "## Severity: SEV{N}", 5),
        ("the order service", "{service}", 11),
        ("| 09:20 |", "| {HH:MM} |", 26),
        ("A field that may be", "{1-2 paragraphs: what it taught you}", 93),
    ],
)
def test_a_forgotten_placeholder(tmp_path: Path, filled: str, forgotten: str, line: int) -> None:
    """One placeholder that is left is told at its line, once."""
    problem = the_problem(tmp_path, FILLED.replace(filled, forgotten))
    assert problem.message == f"is still a template: {forgotten[forgotten.index('{') :].strip(' |')}"
    assert problem.location.line == line


def test_a_placeholder_above_the_first_heading(tmp_path: Path) -> None:
    """Text above the first heading is part of the template, too."""
    assert the_problem(tmp_path, f"\nWritten by {{who}}\n\n{FILLED}").location.line == 2


def test_braces_of_the_text_are_no_placeholders(tmp_path: Path) -> None:
    """Paths with parameters, code spans and code blocks may hold braces."""
    text = FILLED + '\nGET /orders/{id}, `f {x}`, {"a": 1}\n\n```\n{date}\n```\n'
    assert read_one(tmp_path, text)[1] == ()


def test_the_title_is_behind_the_id(tmp_path: Path) -> None:
    """What follows the id in the first heading is the title."""
    assert read_one(tmp_path, with_timeline())[0].title == "Orders"


def test_without_title_and_summary_the_id_is_the_title(tmp_path: Path) -> None:
    """A record is never without a title."""
    assert read_one(tmp_path, "# INC-001\n## Date: 2024-01-15\n## Severity: SEV2\n")[0].title == "INC-001"


def test_the_id_may_stand_in_the_name_alone(tmp_path: Path) -> None:
    """Without an id in the first heading, the name of the file tells it."""
    incident, problems = read_one(tmp_path, FILLED.replace("— INC-001", "of the orders"), "INC-009-orders.md")
    assert (incident.id, problems) == ("INC-009", ())


def test_no_id_at_all(tmp_path: Path) -> None:
    """Without any id the incident cannot count, and that is told."""
    found = read(tmp_path, {"orders.md": FILLED.replace("INC-001", "")})
    assert found.records == ()
    assert "which incident" in found.problems[0].message


@pytest.mark.parametrize("word", ["SEV2", "sev2", "SEV2 (one in ten orders)", "**SEV2**", "major outage"])
def test_the_severity_as_people_write_it(tmp_path: Path, word: str) -> None:
    """The severity may be followed by a remark, and policy may translate it."""
    text = FILLED.replace("## Severity: SEV2", f"## Severity: {word}")
    incident, problems = read_one(tmp_path, text, severities={"SEV2": ["major outage"]})
    assert (incident.severity, problems) == ("SEV2", ())


@pytest.mark.parametrize(
    ("before", "after", "message", "line"),
    [
        ("## Severity: SEV2", "## Severity: bad", "severity 'bad' is not known", 5),
        ("## Severity: SEV2", "", "has no severity", 0),
        ("## Severity: SEV2", "## Severity:", "has no severity", 5),
        ("## Date: 2024-01-15", "", "has no date", 0),
        ("## Date: 2024-01-15", "## Date: 04/05/2024", "the date", 3),
    ],
)
def test_a_field_that_is_missing_or_wrong(tmp_path: Path, before: str, after: str, message: str, line: int) -> None:
    """Date and severity must be there and readable."""
    problem = the_problem(tmp_path, FILLED.replace(before, after))
    assert message in problem.message
    assert problem.location.line == (line or 1)


def test_the_date_as_people_write_it(tmp_path: Path) -> None:
    """The date may be written as in the backlog."""
    incident, problems = read_one(tmp_path, FILLED.replace("## Date: 2024-01-15", "## Date: 15 January 2024"))
    assert (incident.started_at, problems) == (utc(2024, 1, 15, 22, 58), ())


def test_without_detection_the_day_counts(tmp_path: Path) -> None:
    """A timeline that tells neither the first error nor the detection leaves midnight of the date."""
    incident, problems = read_one(tmp_path, with_timeline("14:00 | Fix deployed"))
    assert (incident.detected_at, incident.fixed_at, problems) == (utc(2024, 1, 15), utc(2024, 1, 15, 14), ())


def test_a_first_error_invents_no_detection(tmp_path: Path) -> None:
    """Where the first error is known and the detection is not, the detection stays unknown."""
    incident, problems = read_one(tmp_path, with_timeline("14:00 | First error"))
    assert (incident.started_at, incident.detected_at, problems) == (utc(2024, 1, 15, 14), None, ())


@pytest.mark.parametrize(
    ("rows", "key", "hour"),
    [
        (("10:00 | First error", "11:00 | First error of the second kind"), "started_at", 10),
        (("10:00 | A customer detected it", "11:00 | Incident detected by an alert"), "detected_at", 11),
        (("10:00 | Alert fired", "11:00 | Alert fired again"), "detected_at", 10),
        (("10:00 | Mitigation action taken", "11:00 | User impact resolved"), "mitigated_at", 11),
        (("10:00 | Mitigation began", "11:00 | **Mitigated**"), "mitigated_at", 11),
        (("10:00 | Fix deployed to staging", "11:00 | Hotfix deployed"), "fixed_at", 11),
        (("10:00 | Incident resolved",), "resolved_at", 10),
        (("10:00 | Post-mortem held",), "postmortem_at", 10),
    ],
)
def test_which_row_counts(tmp_path: Path, rows: tuple[str, ...], key: str, hour: int) -> None:
    """Of several rows that speak of an event the surer one counts, else the first or the last."""
    incident, problems = read_one(tmp_path, with_timeline(*rows))
    assert (getattr(incident, key), problems) == (utc(2024, 1, 15, hour), ())


@pytest.mark.parametrize(
    "time", ["9:05", "09:05", "09:05:59", "09:05 UTC", "09:05Z", "2024-01-15 09:05", "~09:05", "`09:05`"]
)
def test_times_as_people_write_them(tmp_path: Path, time: str) -> None:
    """Hours and minutes, with or without seconds, zone and date."""
    incident, problems = read_one(tmp_path, with_timeline(f"{time} | Incident detected"))
    assert (incident.detected_at, problems) == (utc(2024, 1, 15, 9, 5), ())


def test_days_go_by(tmp_path: Path) -> None:
    """An earlier time is on the next day, each time it happens, and a written date is that date."""
    rows = (
        "22:00 | First error",
        "08:00 | Incident detected",
        "07:00 | Impact resolved",
        "2024-01-20 12:00 | Fix deployed",
    )
    incident, problems = read_one(tmp_path, with_timeline(*rows))
    assert problems == ()
    assert (incident.detected_at, incident.mitigated_at) == (utc(2024, 1, 16, 8), utc(2024, 1, 17, 7))
    assert incident.fixed_at == utc(2024, 1, 20, 12)


@pytest.mark.parametrize(
    ("row", "message", "hint"),
    [
        ("13:58 | Fix deployed", "'13:58' comes after 14:00", "2024-01-16 13:58"),
        ("2024-01-14 14:00 | Fix deployed", "comes after 14:00", "sort the rows"),
        ("25:00 | Fix deployed", "is not on the clock", "between 00:00 and 23:59"),
        ("next day | Fix deployed", "is not a time of day", "write HH:MM"),
        ("2024-02-30 10:00 | Fix deployed", "is not in the calendar", "correct the date"),
    ],
)
def test_a_row_that_cannot_be_placed(tmp_path: Path, row: str, message: str, hint: str) -> None:
    """A time that is none, or that lies shortly before the row above, is told at its line and not guessed."""
    problem = the_problem(tmp_path, with_timeline("14:00 | First error", row))
    assert message in problem.message
    assert hint in problem.hint
    assert problem.location.line == 9


def test_the_order_of_events_is_checked(tmp_path: Path) -> None:
    """A timeline that closes the incident before its fix is told like front matter that does."""
    problem = the_problem(tmp_path, with_timeline("10:00 | Incident closed", "11:00 | Fix deployed"))
    assert "resolved_at 2024-01-15T10:00:00Z is before fixed_at" in problem.message
    assert problem.location.line == 8


@pytest.mark.parametrize(("header", "hour"), [("Time (UTC)", 10), ("Time", 9), ("Time (CET)", 9)])
def test_the_zone_of_a_timeline(tmp_path: Path, header: str, hour: int) -> None:
    """Times are in UTC where the header says so, else in the zone that policy names."""
    text = with_timeline("10:00 | Incident detected", header=header)
    incident, problems = read_one(tmp_path, text, observation={"timezone": "Europe/Berlin"})
    assert (incident.detected_at, problems) == (utc(2024, 1, 15, hour), ())


def test_a_zone_that_nobody_named(tmp_path: Path) -> None:
    """A header with another zone is an error where policy names none."""
    problem = the_problem(tmp_path, with_timeline("10:00 | Incident detected", header="Time (CET)"))
    assert "'cet'" in problem.message
    assert "timezone" in problem.hint
    assert problem.location.line == 6


def test_a_clock_change_in_the_timeline(tmp_path: Path) -> None:
    """A time that the clock skipped is told, in a timeline too."""
    text = with_timeline("02:30 | Incident detected", header="Time").replace("2024-01-15", "2024-03-31")
    assert "does not exist" in the_problem(tmp_path, text, observation={"timezone": "Europe/Berlin"}).message
