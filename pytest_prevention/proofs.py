"""Proofs: does each guard of an incident fail without the fix, and pass with it? Trees are built, and guards run."""

from __future__ import annotations

import ast
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from pytest_prevention.exceptions import MissingSource, PreventionError
from pytest_prevention.model import Incident, available, covers
from pytest_prevention.model.proof import Answer, Method, Proof, Ran
from pytest_prevention.policy import Policy
from pytest_prevention.proving import HANGS, Judged, Trial, judged
from pytest_prevention.session import Project, read_project
from pytest_prevention.sources import git
from pytest_prevention.sources.files import unusable
from pytest_prevention.sources.git import GitError, Room
from pytest_prevention.sources.proof.fix import Entry, Fix, Refusal, fix_of
from pytest_prevention.sources.proof.run import run
from pytest_prevention.sources.proof.trees import Build, at_the_fix, strict_reverse
from pytest_prevention.sources.retrofit.changes import Untold, changed
from pytest_prevention.sources.scan.module import ParseError, parse

LONGEST, SHORTEST = 120.0, 15.0
"""Seconds: the limit of a control, and the least that a run without the fix gets."""

_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")

METHODS: Sequence[tuple[Method, Build]] = (("at-the-fix", at_the_fix), ("strict-reverse", strict_reverse))
"""In this order; the first that speaks decides."""


def prove(
    root: Path,
    incidents: Iterable[str] = (),
    *,
    policy_file: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Proof, ...]:
    """The proofs of all guards of these incidents (none named: of all), sorted by incident and guard.

    PreventionError where the project cannot be read or an incident is unknown, MissingSource where there is no git.
    ``progress`` is told of each incident before its guards run.
    """
    project = read_project(root, policy_file=policy_file)
    known, named = available(project.facts.incidents).by_id(), set(incidents)
    strangers = sorted(named - known.keys())
    if strangers:
        unknown = (unusable(name, "is no incident here", "see the records in incidents/") for name in strangers)
        raise PreventionError(problem for error in unknown for problem in error.problems)
    if not isinstance(project.checkout, git.Checkout):
        raise MissingSource(project.checkout)
    with git.clean_room(root) as room:
        chosen = [known[name] for name in sorted(named or known)]
        return tuple(proof for incident in chosen for proof in _proofs(room, project, incident, progress))


def _proofs(room: Room, project: Project, incident: Incident, progress: Callable[[str], None]) -> list[Proof]:
    links = available(project.facts.links).of(incident.id)
    guards = sorted({link.nodeid for link in links if link.origin != "dynamic"})
    if not guards:
        return []
    progress(f"proving {incident.id}: {len(guards)} of its tests")
    fix = fix_of(room, project.policy, incident.fix_commits)
    found = {guard: Proof(incident.id, guard, Answer.INCONCLUSIVE, reason="test-missing") for guard in guards}
    if isinstance(fix, Refusal):
        return [_inconclusive(incident, guard, fix) for guard in guards]
    for method, build in METHODS:
        open_ones = [guard for guard in guards if found[guard].answer is Answer.INCONCLUSIVE]
        asked = [guard for guard in open_ones if method != "at-the-fix" or _is_unchanged(room, fix, guard)]
        found |= (
            _by(method, build, room, project.policy, fix, incident, asked, _expected(room, fix, guards))
            if asked
            else {}
        )
    return list(found.values())


def _inconclusive(incident: Incident, guard: str, refusal: Refusal) -> Proof:
    return Proof(incident.id, guard, Answer.INCONCLUSIVE, reason=refusal.reason, excerpt=refusal.detail)


def _by(
    method: Method,
    build: Build,
    room: Room,
    policy: Policy,
    fix: Fix,
    incident: Incident,
    guards: Sequence[str],
    expected: Callable[[str], bool],
) -> dict[str, Proof]:
    """The proofs by one technique: all guards of a fix share two trees and three runs."""
    with tempfile.TemporaryDirectory(prefix="prevention-", ignore_cleanup_errors=True) as folder:
        control, without = Path(folder) / "with", Path(folder) / "without"
        control.mkdir()
        without.mkdir()
        refusal = build(room, policy, fix, control, without)
        if refusal is not None:
            return {guard: _inconclusive(incident, guard, refusal) for guard in guards}
        trial = _tried(room, fix, control / room.prefix, without / room.prefix, guards, expected)
    proofs = {}
    seconds = (trial.control.seconds + trial.without.seconds + trial.again.seconds) / len(guards)
    for guard in guards:
        one: Judged = judged(guard, trial)
        spoke = "" if one.answer is Answer.INCONCLUSIVE else method
        proofs[guard] = Proof(incident.id, guard, one.answer, spoke, one.grade, one.reason, seconds, one.excerpt)
    return proofs


