"""``prevention trend``: the records as they stood at the ends of months, and what may be said of months in a row."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from math import factorial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from pytest_prevention.cli import main
from pytest_prevention.indicators.actions_completed import Tally
from pytest_prevention.indicators.months import NOT_OBSERVED, Months, Past, due_by_month
from pytest_prevention.model import Action, Status, Unavailable
from pytest_prevention.reporters.trend import TrendReport, trend_text
from pytest_prevention.sources import demo, git_records
from pytest_prevention.sources.incidents import reader
from pytest_prevention.trend import trend_report
from tests.histories import DAY, Files, Writer, writing
from tests.records import STANDARD, record
from tests.repositories import TIME, git
from tests.rules.build import action, facts, incident

SCHEMA = json.loads((Path(__file__).parents[1] / "schema/trend.schema.json").read_text(encoding="utf-8"))
BACKLOG = "incidents/prevention-backlog.md"
FIRST = "incidents/INC-001-empty-body.md"
OTHER_FILE: Files = {"shop.py": "x = 1\n"}
NO_RECORDS: Files = {
    "incidents/README.md": "How we write them",
    "incidents/proofs.json": "{}",
    "incidents/old/a.md": "?",
}

Out = pytest.CaptureFixture[str]


def call(*arguments: str | Path) -> int:
    """The exit code, whether it is returned or, by argparse, raised."""
    try:
        return main(["trend", *map(str, arguments)])
    except SystemExit as stop:
        assert isinstance(stop.code, int)
        return stop.code


def told(root: Path, out: Out, *arguments: str) -> str:
    """What the command prints; it must succeed."""
    assert call("--root", root, *arguments) == 0
    return out.readouterr().out


def data(root: Path, out: Out, *arguments: str) -> dict[str, Any]:
    """Its JSON, which fits its schema."""
    found: dict[str, Any] = json.loads(told(root, out, "--format", "json", *arguments))
    Draft7Validator(SCHEMA).validate(found)
    return found


def months(root: Path, out: Out, *arguments: str) -> dict[str, dict[str, Any]]:
    return {month["month"]: month for month in data(root, out, *arguments)["months"]}


def done(month: Mapping[str, Any]) -> tuple[int, int]:
    return month["actions_completed"]["done"], month["actions_completed"]["total"]


def refusal(root: Path, out: Out, *arguments: str, code: int) -> str:
    """What is said where there is no answer; nothing goes to standard output."""
    assert call("--root", root, *arguments) == code
    said = out.readouterr()
    assert said.out == ""
    return said.err


class Story:
    """Commits at given moments (``2024-02-05`` or ``2024-02-05T10:00:00``, UTC)."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def at(self, moment: str, files: Files, parents: tuple[str, ...] | None = None) -> str:
        stamp = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
        return self._writer.commit(files, day=(stamp - TIME + 0.5) / DAY, parents=parents)


@contextmanager
def story(folder: Path) -> Iterator[Story]:
    """A new repository, told by its commits, and checked out at the end."""
    with writing(folder) as writer:
        yield Story(writer)
    git(folder, "reset", "-q", "--hard")


def backlog(*rows: str) -> str:
    """Rows without their number and incident, which are 1, 2 … and INC-001."""
    head = "| # | Incident | Action | Category | Priority | Status | Due | Done |\n|---|---|---|---|---|---|---|---|\n"
    return head + "".join(f"| {number} | INC-001 | Do it | Code | P1 | {row} |\n" for number, row in enumerate(rows, 1))


def began(id_: str, day: str, **more: str | None) -> str:
    """A record of an incident that was over within the day."""
    hours = {"started_at": 10, "detected_at": 11, "mitigated_at": 12, "fixed_at": 13}
    stamps = {key: f"{day}T{hour}:00:00Z" for key, hour in hours.items()}
    return record(**{"id": id_, **stamps, "postmortem_at": day, **more})


