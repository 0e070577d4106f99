"""The hotspots as people and programs read them."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pytest_prevention.model import Commit, History, Snapshot, Trail, Unavailable
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
