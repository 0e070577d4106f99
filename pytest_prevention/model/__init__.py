"""Frozen values: the words of the field. Nothing here reads, prints or decides."""

from pytest_prevention.model.alert import AlertKind, AlertRule, Alerts, AlertState, AlertTrial
from pytest_prevention.model.backlog import Action, Backlog, Evidence
from pytest_prevention.model.changes import Changes
from pytest_prevention.model.code_changes import CodeChange, CodeChanges
from pytest_prevention.model.coverage import Coverage, FileCoverage, Recorded
from pytest_prevention.model.document import Document, Documents
from pytest_prevention.model.facts import NO_RUN, Facts, available
from pytest_prevention.model.finding import Finding, Hit, Level, RuleResult, Standing, State, Unchecked, Verdict
from pytest_prevention.model.history import Commit, History, ShortHistory, Snapshot, Trail
from pytest_prevention.model.incident import Incident, Incidents
from pytest_prevention.model.link import Link, Links, covers, prefixes
from pytest_prevention.model.place import Location, Problem, Unavailable
from pytest_prevention.model.proof import Answer, FixedLines, Proof, Proofs, Receipt, Stale
from pytest_prevention.model.run import NOT_MEASURED, Lines, Outcome, Record, Run, merged, united, with_skipped, worst
from pytest_prevention.model.words import Category, Priority, Rung, Status

__all__ = [
    "NOT_MEASURED",
    "NO_RUN",
    "Action",
    "AlertKind",
    "AlertRule",
    "AlertState",
    "AlertTrial",
    "Alerts",
    "Answer",
    "Backlog",
    "Category",
    "Changes",
    "CodeChange",
    "CodeChanges",
    "Commit",
    "Coverage",
    "Document",
    "Documents",
    "Evidence",
    "Facts",
    "FileCoverage",
    "Finding",
    "FixedLines",
    "History",
    "Hit",
    "Incident",
    "Incidents",
    "Level",
    "Lines",
    "Link",
    "Links",
    "Location",
    "Outcome",
    "Priority",
    "Problem",
    "Proof",
    "Proofs",
    "Receipt",
    "Record",
    "Recorded",
    "RuleResult",
    "Run",
    "Rung",
    "ShortHistory",
    "Snapshot",
    "Stale",
    "Standing",
    "State",
    "Status",
    "Trail",
    "Unavailable",
    "Unchecked",
    "Verdict",
    "available",
    "covers",
    "merged",
    "prefixes",
    "united",
    "with_skipped",
    "worst",
]