OPEN, DONE = backlog("Todo | 2024-02-20 | —"), backlog("Done | 2024-02-20 | 2024-02-19")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose records begin in February; nothing is committed in April. Not to be changed."""
    root = tmp_path_factory.mktemp("story") / "shop"
    with story(root) as on:
        on.at("2024-01-10", OTHER_FILE)
        on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: OPEN, **NO_RECORDS})
        on.at("2024-03-01T00:00:00", {BACKLOG: DONE})
        on.at("2024-05-10", {"incidents/INC-002.md": began("INC-002", "2024-03-30")})
        on.at("2024-06-15T09:00:00", {"shop.py": "x = 2\n"})
    return root


@pytest.fixture
def shop(original: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(original, tmp_path / "shop")


def test_each_month_shows_what_stood_at_its_end(original: Path, capsys: Out) -> None:
    """From the first month that has records; one without a commit shows what stood before it."""
    found = months(original, capsys)
    assert [*found] == ["2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]
    assert [done(month) for month in found.values()] == [(0, 1), (1, 1), (1, 1), (1, 1), (1, 1)]
    assert [month["actions_completed"]["overdue"] for month in found.values()] == [1, 0, 0, 0, 0]
    assert [month["time_to_fix"]["n"] for month in found.values()] == [1, 1, 1, 2, 2]
    assert [month["problems"] for month in found.values()] == [0] * 5
    assert found["2024-03"]["commit"] == found["2024-04"]["commit"]
    assert found["2024-03"]["as_of"] == "2024-04-01T00:00:00Z"


def test_what_belongs_to_one_month_is_told_by_the_newest_records(original: Path, capsys: Out) -> None:
    """Much of what happens in a month is written down after it: both counts are shown."""
    found = months(original, capsys)
    assert found["2024-03"]["began"] == {"incidents": 1, "recorded_by_then": 0}
    assert found["2024-02"]["done_on_time"] == {"done": 1, "total": 1, "share": 1.0}
    assert found["2024-04"]["done_on_time"] == {
        "done": 0,
        "total": 0,
        "share": None,
        "reason": "no action fell due",
    }
    rows = [line.split() for line in told(original, capsys).splitlines() if line.startswith("2024-03")]
    assert rows == [["2024-03", "1", "(0)", "–", "1/1", "========", *["0", "0", "16", "60", "60", "2", "0"]]]


def test_the_last_row_is_as_of(original: Path, capsys: Out) -> None:
    """HEAD's commit time by default. The last month of a midnight is the one that it ends."""
    last = data(original, capsys)["months"][-1]
    assert (last["as_of"], last["whole"]) == ("2024-06-15T09:00:00Z", False)
    assert "2024-06*" in told(original, capsys)
    last = data(original, capsys, "--as-of", "2024-05-10T00:00:00Z")["months"][-1]
    assert (last["month"], last["time_to_fix"]["n"]) == ("2024-05", 2)
    last = data(original, capsys, "--as-of", "2024-05-09T23:59:59Z")["months"][-1]
    assert (last["month"], last["time_to_fix"]["n"]) == ("2024-05", 1)
    last = data(original, capsys, "--as-of", "2024-04-01")["months"][-1]
    assert (last["month"], last["as_of"], last["whole"]) == ("2024-03", "2024-04-01T00:00:00Z", True)


def test_months_limits_the_rows(original: Path, capsys: Out) -> None:
    """A year by default."""
    assert [*months(original, capsys, "--months", "2")] == ["2024-05", "2024-06"]
    assert [*months(original, capsys, "--months", "9" * 30)] == [*months(original, capsys)]
    assert len(months(original, capsys, "--as-of", "2030-01-01")) == 12


@pytest.mark.parametrize(
    ("zone", "moment", "month"),
    [
        ("UTC", "2024-02-29T23:59:59", "2024-02"),
        ("UTC", "2024-03-01T00:00:00", "2024-03"),
        ("Asia/Tokyo", "2024-02-29T14:59:59", "2024-02"),
        ("Asia/Tokyo", "2024-02-29T15:00:00", "2024-03"),
        ("America/New_York", "2024-04-01T03:59:59", "2024-03"),  # summer time has begun
        ("America/New_York", "2024-04-01T04:00:00", "2024-04"),
    ],
)
def test_a_month_ends_at_midnight_in_the_zone_of_the_policy(
    zone: str, moment: str, month: str, tmp_path: Path, capsys: Out
) -> None:
    """What is committed at that very second belongs to the next one."""
    root = tmp_path / "shop"
    with story(root) as on:
        on.at("2024-01-05", {FIRST: began("INC-001", "2024-01-03"), BACKLOG: OPEN})
        on.at(moment, {BACKLOG: DONE})
        on.at("2024-05-15", {"prevention-policy.yaml": f"version: 1\nobservation: {{timezone: {zone}}}\n"})
    found = months(root, capsys)
    assert next(name for name, one in found.items() if done(one) == (1, 1)) == month


