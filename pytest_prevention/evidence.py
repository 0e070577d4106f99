"""The evidence of one incident: where its actions stand, what its guards execute of the fix, and what proves them."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.ladder import standing
from pytest_prevention.ladder.monitor import linked_rules
from pytest_prevention.model import Backlog, Category, Unavailable, available
from pytest_prevention.reaching import NO_FIX, reach
from pytest_prevention.reporters.evidence import EvidenceReport, Examined
from pytest_prevention.rules.guards import function_of
from pytest_prevention.session import Project, read_project
from pytest_prevention.sources.files import read_bytes, unusable
from pytest_prevention.sources.proof.process import executed, stopping

LONGEST = 3600.0
"""Seconds that the guards of one incident may take."""


def evidence_of(
    root: Path, incident: str, files: Sequence[Path] = (), *, policy_file: Path | None = None
) -> EvidenceReport:
    """The evidence of an incident, from evidence files; where none is given its guards are run.

    PreventionError where the project cannot be read, the incident is unknown, or pytest does not run.
    """
    project = read_project(root, policy_file=policy_file)
    known = available(project.facts.incidents).by_id()
    if incident not in known:
        raise unusable(incident, "is no incident here", project.how_to_guard(incident))
    if files:
        project = project.with_evidence(files)
    elif available(project.facts.links).of(incident):
        project = _with_guards_run(project, incident, policy_file)
    project = _with_alerts_tried(project, incident)
    facts = project.facts
    fix = facts.fixes.get(incident) or project.fixes({incident}).get(incident, NO_FIX)
    facts = replace(facts, fixes={**facts.fixes, incident: fix})
    actions = facts.backlog.of(incident) if isinstance(facts.backlog, Backlog) else ()
    stale = {(one.incident, one.guard): one.why for one in facts.proofs.stale}
    guards = sorted({function_of(link.nodeid) for link in available(facts.links).of(incident)})
    return EvidenceReport(
        incident=known[incident],
        standings=tuple((str(action.category or "?"), standing(action, facts, project.policy)) for action in actions),
        fix=fix,
        texts={} if isinstance(fix, Unavailable) else {path: _lines(root, path) for path in fix.lines},
        guards=tuple(
            Examined(
                guard=guard,
                reach=reach(incident, guard, facts),
                proof=facts.proofs.of(incident, guard),
                stale=stale.get((incident, guard), ""),
            )
            for guard in guards
        ),
    )


def _with_alerts_tried(project: Project, incident: str) -> Project:
    """The project with what rule unit tests show of the alerts that its Monitor actions are linked to."""
    alerts, backlog = project.facts.alerts, project.facts.backlog
    if isinstance(alerts, Unavailable) or isinstance(backlog, Unavailable):
        return project
    actions = [action for action in backlog.of(incident) if action.category is Category.MONITOR]
    return project.with_alert_trials([rule for action in actions for rule in linked_rules(action, alerts)])


def _with_guards_run(project: Project, incident: str, policy_file: Path | None) -> Project:
    """The project with what a run of the incident's guards, in a process of its own, shows."""
    with tempfile.TemporaryDirectory(prefix="prevention-") as folder:
        file = Path(folder) / "evidence.json"
        command = [sys.executable, "-m", "pytest", "-q", "--incident", incident, f"--prevention-evidence={file}"]
        policy = [f"--prevention-policy={policy_file.resolve()}"] if policy_file else []
        with stopping():
            done = executed([*command, *policy], project.root, os.environ, LONGEST)
        if not file.exists():
            why = (done.output.splitlines() or ["it said nothing"])[-1] if done.in_time else "it took too long"
            what = f"did not run the guards of {incident} (exit code {done.code}): {why}"
            raise unusable("pytest", what, f"see why: python -m pytest --incident {incident}")
        return project.with_evidence([file])


def _lines(root: Path, path: str) -> tuple[str, ...]:
    try:
        return tuple(read_bytes(root / path, root).decode("utf-8", "replace").split("\n"))
    except PreventionError:
        return ()
