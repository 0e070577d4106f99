"""PRV502: incident-prone-module-unguarded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Action, History, ShortHistory, Status, Unchecked, available
from pytest_prevention.rules.prv502_incident_prone_module_unguarded import RULE
from tests.rules.build import action, answers, broken, facts, fix, history, hit, hits, incident, link

MODULE = "shop/payments.py"
NAMED = incident("INC-003", modules=(MODULE,), lines={"modules": 12})


def test_the_finding_names_module_and_incident_and_gives_the_mark() -> None:
    """It stands where the record names the module."""
    found = hit(RULE, facts(NAMED, broken(MODULE)))
    assert (found.subject, str(found.location)) == (MODULE, "incidents/INC-003.md:12")
    assert found.fact == (
        "shop/payments.py was fixed 5 times in 12 months, and no test guards against the incident that names it: "
        "INC-003."
    )
    assert found.next_step == 'above the test that would have caught it, paste: @pytest.mark.incident("INC-003")'


def test_of_several_incidents_the_newest_is_the_one_to_begin_with() -> None:
    """All are named, the newest first; the place and the mark are those of the newest."""
    old = incident("INC-004", modules=("shop/",), detected_at=datetime(2023, 6, 1, tzinfo=UTC))
    found = hit(RULE, facts(old, NAMED, broken(MODULE)))
    assert found.fact.endswith("no test guards against any of the incidents that name it: INC-003, INC-004.")
    assert str(found.location) == "incidents/INC-003.md:12"
    assert '"INC-003"' in found.next_step


@pytest.mark.parametrize(
    ("actions", "mark"),
    [
        ((action(7, "INC-003"),), '@pytest.mark.incident("INC-003")'),
        ((action(7, "INC-003"), action(8, "INC-003")), '@pytest.mark.incident("INC-003", action=7)'),
        ((action(7, "INC-003", status=Status.DROPPED), action(8, "INC-003")), '@pytest.mark.incident("INC-003")'),
    ],
    ids=["one", "several", "one of them dropped"],
)
def test_the_mark_is_never_ambiguous(actions: tuple[Action, ...], mark: str) -> None:
    """With several Test actions it names the first of them, as PRV204 asks."""
    assert hit(RULE, facts(NAMED, broken(MODULE), *actions)).next_step.endswith(f"paste: {mark}")


def test_the_mark_can_be_pasted_whatever_the_incident_is_called() -> None:
    """Quotes in an id do not end the string."""
    found = hit(RULE, facts(incident('INC"3', modules=(MODULE,)), broken(MODULE)))
    assert found.next_step.endswith(r'@pytest.mark.incident("INC\"3")')


@pytest.mark.parametrize(("origin", "guarded"), [("mark", True), ("evidence", True), ("dynamic", False)])
@pytest.mark.parametrize("guarded_incident", ["INC-003", "INC-004"])
def test_one_linked_test_of_one_of_its_incidents_is_enough(origin: str, guarded: bool, guarded_incident: str) -> None:
    """A mark added at run time counts for nothing here, so that the answer is the same without a run."""
    other, guard = incident("INC-004", modules=("shop/**",)), link(incident=guarded_incident, origin=origin)
    given = facts(NAMED, other, broken(MODULE), guard)
    assert bool(hits(RULE, given)) is not guarded


def test_a_guard_of_another_incident_is_none_of_this_module() -> None:
    """What a test guards is said by the incident, not by what it imports."""
    assert hit(RULE, facts(NAMED, incident("INC-001"), broken(MODULE), link(incident="INC-001")))


@pytest.mark.parametrize(
    "given", [history({MODULE: [fix(10), fix(40)]}), broken("shop/other.py")], ids=["not flagged", "not named"]
)
def test_only_a_module_that_is_flagged_and_named_is_asked_for_guards(given: History) -> None:
    """PRV501 asks for tests of the others."""
    assert hits(RULE, facts(NAMED, given)) == []


def test_a_test_file_that_cannot_be_parsed_may_hold_the_guard() -> None:
    """What nobody could look at is not checked, rather than missing; a guard seen elsewhere counts as ever."""
    other = incident("INC-004", modules=("shop/b.py",))
    given = facts(NAMED, other, broken(MODULE, "shop/b.py"), link(incident="INC-004"))
    unseen = replace(given, links=replace(available(given.links), unread=("tests/test_broken.py",)))
    (answer,) = answers(RULE, unseen)
    assert isinstance(answer, Unchecked)
    assert answer.subject == MODULE
    assert answer.why.reason == "tests/test_broken.py cannot be parsed"


def test_without_history_it_is_not_checked() -> None:
    """A shallow clone shows no module sound."""
    with pytest.raises(MissingSource):
        answers(RULE, facts(NAMED, history=ShortHistory("history reaches back 12 days")))