def test_the_policy_of_today_is_the_yardstick(shop: Path, capsys: Out) -> None:
    """Old policies would measure each month with another one: a change of policy would look like a change of work."""
    assert months(shop, capsys)["2024-02"]["actions_completed"]["stale"] == 1
    (shop / "prevention-policy.yaml").write_text("version: 1\nthresholds: {action_stale_days: 99}\n")
    assert months(shop, capsys)["2024-02"]["actions_completed"]["stale"] == 0


def test_what_is_not_committed_does_not_count(shop: Path, capsys: Out) -> None:
    """Neither records nor the want of them."""
    before = told(shop, capsys)
    shutil.rmtree(shop / "incidents")
    assert told(shop, capsys) == before


def test_a_month_says_what_a_report_of_then_would_have_said(tmp_path: Path, capsys: Out) -> None:
    """The figures are the indicators of that commit, checked out, as of that moment."""
    shop = tmp_path / "shop"
    demo.unpack("shop", shop)
    policy = shutil.copy(shop / "prevention-policy.yaml", tmp_path)
    found = data(shop, capsys)["months"]
    assert len(found) == 3
    for month in found:
        git(shop, "checkout", "-q", "--detach", month["commit"])
        assert (
            main(["report", f"--root={shop}", f"--policy={policy}", f"--as-of={month['as_of']}", "--format=json"]) == 0
        )
        indicators = json.loads(capsys.readouterr().out)["indicators"]
        for name, figure in {**indicators["leading"], **indicators["lagging"]}.items():
            same = {key: value for key, value in month.get(name, {}).items() if key != "verified"}
            lists = {key: len(value) if isinstance(value, list) else value for key, value in figure.items()}
            assert same == {key: lists.get(key) for key in same}, name


def test_evidence_of_then_is_not_examined(original: Path, capsys: Out) -> None:
    """Nothing verified would be a lie: nobody ran the tests of then."""
    assert months(original, capsys)["2024-02"]["actions_completed"]["verified"] == {
        "unavailable": "not examined: it needs the test runs of then"
    }
    assert "not examined" in told(original, capsys)
    for month in trend_report(original).months.months:
        assert isinstance(month.past.facts.links, Unavailable)


# Records that could not be read then


def test_a_backlog_that_could_not_be_read_then_is_told_in_its_month(tmp_path: Path, capsys: Out) -> None:
    """The other months are told, and of that one what the incidents say."""
    root = tmp_path / "shop"
    with story(root) as on:
        on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03")})
        on.at("2024-03-05", {BACKLOG: b"| # |\n|---|\n|  caf\xe9 |\n"})
        on.at("2024-04-05", {BACKLOG: DONE})
    found = months(root, capsys)
    none = {"unavailable": f"{BACKLOG} did not exist"}
    latin = {"unavailable": f"{BACKLOG}:3:7 is not UTF-8: byte 0xe9"}
    assert found["2024-02"]["actions_completed"] == found["2024-02"]["time_to_complete"] == none
    assert found["2024-03"]["actions_completed"] == latin
    assert done(found["2024-04"]) == (1, 1)
    assert [month["time_to_fix"]["n"] for month in found.values()] == [1, 1, 1]
    text = told(root, capsys)
    assert f"2024-02: {BACKLOG} did not exist." in text
    assert f"2024-03: {BACKLOG}:3:7 is not UTF-8: byte 0xe9." in text
    assert "prevention-backlog.md\\:3\\:7 is" in told(root, capsys, "--format", "md")


def test_the_newest_backlog_that_cannot_be_read_leaves_no_month_alone(tmp_path: Path, capsys: Out) -> None:
    """What fell due in a month is not known then; what had been done by then is."""
    root = tmp_path / "shop"
    with story(root) as on:
        on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: DONE})
        on.at("2024-03-05", {BACKLOG: None})
    february = months(root, capsys)["2024-02"]
    assert february["done_on_time"] == {"unavailable": f"{BACKLOG} did not exist"}
    assert done(february) == (1, 1)


