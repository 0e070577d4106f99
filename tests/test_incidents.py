"""Incident records: what is read, what is refused, and that no incident vanishes."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Incident, Incidents, Location
from pytest_prevention.sources.incidents.reader import read_incidents
from pytest_prevention.sources.incidents.sections import plain
from tests.records import STANDARD, VALID, read, read_one, record, the_problem

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests/data/golden/case"

same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def examples_of_the_page() -> dict[str, str]:
    """The files that docs/incidents.md shows, by name."""
    page = (ROOT / "docs/incidents.md").read_text(encoding="utf-8")
    shown = re.findall(r"^````markdown incidents/(\S+)\n(.*?)^````$", page, re.DOTALL | re.MULTILINE)
    assert len(shown) == page.count("````markdown") == 3
    return dict(shown)


# What is read


def test_a_record_is_read(tmp_path: Path) -> None:
    """Every key of a record arrives, stamps in UTC and a bare date as its midnight."""
    text = record(
        postmortem_at="2024-01-17",
        started_at="2024-01-15T11:00:00+01:00",
        detected_by="alert",
        trigger="deploy",
        cause="input-validation",
        error_type='"502"',
        introduced_by="9b1deb4",
        deploy="v1.4.2",
        repeat_of="INC-000",
        no_action_reason="The provider is gone.",
        modules='["src/orders/**", api]',
        contributing="[no-integration-test]",
        services="[checkout]",
        fix_commits="[3f2c1ab]",
        links='["https://example.org/17"]',
    )
    incident, problems = read_one(tmp_path, text, "INC-001-empty-body.md")
    assert problems == ()
    assert incident == Incident(
        id="INC-001",
        title="Empty order body returned 500",
        location=Location("incidents/INC-001-empty-body.md", 2),
        severity="SEV2",
        status="resolved",
        started_at=utc(2024, 1, 15, 10),
        detected_at=utc(2024, 1, 15, 10, 20),
        mitigated_at=utc(2024, 1, 15, 11, 5),
        fixed_at=utc(2024, 1, 16, 9, 20),
        postmortem_at=utc(2024, 1, 17),
        detected_by="alert",
        trigger="deploy",
        cause="input-validation",
        error_type="502",
        introduced_by="9b1deb4",
        deploy="v1.4.2",
        repeat_of="INC-000",
        no_action_reason="The provider is gone.",
        modules=("src/orders/**", "api"),
        contributing=("no-integration-test",),
        services=("checkout",),
        fix_commits=("3f2c1ab",),
        links=("https://example.org/17",),
    )
    assert incident.at("severity") == Location("incidents/INC-001-empty-body.md", 4)


def test_the_worked_case_has_no_problem() -> None:
    """The twelve records of the worked data are read without a problem, in order of id."""
    found = read_incidents(GOLDEN, STANDARD)
    assert found.problems == ()
    assert [incident.id for incident in found.records] == [f"INC-{number:03}" for number in range(1, 13)]
    clock_change = found.by_id()["INC-007"]
    assert (clock_change.started_at, clock_change.detected_at) == (utc(2024, 3, 31, 0, 30), utc(2024, 3, 31, 1, 10))


def test_the_examples_of_the_page_are_read(tmp_path: Path) -> None:
    """What docs/incidents.md shows is read as it stands there."""
    found = read(tmp_path, examples_of_the_page())
    assert found.problems == ()
    assert [(one.id, one.severity, one.status) for one in found.records] == [
        ("INC-001", "SEV2", "resolved"),
        ("INC-002", "SEV1", "active"),
        ("INC-003", "SEV3", "resolved"),
    ]


def test_the_page_names_every_key() -> None:
    """The table of docs/incidents.md lists exactly the keys of a record."""
    page = (ROOT / "docs/incidents.md").read_text(encoding="utf-8").partition("## Keys")[2].partition("\n## ")[0]
    found = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    not_keys = {"location", "summary", "is_postmortem", "listed_actions", "lines"}
    made_of_two = {"prove_never": {"prove", "prove_reason"}}
    assert found == set(Incident.__dataclass_fields__) - not_keys - made_of_two.keys() | made_of_two["prove_never"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("---\n", "--- \t\n"),
        lambda text: "\n\n" + text,
        lambda text: text[: text.rindex("---")] + "...\n",
        lambda text: text.rstrip(),
        lambda text: text + "\n---\n\nA rule of the text.\n\n---\n",
    ],
    ids=["mark", "crlf", "cr", "blanks", "blank lines", "dots", "no last line end", "rules in the text"],
)
def test_front_matter_as_editors_leave_it(tmp_path: Path, change: object) -> None:
    """Byte order mark, other line ends, blanks behind the dashes and dots as the end do no harm."""
    assert callable(change)
    text = change(record())
    incident, problems = read_one(tmp_path, text)
    assert problems == ()
    assert incident.detected_at == utc(2024, 1, 15, 10, 20)
    assert text.splitlines()[incident.at("severity").line - 1] == "severity: SEV2"


def test_records_are_in_order_of_their_numbers(tmp_path: Path) -> None:
    """INC-2 comes before INC-10."""
    found = read(tmp_path, {f"{one}.md": record(id=one) for one in ("INC-10", "INC-2", "AB-3")})
    assert [incident.id for incident in found.records] == ["AB-3", "INC-2", "INC-10"]
    assert found.problems == ()


@pytest.mark.parametrize("key", ["cause", "error_type"])
def test_one_cause_has_one_spelling(tmp_path: Path, key: str) -> None:
    """That of the first record, whatever blanks and case of letters the others have; *unknown* is no cause."""
    written = ["Bad Input", '" bad  input "', "BAD INPUT", "bad-input", "Unknown", "n/a", '"?"', None]
    found = read(tmp_path, {f"INC-{n}.md": record(id=f"INC-{n}", **{key: one}) for n, one in enumerate(written)})
    assert [getattr(one, key) for one in found.records] == [*["Bad Input"] * 3, "bad-input", *[None] * 4]
    assert found.problems == ()


def test_only_records_are_read(tmp_path: Path) -> None:
    """Backlog, README, templates, notes and hidden files are no records; an id in the name makes one of anything."""
    others = ("prevention-backlog.md", "README.md", "_notes.md", ".#INC-009.md", "post-mortem.template.md", "INC-9.txt")
    named = {name: record(id=name[:7]) for name in ("INC-004-broken-template.md", "INC-005-caps.MD")}
    found = read(tmp_path, dict.fromkeys(others, "nothing to read") | named)
    assert [incident.id for incident in found.records] == ["INC-004", "INC-005"]
    assert found.problems == ()


def test_the_summary_is_one_plain_line(tmp_path: Path) -> None:
    """What users saw is the first paragraph of the summary, without markup."""
    body = "# INC-001\n\n## Summary\n\nUsers *could not* order: `POST /orders`\nreturned [500](https://e.org).\n\nMore."
    assert read_one(tmp_path, record(body))[0].summary == "Users could not order: POST /orders returned 500."


def test_the_impact_stands_in_for_a_summary(tmp_path: Path) -> None:
    """Without a summary it is the first paragraph under Impact; a table is no paragraph, code hides no heading."""
    body = "```\n## Summary\nno\n```\n<!--\n## Summary\nno\n-->\n### Impact ###\n| a | b |\n|---|---|\n\nNo orders.\n"
    assert read_one(tmp_path, record(body))[0].summary == "No orders."


def test_the_first_summary_counts(tmp_path: Path) -> None:
    """Of two sections with the same title the first is read."""
    assert read_one(tmp_path, record("## Summary\nOne.\n## Summary\nTwo.\n"))[0].summary == "One."


def test_markup_is_read_in_bounds() -> None:
    """Of one paragraph 4,000 characters are looked at, whatever follows."""
    assert plain("*a* " + "b" * 5_000) == "a " + "b" * 3_996


def test_a_long_summary_is_cut_between_words(tmp_path: Path) -> None:
    """A summary is at most 400 characters long and ends in an ellipsis where it was cut."""
    summary = read_one(tmp_path, record("## Summary\n" + "sentence " * 9_999))[0].summary
    assert len(summary) <= 400
    assert summary.endswith(" sentence…")


def test_a_hostile_title_is_data(tmp_path: Path) -> None:
    """What reporters have to make harmless is kept as it is written."""
    title = "::error file=x::##[group] <script> {{7*7}} $(id) | a"
    assert read_one(tmp_path, record(title=f"'{title}'"))[0].title == title


@pytest.mark.parametrize("character", ["\x1b[31m", "\u202e", "\x00"])
def test_invisible_characters_are_refused_with_their_place(tmp_path: Path, character: str) -> None:
    """A control or direction character in front matter is an error at its place."""
    problem = the_problem(tmp_path, record(title=f"Orders {character}x"))
    assert (problem.location.line, problem.location.column) == (3, 15)


# Severities


@pytest.mark.parametrize(
    ("word", "severity"), [("sev1", "SEV1"), ("Critical", "SEV1"), ("p0", "SEV1"), ("SEV4", "SEV4")]
)
def test_severities_in_the_words_of_the_team(tmp_path: Path, word: str, severity: str) -> None:
    """SEV1 to SEV4 in any case of letters, and the words that policy translates."""
    incident, problems = read_one(tmp_path, record(severity=word), severities={"SEV1": ["critical", "P0"]})
    assert (incident.severity, problems) == (severity, ())


@pytest.mark.parametrize(
    ("word", "hint"),
    [("SEV-2", "did you mean SEV2?"), ("majr", "did you mean SEV3?"), ("xyz", "write one of SEV1, SEV2")],
)
def test_an_unknown_severity_is_told(tmp_path: Path, word: str, hint: str) -> None:
    """A word that nobody knows is no severity, and the answer names what may be meant."""
    incident, (problem,) = read_one(tmp_path, record(severity=word), severities={"SEV3": ["major"]})
    assert incident.severity is None
    assert f"severity '{word}' is not known" in problem.message
    assert hint in problem.hint
    assert problem.location == Location("incidents/INC-001.md", 4, 1)


# Stamps together


@pytest.mark.parametrize(
    ("earlier", "later", "stamp"),
    [
        ("started_at", "detected_at", "2024-01-15T09:59:59Z"),
        ("detected_at", "mitigated_at", "2024-01-15T11:19:59+01:00"),
        ("mitigated_at", "fixed_at", "2024-01-15T11:00:00Z"),
        ("fixed_at", "resolved_at", "2024-01-16T09:00:00Z"),
        ("detected_at", "postmortem_at", "2024-01-14"),
    ],
)
def test_stamps_out_of_order(tmp_path: Path, earlier: str, later: str, stamp: str) -> None:
    """Where a stamp lies before one that must come first, both keys and both lines are named."""
    text = record(**{later: stamp})
    lines = {line.partition(":")[0]: number for number, line in enumerate(text.splitlines(), 1)}
    problem = the_problem(tmp_path, text)
    assert f"{later} {stamp} is before {earlier} (line {lines[earlier]}: {VALID[earlier]})" in problem.message
    assert problem.location == Location("incidents/INC-001.md", lines[later], 1)


def test_order_where_some_stamps_are_missing(tmp_path: Path) -> None:
    """The order holds between the stamps that are there."""
    text = record(
        status="active", started_at="2024-01-17T00:00:00Z", detected_at="2024-01-17T00:00:01Z", mitigated_at=None
    )
    assert "fixed_at 2024-01-16T09:20:00Z is before detected_at" in the_problem(tmp_path, text).message


def test_equal_stamps_are_in_order(tmp_path: Path) -> None:
    """Everything may happen in the same moment, and the post-mortem on the same day."""
    stamps = dict.fromkeys(
        ("started_at", "detected_at", "mitigated_at", "fixed_at", "resolved_at"), "2024-01-15T10:20:00Z"
    )
    assert read_one(tmp_path, record(**stamps, postmortem_at="2024-01-15"))[1] == ()


@pytest.mark.parametrize(
    ("key", "written", "meant"),
    [
        ("mitigated_at", "2023-01-15T11:05:00Z", "2024-01-15T11:05:00Z"),
        ("fixed_at", "2023-01-16T09:20:00Z", "2024-01-16T09:20:00Z"),
        ("fixed_at", "2025-01-16 10:20:00+01:00", "2024-01-16 10:20:00+01:00"),
        ("started_at", "2023-01-15T10:00:00Z", "2024-01-15T10:00:00Z"),
        ("started_at", "2022-12-15T11:05:00Z", "2023-12-15T11:05:00Z"),
        ("postmortem_at", "2023-01-17", "2024-01-17"),
        ("postmortem_at", "2025-01-17", "2024-01-17"),
    ],
)
def test_a_mistyped_year(tmp_path: Path, key: str, written: str, meant: str) -> None:
    """A stamp a year away from the others is told once, with the year that was meant."""
    problem = the_problem(tmp_path, record(**{key: written}))
    assert f"{key} {written} is " in problem.message
    assert "days away" in problem.message
    assert problem.hint == f"did you mean {meant}?"


def test_the_old_year_in_january(tmp_path: Path) -> None:
    """Of two stamps about a year apart the earlier is the suspect: in January people write the old year."""
    stamps = {"detected_at": "2023-12-30T10:00:00Z", "mitigated_at": "2023-01-02T08:00:00Z"}
    text = record(status="mitigated", started_at=None, fixed_at=None, postmortem_at=None, **stamps)
    assert the_problem(tmp_path, text).hint == "did you mean 2024-01-02T08:00:00Z?"


def test_the_last_of_february_has_a_neighbour_year(tmp_path: Path) -> None:
    """29 February moves to 28 February when the year beside it is tried."""
    stamps = {"detected_at": "2024-02-29T10:00:00Z", "mitigated_at": "2025-03-01T10:00:00Z"}
    text = record(status="mitigated", started_at=None, fixed_at=None, postmortem_at=None, **stamps)
    assert "detected_at" in the_problem(tmp_path, text).message


@pytest.mark.parametrize(
    ("started", "detected"),
    [
        ("2023-06-01T00:00:00Z", "2024-01-15T10:20:00Z"),
        ("2022-12-15T11:04:59Z", "2024-01-15T10:20:00Z"),
        ("2023-01-16T00:00:00Z", "2024-01-15T10:20:00Z"),
        ("2021-01-14T00:00:00Z", "2024-01-15T10:20:00Z"),
    ],
    ids=["half a year", "not within 31 days", "out of order in the other year", "three years"],
)
def test_a_long_incident_is_no_mistyped_year(tmp_path: Path, started: str, detected: str) -> None:
    """A fault that lay hidden for long is believed where the year beside it would not fit."""
    assert read_one(tmp_path, record(started_at=started, detected_at=detected))[1] == ()


@pytest.mark.parametrize(("key", "stamp"), [("detected_at", "2024-01-15"), ("fixed_at", "2024-01-16T09:20")])
def test_a_bad_stamp_is_told_with_its_key(tmp_path: Path, key: str, stamp: str) -> None:
    """A stamp that cannot be read is an error at its key, and missing in the record."""
    problem = the_problem(tmp_path, record(**{key: stamp}))
    assert problem.message.startswith(f"{key} '{stamp}' ")
    assert getattr(read_one(tmp_path, record(**{key: stamp}))[0], key) is None


def test_policy_names_the_zone(tmp_path: Path) -> None:
    """Where policy names a zone, offsets may be left out and a bare date is a day of that zone."""
    text = record(detected_at="2024-01-15T11:20:00", postmortem_at="2024-01-17")
    incident, problems = read_one(tmp_path, text, observation={"timezone": "Europe/Berlin"})
    assert (problems, incident.detected_at) == ((), utc(2024, 1, 15, 10, 20))
    assert incident.postmortem_at == utc(2024, 1, 16, 23)
    assert "has no offset" in the_problem(tmp_path, text).message


# What status and severity demand


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"status": "mitigated", "mitigated_at": None}, "status mitigated needs mitigated_at"),
        ({"mitigated_at": None}, "status resolved needs mitigated_at"),
        ({"fixed_at": None}, "status resolved needs fixed_at"),
        ({"status": "closed", "fixed_at": None}, "status closed needs fixed_at"),
        ({"modules": None}, "status resolved and severity SEV2 needs modules"),
        ({"modules": "[]", "severity": "SEV3"}, "status resolved and severity SEV3 needs modules"),
        ({"status": "closed", "postmortem_at": None}, "status closed and severity SEV2 needs postmortem_at"),
    ],
)
def test_what_must_be_told(tmp_path: Path, changes: dict[str, str | None], needed: str) -> None:
    """By status and severity a record has to say more, and the answer is a line to paste."""
    problem = the_problem(tmp_path, record(**changes))
    assert problem.message == needed
    assert problem.hint.startswith(f"add to its front matter: {needed.split()[-1]}: ")
    assert problem.location.line == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "active", "mitigated_at": None, "fixed_at": None, "modules": None, "postmortem_at": None},
        {"status": "mitigated", "fixed_at": None, "modules": None, "postmortem_at": None},
        {"postmortem_at": None},
        {"fixed_at": None, "resolved_at": "2024-01-15T12:00:00Z"},
        {"severity": "SEV4", "modules": None},
        {"severity": "SEV3", "status": "closed", "postmortem_at": None},
    ],
)
def test_what_need_not_be_told(tmp_path: Path, changes: dict[str, str | None]) -> None:
    """Nothing is demanded that cannot be known yet, or that matters little."""
    assert read_one(tmp_path, record(**changes))[1] == ()


def test_policy_names_the_severities_with_a_postmortem(tmp_path: Path) -> None:
    """Which closed incidents need a post-mortem is a matter of policy."""
    text = record(status="closed", severity="SEV3", postmortem_at=None)
    assert "needs postmortem_at" in the_problem(tmp_path, text, postmortem_severities=["SEV3"]).message


# Other fields


@pytest.mark.parametrize(
    ("glob", "wrong"),
    [
        ("/src/**", "absolute"),
        ("C:/src", "absolute"),
        ("~/src", "absolute"),
        ("src\\a.py", "backslash"),
        ("../x", "leaves"),
    ],
)
def test_modules_lie_in_the_repository(tmp_path: Path, glob: str, wrong: str) -> None:
    """A module that can mean no file of the repository is an error, and the others are kept."""
    incident, (problem,) = read_one(tmp_path, record(modules=f"[a/..b, '{glob}']"))
    assert incident.modules == ("a/..b",)
    assert wrong in problem.message


def test_an_incident_whose_fix_must_not_be_taken_back(tmp_path: Path) -> None:
    """The record says so, and why; without a word on it a proof may be tried."""
    incident, problems = read_one(tmp_path, record(prove="never", prove_reason="It deletes files."))
    assert (incident.prove_never, problems) == ("It deletes files.", ())
    assert read_one(tmp_path, record(prove="", prove_reason=""))[0].prove_never is None


@pytest.mark.parametrize(
    ("keys", "line", "message", "reason"),
    [
        ({"prove": "never"}, 12, "prove: never needs a reason", "none given"),
        ({"prove": "never", "prove_reason": '" "'}, 12, "prove: never needs a reason", "none given"),
        ({"prove": "off"}, 12, 'prove must be one of never, but is "off"', "none given"),
        ({"prove": "false", "prove_reason": "It deletes files."}, 12, "prove must be one of", "It deletes files."),
        ({"prove_reason": "It deletes files."}, 12, "prove_reason is a reason for nothing", None),
    ],
)
def test_half_a_refusal_is_told_and_kept(
    tmp_path: Path, keys: dict[str, str], line: int, message: str, reason: str | None
) -> None:
    """A word that nobody understands does not let a bug run that somebody wanted to keep down."""
    incident, (problem,) = read_one(tmp_path, record(**keys))
    assert message in problem.message
    assert problem.location.line == line
    assert incident.prove_never == reason


def test_a_repeat_of_itself(tmp_path: Path) -> None:
    """An incident cannot repeat itself."""
    assert "names the incident itself" in the_problem(tmp_path, record(repeat_of="INC-001")).message


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("status", "done", None),
        ("trigger", "deploi", None),
        ("fix_commits", "[xyz, 3f2c1ab]", ("3f2c1ab",)),
        ("repeat_of", "yes!", None),
        ("modules", "src/orders", ()),
    ],
)
def test_what_the_schema_refuses_is_not_in_the_record(tmp_path: Path, key: str, value: str, field: object) -> None:
    """A value that is not valid is an error at its place, and the record lacks it."""
    incident, problems = read_one(tmp_path, record(**{key: value}))
    assert getattr(incident, key) == field
    assert problems[0].location.line == record(**{key: value}).splitlines().index(f"{key}: {value}") + 1


def test_an_unknown_key_is_told(tmp_path: Path) -> None:
    """A key that we do not know is an error that says which one was meant; keys with x- are the team's own."""
    problem = the_problem(tmp_path, record(detected_bye="alert", **{"x-ticket": "17"}))
    assert "detected_by?" in problem.hint


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """One run tells all problems of all files, in order of place."""
    files = {
        "INC-001.md": record(severity="bad", fixed_at="bad", status="bad", colour="red"),
        "INC-002.md": "",
        "INC-003.md": "---\nid: [\n---\n",
    }
    found = read(tmp_path, files)
    assert [str(problem.location) for problem in found.problems] == [
        "incidents/INC-001.md:4:1",
        "incidents/INC-001.md:5:1",
        "incidents/INC-001.md:9:1",
        "incidents/INC-001.md:12:1",
        "incidents/INC-002.md",
        "incidents/INC-003.md:2:6",
    ]
    assert [incident.id for incident in found.records] == ["INC-001", "INC-002", "INC-003"]


