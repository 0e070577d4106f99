"""What it costs to measure what guards execute: 200 guards in a suite of 20,000 tests, beside a plain run of pytest.

    python -m benchmarks.reaching [--tests 20000] [--guards 200] [--rounds 5]

Every test calls code of the shop, and the guards' incidents name commits that fixed it. Each round runs every variant
once, in turn; the figure of a variant is the median of its CPU time (user and system, children included), and each
ratio the median of the ratios to the plain run of the same round. ``--prevention`` without measuring is the same run
where no record names its fix. What goes beyond it is measuring, and following the fixes to today by ``git blame``,
which is done once, however many tests there are, and whose time is told apart.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.plugin import FILES, HEADER, INCIDENT, INCIDENTS, cpu_seconds

MODULES, FUNCTIONS = 20, 50
FUNCTION = """
def price_{n}(prices, discount=0):
    total = 0
    for price in prices:
        if price < 0:
            {below_zero}
        total += price
    if discount:
        total -= total * discount // 100
    return total
"""
IMPORTED = ", ".join(f"m{n}" for n in range(MODULES))
FOLLOW = """
from pathlib import Path
from pytest_prevention.session import read_project

project = read_project(Path.cwd())
project.fixes({incident.id for incident in project.facts.incidents.records})
"""
ROW = "| {n} | INC-{n:03d} | Test it | Test | P1 | Done | 2024-02-01 | 2024-01-20 |\n"


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def module(fixed: int) -> str:
    """A module whose first functions are fixed."""
    return "".join(
        FUNCTION.format(n=n, below_zero="price = 0" if n < fixed else "raise ValueError(price)")
        for n in range(FUNCTIONS)
    )


def lay_out(root: Path, tests: int, guards: int) -> None:
    """A repository whose 100 incidents each have a fix, with that many tests, some of them guards."""
    shop = root / "shop"
    shop.mkdir()
    (shop / "__init__.py").touch()
    for n in range(MODULES):
        (shop / f"m{n}.py").write_text(module(0))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    write_records(root, list(fixes(root)))
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\npythonpath = .\n")
    (root / "tests").mkdir()
    each, apart = tests // FILES, tests // guards
    for file in range(FILES):
        numbers = range(file * each, (file + 1) * each)
        text = "".join(plain(n) if n % apart else guard(n, n // apart % INCIDENTS) for n in numbers)
        (root / "tests" / f"test_{file:03d}.py").write_text(f"import pytest\nfrom shop import {IMPORTED}\n\n{text}")


def fixes(root: Path) -> Iterator[str]:
    """One commit per incident, in turn through the modules."""
    for n in range(INCIDENTS):
        (root / "shop" / f"m{n % MODULES}.py").write_text(module(n // MODULES + 1))
        git(root, "commit", "-qam", f"fix {n}")
        yield git(root, "rev-parse", "HEAD")


def guard(number: int, incident: int) -> str:
    """A test that executes the fix of its incident."""
    call = f"m{incident % MODULES}.price_{incident // MODULES}(range(-1, 20), 10)"
    return f'@pytest.mark.incident("INC-{incident + 1:03d}")\ndef test_{number}():\n    assert {call} == 171\n\n\n'


def plain(number: int) -> str:
    call = f"m{number % MODULES}.price_{number % FUNCTIONS}(range({number % 50}), 10)"
    return f"def test_{number}():\n    assert {call} >= 0\n\n\n"


def write_records(root: Path, commits: list[str]) -> None:
    folder = root / "incidents"
    folder.mkdir()
    for n, commit in enumerate(commits, 1):
        text = INCIDENT.format(n=n).replace("modules:", f'fix_commits: ["{commit}"]\nmodules:')
        (folder / f"INC-{n:03d}.md").write_text(text)
    rows = "".join(ROW.format(n=n) for n in range(1, len(commits) + 1))
    (folder / "prevention-backlog.md").write_text(HEADER + rows)


def without_fixes(root: Path, other: Path) -> None:
    """The same repository, whose records name no fix."""
    shutil.copytree(root, other)
    for record in (other / "incidents").glob("INC-*.md"):
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith("fix_commits")))


def rounds(variants: dict[str, tuple[Path, list[str]]], count: int) -> dict[str, list[float]]:
    """Variant → CPU seconds of each round."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(count):
        for name, (folder, command) in variants.items():
            seconds[name].append(cpu_seconds(command, folder))
    return seconds


def added(seconds: dict[str, list[float]], more: str, less: str) -> float:
    """What one variant takes longer than another, as a share of the plain run of the same round."""
    return median((a - b) / plain for a, b, plain in zip(seconds[more], seconds[less], seconds["plain"], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=20_000)
    parser.add_argument("--guards", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    with tempfile.TemporaryDirectory() as name:
        root, other = Path(name, "fixes"), Path(name, "no-fixes")
        root.mkdir()
        lay_out(root, options.tests, options.guards)
        without_fixes(root, other)
        variants = {
            "plain": (root, pytest),
            "--prevention, measuring": (root, [*pytest, "--prevention"]),
            "--prevention, no fix": (other, [*pytest, "--prevention"]),
            "--cov --cov-context=test": (root, [*pytest, "--cov", "--cov-report=", "--cov-context=test"]),
            "follow the fixes": (root, [sys.executable, "-c", FOLLOW]),
            "read, follow none": (other, [sys.executable, "-c", FOLLOW]),
        }
        seconds = rounds(variants, options.rounds)
    print(f"{options.tests} tests, {options.guards} guards, {options.rounds} rounds: median CPU-s, and of a plain run")
    for variant, figures in seconds.items():
        ratio = median(mine / plain for mine, plain in zip(figures, seconds["plain"], strict=True))
        print(f"  {variant:<26} {median(figures):7.2f} CPU-s   {ratio:6.3f} x")
    both = added(seconds, "--prevention, measuring", "--prevention, no fix")
    following = added(seconds, "follow the fixes", "read, follow none")
    print(f"  measuring adds {both - following:.3f}, following {INCIDENTS} fixes {following:.3f} of a plain run")


if __name__ == "__main__":
    main()
