"""What a proof costs, beside the two pytest runs of its guard; exporting a tree; two proofs at a time.

    python benchmarks/proof.py [--rounds 3] [--files 3000]
    python benchmarks/proof.py --repository CHECKOUT [--rounds 3]

The first writes a project whose history holds 20 incidents, each with the fix, and proves their guards. The second
takes the incidents of a checkout that has them, in a clone; the environment that runs this program is then that of the
project.

Each round runs both sides once, in turn, as commands with Python's start; the figure of a side is its least time by the
clock. *Two runs* are ``pytest FILE::GUARD``, twice, in the checkout. The tree is exported from a project of so many
files (or from the checkout), beside ``git archive HEAD | tar -x``; of these the median counts. A proof that is kept in
``incidents/proofs.json`` would not be made again: that file goes before each. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from pytest_prevention.model import available
from pytest_prevention.session import read_project
from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.git_export import export

INCIDENTS, SINGLE, FILES, EXPORTS = 20, 3, 200, 9
TIMES, MORE, EXPORT, FASTER = 2.0, 1.0, 0.2, 1.6  # of the guard's runs, seconds, seconds, of one by one
PROVE = """
import sys
from pathlib import Path
from pytest_prevention.proofs import prove

root, jobs, *incidents = sys.argv[1:]
found = prove(Path(root), incidents, jobs=int(jobs))
assert any(one.answer == "proven" for one in found), found
"""
RECORD = """---
id: INC-{n:03d}
title: Order {n} lost its total
severity: SEV2
status: resolved
detected_at: 2024-01-15T10:20:00Z
mitigated_at: 2024-01-15T11:00:00Z
fixed_at: 2024-01-16T09:00:00Z
postmortem_at: 2024-01-17
modules: [shop/orders_{n}.py]
fix_commits: ["{fix}"]
---
"""
BACKLOG = """| # | Incident | Action | Category | Priority | Status | Due | Done |
|---|---|---|---|---|---|---|---|
"""
SOURCE = "def total(prices):\n    return sum(prices{bug})\n"
TEST = """import pytest
from shop.orders_{n} import total


@pytest.mark.incident("INC-{n:03d}")
def test_total():
    assert total([1, 2, {n}]) == 3 + {n}


def test_nothing():
    assert total([]) == 0
"""


def git(root: Path, *arguments: str) -> str:
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    settings |= {
        f"GIT_{who}_{what}": "bench@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=True).stdout


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def lay_out(root: Path, files: int) -> None:
    """A project with 20 incidents, and so many files of some kilobytes that have nothing to do with them."""
    git(root, "init", "--quiet")
    write(root / "pytest.ini", "[pytest]\ntestpaths = tests\npythonpath = .\n")
    write(root / "shop/__init__.py", "")
    for n in range(1, INCIDENTS + 1):
        write(root / f"shop/orders_{n}.py", SOURCE.format(bug="[1:]"))
    for n in range(files):
        write(root / f"shop/catalogue/part_{n % 50}/item_{n}.py", f"PRICE = {n}\n" * 300)
    write(root / "incidents/prevention-backlog.md", BACKLOG)
    commit(root)
    for n in range(1, INCIDENTS + 1):
        write(root / f"shop/orders_{n}.py", SOURCE.format(bug=""))
        write(root / f"tests/test_orders_{n}.py", TEST.format(n=n))
        commit(root)
        write(root / f"incidents/INC-{n:03d}.md", RECORD.format(n=n, fix=git(root, "rev-parse", "HEAD").strip()))
    commit(root)


def copy(checkout: Path, root: Path) -> None:
    """A clone, with the records as they lie in the work tree."""
    git(checkout, "clone", "--quiet", "--shared", str(checkout), str(root))
    shutil.copytree(checkout / "incidents", root / "incidents", dirs_exist_ok=True)


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Work")


def guards(root: Path) -> dict[str, list[str]]:
    """The guards of each incident, by its id."""
    found: dict[str, list[str]] = {}
    for link in available(read_project(root).facts.links).links:
        found.setdefault(link.incident, []).append(link.nodeid)
    return found


def seconds(command: list[str], root: Path) -> float:
    """By the clock; CalledProcessError where the command fails."""
    start = time.perf_counter()
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def proving(root: Path, incidents: list[str], jobs: int = 1) -> Callable[[], float]:
    def work() -> float:
        (root / "incidents/proofs.json").unlink(missing_ok=True)
        return seconds([sys.executable, "-P", "-c", PROVE, str(root), str(jobs), *incidents], root)

    return work


def pytest_twice(root: Path, nodeids: list[str]) -> Callable[[], float]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *nodeids]
    return lambda: seconds(command, root) + seconds(command, root)


def least(rounds: int, *works: Callable[[], float]) -> list[float]:
    """The least seconds of each piece of work; they run in turn, so that a busy machine hits all alike."""
    times = [[work() for work in works] for _ in range(rounds)]
    return [min(ours) for ours in zip(*times, strict=True)]


def in_new_folder(work: Callable[[Path], object]) -> float:
    """The median seconds of what fills an empty folder."""
    times = []
    for _ in range(EXPORTS):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            work(Path(folder))
            times.append(time.perf_counter() - start)
    return median(times)


def archived(root: Path, folder: Path) -> None:
    with subprocess.Popen(["git", "-C", str(root), "archive", "HEAD"], stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", str(folder)], stdin=archive.stdout, check=True)


def show_proofs(root: Path, rounds: int) -> None:
    by_incident = guards(root)
    if not by_incident:
        raise SystemExit(f"{root}: no test is linked to an incident")
    print(f"{'':14} one proof   two runs    at most")
    for incident in sorted(by_incident)[:SINGLE]:
        ours, theirs = least(rounds, proving(root, [incident]), pytest_twice(root, by_incident[incident]))
        print(f"{incident:14} {ours:7.2f} s {theirs:8.2f} s {TIMES * theirs + MORE:8.2f} s", flush=True)
    every = sorted(by_incident)
    one, two = least(rounds, proving(root, every), proving(root, every, jobs=2))
    both = f"one by one {one:.2f} s, two at a time {two:.2f} s"
    print(f"{len(every)} incidents: {both}, {one / two:.2f} x as fast (at least {FASTER})", flush=True)


def show_export(root: Path) -> None:
    with clean_room(root) as room:
        ours = in_new_folder(lambda folder: export(room, room.head, folder))
    theirs = in_new_folder(lambda folder: archived(root, folder))
    count = len(git(root, "ls-files").splitlines())
    print(f"a tree of {count} files: {ours:.3f} s (at most {EXPORT}), git archive | tar {theirs:.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repository", type=Path, metavar="CHECKOUT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        small, large = Path(first).resolve(), Path(second).resolve()
        if options.repository is None:
            lay_out(small, FILES)
            lay_out(large, options.files)
        else:
            copy(options.repository.resolve(), small)
            large = small
        show_proofs(small, options.rounds)
        show_export(large)


if __name__ == "__main__":
    main()
