"""PRV402 incident-code-coverage-dropped."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Coverage, Facts, FileCoverage, Location, Recorded, Unavailable, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.prv402_incident_code_coverage_dropped import RULE
from tests.rules.build import answers, facts, hit, hits, incident, policy
from tests.rules.covering import file

NAMED = incident("INC-003", modules=("src/orders/**",), lines={"modules": 9})


def compared(now: FileCoverage | Unavailable, *then: int, module: str = "src/orders") -> Facts:
    """Facts with the coverage of src/orders/db.py, and what was recorded of a module: covered, total, branches."""
    earlier = {module: Recorded(*then)} if then else {}
    return facts(NAMED, coverage=Coverage({"src/orders/db.py": now}, earlier))


def tolerating(points: float) -> Policy:
    known: dict[str, Any] = {"window_days": 365, "minimum": 80, "min_statements": 20, "baseline": "old.json"}
    return policy(coverage={**known, "tolerance": points})


def test_a_module_that_lost_coverage() -> None:
    """Both shares are told with their counts, and in which file the earlier one stands."""
    found = hit(RULE, compared(file(22, 25), 24, 25, 0), tolerating(1))
    assert found.subject == "src/orders"
    assert found.location == Location("incidents/INC-003.md", 9)
    assert found.fact == (
        "Tests execute 88 % (22 of 25 statements) of src/orders; it was 96 % (24 of 25 statements) in old.json."
    )
    assert found.next_step == "see which of its functions need tests most: prevention retrofit src/orders/db.py"


@pytest.mark.parametrize(
    ("covered", "points", "found"),
    [(990, 1, 0), (989, 1, 1), (999, 0, 1), (1000, 0, 0), (1000, 1, 0), (971, 2.9, 0), (970, 2.9, 1)],
)
def test_the_tolerance_itself_is_tolerated(covered: int, points: float, found: int) -> None:
    assert len(hits(RULE, compared(file(covered, 1000), 1000, 1000, 0), tolerating(points))) == found


def test_more_coverage_is_no_drop() -> None:
    assert hits(RULE, compared(file(25, 25), 10, 25, 0), tolerating(0)) == []


@pytest.mark.parametrize(("covered", "found"), [(20, 0), (19, 1)])
def test_deleting_code_that_tests_executed_is_no_drop(covered: int, found: int) -> None:
    """The share is smaller, and no more is left out than the ten statements of before."""
    assert len(hits(RULE, compared(file(covered, 30), 90, 100, 0), tolerating(1))) == found


@pytest.mark.parametrize("then", [(), (0, 0, 0)], ids=["not known", "empty"])
def test_where_there_was_nothing_nothing_is_lost(then: tuple[int, ...]) -> None:
    assert answers(RULE, compared(file(0, 25), *then), tolerating(0)) == []
    assert answers(RULE, compared(file(0, 25), 25, 25, 0, module="src/billing"), tolerating(0)) == []


def test_branches_are_compared_with_branches() -> None:
    """With them the share is another one: a drop would say nothing."""
    assert hit(RULE, compared(file(25, 25, branches=10, taken=2), 35, 35, 10), tolerating(1))
    for now, branches in ((file(10, 25), 5), (file(10, 25, branches=5), 0)):
        (found,) = answers(RULE, compared(now, 25, 25, branches), tolerating(1))
        assert isinstance(found, Unchecked)
        assert found.why.reason.startswith("the earlier report has branches of it and today's data have none")
        assert not found.why.by_design


def test_a_module_that_is_not_measured_any_more_is_not_checked() -> None:
    """It has not dropped to nothing."""
    unknown = Unavailable("no test run has measured it")
    assert answers(RULE, compared(unknown, 25, 25, 0), tolerating(1)) == [Unchecked("src/orders", unknown)]


def test_a_small_module_is_not_judged() -> None:
    assert hits(RULE, compared(file(0, 19), 19, 19, 0), tolerating(1)) == []


def test_without_an_earlier_report_it_is_not_checked_by_design() -> None:
    with pytest.raises(MissingSource) as missing:
        answers(RULE, facts(NAMED, coverage=Coverage({"src/orders/db.py": file(0, 25)})))
    assert missing.value.unavailable.by_design
    assert "prevention report --output" in missing.value.unavailable.remedy
    assert answers(RULE, facts(incident(), coverage=Coverage({}))) == []
