"""Reading the history of a repository, beside git's own log of the same range and beside PyDriller.

    python benchmarks/history.py REPOSITORY [--rounds 3] [--pydriller PYTHON]

The repository may be bare: a shared clone of it is read. Each round runs all sides once, in turn, each in a process of
its own that measures itself: user and system time of the work and of the git processes that it starts, without
Python's start and imports. The figure of a side is the least of all rounds, which the rest of the machine disturbs
least. Git's own log goes to /dev/null.

*reader* is the clean room, the log and the renames followed. *whole history* also lists the files of two commits,
counts their lines and asks for their attributes. *prevention hotspots* is the command itself, Python's start and
imports included.

Memory is the peak resident set, in which counts what git maps of pack files. Of the reader that of Python and that of
git are added up, as if both came at the same moment.

PyDriller lists the modified files of the newest 300 commits. It runs under PYTHON, any interpreter that has it
(``pip install pydriller``), by default this one; what counts is the time per commit, of the reader that of three years.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import NamedTuple

from pytest_prevention.model import Incidents
from pytest_prevention.model.history import History
from pytest_prevention.policy import Policy
from pytest_prevention.sources.fixes import Fixes
from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.git_history import followed, read_history
from pytest_prevention.sources.git_log import read_log
from pytest_prevention.sources.policy_file import preset

SLOWER, LARGER, FASTER, RATE, SECONDS = 1.2, 100, 50, 10_000, 1.0
DAY, THREE_YEARS, ALL = 86_400, 1_095, 40_000  # days; the last ones reach back to before 1970
DRILLED = 300
PYDRILLER = """
import json, sys
from itertools import islice
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from pydriller import Repository

def seconds():
    return sum(use.ru_utime + use.ru_stime for use in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))

before, commits = seconds(), 0
for commit in islice(Repository(sys.argv[1], order="reverse").traverse_commits(), int(sys.argv[2])):
    commits += bool([(file.old_path, file.new_path, file.change_type) for file in commit.modified_files])
print(json.dumps([seconds() - before, 0, commits]))
"""


class Use(NamedTuple):
    """What one side took: CPU seconds and MiB; and how many commits it read, 0 where it does not say."""

    seconds: float
    memory: float
    commits: int


def raw(repository: Path, head: int, days: int) -> int:
    since = [f"--max-age={head - days * DAY}"] if head > days * DAY else []
    subprocess.run(
        ["git", "-C", str(repository), "log", "--raw", "-M", "-z", *since], stdout=subprocess.DEVNULL, check=True
    )
    return 0


def reader(repository: Path, head: int, days: int) -> int:
    policy = preset()
    with clean_room(repository) as room:
        log = read_log(
            room,
            room.head,
            head - days * DAY,
            is_source=lambda path: policy.file_kind(path) == "source",
            fixes=Fixes.of(policy, Incidents()),
        )
    followed(log.steps)
    return log.commits


def whole_history(repository: Path, _head: int, days: int) -> int:
    tree = preset().tree
    policy = Policy({**tree, "history": {**tree["history"], "window_days": days}})
    found = read_history(repository, policy, Incidents())
    if not isinstance(found, History):
        raise SystemExit(found.reason)
    return found.commits


def hotspots(repository: Path, _head: int, _days: int) -> int:
    """Over the days that the policy says: three years."""
    command = "from pytest_prevention.cli import main; raise SystemExit(main())"
    subprocess.run(
        [sys.executable, "-c", command, "hotspots", "--root", str(repository)], stdout=subprocess.DEVNULL, check=True
    )
    return 0


RAW = "git log --raw -M -z"
SIDES: dict[str, Callable[[Path, int, int], int]] = {
    RAW: raw,
    "reader": reader,
    "whole history": whole_history,
    "prevention hotspots": hotspots,
}


def use_of(side: str, repository: Path, head: int, days: int) -> Use:
    """Run a side in this process, which has done nothing before."""
    before = _seconds()
    commits = SIDES[side](repository, head, days)
    seconds = _seconds() - before
    git = getrusage(RUSAGE_CHILDREN).ru_maxrss
    memory = git if side == RAW else git + getrusage(RUSAGE_SELF).ru_maxrss
    return Use(seconds, memory / 1024, commits)


def _seconds() -> float:
    return sum(use.ru_utime + use.ru_stime for use in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def alone(python: str, *arguments: object) -> Use:
    """The same in a process of its own."""
    done = subprocess.run([python, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stdout[-2000:] + done.stderr)
    return Use(*json.loads(done.stdout))


def compare(repository: Path, head: int, days: int, sides: list[str], rounds: int) -> dict[str, Use]:
    """Print one range, and return what each side took at best."""
    all_rounds = [
        [alone(sys.executable, __file__, repository, "--side", side, head, days) for side in sides]
        for _ in range(rounds)
    ]
    best = {side: min(uses) for side, uses in zip(sides, zip(*all_rounds, strict=True), strict=True)}
    git, ours = best[RAW], best["reader"]
    print(f"\n{'all' if days == ALL else f'{days} days'}: {ours.commits:,} commits")
    for side, use in best.items():
        print(f"  {side:<22}{use.seconds:8.3f} s  {use.seconds / git.seconds:6.2f}  {use.memory:5.0f} MiB")
    print(f"  reader: {ours.seconds / git.seconds:.2f} × git (limit {SLOWER}),", end=" ")
    print(f"{ours.memory - git.memory:+.0f} MiB (limit +{LARGER}),", end=" ")
    print(f"{ours.commits / ours.seconds:,.0f} commits per CPU-second")
    return best


def beside_pydriller(repository: Path, ours: Use, python: str, rounds: int) -> None:
    if subprocess.run([python, "-c", "import pydriller"], capture_output=True, check=False).returncode != 0:
        print(f"\nPyDriller: not measured, {python} cannot import it")
        return
    theirs = min(alone(python, "-c", PYDRILLER, repository, DRILLED) for _ in range(rounds))
    drilled, read = theirs.seconds / DRILLED, ours.seconds / ours.commits
    print(f"\nper commit: PyDriller {1e3 * drilled:.2f} ms, reader {1e3 * read:.3f} ms:", end=" ")
    print(f"{drilled / read:.0f} × faster (limit {FASTER})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pydriller", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        side, head, days = asked.side
        print(json.dumps(use_of(side, asked.repository, int(head), int(days))))
        return
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", asked.repository, clone], check=True)
        stamp = subprocess.run(
            ["git", "-C", clone, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=True
        )
        head = int(stamp.stdout)
        print(f"{asked.repository}, least CPU time of {asked.rounds} rounds, and peak memory")
        everything = compare(clone, head, ALL, list(SIDES)[:3], asked.rounds)["reader"]
        recent = compare(clone, head, THREE_YEARS, list(SIDES), asked.rounds)["reader"]
        beside_pydriller(clone, recent, asked.pydriller, asked.rounds)
    print(f"\nlimits for sympy: {RATE:,} commits per CPU-second of all,", end=" ")
    print(f"{SECONDS:g} CPU-second for three years; here {everything.commits / everything.seconds:,.0f} and", end=" ")
    print(f"{recent.seconds:.2f}")


if __name__ == "__main__":
    main()
