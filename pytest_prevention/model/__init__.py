"""Frozen values: the words of the field. Nothing here reads, prints or decides."""

from pytest_prevention.model.backlog import Action, Backlog, Evidence
from pytest_prevention.model.facts import NO_RUN, Facts, available
from pytest_prevention.model.finding import Finding, Hit, Level, RuleResult, Standing, State, Unchecked, Verdict
from pytest_prevention.model.history import Commit, History, ShortHistory, Snapshot, Trail
from pytest_prevention.model.incident import Incident, Incidents
from pytest_prevention.model.link import Link, Links, covers, prefixes
from pytest_prevention.model.place import Location, Problem, Unavailable
from pytest_prevention.model.run import Outcome, Record, Run, merged, with_skipped, worst
from pytest_prevention.model.words import Category, Priority, Rung, Status

__all__ = [
    "NO_RUN",
    "Action",
    "Backlog",
    "Category",
    "Commit",
    "Evidence",
    "Facts",
    "Finding",
    "History",
    "Hit",
    "Incident",
    "Incidents",
    "Level",
    "Link",
    "Links",
    "Location",
    "Outcome",
    "Priority",
    "Problem",
    "Record",
    "RuleResult",
    "Run",
    "Rung",
    "ShortHistory",
    "Snapshot",
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
    "with_skipped",
    "worst",
]
