"""PRV104: action-of-unknown-incident."""

from __future__ import annotations

import itertools

import pytest

from pytest_prevention.model import Status
from pytest_prevention.rules.prv104_action_of_unknown_incident import RULE
from pytest_prevention.rules.spelling import speller
from tests.rules.build import action, facts, hit, hits, incident


def test_a_mistyped_incident_is_found_with_what_was_meant() -> None:
    """The finding names the row, the id and the known id that is nearest."""
    found = hit(RULE, facts(incident("INC-001"), action(3, "INC-01")))
    assert found.subject == "INC-01#3"
    assert found.fact == ('P1 Test action "Add test for empty body" (Todo) names INC-01, and no record has that id.')
    assert "did you mean INC-001?" in found.next_step


def test_without_a_likeness_it_asks_for_the_record() -> None:
    """Where no known id is near, the next step is to write the record."""
    found = hit(RULE, facts(incident("INC-001"), action(1, "OUTAGE-2023-11")))
    assert found.next_step.startswith("write its record, incidents/OUTAGE-2023-11.md")


@pytest.mark.parametrize("status", [*Status, None])
def test_it_holds_whatever_the_status(status: Status | None) -> None:
    """A Dropped or unreadable row of an unknown incident is as wrong as an open one."""
    assert hit(RULE, facts(action(1, "INC-404", status=status)))


def test_a_row_without_an_incident_is_found_too() -> None:
    """An empty Incident cell does not open the gate."""
    assert hit(RULE, facts(incident(), action(1, ""))).fact.endswith("names no incident.")


def test_silent_where_the_record_exists() -> None:
    """An action of a known incident is fine."""
    assert hits(RULE, facts(incident(), action())) == []


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("INC-01", "INC-001"),
        ("inc-001", "INC-001"),
        ("INC042", "INC-042"),
        ("NIC-042", "INC-042"),
        ("ICN-1234", "INC-1234"),
        ("INC-5678", None),
        ("OPS-9000", None),
        ("", None),
    ],
)
def test_a_suggestion_is_found_among_thousands(word: str, meant: str | None) -> None:
    """The nearest id is found by its beginning or its end, whatever stands between them in the order."""
    assert speller([f"INC-{n:03d}" for n in range(5000)])(word) == meant


def test_digits_may_change_places() -> None:
    """INC-021 may be meant for INC-012, but not for INC-022."""
    assert speller(["INC-012", "INC-022"])("INC-021") == "INC-012"
    assert speller(["INC-022"])("INC-021") is None


def test_the_order_and_the_case_of_the_known_names_do_not_matter() -> None:
    """The same question has the same answer."""
    names = ["b-INC-9", "A-INC-7", "a-inc-7", "C-INC-8"]
    assert {speller(order)("A-INC7") for order in itertools.permutations(names)} == {"a-inc-7"}
    assert {speller(order)("b-icn-9") for order in itertools.permutations(names)} == {"b-INC-9"}


def test_no_suggestion_without_known_names() -> None:
    """Nothing is near where nothing is known."""
    assert speller([])("INC-001") is None
