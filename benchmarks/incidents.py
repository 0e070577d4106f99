"""Reading 1,000 incident files, beside what PyYAML's pure-Python loader alone needs for their front matter.

    python benchmarks/incidents.py

Both run in turn in one process; the ratio of the best times is what counts.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from pytest_prevention.sources.incidents.front_matter import split_page
from pytest_prevention.sources.incidents.reader import read_incidents
from pytest_prevention.sources.policy_file import preset

FILES = 1_000
ROUNDS = 3


def record(number: int) -> str:
    """One incident as a team would write it."""
    at = datetime(2023, 1, 1, 9, tzinfo=UTC) + timedelta(hours=17 * number)
    started, detected, mitigated, fixed = (
        (at + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (0, 20, 65, 1400)
    )
    return f"""---
# yaml-language-server: $schema=../schema/incident.schema.json
id: INC-{number:04d}
title: Empty order body returned 500 for customer group {number}
severity: SEV2
status: resolved
started_at: {started}
detected_at: {detected}
mitigated_at: {mitigated}
fixed_at: {fixed}
postmortem_at: {at.date() + timedelta(days=2)}
detected_by: customer
trigger: deploy
cause: input-validation
modules: ["src/orders/**", src/api/handlers.py]
fix_commits: [3f2c1ab{number:04d}]
---

# INC-{number:04d}: Empty order body returned 500

## Summary

Customers of group {number} could not **order** anything: `POST /orders` without a body returned 500 instead of 400.

## Root cause

The handler took the body for granted.
"""


def best_of_each(*works: Callable[[], object]) -> list[float]:
    """The least CPU time of each piece of work, in seconds; they run in turn, so that a busy machine hits all alike."""
    rounds = [[_seconds(work) for work in works] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def _seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> None:
    policy = preset("standard")
    texts = [record(number) for number in range(FILES)]
    fronts = [split_page(text, "").front or "" for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "incidents").mkdir()
        for number, text in enumerate(texts):
            (root / "incidents" / f"INC-{number:04d}.md").write_text(text, encoding="utf-8")
        found = read_incidents(root, policy)
        if len(found.records) != FILES or found.problems:
            raise SystemExit(f"the benchmark's own records are not valid: {found.problems[:3]}")
        ours, theirs = best_of_each(
            lambda: read_incidents(root, policy),
            lambda: [yaml.load(front, yaml.SafeLoader) for front in fronts],
        )
    print(f"{FILES:,} incident files, read and checked   {ours:6.2f} s")
    print(f"their front matter in yaml.SafeLoader   {theirs:6.2f} s")
    print(f"ratio                                   {ours / theirs:6.2f}   (at most 2)")


if __name__ == "__main__":
    main()
