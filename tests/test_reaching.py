"""Which lines of a fix a guard executed."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from pytest_prevention.model import (
    NO_RUN,
    NOT_MEASURED,
    Facts,
    FixedLines,
    Lines,
    Outcome,
    Record,
    Run,
    Unavailable,
)
from pytest_prevention.reaching import Reach, reach

TEST = "tests/test_orders.py::test_empty_body"
FIX = FixedLines({"shop/api.py": frozenset({41, 42, 47}), "shop/orders.py": frozenset({7})})


def facts(
    executed: Mapping[str, Lines] | Unavailable,
    fix: FixedLines | Unavailable | None = FIX,
    gaps: tuple[Unavailable, ...] = (),
) -> Facts:
    nodeids = [TEST] if isinstance(executed, Unavailable) else executed
    records = {nodeid: Record(nodeid, Outcome.PASSED) for nodeid in nodeids}
    run = Run(records=records, executed=executed, gaps=gaps)
    return Facts(as_of=datetime(2024, 1, 1, tzinfo=UTC), run=run, fixes={} if fix is None else {"INC-001": fix})


def test_the_lines_of_the_fix_that_the_guard_executed() -> None:
    """Of what a guard executed only the lines of the fix count, and only files that have one."""
    executed = {
        TEST: {"shop/api.py": frozenset({1, 41, 42}), "shop/orders.py": frozenset({1}), "else.py": frozenset({7})}
    }
    found = reach("INC-001", TEST, facts(executed))
    assert found == Reach({"shop/api.py": frozenset({41, 42})}, FIX)
    assert found.reaches


def test_a_guard_that_executes_other_lines_does_not_reach() -> None:
    """Lines beside those of the fix are no evidence."""
    found = reach("INC-001", TEST, facts({TEST: {"shop/api.py": frozenset({40, 43})}}))
    assert isinstance(found, Reach)
    assert not found.reaches


def test_all_cases_of_a_parametrised_guard_count_together() -> None:
    """A guard that is linked without its parameters reaches what any of its cases reaches; other tests count not."""
    executed = {
        f"{TEST}[a]": {"shop/api.py": frozenset({41})},
        f"{TEST}[b]": {"shop/api.py": frozenset({42})},
        f"{TEST}_too": {"shop/api.py": frozenset({47})},
    }
    found = reach("INC-001", TEST, facts(executed))
    assert isinstance(found, Reach)
    assert found.executed == {"shop/api.py": frozenset({41, 42})}


GAP = Unavailable("lines moved out of git")


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (Facts(as_of=datetime(2024, 1, 1, tzinfo=UTC)), NO_RUN),
        (facts(NOT_MEASURED), NOT_MEASURED),
        (facts({TEST: {}}, GAP), GAP),
    ],
)
def test_a_missing_source_is_unknown_with_its_reason(known: Facts, why: Unavailable) -> None:
    """No run, nothing measured, no fix that can be followed: each says why, and none says *not reaching*."""
    assert reach("INC-001", TEST, known) == why


def test_an_incident_without_fix_commits_is_unknown_by_design() -> None:
    """Where a record names no fix nothing can be asked, and the next step says what to add."""
    found = reach("INC-001", TEST, facts({TEST: {}}, None))
    assert isinstance(found, Unavailable)
    assert found.by_design
    assert "fix_commits" in found.remedy


@pytest.mark.parametrize(
    ("gaps", "by_design"), [((), False), ((Unavailable("-k", by_design=True),), True), ((GAP,), False)]
)
def test_a_guard_that_was_not_measured_is_unknown(gaps: tuple[Unavailable, ...], by_design: bool) -> None:
    """It is a gap by design only where whoever started the run chose not to look."""
    found = reach("INC-001", TEST, facts({"tests/test_other.py::test": {}}, gaps=gaps))
    assert isinstance(found, Unavailable)
    assert TEST in found.reason
    assert found.by_design is by_design
