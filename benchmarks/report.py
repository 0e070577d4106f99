"""The whole report of a large project: 1,000 incidents, 5,000 actions, 10,000 deploys; and how its time grows.

    python benchmarks/report.py [--profile]

Each round runs ``prevention report --format json`` of every project in turn, each in a process of its own; what counts
is the least user and system time of all rounds, that of git included, which the rest of the machine disturbs least.
*Start-up* is the same command in a project of one incident: Python, imports, policy, git. The exponent is that of the
power of the size which fits the times above start-up best (least squares of their logarithms); 1 is linear.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from statistics import linear_regression

from pytest_prevention.cli import main as prevention

SIZES = (250, 500, 1_000, 2_000)
ASKED, ACTIONS, DEPLOYS = 1_000, 5, 10
"""The size that is asked about; actions and deploys for each incident."""
SECONDS, EXPONENT = 1.0, 1.1
ROUNDS = 3
DAYS = 1_095
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
CAUSES = [f"cause-{number}" for number in range(60)]
CATEGORIES = ("Test", "Monitor", "Code", "Process")
HEADER = (
    "| # | Incident | Action | Category | Priority | Status | Due | Done |\n"
    "|---|----------|--------|----------|----------|--------|-----|------|\n"
)
RECORD = """---
id: INC-{number:04d}
title: Empty order body returned 500 for customer group {number}
severity: SEV{severity}
status: {status}
started_at: {started}
detected_at: {detected}
{ends}detected_by: {by}
trigger: {trigger}
cause: {cause}
modules: [src/module{module}/orders.py]
---

# INC-{number:04d}

## Summary

Customers of group {number} could not **order** anything: `POST /orders` without a body returned 500 instead of 400.
"""


def make(root: Path, incidents: int) -> None:
    """A project of so many incidents, each with its actions and deploys, and one commit."""
    draw = Random(incidents)
    (root / "incidents").mkdir(parents=True)
    begins = sorted(_moment(draw) for _ in range(incidents))
    rows = [HEADER]
    for number, began in enumerate(begins):
        (root / "incidents" / f"INC-{number:04d}.md").write_text(_record(number, began, draw), encoding="utf-8")
        rows += [_row(number * ACTIONS + row + 1, number, began, draw) for row in range(ACTIONS)]
    (root / "incidents" / "prevention-backlog.md").write_text("".join(rows), encoding="utf-8")
    for module in range(50):
        source = root / f"src/module{module}/orders.py"
        source.parent.mkdir(parents=True)
        source.write_text("def order() -> None: ...\n", encoding="utf-8")
    deploys = sorted(_moment(draw) for _ in range(incidents * DEPLOYS))
    lines = [f"{_stamp(at)},v{number}" for number, at in enumerate(deploys)]
    (root / "deploys.csv").write_text("\n".join(["deployed_at,ref", *lines, ""]), encoding="utf-8")
    policy = "version: 1\ndeploys: {csv: deploys.csv}\n"
    (root / "prevention-policy.yaml").write_text(policy, encoding="utf-8")
    git = ["git", "-C", str(root), "-c", "user.name=b", "-c", "user.email=b@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Everything"]):
        subprocess.run([*git, *command], check=True)


def _moment(draw: Random) -> datetime:
    return AS_OF - timedelta(minutes=draw.randrange(60, DAYS * 24 * 60))


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _record(number: int, began: datetime, draw: Random) -> str:
    """One in twenty goes on."""
    detected = began + timedelta(minutes=draw.randrange(1, 600))
    mitigated = detected + timedelta(minutes=draw.randrange(5, 900))
    fixed = mitigated + timedelta(minutes=draw.randrange(60, 9_000))
    ends = f"mitigated_at: {_stamp(mitigated)}\nfixed_at: {_stamp(fixed)}\n"
    ends += f"postmortem_at: {fixed + timedelta(days=2):%F}\n"
    over = draw.random() < 0.95
    return RECORD.format(
        number=number,
        severity=draw.randrange(1, 5),
        status="resolved" if over else "active",
        started=_stamp(began),
        detected=_stamp(detected),
        ends=ends if over else "",
        by=draw.choice(["alert", "customer", "staff"]),
        trigger=draw.choice(["deploy", "config", "data", "load", "unknown"]),
        cause=draw.choice(CAUSES),
        module=draw.randrange(50),
    )


def _row(row: int, number: int, began: datetime, draw: Random) -> str:
    due = began.date() + timedelta(days=14)
    done = due + timedelta(days=draw.randrange(-7, 30))
    status = draw.choice(["Done", "Done", "Todo", "In progress", "Dropped"])
    return (
        f"| {row} | INC-{number:04d} | Add test for /api/orders/{row} | {draw.choice(CATEGORIES)} "
        f"| P{draw.randrange(1, 5)} | {status} | {due} | {done if status == 'Done' else '—'} |\n"
    )


def seconds(root: Path) -> float:
    """User and system time of one report, its git processes included."""
    before = getrusage(RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest_prevention", "report", "--format", "json", "--as-of", _stamp(AS_OF)]
    subprocess.run([*command, "--root", str(root)], stdout=subprocess.DEVNULL, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def profiled(root: Path) -> None:
    """Where the time goes, in this process."""
    profile = cProfile.Profile()
    arguments = ["report", "--format", "json", "--as-of", _stamp(AS_OF), "--root", str(root)]
    profile.runcall(prevention, [*arguments, "--output", str(root.parent / "report.json")])
    pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="show where the time of the asked size goes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        roots = {size: Path(folder) / str(size) for size in (1, *SIZES)}
        for size, root in roots.items():
            make(root, size)
        if options.profile:
            profiled(roots[ASKED])
            return
        rounds = [{size: seconds(root) for size, root in roots.items()} for _ in range(ROUNDS)]
    least = {size: min(times[size] for times in rounds) for size in roots}
    above = {size: least[size] - least[1] for size in SIZES}
    print(f"start-up (a project of one incident)  {least[1]:5.2f} s\n")
    print("incidents  actions  deploys  above start-up")
    for size, time in above.items():
        print(f"{size:9,} {size * ACTIONS:8,} {size * DEPLOYS:8,} {time:13.2f} s")
    exponent = linear_regression([log(size) for size in above], [log(time) for time in above.values()]).slope
    print(f"\n{ASKED:,} incidents: {above[ASKED]:.2f} s (at most {SECONDS:g} s)")
    print(f"exponent:        {exponent:.2f} (at most {EXPONENT:g})")


if __name__ == "__main__":
    main()
