"""The whole report of a large project: 1,000 incidents, 5,000 actions, 10,000 deploys; and how its time grows.

    python -m benchmarks.report [--profile]

Each round runs ``prevention report`` of every project in turn, each in a process of its own; what counts is the least
user and system time of all rounds, that of git included, which the rest of the machine disturbs least. *Start-up* is
the same command in a project of one incident: Python, imports, policy, git. The exponent is that of the power of the
size which fits the times above start-up best (least squares of their logarithms); 1 is linear.

With the number of incidents grow the actions, deploys, modules, causes and commits of the history, every tenth of which
changes data; of fixed size are the three years in which all happens and how often an incident's cause comes back. Every
twentieth incident goes on. *Without git* is the same project with its history removed, *as JSON* the report for
programs, which names every action and finding.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from statistics import linear_regression
from typing import NamedTuple

from pytest_prevention.cli import main as prevention

SIZES = (250, 500, 1_000, 2_000, 4_000)
ASKED, ACTIONS, DEPLOYS, COMMITS = 1_000, 5, 10, 2
"""The size that is asked about; actions, deploys and commits for each incident."""
SAME = 20
"""Incidents for each cause, and for each module."""
SECONDS, EXPONENT = 1.0, 1.1
ROUNDS = 3
DAYS = 1_095
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
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


class Usage(NamedTuple):
    """Of one process and those that it waited for, in seconds."""

    cpu: float
    wall: float


def make(root: Path, incidents: int) -> None:
    """A project of so many incidents, each with its actions, deploys and commits."""
    draw = Random(incidents)
    begins = sorted(moment(draw) for _ in range(incidents))
    files = {f"incidents/INC-{number:04d}.md": record(number, at, draw, incidents) for number, at in enumerate(begins)}
    rows = [row(number, place, at, draw) for number, at in enumerate(begins) for place in range(ACTIONS)]
    files["incidents/prevention-backlog.md"] = HEADER + "".join(rows)
    deploys = sorted(moment(draw) for _ in range(incidents * DEPLOYS))
    files["deploys.csv"] = "deployed_at,ref\n" + "".join(f"{stamp(at)},v{n}\n" for n, at in enumerate(deploys))
    files["prevention-policy.yaml"] = "version: 1\ndeploys: {csv: deploys.csv}\n"
    commit(root, [*_history(incidents, draw), (AS_OF, files)])


def _history(incidents: int, draw: Random) -> Iterable[tuple[datetime, Mapping[str, str]]]:
    """Every module once, then changes of them; every tenth commit changes data."""
    modules = [f"src/module{number}/orders.py" for number in range(incidents // SAME + 1)]
    yield AS_OF - timedelta(days=DAYS), dict.fromkeys(modules, "def order() -> None: ...\n")
    for number, at in enumerate(sorted(moment(draw) for _ in range(incidents * COMMITS))):
        path = f"db/migrations/{number:05d}.py" if number % 10 == 0 else draw.choice(modules)
        yield at, {path: f"def order() -> None: ...\n\n\nVERSION = {number}\n"}


def commit(root: Path, commits: Iterable[tuple[datetime, Mapping[str, str]]]) -> None:
    """A repository with these commits, checked out; what a commit does not name stays as it was."""

    def data(text: str) -> bytes:
        return b"data %d\n%s\n" % (len(text.encode()), text.encode())

    parts: list[bytes] = []
    for at, files in commits:
        parts.append(f"commit refs/heads/main\ncommitter B <b@example.org> {int(at.timestamp())} +0000\n".encode())
        parts.append(data("Change"))
        parts += [f"M 100644 inline {path}\n".encode() + data(text) for path, text in files.items()]
    root.mkdir(parents=True)
    git = ["git", "-C", str(root)]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "fast-import", "--quiet"], input=b"".join(parts), check=True)
    subprocess.run([*git, "reset", "-q", "--hard"], check=True)


def moment(draw: Random) -> datetime:
    return AS_OF - timedelta(minutes=draw.randrange(60, DAYS * 24 * 60))


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def record(number: int, began: datetime, draw: Random, incidents: int) -> str:
    kinds = incidents // SAME + 1
    detected = began + timedelta(minutes=draw.randrange(1, 600))
    mitigated = detected + timedelta(minutes=draw.randrange(5, 900))
    fixed = mitigated + timedelta(minutes=draw.randrange(60, 9_000))
    ends = f"mitigated_at: {stamp(mitigated)}\nfixed_at: {stamp(fixed)}\n"
    ends += f"postmortem_at: {fixed + timedelta(days=2):%F}\n"
    over = draw.random() < 0.95
    return RECORD.format(
        number=number,
        severity=draw.randrange(1, 5),
        status="resolved" if over else "active",
        started=stamp(began),
        detected=stamp(detected),
        ends=ends if over else "",
        by=draw.choice(["alert", "customer", "staff"]),
        trigger=draw.choice(["deploy", "config", "data", "load", "unknown"]),
        cause=f"cause-{draw.randrange(kinds)}",
        module=draw.randrange(kinds),
    )


def row(number: int, place: int, began: datetime, draw: Random) -> str:
    """The action at this place of an incident's."""
    due = began.date() + timedelta(days=14)
    done = due + timedelta(days=draw.randrange(-7, 30))
    status = draw.choice(["Done", "Done", "Todo", "In progress", "Dropped"])
    return (
        f"| {number * ACTIONS + place + 1} | INC-{number:04d} | Add test for /api/orders/{number}/{place} "
        f"| {draw.choice(CATEGORIES)} | P{draw.randrange(1, 5)} | {status} | {due} "
        f"| {done if status == 'Done' else '—'} |\n"
    )