def test_records_that_were_gone_for_a_while(tmp_path: Path, capsys: Out) -> None:
    """Their month says so, and a reason of several months is told once."""
    root = tmp_path / "shop"
    with story(root) as on:
        on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: DONE})
        on.at("2024-03-05", {"incidents": None, **OTHER_FILE})
        on.at("2024-05-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: DONE})
    found = months(root, capsys)
    assert [*found] == ["2024-02", "2024-03", "2024-04", "2024-05"]
    assert found["2024-03"]["time_to_fix"] == {"unavailable": "there was no incidents/ folder"}
    assert found["2024-03"]["began"]["recorded_by_then"] == {"unavailable": "there was no incidents/ folder"}
    assert done(found["2024-05"]) == (1, 1)
    assert "2024-03 to 2024-04 (2 months): there was no incidents/ folder." in told(root, capsys)


def test_mistakes_in_the_records_of_then_are_counted(tmp_path: Path, capsys: Out) -> None:
    """What can be read of them counts all the same."""
    root = tmp_path / "shop"
    with story(root) as on:
        on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03", severity="grave"), BACKLOG: backlog("Dnoe | ? | ?")})
        on.at("2024-03-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: DONE})
    found = months(root, capsys)
    assert [month["problems"] for month in found.values()] == [2, 0]
    assert done(found["2024-02"]) == (0, 1)
    assert "cannot be read as they were meant: 2024-02 (2)." in told(root, capsys)


@pytest.mark.parametrize("mode", ["120000", "160000", "100644"])
def test_a_folder_that_was_none(mode: str, shop: Path, capsys: Out) -> None:
    """A symbolic link to the records, a submodule, a file: git has no records of then in this repository."""
    git(shop, "mv", "incidents", "records")
    content = git(shop, "hash-object", "-w", "--stdin", stdin=b"records") if mode != "160000" else "1" * 40
    git(shop, "update-index", "--add", "--cacheinfo", f"{mode},{content},incidents")
    git(shop, "commit", "-qm", "Move", at=TIME + 300 * DAY)
    found = months(shop, capsys)
    assert found["2024-09"]["time_to_fix"] == {"unavailable": "incidents was no folder"}
    assert done(found["2024-08"]) == (1, 1)
    assert re.search(r"^2024-09\*( +\?){3} ", told(shop, capsys), re.MULTILINE)


def test_symbolic_links_are_not_followed(shop: Path, tmp_path: Path, capsys: Out) -> None:
    """Neither out of the repository nor into it: an incident counts, and its record is a mistake."""
    (tmp_path / "INC-003.md").write_text(began("INC-003", "2024-06-20"))
    (shop / "incidents/INC-003.md").symlink_to(tmp_path / "INC-003.md")
    (shop / BACKLOG).rename(shop / "backlog.md")
    (shop / BACKLOG).symlink_to("../backlog.md")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "Links", at=TIME + 300 * DAY)
    last = months(shop, capsys)["2024-09"]
    assert last["actions_completed"] == {"unavailable": f"{BACKLOG} was no regular file"}
    assert (last["problems"], last["time_to_fix"]["n"]) == (1, 2)


def test_names_that_are_not_utf_8(tmp_path: Path, capsys: Out) -> None:
    """They neither end it nor act at a terminal."""
    root = tmp_path / "shop"
    with story(root) as on:
        odd = {"incidents/INC-002-\udcff.md": "no front matter", "incidents/\x1b[31m.md": "none either"}
        on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: DONE, **odd})
    found = months(root, capsys)["2024-02"]
    assert (found["problems"], found["time_to_fix"]["n"]) == (3, 1)
    assert "\x1b" not in told(root, capsys)


def test_files_of_any_size_are_not_read(tmp_path: Path, capsys: Out) -> None:
    """A record counts by its name, a backlog is not readable."""
    root = tmp_path / "shop"
    with story(root) as on:
        on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: b"\n" * 9_000_000})
        on.at("2024-03-05", {"incidents/INC-002.md": b"\n" * 2_000_000, BACKLOG: DONE})
    found = months(root, capsys)
    assert found["2024-02"]["actions_completed"] == {"unavailable": f"{BACKLOG} was larger than 8,388,608 bytes"}
    assert (found["2024-03"]["problems"], done(found["2024-03"])) == (1, (1, 1))


