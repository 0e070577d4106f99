"""The static scan of 20,000 tests, beside pytest's own collection of the same tests.

    python benchmarks/scan.py [--tests 20000] [--rounds 3]

Each round runs all variants once, in turn, each in a process of its own, after one that fills pytest's cache of
compiled files; the figure of a variant is its least CPU time, which the rest of the machine disturbs least. Start-up is
included on both sides. The links are spread over all files, so that the scan can skip none of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FILES, LINKS, LIMIT = 400, 500, 0.15

TEST = '''def test_{n}(tmp_path):
    """Order {n} keeps its total."""
    order = orders.create({{"id": {n}, "items": [1, 2, 3]}})
    total = sum(item.price for item in order.items)
    assert total == {n} * 3
    assert order.state == "open"


'''

SCAN = """
import sys
from pathlib import Path
from pytest_prevention.model import Action, Evidence, Location
from pytest_prevention.sources.pytest_config import read_config
from pytest_prevention.sources.scan.reader import scan

root = Path(sys.argv[1])
row = Location("incidents/prevention-backlog.md", 1)
actions = [
    Action(key=f"A-1#{n}", incident="A-1", number=n, text="", location=row, evidence=(Evidence("test", nodeid),))
    for n, nodeid in enumerate(sys.argv[2:], start=1)
]
links = scan(root, read_config(root), actions)
assert (len(links.links), len(links.problems)) == (500, 0), links.problems
"""


def lay_out(root: Path, tests: int, *, marks: bool) -> list[str]:
    """That many tests, 500 of them linked by a mark; or the node ids of as many, for Evidence cells."""
    (root / "tests").mkdir(parents=True)
    (root / "orders.py").write_text("def create(order): return order\n")
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = tests\npythonpath = .\nmarkers = incident\n")
    named: list[str] = []
    for file in range(FILES):
        lines = ["import pytest\n\nimport orders\n\n\n"]
        for test in range(tests // FILES):
            if (file * (tests // FILES) + test) % (tests // LINKS) == 0:
                named.append(f"tests/test_{file:03}.py::test_{test}")
                lines.append(f'@pytest.mark.incident("INC-{len(named):03}")\n' if marks else "")
            lines.append(TEST.format(n=test))
        (root / "tests" / f"test_{file:03}.py").write_text("".join(lines))
    return named


def cpu_seconds(command: list[str], folder: Path) -> float:
    """User and system time of one process and its children."""
    before = os.times()
    source = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": source}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stdout[-2000:] + done.stderr)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        marked, plain = Path(folder) / "marked", Path(folder) / "plain"
        lay_out(marked, asked.tests, marks=True)
        named = lay_out(plain, asked.tests, marks=False)
        variants = {
            "pytest --collect-only -q": ([sys.executable, "-m", "pytest", "--collect-only", "-q"], marked),
            "scan, 500 marks": ([sys.executable, "-c", SCAN, str(marked)], marked),
            "scan, 500 node ids in Evidence cells": ([sys.executable, "-c", SCAN, str(plain), *named], plain),
        }
        for call in variants.values():
            cpu_seconds(*call)
        rounds = [[cpu_seconds(*call) for call in variants.values()] for _ in range(asked.rounds)]
    best = {name: min(seconds) for name, seconds in zip(variants, zip(*rounds, strict=True), strict=True)}
    baseline = best["pytest --collect-only -q"]
    print(f"{asked.tests} tests in {FILES} files, least CPU time of {asked.rounds} rounds")
    for name, seconds in best.items():
        print(f"{name:<40}{seconds:8.2f} s{seconds / baseline:8.3f}")
    print(f"limit for a scan: {LIMIT}")


if __name__ == "__main__":
    main()