# Names and ids


def test_the_name_of_the_file_begins_with_the_id(tmp_path: Path) -> None:
    """A file whose name does not begin with the id is told how to be called."""
    found = read(
        tmp_path, {"INC-002 login.md": record(), "orders.md": record(id="INC-004"), "INC-0030.md": record(id="INC-003")}
    )
    assert [problem.hint for problem in found.problems] == [
        "git mv 'incidents/INC-002 login.md' incidents/INC-001-login.md",
        "git mv incidents/INC-0030.md incidents/INC-003.md",
        "git mv incidents/orders.md incidents/INC-004-orders.md",
    ]
    assert [incident.id for incident in found.records] == ["INC-001", "INC-003", "INC-004"]


def test_an_id_that_is_given_twice(tmp_path: Path) -> None:
    """Two records with one id are an error that names both files; both stay."""
    found = read(tmp_path, {"INC-001-a.md": record(), "INC-001-b.md": record()})
    (problem,) = found.problems
    assert problem.location.path == "incidents/INC-001-b.md"
    assert "incidents/INC-001-a.md:2" in problem.message
    assert len(found.records) == 2


def test_a_record_without_any_id(tmp_path: Path) -> None:
    """Where neither the record nor its name says which incident it is, that is an error of its own."""
    found = read(tmp_path, {"orders.md": record(id=None)})
    assert found.records == ()
    assert any("which incident" in problem.message for problem in found.problems)
    assert {problem.subject for problem in found.problems} == {"incidents/orders.md"}


