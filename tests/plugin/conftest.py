"""A small repository to run pytest in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pytest_prevention.recording
import pytest_prevention.reporters.problems
import pytest_prevention.session  # noqa: F401  # pytester forgets what an inner run imports first; then classes exist twice

INCIDENT = """\
---
id: {id}
title: {title}
severity: SEV2
status: resolved
started_at: 2024-01-15T10:00:00Z
detected_at: 2024-01-15T10:20:00Z
mitigated_at: 2024-01-15T11:00:00Z
fixed_at: 2024-01-16T09:00:00Z
postmortem_at: 2024-01-17
modules: [shop/orders.py]
---

# {id}: {title}

## Summary

Customers who sent an empty order saw an error page.
"""

HEADER = """\
# Prevention backlog

| # | Incident | Action | Category | Priority | Status | Due | Done | Evidence |
|---|---|---|---|---|---|---|---|---|
"""

Repository = Callable[..., pytest.Pytester]


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Repository:
    """Lay out incidents INC-001…, backlog rows and test files in the pytester folder."""

    def make(*rows: str, incidents: int = 1, **files: str) -> pytest.Pytester:
        folder = pytester.mkdir("incidents")
        for number in range(1, incidents + 1):
            ident = f"INC-{number:03d}"
            text = INCIDENT.format(id=ident, title="Empty order body returned 500")
            folder.joinpath(f"{ident}.md").write_text(text, encoding="utf-8")
        folder.joinpath("prevention-backlog.md").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
        pytester.makepyfile(**files)
        return pytester

    return make


def row(
    number: int = 1, incident: str = "INC-001", status: str = "Done", evidence: str = "—", priority: str = "P1"
) -> str:
    """One Test action."""
    done = "2024-01-18" if status == "Done" else "—"
    cells = [str(number), incident, "Test the empty order", "Test", priority, status, "2024-01-30", done, evidence]
    return f"| {' | '.join(cells)} |"


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest there: in this process where that is the same, which is quicker."""
    alone = "-n" not in arguments or arguments[arguments.index("-n") + 1] == "0"
    return pytester.runpytest_inprocess(*arguments) if alone else pytester.runpytest_subprocess(*arguments)
