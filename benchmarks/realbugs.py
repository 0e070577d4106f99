"""How good are the proofs? The regression tests of real bugs, and tests that have nothing to do with them, are asked.

    python benchmarks/realbugs.py BUGS --repositories DIR --environments DIR --json FILE
        [--project NAME…] [--technique NAME…] [--limit N] [--jobs N]

BUGS is JSON: ``{"bugs": [{…}, …]}``, each with ``id``, ``project``, ``repo`` (owner/name), ``fix`` (a commit id),
``f2p`` (node ids that fail before the fix and pass after it), ``negatives`` (``[{"nodeid": …}, …]``, controls: they
pass before and after), ``install`` and ``verdict``. A repository, a bare one or a clone, is found as
``DIR/owner+name/repo`` or ``DIR/project``. An environment is made where it is missing, from ``install``, which reads
``python3.11 -m venv V && V/bin/pip install …`` (V stands for its place); this package is installed into it, as it
stands here.

Each bug is asked in a clone of its own, with a record for its tests, one for its controls, and a backlog whose Evidence
cells name them. ``f2p`` counts by test function: its parameters may change, and one that fails is enough; controls
count by node id.

    at-the-fix         HEAD is the fix
    other techniques   HEAD is the newest commit; each by itself
    chain              HEAD is the newest commit; all but at-the-fix in turn, the first that speaks decides
    with receipts      the same after the receipts that were made when HEAD was the fix

At the newest commit those tests count whose function still stands there, in the same file and class; and those controls
whose function does. Bugs whose ``verdict`` is ``collect-only`` stand apart: their tests fail before the fix only
because their file cannot be imported. FILE keeps what was found; run again, only what is missing is asked. Seconds are
those of a bug, its two records together.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from threading import Event
from typing import Any

from pytest_prevention import trials
from pytest_prevention.model.proof import Answer

OURS = Path(__file__).resolve().parent.parent
AT_THE_FIX, CHAIN, RECEIPTS = "at-the-fix", "chain", "with receipts"
LATER = tuple(technique.method for technique in trials.TECHNIQUES if technique.method != AT_THE_FIX)
TECHNIQUES = (AT_THE_FIX, *LATER, CHAIN, RECEIPTS)
TESTS, CONTROLS = "INC-001", "INC-002"
KEPT = "incidents/proofs.json"
TRY = """
import sys
from pathlib import Path
from pytest_prevention.model import available
from pytest_prevention.proofs import guards_of
from pytest_prevention.session import read_project
from pytest_prevention.sources.git import clean_room
from pytest_prevention.sources.proof.fix import fix_of
from pytest_prevention.trials import TECHNIQUES, tried

root, *methods = sys.argv[1:]
project = read_project(Path(root))
records = available(project.facts.incidents).by_id()
proofs = []
with clean_room(Path(root)) as room:
    for incident, guards in guards_of(project).items():
        fix = fix_of(room, project.policy, records[incident].fix_commits)
        found = tried(room, project.policy, fix, guards, [one for one in TECHNIQUES if one.method in methods])
        proofs += [(incident, proof) for proof in found.values()]
"""
PROVE = """
import sys
from pathlib import Path
from pytest_prevention.proofs import prove

proofs = [(proof.incident, proof) for proof in prove(Path(sys.argv[1]))]
"""
TELL = """
import json
for incident, one in proofs:
    told = {"incident": incident, "nodeid": one.guard, "verdict": one.answer.value, "method": one.method}
    print(json.dumps({**told, "grade": one.grade, "reason": one.reason, "excerpt": one.excerpt}))