def test_all_together_must_not_be_endless(original: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    """What would take all memory could not be judged."""
    monkeypatch.setattr(git_records, "CONTENT_BYTES", 100)
    assert "more than 100 bytes in that time; look at fewer months" in refusal(original, capsys, code=5)


def test_each_content_is_read_once(original: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    """However many months have it."""
    read: list[str] = []

    def counting(name: str, *more: Any) -> reader.Record:
        read.append(name)
        return reader.read_record(name, *more)

    monkeypatch.setattr(git_records, "read_record", counting)
    assert len(months(original, capsys)) == 5
    assert sorted(read) == [FIRST, "incidents/INC-002.md"]


# History


def test_only_the_main_line_counts(tmp_path: Path, capsys: Out) -> None:
    """What was written on a branch stands when it is merged."""
    root = tmp_path / "shop"
    with story(root) as on:
        first = on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: OPEN})
        branch = on.at("2024-02-15", {BACKLOG: DONE}, parents=(first,))
        main_line = on.at("2024-03-05", OTHER_FILE, parents=(first,))
        on.at("2024-04-05", {BACKLOG: DONE}, parents=(main_line, branch))
    assert [done(month) for month in months(root, capsys).values()] == [(0, 1), (0, 1), (1, 1)]


def test_clocks_that_went_wrong(tmp_path: Path, capsys: Out) -> None:
    """What stands behind a commit of its month had come by then, whatever date it bears."""
    root = tmp_path / "shop"
    with story(root) as on:
        on.at("2024-02-05", {FIRST: began("INC-001", "2024-02-03"), BACKLOG: OPEN})
        on.at("2031-01-01", {BACKLOG: DONE})
        on.at("2024-03-05", OTHER_FILE)
    assert [done(month) for month in months(root, capsys).values()] == [(0, 1), (1, 1)]


def test_a_commit_without_a_date_that_can_be_read(shop: Path, capsys: Out) -> None:
    """Its records do not stand for the months before; as HEAD it cannot say what time it is."""
    tree, parent = git(shop, "rev-parse", "HEAD^{tree}", "HEAD")[:81].split()
    raw = f"tree {tree}\nparent {parent}\nauthor A <a> 1 +0000\ncommitter C <c> soon\n\nx\n"
    undated = git(shop, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw.encode())
    before = months(shop, capsys)
    git(shop, "reset", "-q", "--hard", undated)
    assert "could not judge: the commit has no time" in refusal(shop, capsys, code=5)
    (shop / "shop.py").write_text("x = 3\n")
    git(shop, "commit", "-qam", "Go on", at=int(datetime(2024, 6, 16, tzinfo=UTC).timestamp()))
    found = months(shop, capsys)
    assert {**found, "2024-06": 0} == {**before, "2024-06": 0}


def test_a_project_in_a_folder_of_a_repository(original: Path, tmp_path: Path, capsys: Out) -> None:
    """Its records are below it, and those of another project are not its own."""
    mono = tmp_path / "mono"
    git(tmp_path, "clone", "-q", str(original), str(mono))
    (mono / "services/shop").mkdir(parents=True)
    git(mono, "mv", "incidents", "services/shop/")
    git(mono, "commit", "-qm", "Move into the monorepo", at=int(datetime(2024, 7, 2, tzinfo=UTC).timestamp()))
    assert done(months(mono / "services/shop", capsys)["2024-07"]) == (1, 1)
    assert [*months(mono / "services/shop", capsys)] == ["2024-07"]