# Files that are none


@pytest.mark.parametrize(
    ("content", "message", "place"),
    [
        (b"", "is empty", ""),
        (b" \n\t\n", "is empty", ""),
        (b"# Orders were down\n", "has no front matter", ""),
        (b"---\nid: INC-001\n", "has no end", ":1:1"),
        (b"---\ntitle: \xff\n---\n", "is not UTF-8: byte 0xff", ":2:8"),
        (b"---\na: &a [*a]\n---\n", "anchor", ":2:4"),
        (b"---\n" + b"[" * 50_000 + b"\n---\n", "nests deeper", ":2:41"),
        (b"---\n- a\n---\n", "must be a mapping", ":2:1"),
        (b"---\n---\n", "must be a mapping", ":2:1"),
        (b"---\nid: INC-001\nid: INC-001\n---\n", "stands here again", ":3:1"),
    ],
)
def test_a_file_that_is_no_record(tmp_path: Path, content: bytes, message: str, place: str) -> None:
    """A file that cannot be read as a record is an error at its place, and its incident counts by the file's name."""
    incident, problems = read_one(tmp_path, content)
    (problem,) = [problem for problem in problems if message in problem.message]
    assert str(problem.location) == f"incidents/INC-001.md{place}"
    assert problem.hint
    assert (incident.id, incident.severity, incident.status) == ("INC-001", None, None)


