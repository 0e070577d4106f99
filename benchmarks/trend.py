"""The trend over 36 months of 1,000 incidents with 5,000 actions; and how its time grows.

    python -m benchmarks.trend [--profile]

Each round runs ``prevention trend`` of every project in turn, and of the asked one over fewer months, as
``benchmarks.report`` does; what counts is the least user and system time of all rounds, above that of a project of one
incident. Incidents are recorded at the end of the month in which they began, in a commit that also tells what became of
older actions: each month has a version of the backlog of its own, longer than the one before. One exponent is that of
the number of incidents, the other that of months.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.report import ACTIONS, CATEGORIES, HEADER, ROUNDS, commit, exponent, measured, record
from pytest_prevention.cli import main as prevention

SIZES = (250, 500, 1_000, 2_000)
SPANS = (9, 18, 36)
ASKED, MONTHS = 1_000, 36
SECONDS, EXPONENT = 3.0, 1.1
FIRST_YEAR = 2023


class Action(NamedTuple):
    """A row of the backlog that is Done in the end; ``text`` is what stands before its status."""

    text: str
    due: date
    done: date

    def row(self, today: date) -> str:
        over = self.done <= today
        return f"{self.text} | {'Done' if over else 'Todo'} | {self.due} | {self.done if over else '—'} |\n"


def make(root: Path, incidents: int) -> None:
    """A project of so many incidents in three years, with a commit for each month."""
    commit(root, _months(incidents, Random(incidents)))


def _months(incidents: int, draw: Random) -> Iterator[tuple[datetime, Mapping[str, str]]]:
    actions: list[Action] = []
    for month in range(MONTHS):
        first = datetime(FIRST_YEAR + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        end = first + timedelta(days=27, hours=12)
        files = {}
        for number in range(incidents * month // MONTHS, incidents * (month + 1) // MONTHS):
            began = first + timedelta(minutes=draw.randrange(18 * 24 * 60))
            files[f"incidents/INC-{number:04d}.md"] = record(number, began, draw, incidents)
            actions += [_action(number, place, began.date(), draw) for place in range(ACTIONS)]
        files["incidents/prevention-backlog.md"] = HEADER + "".join(action.row(end.date()) for action in actions)
        yield end, files


def _action(number: int, place: int, began: date, draw: Random) -> Action:
    text = (
        f"| {number * ACTIONS + place + 1} | INC-{number:04d} | Add test for /api/orders/{number}/{place} "
        f"| {draw.choice(CATEGORIES)} | P{draw.randrange(1, 5)}"
    )
    return Action(text, began + timedelta(days=14), began + timedelta(days=draw.randrange(3, 300)))


def _arguments(root: Path, months: int = MONTHS) -> list[str]:
    return ["trend", "--months", str(months), "--root", str(root)]


def profiled(root: Path) -> None:
    """Where the time goes, in this process."""
    profile = cProfile.Profile()
    profile.runcall(prevention, [*_arguments(root), "--output", str(root.parent / "trend.txt")])
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
        asked = [(size, MONTHS) for size in roots] + [(ASKED, months) for months in SPANS if months < MONTHS]
        rounds = [{one: measured(*_arguments(roots[one[0]], one[1])).cpu for one in asked} for _ in range(ROUNDS)]
    least = {one: min(times[one] for times in rounds) for one in asked}
    start = least[1, MONTHS]
    print(f"start-up (a project of one incident): {start:.2f} s\n\nincidents  actions  months  above start-up")
    for incidents, months in asked[1:]:
        print(f"{incidents:9,} {incidents * ACTIONS:8,} {months:7} {least[incidents, months] - start:13.2f} s")
    whole = least[ASKED, MONTHS]
    print(f"\n{ASKED:,} incidents, {MONTHS} months: {whole:.2f} s, start-up included (at most {SECONDS:g} s)")
    by_size = exponent({size: least[size, MONTHS] - start for size in SIZES})
    by_span = exponent({months: least[ASKED, months] - start for months in SPANS})
    print(f"exponent of incidents:     {by_size:.2f} (at most {EXPONENT:g})")
    print(f"exponent of months:        {by_span:.2f} (at most {EXPONENT:g})")


if __name__ == "__main__":
    main()
