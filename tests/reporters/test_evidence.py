"""The evidence of one incident as people and programs read it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model import FixedLines, Incident, Location, Rung, Standing, Unavailable
from pytest_prevention.model.proof import Answer, Proof
from pytest_prevention.reaching import Reach
from pytest_prevention.reporters.evidence import EVIDENCE_REPORTERS, EvidenceReport, Examined
from pytest_prevention.reporters.layout import columns
from tests.reporters.approved import assert_approved

GUARD = "tests/test_api.py::test_empty_body"
FIX = FixedLines(
    {"shop/api.py": frozenset({2, 3, 5}), "shop/orders.py": frozenset({2})},
    by_function=frozenset({"shop/orders.py"}),
)
REPORT = EvidenceReport(
    incident=Incident(
        id="INC-001", title="Empty orders", location=Location("incidents/a.md"), fix_commits=("1cd649d1cd649d0", "2f")
    ),
    standings=(
        ("Test", Standing("INC-001#1", Rung.REACHING, f"{GUARD} passed and reached the fix", "prove it")),
        ("Monitor", Standing("INC-001#2", None, "no tests were run here")),
    ),
    fix=FIX,
    texts={
        "shop/api.py": (
            "def parsed(body):",
            "    if not body:",
            '        raise BadRequest("empty body")',
            "",
            f"    return parse({'body, ' * 12})",
        ),
        "shop/orders.py": ("def total(lines):", "    return sum(lines)"),
    },
    guards=(
        Examined(
            guard=GUARD,
            reach=Reach({"shop/api.py": frozenset({2, 3})}, FIX),
            proof=Proof(
                "INC-001", GUARD, Answer.PROVEN, "at-the-fix", "assertion", carried_from="2024-01-31T09:00:00Z"
            ),
        ),
        Examined(guard=f"{GUARD}_too", reach=Reach({}, FIX), stale="the test was changed"),
        Examined(
            guard=f"{GUARD}_as_well",
            reach=Unavailable("it was not measured", "run it"),
            proof=Proof("INC-001", GUARD, Answer.INCONCLUSIVE, reason="control-fails"),
        ),
    ),
)


@pytest.mark.parametrize("shape", ["txt", "json"])
def test_the_evidence_is_as_approved(shape: str) -> None:
    """Lines that are executed and lines that are not, a file by its functions, guards of every sort."""
    assert_approved(EVIDENCE_REPORTERS[shape](REPORT), f"evidence.{shape}")


def test_nothing_measured_is_neither_executed_nor_not() -> None:
    """Where no guard was measured the lines are shown, and nobody knows of any."""
    unknown = replace(REPORT, guards=REPORT.guards[2:])
    text, data = (EVIDENCE_REPORTERS[shape](unknown) for shape in ("txt", "json"))
    assert "? 2  if not body:" in text
    assert "✓" not in text
    assert "·" not in text
    assert {line["executed"] for file in json.loads(data)["fix"] for line in file["lines"]} == {None}


def test_without_fix_and_guards_it_says_so() -> None:
    """Why it is not known where the fix stands, and that nothing guards."""
    bare = replace(REPORT, fix=Unavailable("the clone is shallow", "git fetch --unshallow"), guards=(), texts={})
    text = EVIDENCE_REPORTERS["txt"](bare)
    assert "unknown: the clone is shallow; git fetch" in text
    assert "No test is linked to it." in text
    data = json.loads(EVIDENCE_REPORTERS["json"](bare))
    assert (data["fix"], data["fix_unknown"]) == ([], "the clone is shallow; git fetch --unshallow")


def test_text_fits_a_terminal_and_json_has_it_all() -> None:
    """Only a node id may be wider; of many lines the first are shown and the others counted."""
    many = FixedLines({"shop/api.py": frozenset(range(1, 101))})
    long = replace(REPORT, fix=many, texts={"shop/api.py": ("    x = '" + "y" * 200 + "'",) * 100})
    text = EVIDENCE_REPORTERS["txt"](long)
    assert all(columns(line) <= 80 for line in text.splitlines())
    assert "and 60 more" in text
    assert len(json.loads(EVIDENCE_REPORTERS["json"](long))["fix"][0]["lines"]) == 100


@given(st.text(), st.text())
def test_nothing_that_a_repository_says_acts(name: str, text: str) -> None:
    """Names, source text and reasons with control characters and workflow commands stay harmless in every format."""
    path = f"shop/{name}.py"
    fix = FixedLines({path: frozenset({1, 2})})
    hostile = EvidenceReport(
        incident=Incident(id=name, title=text, location=Location("incidents/a.md"), fix_commits=(text,)),
        standings=((text, Standing(name, Rung.WORKING, text, text)),),
        fix=fix,
        texts={path: (text, f"::error::{text}")},
        guards=(Examined(guard=name, reach=Reach({path: frozenset({1})}, fix), stale=text),),
    )
    for shape, render in EVIDENCE_REPORTERS.items():
        shown = render(hostile)
        assert not any(char in shown for char in "\x1b\x07\r\t\x85\u2028\u202e"), shape
        assert not any(line.lstrip().startswith(("::", "##[")) for line in shown.splitlines()), shape
        shown.encode("utf-8")


def test_a_name_that_is_not_utf_8_shows_its_bytes() -> None:
    """In both formats; the JSON stays valid for strict readers."""
    path = b"shop/\xff.py".decode("utf-8", "surrogateescape")
    fix = FixedLines({path: frozenset({1})})
    odd = replace(REPORT, fix=fix, texts={path: ("x = 1",)}, guards=(Examined(guard=path, reach=Reach({}, fix)),))
    EVIDENCE_REPORTERS["txt"](odd).encode("utf-8")
    assert json.loads(EVIDENCE_REPORTERS["json"](odd))["fix"][0]["file"] == "shop/\\xff.py"