def test_the_id_that_is_written_counts_more_than_the_name(tmp_path: Path) -> None:
    """In front matter that cannot be parsed, the line of the id still tells which incident it is."""
    incident, problems = read_one(tmp_path, "---\nid: 'INC-2024-007' # x\ntitle: [\n---\n", "orders.md")
    assert incident.id == "INC-2024-007"
    assert [problem.subject for problem in problems] == ["INC-2024-007"] * 2


def test_an_id_of_another_form(tmp_path: Path) -> None:
    """An id may end in letters, too."""
    incident, problems = read_one(tmp_path, record(id="PAY-a1"), "PAY-a1.md")
    assert (incident.id, problems) == ("PAY-a1", ())


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    """A record of more than a mebibyte is not read."""
    assert "larger than" in the_problem(tmp_path, "x" * (1024 * 1024 + 1)).message


def test_a_flood_of_problems(tmp_path: Path) -> None:
    """Of one record at most a hundred problems are told."""
    globs = ", ".join(f"/{number}" for number in range(150))
    assert len(read_one(tmp_path, record(modules=f"[{globs}]"))[1]) == 100


def test_an_empty_key_counts_as_not_given(tmp_path: Path) -> None:
    """A key without a value is like no key: nothing is wrong with it, but what is demanded is missing."""
    assert read_one(tmp_path, record(cause="", modules="", severity="SEV4"))[1] == ()
    assert the_problem(tmp_path, record(mitigated_at="")).message == "status resolved needs mitigated_at"