def test_a_shallow_clone_cannot_be_judged(original: Path, tmp_path: Path, capsys: Out) -> None:
    """Unless it goes back as far as asked; with the rest it is judged as the whole."""
    clone = tmp_path / "shop"
    git(tmp_path, "clone", "-q", "--depth=2", original.as_uri(), str(clone))
    said = refusal(clone, capsys, code=5)
    assert said.startswith("could not judge: the clone is shallow: what stood at the end of 2024-04 is not in it; ")
    assert "git fetch --unshallow" in said
    assert told(clone, capsys, "--months", "2") == told(original, capsys, "--months", "2")
    git(clone, "fetch", "-q", "--unshallow")
    assert told(clone, capsys) == told(original, capsys)


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_that_lacks_records_cannot_be_judged(
    kind: str, shop: Path, tmp_path: Path, capsys: Out
) -> None:
    """Nothing is fetched behind anybody's back, and nothing is taken for a record that nobody wrote."""
    git(shop, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone" / "shop"
    git(tmp_path, "clone", "-q", f"--filter={kind}", shop.as_uri(), str(clone))
    assert "could not judge" in refusal(clone, capsys, code=5)


def test_without_git_nothing_can_be_judged(tmp_path: Path, capsys: Out) -> None:
    """Neither without a repository nor without a commit."""
    assert "could not judge: no git history here: not a git repository" in refusal(tmp_path, capsys, code=5)
    git(tmp_path, "init", "-q")
    assert "could not judge: no git history here: HEAD is no commit" in refusal(tmp_path, capsys, code=5)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--as-of", "2024-01-01"], "no commit is as old"),
        (["--as-of", "2024-01-31"], "incidents: was no folder of any commit looked at"),
        (["--as-of", "soon"], "--as-of: 'soon' is not"),
        (["--months", "0"], "'0' is no number of 1 or more"),
        (["--months", "-1"], "'-1' is no number of 1 or more"),
        (["--months", "many"], "'many' is no number of 1 or more"),
        (["--format", "xml"], "is no report format"),
        (["--policy", "none.yaml"], "does not exist"),
        (["INC-001"], "unrecognized arguments"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_asked_is_a_usage_error(arguments: list[str], why: str, original: Path, capsys: Out) -> None:
    assert why in refusal(original, capsys, *arguments, code=4)


# Formats


def test_every_format_says_the_same(original: Path, tmp_path: Path, capsys: Out) -> None:
    """By its name, and by the suffix of the file; the table fits 100 columns."""
    text = told(original, capsys)
    assert text == told(original, capsys, "--format", "terminal") == told(original, capsys, "--format", "txt")
    assert max(map(len, text.splitlines())) <= 100
    page = told(original, capsys, "--format", "markdown")
    assert "| 2024-02 | 1 | 1/1 | 0/1 |" in page
    told(original, capsys, "--output", str(tmp_path / "page.md"))
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page


def test_nothing_acts(original: Path, tmp_path: Path, capsys: Out) -> None:
    """The name of the folder is somebody's text too."""
    odd = shutil.copytree(original, tmp_path / "\x1b[31m<b>@all")
    assert "\\x1b[31m<b>@all" in told(odd, capsys)
    page = told(odd, capsys, "--format", "markdown")
    assert "<b>" not in page
    assert "@all" not in page


# Whether months differ


def past(month: int, *given: Any, until: datetime | None = None) -> Past:
    """The facts at the end of that month of 2024."""
    as_of = until or datetime(2024 + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return Past(f"2024-{month:02}", "f" * 40, facts(*given, as_of=as_of))


def in_month(*numbers: int) -> list[Any]:
    """So many incidents in January, February …"""
    return [
        incident(f"INC-{month}{number:02}", started_at=datetime(2024, month, 1 + number, tzinfo=UTC))
        for month, many in enumerate(numbers, 1)
        for number in range(many)
    ]


def done_on(day: date) -> Action:
    """An action that was done on the day on which it was due."""
    return action(due=day, status=Status.DONE, done=day)


def test_incidents_that_become_fewer_each_month_are_a_trend() -> None:
    """By the exact test: one of 5! orders, or its mirror image."""
    found = Months([past(month, *in_month(5, 4, 3, 2, 1)) for month in range(1, 6)], STANDARD).trends["incidents"]
    assert (found.n, found.found.tau_b, found.found.slope) == (5, -1, -1)
    assert found.p_holm == found.found.p == pytest.approx(2 / factorial(5))


def test_a_month_that_has_not_ended_is_not_tested() -> None:
    """It would look quiet."""
    given = in_month(5, 4, 3, 2, 1)
    pasts = [
        *(past(month, *given) for month in range(1, 5)),
        past(5, *given, until=datetime(2024, 5, 31, 12, tzinfo=UTC)),
    ]
    found = Months(pasts, STANDARD).trends["incidents"]
    assert (found.n, found.found.tau_b, found.found.reason) == (4, None, "4 months: a trend needs 5")


def test_neither_is_one_in_which_observation_began() -> None:
    """The months before have no number at all."""
    observing = replace(STANDARD, tree={**STANDARD.tree, "observation": {"timezone": "UTC", "from": "2024-02-10"}})
    found = Months([past(month, *in_month(5, 5, 4, 3, 2, 1)) for month in range(1, 7)], observing)
    assert [month.whole for month in found.months] == [True, False, True, True, True, True]
    assert found.months[0].began == NOT_OBSERVED
    assert found.trends["incidents"].n == 4


def test_two_tests_are_a_family() -> None:
    """By Holm, the smaller p counts twice."""
    late = [action(due=date(2024, month, 10)) for month in range(1, 7) for _ in range(month)]
    on_time = [done_on(date(2024, month, 10)) for month in range(1, 7)]
    given = [*in_month(6, 5, 4, 3, 2, 1), *late, *on_time]
    both = Months([past(month, *given) for month in range(1, 7)], STANDARD).trends
    assert both["incidents"].found.p == both["done_on_time"].found.p == pytest.approx(2 / factorial(6))
    assert both["incidents"].p_holm == both["done_on_time"].p_holm == pytest.approx(4 / factorial(6))
    assert both["done_on_time"].found.tau_b == -1


def test_months_in_which_nothing_fell_due_have_no_share() -> None:
    """None is neither none nor all of them."""
    given = [action(due=date(2024, 1, 10)), done_on(date(2024, 3, 10))]
    found = Months([past(month, *given) for month in range(1, 7)], STANDARD).trends["done_on_time"]
    assert (found.n, found.p_holm) == (2, None)


def unwrapped(number: int, *given: Any) -> str:
    """What is said of so many months, with no line ends."""
    report = TrendReport(Months([past(month, *given) for month in range(1, number + 1)], STANDARD))
    return " ".join(trend_text(report).split())


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((1, 2, 3, 4, 5, 7), "rising by 1 a month (p = 0.0028 over 6 whole months)"),
        ((5, 4, 3, 2, 1), "falling by 1 a month (p = 0.017 over 5 whole months)"),
        ((1, 3, 2, 5, 4), "no trend that these data can show (p = 0.23 over 5 whole months)"),
        ((1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2), "rising (p = 0.014 over 11 whole months)"),
        ((2, 2, 2, 2, 2), "all 5 months have the same value"),
        ((1, 2, 3, 4), "4 months: a trend needs 5"),
    ],
)
def test_a_word_for_the_direction_has_a_test_behind_it(numbers: tuple[int, ...], words: str) -> None:
    """Else it is said why there is none."""
    assert f"Incidents per month: {words}." in unwrapped(len(numbers), *in_month(*numbers))


def test_points_are_percentage_points() -> None:
    """A slope of 0.1 is 10 of them."""
    given = [
        action(due=day) if number > month else done_on(day)
        for month in range(1, 7)
        for day in (date(2024, month, 10),)
        for number in range(1, 11)
    ]
    assert "rising by 10 percentage points a month (p = 0.0028 over 6 whole months)" in unwrapped(6, *given)


def test_due_is_what_had_to_be_done_by_now() -> None:
    """Done late and not done are both late; what is due today still has time."""
    day, later = date(2024, 1, 10), date(2024, 1, 11)
    given = facts(
        action(1, due=day, status=Status.DONE, done=day),
        action(2, due=day, status=Status.DONE, done=later),
        action(3, due=day),
        action(4, due=day, status=Status.DROPPED),
        action(5, due=day, status=Status.DONE, done=None),
        action(6, due=None, status=Status.DONE, done=day),
        action(7, due=date(2024, 1, 31)),
        action(8, due=date(2024, 2, 1)),
        as_of=datetime(2024, 2, 1, tzinfo=UTC),
    )
    assert due_by_month(given, STANDARD) == {"2024-01": Tally(1, 4)}
