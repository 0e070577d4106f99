"""Reading a backlog, beside what markdown-it-py alone needs to parse the same text.

    python benchmarks/backlog.py

Both run in turn in one process; the ratio of the best times is what counts. Below stands whether twice the hostile
text takes twice the time.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from datetime import date

from markdown_it import MarkdownIt

from pytest_prevention.sources.backlog.format import formatted
from pytest_prevention.sources.backlog.reader import parse_actions
from pytest_prevention.sources.backlog.words import Words

ROUNDS = {1_000: 5, 10_000: 3, 50_000: 1}
ANCHORS = {f"INC-{number:03d}": date(2024, 1, 10) for number in range(1_000)}
HEADER = "| # | Incident | Action | Category | Priority | Status | Due | Done |\n|---|---|---|---|---|---|---|---|\n"
ROW = "| {} | INC-{:03d} | Add test for /api/orders/{} | Test | P1 | Done | Jan 20 | Jan 18 |\n"
WITH_EVIDENCE = "| Incident | Action | Evidence |\n|---|---|---|\n| INC-001 | x | "
HOSTILE = {
    "a blank line above each row": ("", "\n" + ROW.format(1, 1, 1)),
    "a cell too many in each row": (HEADER, ROW.format(1, 1, "1 | x")),
    "no cell that can be read": (HEADER, "| x | y | z | Tset | PX | Doen | 04/05/2024 | soon |\n"),
    "headers only": ("", HEADER),
    "rows in quotes in lists": ("", "- > - | 1 | INC-001 | x | Test |\n"),
    "comments that never end": ("", "<!-- | 1 | INC-001 | x | Test |\n\n"),
    "comments in one line": ("<!-- | ", "<!-- --> "),
    "fences": ("", "```\n| 1 | INC-001 | x | Test |\n"),
    "pipes": ("", "|"),
    "evidence: brackets": (WITH_EVIDENCE, "t.py::a[ "),
    "evidence: links": (WITH_EVIDENCE, "[a]("),
    "evidence: code": (WITH_EVIDENCE, "`"),
}
HOSTILE_SIZE = 200_000


def main() -> None:
    print("   rows     MB     read      fmt   markdown-it-py   ratio of reading   reading a row")
    for size, rounds in ROUNDS.items():
        text = HEADER + "".join(ROW.format(number, number % 1_000, number) for number in range(1, size + 1))
        read, fmt, parse = best_of_each(text, rounds, _read, _format, MarkdownIt().enable("table").parse)
        row = 1e6 * read / size
        megabytes = len(text) / 1e6
        print(
            f"{size:7,} {megabytes:6.1f} {read:6.2f} s {fmt:6.2f} s {parse:14.2f} s {read / parse:18.2f} {row:12.0f} µs"
        )
    print("(10,000 rows: at most 3)\n\nhostile text                      200 kB   400 kB   ratio")
    for name, (start, unit) in HOSTILE.items():
        once, twice = (
            best_of_each(start + unit * (times * HOSTILE_SIZE // len(unit)), 2, _read)[0] for times in (1, 2)
        )
        print(f"{name:30} {once:7.2f} s {twice:6.2f} s {twice / once:7.1f}")


def best_of_each(text: str, rounds: int, *works: Callable[[str], object]) -> list[float]:
    """The shortest time of each piece of work, in seconds; they run in turn, so that a busy machine hits all alike."""
    times = [[_seconds(work, text) for work in works] for _ in range(rounds)]
    return [min(ours) for ours in zip(*times, strict=True)]


def _seconds(work: Callable[[str], object], text: str) -> float:
    gc.collect()
    begin = time.process_time()
    work(text)
    return time.process_time() - begin


def _read(text: str) -> object:
    return parse_actions(text, "backlog.md", Words(), anchors=ANCHORS)


def _format(text: str) -> object:
    return formatted(text, "backlog.md", Words(), ANCHORS)


if __name__ == "__main__":
    main()