def _tried(
    room: Room, fix: Fix, control: Path, without: Path, guards: Sequence[str], expected: Callable[[str], bool]
) -> Trial:
    """The guards and all other tests of their files, run with the fix once and without it twice.

    An installed package can come before the tree: then the runs are repeated with the overlay.
    """
    files = sorted({guard.partition("::")[0] for guard in guards})

    def ran(tree: Path, limit: float, *, overlay: bool) -> Ran:
        return run(tree, files, files, limit_seconds=limit, watch=fix.sources, overlay=overlay)

    for overlay in (False, True):
        green = ran(control, LONGEST, overlay=overlay)
        limit = min(LONGEST, max(SHORTEST, 2 * HANGS * green.seconds))
        red, again = (ran(without, limit, overlay=overlay) for _ in range(2))
        strangers = sorted({*_strangers(green, control), *_strangers(red, without), *_strangers(again, without)})
        if not strangers:
            break
    return Trial(
        control=green,
        without=red,
        again=again,
        limit_seconds=limit,
        new_names=_new_names(room, fix),
        expected=expected,
        strangers=tuple(strangers),
    )


def _strangers(ran: Ran, tree: Path) -> Iterator[str]:
    """Source files of the fix whose modules were loaded from elsewhere."""
    return (path for path, loaded in ran.origins.items() if loaded != str(tree.resolve() / path))


def _new_names(room: Room, fix: Fix) -> frozenset[str]:
    """The names that stand in the fixed files and stood in none of them before, and those of new files."""
    before: set[bytes] = set()
    after: set[bytes] = set()
    for step in fix.steps:
        for change in step.changes:
            before.update(_words(room, change.before))
            after.update(_words(room, change.after))
            if change.before is None:
                after.update(_WORD.findall(change.path))
    return frozenset(name.decode() for name in after - before)


def _words(room: Room, entry: Entry | None) -> list[bytes]:
    return _WORD.findall(room.git("cat-file", "blob", entry.id.decode())) if entry and entry.is_file else []


def _expected(room: Room, fix: Fix, guards: Sequence[str]) -> Callable[[str], bool]:
    """Whether a test, a node id, may fail without the fix: the fix added or changed it, or it is a guard as well."""
    touched: set[tuple[str, str]] = set()
    for commit in fix.commits:
        for path in fix.others:
            if path.endswith(".py"):
                try:
                    touched.update((path, name) for name in changed(room, commit, path))
                except Untold:
                    continue  # then its tests count as the others do, and a doubtful tree as broken

    def is_expected(nodeid: str) -> bool:
        of_the_fix = (nodeid.partition("::")[0], ".".join(_parts(nodeid))) in touched
        return of_the_fix or any(covers(guard, nodeid) for guard in guards)

    return is_expected


def _parts(nodeid: str) -> list[str]:
    """The names of class and function in a node id, without parameters."""
    return nodeid.partition("[")[0].split("::")[1:]


def _is_unchanged(room: Room, fix: Fix, guard: str) -> bool:
    """Whether the guard stands at the fix as it stands today: only then does a proof of then hold now."""
    then, now = (_definition(room, commit, guard) for commit in (fix.commits[0], room.head))
    return then is not None and then == now


def _definition(room: Room, commit: str, guard: str) -> str | None:
    """The guard's syntax tree as text; None where it is not there."""
    path, names = room.prefix + guard.partition("::")[0], _parts(guard)
    try:
        tree: ast.AST = parse(room.git("cat-file", "blob", f"{commit}:{path}"))
    except (GitError, ParseError):
        return None
    for name in names:
        definitions = (node for node in ast.iter_child_nodes(tree) if getattr(node, "name", None) == name)
        found = next(definitions, None)
        if found is None:
            return None
        tree = found
    return ast.dump(tree)