def test_what_is_no_file(tmp_path: Path) -> None:
    """A folder, a link into nowhere, a link out of the repository and a pipe in place of a record are errors."""
    folder = tmp_path / "repo/incidents"
    (folder / "INC-001.md").mkdir(parents=True)
    (folder / "INC-002.md").symlink_to("nowhere.md")
    (tmp_path / "secret.md").write_text("root:x:0")
    (folder / "INC-003.md").symlink_to(tmp_path / "secret.md")
    os.mkfifo(folder / "INC-004.md")
    found = read(tmp_path / "repo", {})
    assert [(problem.subject, problem.message) for problem in found.problems] == [
        ("INC-001", "is a directory, not a file"),
        ("INC-002", "does not exist"),
        ("INC-003", "is a symbolic link out of the repository"),
        ("INC-004", "is not a regular file"),
    ]
    assert len(found.records) == 4


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """A file name that is not UTF-8 is shown with its bytes escaped."""
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents" / os.fsdecode(b"INC-001-\xff.md")).write_text(record())
    (incident,) = read(tmp_path, {}).records
    assert incident.location.path == "incidents/INC-001-\\udcff.md"


def test_no_folder(tmp_path: Path) -> None:
    """Without incidents/ there is nothing to judge: one usage error with what to do."""
    with pytest.raises(PreventionError) as caught:
        read_incidents(tmp_path, STANDARD)
    (problem,) = caught.value.problems
    assert (problem.kind, str(problem.location)) == ("usage", "incidents")
    assert "mkdir incidents" in problem.hint


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """A file called incidents is a usage error."""
    (tmp_path / "incidents").write_text("")
    with pytest.raises(PreventionError) as caught:
        read_incidents(tmp_path, STANDARD)
    assert "cannot be listed" in caught.value.problems[0].message


