"""What Acme asks of its incidents beyond the rules that everybody has."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from pytest_prevention.hookspecs import hookimpl
from pytest_prevention.model import Backlog, Category, Facts, Hit, Rung, Standing, available
from pytest_prevention.policy import Policy
from pytest_prevention.reporters import Report
from pytest_prevention.rules import Rule

TRACKER = "https://tracker.acme.example/"


def _has_ticket(facts: Facts, policy: Policy) -> Iterator[Hit]:
    for incident in available(facts.incidents).records:
        if not any(link.startswith(TRACKER) for link in incident.links):
            yield Hit(
                incident.id,
                incident.location,
                "No ticket of the tracker is linked.",
                f"add to its front matter: links: [{TRACKER}…]",
            )


@hookimpl
def prevention_rules() -> list[Rule]:
    return [Rule("ACME001", "incident-without-ticket", "Every incident links its ticket.", _has_ticket)]


@hookimpl
def prevention_evidence(root: Path, backlog: Backlog) -> list[Standing]:
    """A runbook works once somebody has followed it: drills.csv says when, and which action it was for."""
    processes = {action.key for action in backlog.actions if action.category is Category.PROCESS}
    with (root / "drills.csv").open(encoding="utf-8", newline="") as drills:
        return [
            Standing(drill["action"], Rung.WORKING, f"drill of {drill['date']}: {drill['result']}")
            for drill in csv.DictReader(drills)
            if drill["action"] in processes and drill["result"] == "went well"
        ]


@hookimpl
def prevention_reporters() -> dict[str, object]:
    return {"csv": _as_csv}


def _as_csv(report: Report) -> str:
    """One line for each finding, for a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["code", "level", "subject", "place", "fact"])
    for finding in report.verdict.findings if report.verdict else ():
        table.writerow([finding.code, finding.level, finding.subject, finding.location, finding.fact])
    return text.getvalue()