"""
RECORD = """---
id: {id}
title: {id}
severity: SEV2
status: resolved
detected_at: 2020-01-01T00:00:00Z
mitigated_at: 2020-01-01T01:00:00Z
fixed_at: 2020-01-01T02:00:00Z
postmortem_at: 2020-01-02
modules: ["**"]
fix_commits: ["{fix}"]
---
"""
HEADER = """| # | Incident | Action | Category | Priority | Status | Due | Done | Evidence |
|---|---|---|---|---|---|---|---|---|
"""


class BenchmarkError(Exception):
    """Why a bug cannot be asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one node id: a verdict of a proof, or ``not-asked`` where no link came of it."""

    nodeid: str
    verdict: str
    method: str = ""
    grade: str = ""
    reason: str = ""
    excerpt: str = ""

    @property
    def is_proven(self) -> bool:
        return self.verdict in (Answer.PROVEN, Answer.WEAK)


@dataclass(frozen=True, slots=True)
class Answered:
    """One bug asked by one technique; ``error`` says why it could not be."""

    bug: str
    project: str
    technique: str
    collect_only: bool
    seconds: float = 0.0
    tests: tuple[Asked, ...] = ()
    controls: tuple[Asked, ...] = ()
    error: str = ""


def commands(install: str, place: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """The commands of an ``install`` text for an environment at ``place``: variables that it sets, and words.

    No shell reads them: ``&&`` parts commands, NAME=value goes before one, V is the environment; nothing else is
    special. BenchmarkError where a command is neither a Python nor in the environment.
    """
    for part in install.split("&&"):
        words = [str(place) + word[1:] if word == "V" or word.startswith("V/") else word for word in shlex.split(part)]
        settings = {}
        while words and "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            settings[name] = value
        if words and words[0].startswith("python"):
            words[0] = shutil.which(words[0]) or sys.executable
        elif not words or not words[0].startswith(f"{place}/"):
            raise BenchmarkError(f"cannot install by {part.strip()!r}")
        yield settings, words


def environment_key(bug: Mapping[str, Any]) -> str:
    """The name of its folder: bugs of a project that are installed alike share one."""
    return f"{bug['project']}-{hashlib.sha256(bug['install'].encode()).hexdigest()[:8]}"


def environment(bug: Mapping[str, Any], folder: Path, ours: Path) -> Path:
    """The environment of a bug's project, with our wheel in it; made where it is missing."""
    place = folder / environment_key(bug)
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        for settings, words in commands(bug["install"], place):
            call(words, folder, settings)
        call([str(place / "bin/pip"), "install", str(ours)], folder)
        (place / "complete").touch()
    call([str(place / "bin/pip"), "install", "--force-reinstall", "--no-deps", str(ours)], folder)
    return place


def call(words: Sequence[str | Path], folder: Path, settings: Mapping[str, str] | None = None) -> str:
    """What a command prints. BenchmarkError with the end of what it says where it fails."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON"))}
    variables = inherited | dict(settings or {})
    done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"{Path(words[0]).name}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def git(root: Path, *arguments: str) -> str:
    """Without the hooks and filters of whoever runs this."""
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_LFS_SKIP_SMUDGE": "1"}
    return call(["git", "-c", f"core.hooksPath={os.devnull}", "-C", str(root), *arguments], root, settings)


def repository(bug: Mapping[str, Any], folder: Path) -> Path:
    places: tuple[Path, Path] = (folder / bug["repo"].replace("/", "+") / "repo", folder / bug["project"])
    for place in places:
        if (place / "HEAD").is_file() or (place / ".git").exists():
            return place.resolve()
    raise BenchmarkError(f"no repository at {places[0]} nor {places[1]}")


def function_of(nodeid: str) -> str:
    """The node id without parameters."""
    return nodeid.partition("[")[0]


def stands(root: Path, nodeid: str) -> bool:
    """Whether the function of this node id is still defined in that file, in that class."""
    path, *names = function_of(nodeid).split("::")
    try:
        body = ast.parse((root / path).read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return False
    for name in names:
        found = [node for node in body if getattr(node, "name", None) == name]
        if not found:
            return False
        body = getattr(found[-1], "body", [])
    return bool(names)


def nodeids(bug: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The tests, by function, and the controls."""
    tests = list(dict.fromkeys(function_of(nodeid) for nodeid in bug["f2p"]))
    return tests, list(dict.fromkeys(control["nodeid"] for control in bug["negatives"]))


