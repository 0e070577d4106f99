"""How good is a list of words that tells a fix by its commit message?

    python benchmarks/fix_words.py REPOSITORY… [--words benchmarks/fix_words.yaml] [--years 5] [--bugs bugs.json]
    python benchmarks/fix_words.py REPOSITORY --sample 50 --seed 20 [--rule words]
    python benchmarks/fix_words.py --sample 50 --right 41

The first prints for each rule the share of commits that it calls a fix, and with ``--bugs`` its recall: the share of
verified fixes that it finds, in all of history. The second draws hits at random, to read and judge one by one. The
third prints the rule's precision after that reading, with its 95 % interval.

Commits are those that are no merge and touch 1 to 100 source files, less those in .git-blame-ignore-revs. A bugs file
is JSON: ``{"bugs": [{"fix": commit id, "merge": true | false}, …]}``; merges in it are left out.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from pytest_prevention.globs import matches_any

SOURCE = ("**/*.py",)
NOT_SOURCE = (
    *("tests/**", "test/**", "testing/**", "**/tests/**", "**/test_*.py", "**/*_test.py", "**/conftest.py"),
    *("docs/**", "doc/**", "**/docs/**", "examples/**", "**/examples/**", "**/generated/**", "**/_version.py"),
    *("**/vendor/**", "**/node_modules/**", "**/third_party/**"),
)
MOST_FILES = 100
YEAR = 365.25 * 86_400
CLOSES_AN_ISSUE = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? #\d+", re.IGNORECASE)
A_REVERT = re.compile(r"^This reverts commit [0-9a-f]{7,}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Commit:
    id: str
    at: int  # seconds since 1970, UTC
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A commit is a fix when its text holds a word of the first list, and its subject none of the second."""

    fix: re.Pattern[str]
    not_fix: re.Pattern[str] | None = None
    body: bool = False

    def calls_fix(self, commit: Commit) -> bool:
        text = f"{commit.subject}\n{commit.body}" if self.body else commit.subject
        if A_REVERT.search(commit.body) or (self.not_fix and self.not_fix.search(commit.subject)):
            return False
        return self.fix.search(text) is not None


def whole_words(words: list[str]) -> re.Pattern[str]:
    """Any of these, literally, with no letter, digit or underscore beside it."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)


def read_rules(path: Path) -> Mapping[str, Rule]:
    rules = {"fixes #N": Rule(CLOSES_AN_ISSUE), "fixes #N, body too": Rule(CLOSES_AN_ISSUE, body=True)}
    for name, said in yaml.safe_load(path.read_text()).items():
        excluded = said.get("not_fix_words")
        rules[name] = Rule(
            whole_words(said["fix_words"]), whole_words(excluded) if excluded else None, said.get("body", False)
        )
    return rules


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{repository}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace")


def commits(repository: Path) -> Iterator[Commit]:
    """All commits of HEAD that count, newest first."""
    ignored = blame_ignored(repository)
    wanted = ("--no-merges", "--no-renames", "--name-only", "-z", "--format=%x01%H%x02%ct%x02%s%x02%b%x02")
    for entry in git(repository, "log", *wanted, "HEAD").split("\x01")[1:]:
        commit, at, subject, body, names = entry.split("\x02", 4)
        sources = sum(is_source(name.lstrip("\n")) for name in names.split("\0"))
        if 0 < sources <= MOST_FILES and commit not in ignored:
            yield Commit(commit, int(at), subject, body)


def is_source(path: str) -> bool:
    return matches_any(path, SOURCE) and not matches_any(path, NOT_SOURCE)


def blame_ignored(repository: Path) -> set[str]:
    name = ".git-blame-ignore-revs"
    if not git(repository, "ls-tree", "--name-only", "HEAD", name):
        return set()
    return {line.split("#")[0].strip() for line in git(repository, "show", f"HEAD:{name}").splitlines()}


def wilson(hits: int, of: int) -> str:
    """A share with its 95 % interval (E. B. Wilson, 1927)."""
    if of == 0:
        return "nothing to judge by"
    z, share = 1.96, hits / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return f"{hits}/{of} = {share:.0%} ({(middle - half) / scale:.0%} to {(middle + half) / scale:.0%})"


def draw(hits: list[Commit], number: int, seed: int) -> list[Commit]:
    """The same hits give the same draw, in whatever order git lists them."""
    return random.Random(seed).sample(sorted(hits, key=lambda hit: hit.id), min(number, len(hits)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*", type=Path, help="checkouts or bare repositories")
    parser.add_argument("--words", type=Path, default=Path(__file__).with_suffix(".yaml"))
    parser.add_argument("--years", type=float, default=5.0, help="before the newest commit")
    parser.add_argument("--bugs", type=Path)
    parser.add_argument("--rule", default="words", help="whose hits to draw")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--right", type=int, help="how many of the sample are fixes")
    asked = parser.parse_args()
    rules = read_rules(asked.words)
    if asked.rule not in rules:
        parser.error(f"no rule {asked.rule!r}; there are: {', '.join(rules)}")
    if asked.right is not None:
        print("precision", wilson(asked.right, asked.sample))
    bugs = json.loads(asked.bugs.read_text())["bugs"] if asked.bugs else []
    fixes = {bug["fix"] for bug in bugs if not bug["merge"]}
    verified: list[Commit] = []
    for repository in asked.repositories:
        history = list(commits(repository))
        verified += (commit for commit in history if commit.id in fixes)
        since = max((commit.at for commit in history), default=0) - asked.years * YEAR
        recent = [commit for commit in history if commit.at >= since]
        print(f"{repository}: {len(recent)} commits touching source in {asked.years:g} years")
        if asked.sample:
            hits = [commit for commit in recent if rules[asked.rule].calls_fix(commit)]
            print(f"{len(hits)} of them called a fix; drawn with seed {asked.seed}:")
            print(*(f"{hit.id[:10]}  {hit.subject}" for hit in draw(hits, asked.sample, asked.seed)), sep="\n")
            continue
        for name, rule in rules.items():
            print(f"  called a fix by {name:<24}{sum(map(rule.calls_fix, recent)) / max(1, len(recent)):6.1%}")
    if fixes:
        print(f"{len(verified)} of {len(fixes)} verified fixes are in these repositories")
        for name, rule in rules.items():
            print(f"  recall of {name:<24}{wilson(sum(map(rule.calls_fix, verified)), len(verified))}")


if __name__ == "__main__":
    main()