def measured(*arguments: str) -> Usage:
    """``prevention`` with these arguments, in a process of its own."""
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "pytest_prevention", *arguments]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after, wall = getrusage(RUSAGE_CHILDREN), time.perf_counter() - start
    return Usage(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def exponent(times: Mapping[int, float]) -> float:
    """Of the power of the keys that fits the values best."""
    return linear_regression([log(size) for size in times], [log(time) for time in times.values()]).slope


def _arguments(root: Path, *more: str) -> list[str]:
    return ["report", "--as-of", stamp(AS_OF), "--root", str(root), *more]


def profiled(root: Path) -> None:
    """Where the time goes, in this process."""
    profile = cProfile.Profile()
    profile.runcall(prevention, _arguments(root, "--output", str(root.parent / "report.txt")))
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
        bare = Path(folder) / "bare"
        shutil.copytree(roots[ASKED], bare, ignore=shutil.ignore_patterns(".git"))
        asked = {str(size): _arguments(root) for size, root in roots.items()}
        asked |= {"without git": _arguments(bare), "as JSON": _arguments(roots[ASKED], "--format", "json")}
        rounds = [{name: measured(*arguments) for name, arguments in asked.items()} for _ in range(ROUNDS)]
    least = {name: Usage(*map(min, zip(*(times[name] for times in rounds), strict=True))) for name in asked}
    above = {name: Usage(one.cpu - least["1"].cpu, one.wall - least["1"].wall) for name, one in least.items()}
    print(f"start-up (a project of one incident): {least['1'].cpu:.2f} s of CPU, {least['1'].wall:.2f} s of time\n")
    print("incidents  actions  deploys  commits  CPU above start-up  time above start-up")
    for size in SIZES:
        cpu, wall = above[str(size)]
        counts = f"{size:9,} {size * ACTIONS:8,} {size * DEPLOYS:8,} {size * COMMITS:8,}"
        print(f"{counts} {cpu:17.2f} s {wall:18.2f} s")
    for name in ("without git", "as JSON"):
        print(f"{f'{ASKED:,} incidents, {name}':35} {above[name].cpu:17.2f} s {above[name].wall:18.2f} s")
    print(f"\n{ASKED:,} incidents: {above[str(ASKED)].cpu:.2f} s (at most {SECONDS:g} s)")
    grown = exponent({size: above[str(size)].cpu for size in SIZES})
    print(f"exponent:        {grown:.2f} (at most {EXPONENT:g})")


if __name__ == "__main__":
    main()
