"""What the plugin costs in a suite of 20,000 tests: idle, judging with 500 links, and at start-up.

    python benchmarks/plugin.py [--tests 20000] [--rounds 3] [--calls]

Each round runs every variant once, in turn; the figure of a variant is its least CPU time (user and system, children
included), which the rest of the machine disturbs least. Ratios are to bare pytest (``-p no:prevention``) of the same
call. On a shared machine CPU seconds of the same work differ by a fifth between minutes; ``--calls`` counts function
calls (Python and C, by cProfile) instead, which are the same every time.
"""

from __future__ import annotations

import argparse
import os
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path

FILES, LINKS, INCIDENTS = 200, 500, 100

INCIDENT = """---
id: INC-{n:03d}
title: Something broke
severity: SEV3
status: resolved
detected_at: 2024-01-15T10:20:00Z
mitigated_at: 2024-01-15T11:00:00Z
fixed_at: 2024-01-16T09:00:00Z
postmortem_at: 2024-01-17
modules: [shop/orders.py]
---
"""
HEADER = (
    "| # | Incident | Action | Category | Priority | Status | Due | Done |\n"
    "|---|----------|--------|----------|----------|--------|-----|------|\n"
)


def lay_out(root: Path, tests: int) -> None:
    """A repository with that many tests, 500 of them linked to 100 incidents with one Test action each."""
    incidents = root / "incidents"
    incidents.mkdir()
    rows = []
    for n in range(1, INCIDENTS + 1):
        (incidents / f"INC-{n:03d}.md").write_text(INCIDENT.format(n=n))
        rows.append(f"| {n} | INC-{n:03d} | Test it | Test | P1 | Done | 2024-02-01 | 2024-01-20 |\n")
    (incidents / "prevention-backlog.md").write_text(HEADER + "".join(rows))
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    (root / "tests").mkdir()
    each, linked = tests // FILES, 0
    for file in range(FILES):
        lines = ["import pytest\n\n"]
        for test in range(each):
            if linked < LINKS and (file * each + test) % (tests // LINKS) == 0:
                linked += 1
                lines.append(f'@pytest.mark.incident("INC-{1 + linked % INCIDENTS:03d}")\n')
            lines.append(f"def test_{test}():\n    assert {test} == int('{test}')\n\n\n")
        (root / "tests" / f"test_{file:03d}.py").write_text("".join(lines))


def cpu_seconds(command: list[str], folder: Path) -> float:
    """User and system time of one command that must succeed."""
    before = os.times()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def function_calls(command: list[str], folder: Path) -> float:
    """Function calls of one ``python -m …`` command, in millions."""
    profile = folder / "profile.out"
    counted = [command[0], "-m", "cProfile", "-o", str(profile), *command[1:]]
    subprocess.run(counted, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return int(pstats.Stats(str(profile)).total_calls) / 1e6  # type: ignore[attr-defined]


def least(variants: dict[str, list[str]], folder: Path, rounds: int) -> dict[str, float]:
    """Variant → least CPU seconds over the rounds."""
    best = dict.fromkeys(variants, float("inf"))
    for _ in range(rounds):
        for name, command in variants.items():
            best[name] = min(best[name], cpu_seconds(command, folder))
    return best


def show(title: str, figures: dict[str, float], base: str, unit: str = "CPU-s") -> None:
    print(title)
    for name, figure in figures.items():
        print(f"  {name:<24} {figure:8.3f} {unit}   {figure / figures[base]:6.3f} x {base}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", action="store_true", help="count function calls instead of CPU time")
    options = parser.parse_args()
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        lay_out(root, options.tests)
        markers = ["-o", "markers=incident"]
        run = {
            "bare": [*pytest, "-p", "no:prevention", *markers],
            "idle": pytest,
            "--prevention": [*pytest, "--prevention"],
        }
        if options.calls:
            calls = {name: function_calls(command, root) for name, command in run.items()}
            show(f"collect and run {options.tests} tests, {LINKS} links", calls, "bare", "million calls")
            return
        show(f"collect and run {options.tests} tests, {LINKS} links", least(run, root, options.rounds), "bare")
        collect = {
            "bare": [*pytest, "--collect-only", "-p", "no:prevention", *markers],
            "idle": [*pytest, "--collect-only"],
        }
        show(f"collect {options.tests} tests", least(collect, root, options.rounds), "bare")
        imports = {
            "import pytest": [sys.executable, "-c", "import pytest"],
            "and the plugin": [sys.executable, "-c", "import pytest, pytest_prevention.plugin"],
        }
        best = least(imports, root, 15)
        show("start-up imports", best, "import pytest")
        print(f"  the plugin adds {1000 * (best['and the plugin'] - best['import pytest']):.1f} ms")


if __name__ == "__main__":
    main()