def lay_out(root: Path, bug: Mapping[str, Any], tests: Iterable[str], controls: Iterable[str]) -> None:
    """Records and a backlog in place of any that the project has."""
    folder = root / "incidents"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rows = []
    for incident, asked in ((TESTS, tests), (CONTROLS, controls)):
        (folder / f"{incident}.md").write_text(RECORD.format(id=incident, fix=bug["fix"]), encoding="utf-8")
        rows += [(incident, nodeid) for nodeid in asked]
    lines = (
        f"| {number} | {incident} | Test it | Test | P1 | Done | 2020-02-01 | 2020-01-20 | {cell(nodeid)} |\n"
        for number, (incident, nodeid) in enumerate(rows, start=1)
    )
    (folder / "prevention-backlog.md").write_text(HEADER + "".join(lines), encoding="utf-8")


def cell(nodeid: str) -> str:
    """A node id as a cell: in a table a pipe needs its backslash even in code."""
    return f"`{nodeid}`".replace("|", "\\|")


def asked_of(wanted: Iterable[str], told: Mapping[str, Mapping[str, str]]) -> tuple[Asked, ...]:
    """In the order of ``wanted``; ``told`` is what the proofs say of one incident, by node id."""
    fields = ("verdict", "method", "grade", "reason", "excerpt")
    return tuple(
        Asked(nodeid, *(told[nodeid][field] for field in fields)) if nodeid in told else Asked(nodeid, "not-asked")
        for nodeid in wanted
    )


