"""Code and Process actions in a whole repository: each stands high, and falls when what it rests on is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_prevention.ladder import standing
from pytest_prevention.model import Rung, Standing, Unavailable, available
from pytest_prevention.session import read_project
from tests.repositories import TIME, git

INCIDENT = """\
---
id: INC-001
title: Empty order body returned 500
severity: SEV2
status: resolved
detected_at: 2023-11-01T10:00:00Z
mitigated_at: 2023-11-01T11:00:00Z
fixed_at: 2023-11-01T12:00:00Z
postmortem_at: 2023-11-02
modules: ["src/orders/**"]
---
"""
BACKLOG = """\
| # | Incident | Action | Category | Priority | Status | Due | Done | Evidence |
|---|----------|--------|----------|----------|--------|-----|------|----------|
| 1 | INC-001 | Validate the order | Code | P1 | Done | 2023-11-10 | 2023-11-05 | — |
| 2 | INC-001 | Write down the rollback | Process | P1 | Done | 2023-11-10 | 2023-11-05 | {evidence} |
"""
RUNBOOK = "# Orders\n\n## Rollback\n\nDeploy the release before.\n"
EVIDENCE = "file:docs/orders.md#rollback"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository in which the code was changed for the incident, and a runbook has owners behind it."""
    root = tmp_path / "shop"
    files = {
        "incidents/INC-001.md": INCIDENT,
        "incidents/prevention-backlog.md": BACKLOG.format(evidence=EVIDENCE),
        "src/orders/api.py": "def order(body):\n    return body\n",
        "src/payments.py": "",
        "docs/orders.md": RUNBOOK,
        ".github/CODEOWNERS": "/src/orders/ @shop/orders\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "-q", "-b", "main")
    commit(root, "All of the shop")
    write(root, "src/orders/api.py", "def order(body):\n    return body or None\n")
    commit(root, "Validate the order\n\nIncident: INC-001#1")
    return root


def write(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)


def commit(root: Path, message: str = "more", at: int = TIME) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message, at=at)


def stands(root: Path, number: int) -> Standing:
    project = read_project(root)
    (action,) = [one for one in available(project.facts.backlog).actions if one.number == number]
    return standing(action, project.facts, project.policy)


def test_unbroken_both_stand_high(shop: Path) -> None:
    """The commit lacks a proof, the runbook nothing."""
    assert (stands(shop, 1).rung, stands(shop, 2).rung) == (Rung.REACHING, Rung.REACHING)


def test_a_reverted_change_falls_and_comes_back_with_the_revert_of_the_revert(shop: Path) -> None:
    git(shop, "revert", "--no-edit", "HEAD")
    found = stands(shop, 1)
    assert found.rung is Rung.LINKED
    assert "was reverted by" in found.reason
    git(shop, "revert", "--no-edit", "HEAD")
    assert stands(shop, 1).rung is Rung.REACHING


def test_a_change_elsewhere_does_not_reach(shop: Path) -> None:
    git(shop, "reset", "-q", "--hard", "HEAD~1")
    write(shop, "src/payments.py", "paid = True\n")
    commit(shop, "Validate\n\nIncident: INC-001")
    found = stands(shop, 1)
    assert found.rung is Rung.WORKING
    assert "touches none of the incident's modules" in found.reason


def test_a_change_follows_its_file_to_a_new_name(shop: Path) -> None:
    """The record names the module as it is called now; the commit touched it under its old name."""
    (shop / "src/baskets").mkdir()
    git(shop, "mv", "src/orders/api.py", "src/baskets/api.py")
    write(shop, "incidents/INC-001.md", INCIDENT.replace("src/orders", "src/baskets"))
    commit(shop, at=TIME + 60)
    assert stands(shop, 1).rung is Rung.REACHING


def test_a_change_without_its_trailer_is_a_claim(shop: Path) -> None:
    git(shop, "commit", "-q", "--amend", "-m", "Validate the order")
    assert stands(shop, 1).rung is Rung.CLAIMED


def test_a_shallow_clone_cannot_tell(shop: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{shop}", "clone")
    found = stands(tmp_path / "clone", 1)
    assert (found.rung, found.at_least) == (None, Rung.CLAIMED)
    assert isinstance(found.why_unknown, Unavailable)
    assert "shallow" in found.why_unknown.reason
    assert stands(tmp_path / "clone", 2).rung is Rung.REACHING


@pytest.mark.parametrize(
    ("name", "text", "rung", "reason"),
    [
        ("docs/orders.md", RUNBOOK.replace("Rollback", "Undo"), Rung.LINKED, "has no heading #rollback"),
        ("docs/orders.md", RUNBOOK.replace("Deploy the release before.", "TBD"), Rung.LINKED, "nothing below"),
        (".github/CODEOWNERS", "/src/orders/db/ @shop/orders\n", Rung.WORKING, "nothing enforces it"),
        (".github/CODEOWNERS", "* @shop/all\n/src/orders/\n", Rung.WORKING, "nothing enforces it"),
        ("incidents/prevention-backlog.md", BACKLOG.format(evidence="url:https://w.example"), Rung.CLAIMED, "no file"),
        (
            "incidents/prevention-backlog.md",
            BACKLOG.format(evidence="file:docs/gone.md"),
            Rung.LINKED,
            "does not exist",
        ),
    ],
)
def test_a_broken_process_falls(shop: Path, name: str, text: str, rung: Rung, reason: str) -> None:
    write(shop, name, text)
    commit(shop)
    found = stands(shop, 2)
    assert found.rung is rung
    assert reason in found.reason
    assert found.next_step


def test_a_runbook_from_before_the_incident_is_noted(shop: Path) -> None:
    write(shop, "incidents/INC-001.md", INCIDENT.replace("2023-11-", "2023-12-"))
    commit(shop, at=TIME + 60)
    found = stands(shop, 2)
    assert found.rung is Rung.REACHING
    assert "is unchanged since 2023-11-14, before the incident" in found.reason