def test_an_empty_folder(tmp_path: Path) -> None:
    """A team without incidents has none, and nothing is wrong."""
    assert read(tmp_path, {}) == Incidents()


# Laws


@same_folder
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_break_the_reader(tmp_path: Path, content: bytes) -> None:
    """Whatever stands in a record, its incident counts, and what is wrong is told."""
    found = read(tmp_path, {"INC-001.md": content, "INC-002.md": b"---\n" + content + b"\n---\n" + content})
    assert {"INC-001", "INC-002"} & {incident.id for incident in found.records} or found.problems
    assert len(found.records) == 2
    assert all(problem.hint and problem.message for problem in found.problems)


def title_text() -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60)


@same_folder
@given(
    title=title_text(),
    severity=st.sampled_from(["SEV1", "SEV2", "SEV3", "SEV4"]),
    first=st.integers(631_300_000, 4_000_000_000),
    steps=st.lists(st.integers(0, 10_000_000), min_size=4, max_size=4),
    offset=st.integers(-14 * 60, 14 * 60),
    modules=st.lists(
        st.from_regex(r"[a-z][a-z*/.]{0,20}", fullmatch=True).filter(lambda one: ".." not in one), min_size=1
    ),
)
def test_what_is_written_is_read(
    tmp_path: Path, title: str, severity: str, first: int, steps: list[int], offset: int, modules: list[str]
) -> None:
    """A record with any title, moments and offsets comes back as it was written."""
    moments = [datetime.fromtimestamp(first + sum(steps[:count]), UTC) for count in range(5)]
    keys = ("started_at", "detected_at", "mitigated_at", "fixed_at", "resolved_at")
    hours, minutes = divmod(abs(offset), 60)
    written = [
        (moment + timedelta(minutes=offset)).strftime(
            f"%Y-%m-%dT%H:%M:%S{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
        )
        for moment in moments
    ]
    quoted = [f"'{module}'" for module in modules]
    stamps = dict(zip(keys, written, strict=True))
    text = record(
        title="'" + title.replace("'", "''") + "'",
        severity=severity,
        modules=f"[{', '.join(quoted)}]",
        postmortem_at=str((moments[1] + timedelta(days=1)).date()),
        **stamps,
    )
    incident, problems = read_one(tmp_path, text)
    assert [problem for problem in problems if "days away" not in problem.message] == []
    assert (incident.title, incident.severity, incident.modules) == (title, severity, tuple(modules))
    assert [getattr(incident, key) for key in keys] == moments
