"""PRV401 incident-code-coverage-low."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pytest_prevention.exceptions import MissingSource
from pytest_prevention.model import Coverage, Facts, Location, Trail, Unavailable, Unchecked
from pytest_prevention.policy import Policy
from pytest_prevention.rules.prv401_incident_code_coverage_low import RULE
from tests.rules.build import AS_OF, answers, facts, history, hit, hits, incident, policy
from tests.rules.covering import file

PATH = "src/orders/db.py"
NAMED = incident("INC-003", modules=("src/orders/**",), lines={"modules": 9})
GONE = Unavailable("no test run has measured it", "measure it")


def measured(*incidents: Any, **files: Any) -> Facts:
    """Facts with the coverage of files: ``orders_db`` is src/orders/db.py."""
    paths = {f"src/{name.replace('_', '/')}.py": one for name, one in files.items()}
    return facts(*(incidents or (NAMED,)), coverage=Coverage(paths))


def asking(**coverage: Any) -> Policy:
    return policy(coverage={"window_days": 365, "minimum": 80, "min_statements": 20, "tolerance": 1} | coverage)


def test_a_module_below_the_minimum() -> None:
    """The finding stands where the incident names the module, and says how much is executed and where to begin."""
    found = hit(RULE, measured(orders_db=file(11, 25), orders_api=file(5, 5)))
    assert found.subject == "src/orders"
    assert found.location == Location("incidents/INC-003.md", 9)
    assert found.fact == (
        "Tests execute 53 % (16 of 30 statements) of src/orders, and policy asks for 80 %; it has cost INC-003."
    )
    assert found.next_step == "see which of its functions need tests most: prevention retrofit src/orders/db.py"


@pytest.mark.parametrize(("covered", "found"), [(79, 1), (80, 0), (81, 0)])
def test_the_minimum_itself_is_enough(covered: int, found: int) -> None:
    assert len(hits(RULE, measured(orders_db=file(covered, 100)))) == found


def test_what_is_nearly_the_minimum_is_not_rounded_up_to_it() -> None:
    """What is below the minimum never reads as if it were not."""
    assert "79 % (7999 of 10000 statements)" in hit(RULE, measured(orders_db=file(7999, 10000))).fact


@pytest.mark.parametrize(("total", "found"), [(19, 0), (20, 1)])
def test_a_small_module_is_not_judged(total: int, found: int) -> None:
    assert len(hits(RULE, measured(orders_db=file(0, total)))) == found


def test_branches_count_where_they_were_measured() -> None:
    """As coverage.py has it; but they make no module large enough to be judged."""
    found = hit(RULE, measured(orders_db=file(20, 20, branches=10, taken=1)))
    assert found.fact.startswith("Tests execute 70 % (21 of 30 statements and branches) of src/orders")
    assert hits(RULE, measured(orders_db=file(19, 19, branches=10))) == []


def test_a_module_without_statements_is_not_judged() -> None:
    assert hits(RULE, measured(orders_db=file(0, 0)), asking(min_statements=0)) == []


def test_one_module_written_in_two_ways_is_one() -> None:
    """All its incidents are named, the newest first."""
    newer = incident("INC-007", modules=("./src/orders/",), detected_at=AS_OF - timedelta(days=1))
    found = hit(RULE, measured(NAMED, newer, orders_db=file(0, 25)))
    assert found.fact.endswith("it has cost INC-007, INC-003.")


@pytest.mark.parametrize(("days", "found"), [(365, 1), (366, 0)])
def test_an_incident_of_long_ago_makes_no_module_incident_prone(days: int, found: int) -> None:
    old = replace(NAMED, detected_at=AS_OF - timedelta(days=days))
    assert len(hits(RULE, measured(old, orders_db=file(0, 25)))) == found


def test_the_incident_may_name_the_file_as_it_was_called_then() -> None:
    """Renames are followed."""
    past = replace(history({PATH: []}), trails={PATH: Trail(names=((0, "lib/store.py"),))})
    given = facts(incident(modules=("lib/",)), past, coverage=Coverage({PATH: file(0, 25)}))
    assert hit(RULE, given).subject == "lib"


def test_what_nobody_measured_is_not_checked() -> None:
    """A module of which nothing was measured, and in one that was measured the files that were not."""
    named = incident(modules=("src/orders", "src/orders/db.py", "src/billing"))
    found = answers(RULE, measured(named, orders_db=file(25, 25), orders_api=GONE, billing_a=GONE))
    assert found == [Unchecked("src/billing", GONE), Unchecked("src/orders/api.py", GONE)]


def test_a_module_that_is_gone_cannot_be_covered() -> None:
    """Nobody is to blame for it; without git history it may only not have been measured."""
    (found,) = answers(RULE, replace(measured(), history=history()))
    assert isinstance(found, Unchecked)
    assert found.why.by_design
    assert found.why.reason.startswith("gone: ")
    (found,) = answers(RULE, measured())
    assert isinstance(found, Unchecked)
    assert found.why.reason == "nothing of it was measured"


def test_without_coverage_it_is_not_checked_where_an_incident_names_a_module() -> None:
    """Else there is nothing to check."""
    with pytest.raises(MissingSource):
        answers(RULE, facts(NAMED))
    assert answers(RULE, facts(incident())) == []


def test_the_command_can_be_pasted_whatever_the_file_is_called() -> None:
    odd = "src/orders/a b;c.py"
    given = facts(NAMED, coverage=Coverage({odd: file(0, 25)}))
    assert hit(RULE, given).next_step.endswith(": prevention retrofit 'src/orders/a b;c.py'")
