"""Proofs as people and programs read them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_prevention.model.proof import Answer, Method, Proof
from pytest_prevention.reporters.layout import columns
from pytest_prevention.reporters.proofs import PROOF_REPORTERS
from tests.reporters.approved import assert_approved

GUARD = "tests/test_orders.py::test_total"
CLAIM = Proof("INC-007", GUARD, Answer.PROVEN, "at-the-fix", "assertion")
PROOFS = (
    Proof(
        "INC-001", GUARD, Answer.PROVEN, "at-the-fix", "assertion", seconds=1.23456, excerpt="AssertionError: 3 == 4"
    ),
    Proof("INC-002", GUARD, Answer.PROVEN, "strict-reverse", "timeout", excerpt="still running after 16 s"),
    Proof(
        "INC-002",
        f"{GUARD}[eur]",
        Answer.WEAK,
        "at-the-fix",
        "api-absent",
        excerpt="TypeError: total() got an unexpected keyword argument 'currency' " + "and more " * 9,
    ),
    Proof("INC-003", GUARD, Answer.NOT_PROVEN, "strict-reverse", reason="passes-without-fix"),
    Proof(
        "INC-004",
        GUARD,
        Answer.INCONCLUSIVE,
        reason="fix-does-not-revert",
        excerpt="shop/orders.py: what 0123456789ab changed in it has changed since, or stands there twice",
    ),
    Proof("INC-005", GUARD, Answer.INCONCLUSIVE, reason="control-fails"),
    Proof(
        "INC-006",
        GUARD,
        Answer.PROVEN,
        "function-wise",
        "exception",
        excerpt="KeyError: 'body'",
        carried_from="2024-01-31T09:00:00Z",
    ),
    Proof("INC-007", GUARD, Answer.NOT_PROVEN, "old-tree", receipt=CLAIM),
    Proof("INC-008", GUARD, Answer.PROVEN, "at-the-fix", "assertion", excerpt="assert 0", receipt=CLAIM),
)


@pytest.mark.parametrize(
    ("answer", "method", "grade", "contradicts"),
    [
        (Answer.PROVEN, "at-the-fix", "assertion", False),
        (Answer.PROVEN, "at-the-fix", "exception", True),
        (Answer.PROVEN, "old-tree", "exception", False),
        (Answer.WEAK, "at-the-fix", "api-absent", True),
        (Answer.NOT_PROVEN, "at-the-fix", "", True),
        (Answer.INCONCLUSIVE, "", "", False),
    ],
)
def test_a_receipt_that_claims_more_than_can_be_shown_is_contradicted(
    answer: Answer, method: Method | Literal[""], grade: str, contradicts: bool
) -> None:
    """Also where only the grade was made better; but another technique may see another red."""
    assert Proof("INC-007", GUARD, answer, method, grade, receipt=CLAIM).contradicts is contradicts


@pytest.mark.parametrize("shape", ["txt", "json"])
def test_the_proofs_are_as_approved(shape: str) -> None:
    """Each verdict, with and without an excerpt; a carried one; a receipt that holds, and one that does not."""
    assert_approved(PROOF_REPORTERS[shape](PROOFS), f"proofs.{shape}")


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ("txt", "No linked test was to be proven.\n"),
        ("json", '{\n  "version": 1,\n  "proofs": []\n}\n'),
    ],
)
def test_nothing_to_prove_is_told(shape: str, text: str) -> None:
    """An empty answer must not look like a good one."""
    assert PROOF_REPORTERS[shape]([]) == text


def test_text_fits_a_terminal() -> None:
    """Only a node id may be wider: it is there to be copied whole."""
    long = [replace(proof, excerpt="very " * 60 + "x" * 200) for proof in PROOFS]
    for line in PROOF_REPORTERS["txt"](long).splitlines():
        assert columns(line) <= 80 or "x" * 200 in line.strip().split()


@given(st.text(), st.text(), st.sampled_from(PROOFS))
def test_nothing_that_a_repository_says_acts(name: str, excerpt: str, proof: Proof) -> None:
    """Control characters, workflow commands and line ends in names and messages stay harmless in every format."""
    hostile = [replace(proof, incident=name, guard=f"tests/{name}.py::test_a", excerpt=excerpt)]
    for shape, render in PROOF_REPORTERS.items():
        text = render(hostile)
        assert not any(char in text for char in "\x1b\x07\r\x85\u2028\u202e"), shape
        assert not any(line.lstrip().startswith(("::", "##[")) for line in text.splitlines()), shape
        text.encode("utf-8")


def test_a_workflow_command_in_an_excerpt_stays_text() -> None:
    """GitHub obeys lines that begin so, wherever they come from."""
    for excerpt in ("::error::owned", "##[error]owned"):
        text = PROOF_REPORTERS["txt"]([replace(proof, excerpt=excerpt) for proof in PROOFS])
        assert "owned" in text
        assert not any(line.lstrip().startswith(("::", "##[")) for line in text.splitlines())


def test_a_name_that_is_not_utf_8_shows_its_bytes() -> None:
    """In both formats; the JSON stays valid for strict readers."""
    odd = [replace(PROOFS[0], guard=b"tests/test_\xff.py".decode("utf-8", "surrogateescape"))]
    PROOF_REPORTERS["txt"](odd).encode("utf-8")
    text = PROOF_REPORTERS["json"](odd)
    json.loads(text)["proofs"][0]["guard"].encode("utf-8")
