"""PRV202: link-to-unknown-incident."""

from __future__ import annotations

from pytest_prevention.model import Alerts, Location
from pytest_prevention.rules.prv202_link_to_unknown_incident import RULE
from tests.rules.alerts import alert
from tests.rules.build import TEST, action, facts, hit, hits, incident, link


def test_a_mistyped_id_is_found_at_the_mark() -> None:
    """The finding stands where the mark stands and says what was probably meant."""
    found = hit(RULE, facts(incident("INC-001"), link(incident="INC-01")))
    assert found.subject == TEST
    assert str(found.location) == "tests/test_orders.py:3"
    assert found.fact == f'The mark on {TEST} names the incident "INC-01", and no record has that id.'
    assert found.next_step == 'did you mean @pytest.mark.incident("INC-001")?'


def test_without_a_likeness_it_asks_for_the_record() -> None:
    """An incident whose record is not written yet gets its path."""
    assert "incidents/INC-001.md" in hit(RULE, facts(link())).next_step


def test_one_mark_on_many_tests_is_one_finding() -> None:
    """A mark on a class or on parameters is one mistake."""
    place = Location("tests/test_orders.py", 9)
    given = facts(*(link(f"{TEST}[{n}]", "INC-404", location=place) for n in range(3)))
    assert hit(RULE, given).fact.startswith(f"The mark on {TEST}[0] and 2 more tests names")


def test_an_action_number_without_a_row_is_found() -> None:
    """action= must name a row of that incident; the finding lists those that there are."""
    found = hit(RULE, facts(incident(), action(1), action(2), link(action=9)))
    assert "names action 9 of INC-001, and the backlog has no such row" in found.fact
    assert found.next_step == "write one of its numbers: 1, 2"


def test_an_action_number_of_an_incident_without_rows_is_found() -> None:
    """Without any row the next step is to add it."""
    assert hit(RULE, facts(incident(), link(action=1))).next_step == "add the row INC-001#1"


def test_an_action_number_of_an_unknown_incident_is_one_finding() -> None:
    """Whether the row exists cannot be asked before the incident does."""
    assert "no record has that id" in hit(RULE, facts(link(action=1))).fact


def test_silent_for_known_incidents_and_rows() -> None:
    """A mark that names an existing incident, and an existing row or none, is fine."""
    assert hits(RULE, facts(incident(), action(1), link(), link(action=1))) == []


def test_what_an_evidence_cell_names_is_the_rows_business() -> None:
    """The row itself is reported (PRV104), not once more each test in its Evidence cell."""
    assert hits(RULE, facts(link(incident="INC-404", origin="evidence", action=1))) == []


def test_an_alert_with_a_mistyped_id_is_found() -> None:
    """Where the alert stands; the other id that it names exists."""
    rule = alert(incidents=("INC-001", "INC-010"))
    found = hit(RULE, facts(incident("INC-001"), alerts=Alerts((rule,))))
    assert (found.subject, found.location) == ("alert:OrdersFail", rule.location)
    assert found.fact == 'Alert OrdersFail names the incident "INC-010", and no record has that id.'
    assert found.next_step == "did you mean INC-001?"
    assert (
        "incidents/GONE-7.md" in hit(RULE, facts(incident(), alerts=Alerts((alert(incidents=("GONE-7",)),)))).next_step
    )
