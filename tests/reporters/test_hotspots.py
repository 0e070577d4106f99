"""The hotspots as people and programs read them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pytest_prevention.model import Action, Backlog, Commit, History, Links, Snapshot, Status, Trail, Unavailable
from pytest_prevention.reporters.hotspots import HOTSPOT_REPORTERS, HotspotReport
from pytest_prevention.reporters.layout import columns
from tests.reporters.approved import assert_approved
from tests.rules import build

NOW, DAY = 1_706_745_600, 86_400
PATH = "shop/payments.py"
SCHEMA = json.loads((Path(__file__).parents[2] / "schema/hotspots.schema.json").read_text(encoding="utf-8"))
POLICY = build.policy(
    thresholds={"hotspot_fixes": 3, "hotspot_probability": 0.5, "complete_within_days": 14},
    history={"half_life_days": 180},
    columns={},
)


def fix(days: int, subject: str = "Fix the rounding", incidents: tuple[str, ...] = ()) -> Commit:
    at = NOW - days * DAY
    return Commit(f"{days:040x}", at, at, days % 3, subject, "fix", incidents)


def report(path: str = PATH, subject: str = "Fix the rounding", **changes: object) -> HotspotReport:
    """One module that breaks, with everything that can be told of it, and thirty that do not."""
    lines = {path: 900, **{f"shop/m{n:02}.py": 10 + n for n in range(30)}}
    trail = Trail((fix(3, subject, ("INC-001",)), *(fix(30 * n, subject) for n in range(1, 8))), ((3, f"old/{path}"),))
    then = Snapshot("d" * 40, NOW - 182 * DAY, lines)
    history = History(
        now=Snapshot("c" * 40, NOW, lines),
        then=then,
        window_days=1095,
        commits=1234,
        trails={path: trail},
        left_out={"docs": 2, "tests": 40},
    )
    given = build.facts(build.incident(modules=(path,)), build.link(), build.action(), history=history)
    return replace(HotspotReport(given, POLICY, "shop", {path: Fraction(43, 100)}), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", ["txt", "md", "json"])
def test_the_hotspots_are_as_approved(shape: str) -> None:
    """Every part once: fixes, incidents, coverage, the missing retrofit, the backtest with its table."""
    assert_approved(HOTSPOT_REPORTERS[shape](report(detailed=True, top=5)), f"hotspots.{shape}")


def test_text_fits_a_terminal() -> None:
    """Only what is to be pasted, and a path, may be wider."""
    for line in HOTSPOT_REPORTERS["txt"](report(subject="Fix " + "very " * 40 + "long")).splitlines():
        assert columns(line) <= 80 or line.lstrip().startswith("|")


@given(st.text(min_size=1), st.text(min_size=1))
def test_nothing_that_a_repository_says_acts(path: str, subject: str) -> None:
    """Control characters, workflow commands and line ends in names and subjects stay harmless in every format."""
    hostile = report(path.replace("\0", "") or "a", subject)
    for shape, render in HOTSPOT_REPORTERS.items():
        text = render(hostile)
        assert not any(char in text for char in "\x1b\x07\r\x85\u2028\u202e"), shape
        assert not any(line.lstrip().startswith(("::", "##[")) for line in text.splitlines()), shape
        text.encode("utf-8")


def test_a_name_that_is_not_utf_8_shows_its_bytes() -> None:
    """As git has them, in every format; the JSON stays valid for strict readers."""
    odd = report(b"shop/\xff.py".decode("utf-8", "surrogateescape"))
    assert "shop/\\xff.py  breaks repeatedly" in HOTSPOT_REPORTERS["txt"](odd)
    data = json.loads(HOTSPOT_REPORTERS["json"](odd))
    Draft7Validator(SCHEMA).validate(data)
    assert data["modules"][0]["path"] == "shop/\\xff.py"
    assert "\\udc" not in HOTSPOT_REPORTERS["json"](odd)


def test_what_is_not_known_says_why() -> None:
    """Coverage without data, and a history too young for a backtest."""
    young = report(covered={PATH: Unavailable("no .coverage file")})
    facts = replace(young.facts, history=replace(young.history, then=Unavailable("the history is younger")))
    text = HOTSPOT_REPORTERS["txt"](replace(young, facts=facts))
    assert "coverage: not known: no .coverage file" in text
    assert "Backtest: not available: the history is younger." in text


def test_a_project_without_hotspots_is_told_so() -> None:
    """In words, not by silence."""
    calm = report()
    facts = replace(calm.facts, history=replace(calm.history, trails={}))
    assert "No module is flagged" in HOTSPOT_REPORTERS["txt"](replace(calm, facts=facts))


def plain(shape: str, report: HotspotReport) -> str:
    """What people read: without line ends and escapes."""
    return " ".join(unescape(HOTSPOT_REPORTERS[shape](report)).translate({ord("\\"): "", 0x200B: ""}).split())


def with_actions(*actions: Action, linked: bool = True) -> HotspotReport:
    """The module that breaks, with these actions in the backlog; a test is linked to the first where one is."""
    links = Links((build.link(action=actions[0].number),) if linked else ())
    given = report()
    return replace(given, facts=replace(given.facts, backlog=Backlog(actions), links=links), top=1)


OLD = build.action(1, text=f"Retrofit tests for {PATH}", status=Status.DONE, done=date(2023, 9, 15))


def test_the_action_that_answers_is_named_not_the_one_that_is_open() -> None:
    """In every format."""
    both = with_actions(OLD, build.action(2, text=f"Retrofit tests for {PATH} again"))
    for shape in ("txt", "md"):
        text = plain(shape, both)
        assert "(3 answered by INC-001#1)" in text
        assert "retrofit: INC-001#2 (Todo)" in text
    module = json.loads(HOTSPOT_REPORTERS["json"](both))["modules"][0]
    assert (module["retrofit"], module["answered_by"], module["answered"]) == ("INC-001#2", "INC-001#1", 3)
    assert module["reasons"] == [
        "5 fixes in 12 months, 3 flag a module",
        f"probability of another within 6 months {module['probability'] * 100:.0f} %, 50 % flag it",
        "3 more answered by INC-001#1, Done on 2023-09-15",
    ]


@pytest.mark.parametrize("shape", ["txt", "md"])
def test_a_retrofit_that_is_only_claimed_shows_what_it_lacks(shape: str) -> None:
    """Flag and rule tell the same, with the next step of the ladder."""
    claimed = replace(OLD, done=date(2024, 1, 31))
    text = plain(shape, with_actions(claimed, linked=False))
    assert "retrofit: INC-001#1 (Done, but only claimed: no test is linked)" in text
    assert '@pytest.mark.incident("INC-001")' in text


@pytest.mark.parametrize("shape", ["txt", "md"])
def test_evidence_that_nobody_could_look_at_is_not_called_missing(shape: str) -> None:
    claimed = with_actions(replace(OLD, done=date(2024, 1, 31)), linked=False)
    unseen = replace(claimed, facts=replace(claimed.facts, links=Links(unread=("tests/test_a.py",))))
    text = plain(shape, unseen)
    assert "(Done, but its evidence is not known: tests/test_a.py cannot be parsed)" in text


@pytest.mark.parametrize("shape", ["txt", "md"])
@pytest.mark.parametrize(
    ("top", "flagged", "others"),
    [
        (0, "and 3 more flagged modules", "and 30 more that are not flagged"),
        (2, "and 1 more flagged module", "and 30 more that are not flagged"),
        (3, "", "and 30 more that are not flagged"),
        (32, "", "and 1 more that is not flagged"),
        (33, "", ""),
    ],
)
def test_flagged_modules_that_are_not_shown_are_not_called_sound(
    shape: str, top: int, flagged: str, others: str
) -> None:
    """--top limits the modules; both kinds that are left out are counted apart."""
    given = report(top=top)
    trail = given.history.trails[PATH]
    lines = {**given.history.now.lines, "shop/a.py": 800, "shop/b.py": 700}
    history = replace(
        given.history,
        now=replace(given.history.now, lines=lines),
        trails={PATH: trail, "shop/a.py": trail, "shop/b.py": trail},
    )
    told = HOTSPOT_REPORTERS[shape](replace(given, facts=replace(given.facts, history=history))).splitlines()
    left = [line.strip(" .") for line in told if line.strip().startswith("and ") and "flagged" in line]
    assert left == [words for words in (flagged, others) if words]


def test_coverage_that_nobody_looked_up_is_null() -> None:
    """Not a reason, hundreds of times; a flagged module has its share, or says why not."""
    data = json.loads(HOTSPOT_REPORTERS["json"](report(covered={PATH: Unavailable("no .coverage file")})))
    Draft7Validator(SCHEMA).validate(data)
    first, *others = data["modules"]
    assert first["coverage"] == {"unavailable": "no .coverage file"}
    assert {module["coverage"] for module in others} == {None}