def told_by(code: str, root: Path, place: Path, *methods: str) -> dict[str, dict[str, dict[str, str]]]:
    """What this code says of the proofs in this clone, by incident and node id."""
    settings = {"PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(place)}
    lines = call([str(place / "bin/python"), "-c", code + TELL, str(root), *methods], root.parent, settings)
    found: dict[str, dict[str, dict[str, str]]] = {TESTS: {}, CONTROLS: {}}
    for one in map(json.loads, lines.splitlines()):
        found[one["incident"]][one["nodeid"]] = one
    return found


def answered(bug: Mapping[str, Any], technique: str, repositories: Path, place: Path | BenchmarkError) -> Answered:
    """One bug asked by one technique, in a clone that is gone afterwards."""
    try:
        if isinstance(place, BenchmarkError):
            raise place
        source = repository(bug, repositories)
        with tempfile.TemporaryDirectory(prefix="realbugs-", ignore_cleanup_errors=True) as folder:
            root = Path(folder) / "clone"
            git(Path(folder), "clone", "--quiet", "--shared", "--no-checkout", str(source), str(root))
            return answered_in(bug, technique, root, place)
    except Exception as error:  # noqa: BLE001 - one bug of a file of others does not end the run
        why = str(error) if isinstance(error, BenchmarkError) else repr(error)
        return Answered(bug["id"], bug["project"], technique, is_collect_only(bug), error=why)


def answered_in(bug: Mapping[str, Any], technique: str, root: Path, place: Path) -> Answered:
    """The same in this clone, where nothing is checked out yet."""
    receipts = made_at_the_fix(bug, root, place) if technique == RECEIPTS else b""
    tests, controls = check_out(bug, root, bug["fix"] if technique == AT_THE_FIX else "origin/HEAD")
    if receipts:
        (root / KEPT).write_bytes(receipts)
    start = time.monotonic()
    if technique == RECEIPTS:
        told = told_by(PROVE, root, place)
    else:
        told = told_by(TRY, root, place, *(LATER if technique == CHAIN else [technique]))
    seconds = round(time.monotonic() - start, 2)
    some = asked_of(tests, told[TESTS]), asked_of(controls, told[CONTROLS])
    return Answered(bug["id"], bug["project"], technique, is_collect_only(bug), seconds, *some)


def made_at_the_fix(bug: Mapping[str, Any], root: Path, place: Path) -> bytes:
    """The receipts that come of proofs when HEAD is the fix."""
    check_out(bug, root, bug["fix"])
    told_by(PROVE, root, place)
    return (root / KEPT).read_bytes() if (root / KEPT).exists() else b""


def check_out(bug: Mapping[str, Any], root: Path, commit: str) -> tuple[list[str], list[str]]:
    """Lay the bug out over this commit: the tests and the controls that stand there."""
    git(root, "checkout", "--quiet", "--force", "--detach", commit)
    tests, controls = nodeids(bug)
    if commit != bug["fix"]:
        tests, controls = ([nodeid for nodeid in some if stands(root, nodeid)] for some in (tests, controls))
    lay_out(root, bug, tests, controls)
    return tests, controls


def reason_of(asked: Asked) -> str:
    return asked.reason if asked.verdict == Answer.INCONCLUSIVE else asked.verdict


def share(part: int, of: int) -> str:
    return f"{part}/{of}" + (f" {part / of:4.0%}" if of else "")


def summary(found: Sequence[Answered]) -> Iterator[str]:
    """The tables of what was found, a line at a time."""
    for title, collect_only in (("", False), ("Tests that fail before the fix only because of an import", True)):
        chosen = [one for one in found if one.collect_only is collect_only and not one.error]
        by_technique = {name: [one for one in chosen if one.technique == name] for name in TECHNIQUES}
        by_technique = {name: some for name, some in by_technique.items() if some}
        if by_technique:
            yield from ([title, ""] if title else [])
            yield from proven_table(by_technique)
            yield from reasons_table(by_technique)
    yield from named("false proven", ((one, asked) for one in found for asked in one.controls if asked.is_proven))
    missed = ((one, asked) for one in found for asked in one.tests if asked.verdict == Answer.NOT_PROVEN)
    yield from named("tests that are not proven", missed)
    yield from (f"could not be asked: {one.bug} ({one.technique}): {one.error}" for one in found if one.error)


def proven_table(by_technique: Mapping[str, Sequence[Answered]]) -> Iterator[str]:
    yield f"{'':16}   tests proven  (weakly)  not proven  bugs proven  controls proven   seconds a bug: median, worst"
    for name, some in by_technique.items():
        tests, controls = together(one.tests for one in some), together(one.controls for one in some)
        weak = sum(asked.verdict == Answer.WEAK for asked in tests)
        passing = sum(asked.verdict == Answer.NOT_PROVEN for asked in tests)
        bugs = [any(asked.is_proven for asked in one.tests) for one in some if one.tests]
        proven = share(sum(asked.is_proven for asked in tests), len(tests))
        false = f"{sum(asked.is_proven for asked in controls)}/{len(controls)}"
        seconds = [one.seconds for one in some if one.tests] or [0.0]
        yield (
            f"{name:16} {proven:>14} {weak:9} {passing:11} {share(sum(bugs), len(bugs)):>12} {false:>16}"
            f" {median(seconds):22.1f} {max(seconds):6.1f}"
        )
    yield ""


def together(some: Iterable[tuple[Asked, ...]]) -> list[Asked]:
    return [asked for part in some for asked in part]


def reasons_table(by_technique: Mapping[str, Sequence[Answered]]) -> Iterator[str]:
    """Why tests are not proven."""
    counts = {
        name: Counter(reason_of(asked) for one in some for asked in one.tests if not asked.is_proven)
        for name, some in by_technique.items()
    }
    for reason in sorted({reason for count in counts.values() for reason in count}):
        each = ", ".join(f"{count[reason]} {name}" for name, count in counts.items() if count[reason])
        yield f"  {reason:22} {each}"
    yield ""


def named(title: str, some: Iterable[tuple[Answered, Asked]]) -> Iterator[str]:
    for one, asked in some:
        how = ", ".join(word for word in (one.technique, asked.method, asked.grade) if word)
        yield f"{title}: {one.bug} {asked.nodeid} ({how}) {asked.excerpt}".rstrip()


def read(file: Path) -> list[Answered]:
    """What an earlier run found; nothing where there is no file."""
    if not file.exists():
        return []
    lines = json.loads(file.read_text(encoding="utf-8"))["answers"]
    some = ("tests", "controls")
    return [
        Answered(**{**one, **{name: tuple(Asked(**asked) for asked in one[name]) for name in some}}) for one in lines
    ]


def write(file: Path, found: Sequence[Answered]) -> None:
    """Whole or not at all."""
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(json.dumps({"answers": [asdict(one) for one in found]}, indent=1), encoding="utf-8")
    draft.replace(file)


def wheel(folder: Path) -> Path:
    call([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, OURS], folder)
    (built,) = folder.glob("*.whl")
    return built


def environments(bugs: Iterable[Mapping[str, Any]], folder: Path) -> dict[str, Path | BenchmarkError]:
    """The environments by their keys; why there is none where it cannot be made."""
    folder.mkdir(parents=True, exist_ok=True)
    places: dict[str, Path | BenchmarkError] = {}
    with tempfile.TemporaryDirectory() as built:
        ours = wheel(Path(built))
        for bug in bugs:
            key = environment_key(bug)
            if key not in places:
                say(f"environment of {bug['project']}")
                try:
                    places[key] = environment(bug, folder.resolve(), ours)
                except (BenchmarkError, OSError) as error:
                    places[key] = BenchmarkError(f"no environment: {error}")
    return places


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bugs", type=Path)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--environments", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--project", nargs="+", metavar="NAME")
    parser.add_argument("--technique", nargs="+", choices=TECHNIQUES, default=list(TECHNIQUES))
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N bugs of each project")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    options = parser.parse_args()
    bugs = chosen(json.loads(options.bugs.read_text(encoding="utf-8"))["bugs"], options.project, options.limit)
    found = [one for one in read(options.json) if not one.error]
    done = {(one.bug, one.technique) for one in found}
    missing = [(bug, name) for bug in bugs for name in options.technique if (bug["id"], name) not in done]
    places = environments((bug for bug, _ in missing), options.environments)
    for number, one in enumerate(answers(missing, options.repositories, places, options.jobs), start=1):
        found.append(one)
        write(options.json, found)
        say(progress(number, len(missing), one))
    wanted = {bug["id"] for bug in bugs}
    print(*summary([one for one in found if one.bug in wanted and one.technique in options.technique]), sep="\n")


def answers(
    missing: Sequence[tuple[Mapping[str, Any], str]],
    repositories: Path,
    places: Mapping[str, Path | BenchmarkError],
    jobs: int,
) -> Iterator[Answered]:
    """As they come. Of one project never two at once: its tests may want a port of the machine for themselves."""
    told: SimpleQueue[Answered] = SimpleQueue()
    stopped = Event()

    def ask(project: str) -> None:
        for bug, technique in missing:
            if bug["project"] == project and not stopped.is_set():
                told.put(answered(bug, technique, repositories, places[environment_key(bug)]))

    with ThreadPoolExecutor(jobs) as pool:
        try:
            for project in dict.fromkeys(bug["project"] for bug, _ in missing):
                pool.submit(ask, project)
            for _ in missing:
                yield told.get()
        finally:
            stopped.set()


def chosen(bugs: Sequence[dict[str, Any]], projects: Sequence[str] | None, limit: int | None) -> list[dict[str, Any]]:
    """Those of the projects, oldest first; of each no more than the limit."""
    counts: Counter[str] = Counter()
    some = []
    for bug in sorted(bugs, key=lambda bug: (bug["project"], bug.get("date", ""), bug["id"])):
        counts[bug["project"]] += 1
        if (projects is None or bug["project"] in projects) and (limit is None or counts[bug["project"]] <= limit):
            some.append(bug)
    return some


def is_collect_only(bug: Mapping[str, Any]) -> bool:
    return bug.get("verdict") == "collect-only"


def progress(number: int, of: int, one: Answered) -> str:
    proven, false = (sum(asked.is_proven for asked in part) for part in (one.tests, one.controls))
    told = one.error or f"{share(proven, len(one.tests))} proven, {false}/{len(one.controls)} controls"
    return f"{number}/{of} {one.bug} {one.technique}: {told}, {one.seconds:.0f} s"


if __name__ == "__main__":
    main()
