"""The examples of the rule pages: each is laid out as a small repository, read and judged.

What an example does not show is in order: an incident with a post-mortem in time, and one open action that is not due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from pytest_prevention.gate import judge
from pytest_prevention.model import (
    NO_RUN,
    NOT_MEASURED,
    Backlog,
    CodeChange,
    CodeChanges,
    Commit,
    Coverage,
    Facts,
    FileCoverage,
    FixedLines,
    History,
    Incidents,
    Lines,
    Outcome,
    Record,
    Run,
    ShortHistory,
    Unavailable,
    Verdict,
)
from pytest_prevention.model.code_changes import Revert
from pytest_prevention.model.facts import NO_COVERAGE, NO_HISTORY
from pytest_prevention.policy import Policy
from pytest_prevention.session import alerts_of
from pytest_prevention.sources.backlog.reader import read_backlog
from pytest_prevention.sources.coverage_baseline import read_baseline
from pytest_prevention.sources.fixes import Fixes
from pytest_prevention.sources.incidents.reader import read_incidents
from pytest_prevention.sources.policy_file import load_policy, preset
from pytest_prevention.sources.process.reader import read_documents
from pytest_prevention.sources.proof.fingerprint import in_work_tree
from pytest_prevention.sources.proof.receipts import read_receipts, standing_receipts
from pytest_prevention.sources.pytest_config import read_config
from pytest_prevention.sources.scan.reader import scan
from tests.rules.build import AS_OF, fix, history
from tests.rules.pages import CODES, read_page

INCIDENT = """\
---
id: INC-001
title: Empty order body returned 500
severity: SEV2
status: resolved
detected_at: 2024-01-21T10:00:00Z
mitigated_at: 2024-01-21T11:00:00Z
fixed_at: 2024-01-21T12:00:00Z
postmortem_at: 2024-01-22
modules: ["src/orders/**"]
fix_commits: [1cd649d]
---
"""
BACKLOG = """\
| # | Incident | Action | Category | Priority | Status | Due | Done |
|---|----------|--------|----------|----------|--------|-----|------|
| 1 | INC-001 | Limit body size | Code | P2 | Todo | 2024-02-10 | — |
"""


def verdict_on(files: Mapping[str, str], root: Path) -> Verdict:
    """The verdict on a repository of these files under the preset strict, or under the policy among them."""
    laid = {"incidents/prevention-backlog.md": BACKLOG, **files}
    if not any(name.startswith("incidents/INC-001") for name in files):
        laid["incidents/INC-001.md"] = INCIDENT
    outcomes, commits = laid.pop("outcome", None), laid.pop("history", None)
    changed = laid.pop("commits", None)
    fixes, executed, covered = laid.pop("fix", ""), laid.pop("executed", None), laid.pop("coverage", None)
    for name, text in laid.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    policy = load_policy(root, codes=CODES) if (root / "prevention-policy.yaml").exists() else preset("strict")
    incidents = read_incidents(root, policy)
    backlog = read_backlog(root, policy, incidents)
    links = scan(root, read_config(root), backlog.actions)
    facts = Facts(
        as_of=AS_OF,
        incidents=incidents,
        backlog=backlog,
        links=links,
        run=_run(outcomes, executed),
        fixes={name: FixedLines(lines) for name, lines in _lines(fixes).items()},
        proofs=standing_receipts(read_receipts(root), incidents, links, in_work_tree(root)),
        history=_history(commits, policy, incidents),
        documents=read_documents(root, backlog, incidents),
        code_changes=_code_changes(_named_commits(backlog) if changed is None else changed),
        alerts=alerts_of(root, policy),
        coverage=NO_COVERAGE if covered is None else Coverage(_files(covered), read_baseline(root, policy)),
    )
    return judge(facts, policy)


def _run(outcomes: str | None, executed: str | None) -> Run | Unavailable:
    if outcomes is None:
        return NO_RUN
    pairs = [line.split() for line in outcomes.splitlines()]
    records = {nodeid: Record(nodeid, Outcome(word)) for nodeid, word in pairs}
    return Run(records=records, executed=NOT_MEASURED if executed is None else _lines(executed))


def _lines(text: str) -> dict[str, Lines]:
    """One line is a test or an incident, a file, and numbers of lines in it."""
    words = (line.split() for line in text.splitlines())
    return {name: {path: frozenset(map(int, numbers))} for name, path, *numbers in words}


def _files(text: str) -> dict[str, FileCoverage]:
    """One line is a file, and how many of how many statements were executed."""
    words = (line.split() for line in text.splitlines())
    return {
        path: FileCoverage(frozenset(range(int(covered))), frozenset(range(int(covered), int(total))))
        for path, covered, total in words
    }


def _named_commits(backlog: Backlog) -> str:
    """The commits that Evidence cells name, each of which touched what broke."""
    named = ((action.key, entry) for action in backlog.actions for entry in action.evidence)
    return "\n".join(f"{key} {entry.value} src/orders/api.py" for key, entry in named if entry.kind == "commit")


def _code_changes(text: str) -> CodeChanges:
    """One line is one commit, the newest first: action, id, a file that it touched; ``reverted by`` the next one."""
    found = defaultdict[str, tuple[CodeChange, ...]](tuple)
    for newer, line in enumerate(text.splitlines()):
        key, id_, path, *rest = line.split()
        revert = Revert(rest[-1], 2 * newer) if rest else None
        change = CodeChange(id=id_, subject="Limit it", newer=2 * newer + 1, revert=revert, paths=frozenset({path}))
        found[key] = (*found[key], change)
    return CodeChanges(found)


def _history(lines: str | None, policy: Policy, incidents: Incidents) -> History | Unavailable:
    """One line is one commit, ``2024-01-09 src/orders/api.py Fix rounding``; or the reach of a shallow clone."""
    if lines is None:
        return NO_HISTORY
    if lines.startswith("reaches back "):
        return ShortHistory(lines, "git fetch --unshallow", by_design=True, days=int(lines.split()[2]))
    fixes, commits = Fixes.of(policy, incidents), defaultdict[str, list[Commit]](list)
    for line in lines.splitlines():
        day, path, subject = line.split(" ", 2)
        why = fixes.why("", subject.encode(), merge=False)
        age = AS_OF.date() - date.fromisoformat(day)
        commits[path].append(fix(age.days, subject, why=why.reason if why else ""))
    return history(commits)


@pytest.mark.parametrize("code", CODES)
def test_the_first_example_makes_exactly_this_rule_fire(code: str, tmp_path: Path) -> None:
    """One finding kind, one mistake: nothing else is wrong with the example."""
    verdict = verdict_on(read_page(code).sections["## Fires"], tmp_path)
    assert {finding.code for finding in verdict.findings} == {code}, verdict.findings


@pytest.mark.parametrize("code", [code for code in CODES if "yaml" in read_page(code).sections["## Policy"]])
def test_the_policy_on_a_page_can_be_pasted(code: str, tmp_path: Path) -> None:
    """It is a whole policy file, and it says something of this rule or of how files are read."""
    (tmp_path / "prevention-policy.yaml").write_text(read_page(code).sections["## Policy"]["yaml"], encoding="utf-8")
    policy = load_policy(tmp_path, codes=CODES)
    assert policy.tree != preset().tree


@pytest.mark.parametrize("code", CODES)
def test_the_second_example_is_silent(code: str, tmp_path: Path) -> None:
    """The files of the second example in the place of those of the first repair what was wrong."""
    sections = read_page(code).sections
    assert sections["## Silent"]
    verdict = verdict_on({**sections["## Fires"], **sections["## Silent"]}, tmp_path)
    assert verdict.findings == ()
    assert all(gap.why.by_design for result in verdict.results for gap in result.unchecked)
