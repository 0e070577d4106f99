"""Proofs: does each guard of an incident fail without the fix, and pass with it? Which are asked, carried and kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from subprocess import SubprocessError

from pytest_prevention.exceptions import MissingSource, PreventionError
from pytest_prevention.model import Incident, Proofs, Unavailable, available, covers
from pytest_prevention.model.proof import Answer, Proof, Receipt
from pytest_prevention.phrases import counted
from pytest_prevention.session import Project, read_project
from pytest_prevention.sources import git
from pytest_prevention.sources.backlog.reader import PATH as BACKLOG
from pytest_prevention.sources.files import unusable
from pytest_prevention.sources.git import Room
from pytest_prevention.sources.proof.fingerprint import fingerprint, in_commit, in_work_tree
from pytest_prevention.sources.proof.fix import Fix, Refusal, fix_of
from pytest_prevention.sources.proof.process import stopping
from pytest_prevention.sources.proof.receipts import read_receipts, receipt_of, updated, write_receipts
from pytest_prevention.trials import TECHNIQUES, Technique, inconclusive, tried

SAMPLE = 10
"""So many receipts are proven again where nobody says which."""

Guards = Mapping[str, Sequence[str]]
"""Node ids, or prefixes of several, by incident."""
Progress = Callable[[str], None]


def prove(
    root: Path,
    incidents: Iterable[str] = (),
    *,
    changed_since: str | None = None,
    jobs: int = 1,
    policy_file: Path | None = None,
    progress: Progress = lambda _: None,
) -> tuple[Proof, ...]:
    """The proofs of all guards of these incidents (none named: of all), sorted by incident and guard.

    With ``changed_since``, a revision, only of what is newer than where HEAD left its history. What a receipt proves is
    carried, the rest proven with so many ``jobs`` at once, and kept in ``incidents/proofs.json``.

    PreventionError where the project cannot be read or an incident is unknown, MissingSource where there is no git.
    """
    project = read_project(root, policy_file=policy_file)
    guards = guards_of(project, incidents)
    if changed_since is not None:
        guards = _changed(project, guards, changed_since)
    return prove_guards(project, guards, jobs=jobs, progress=progress)


def prove_guards(
    project: Project,
    guards: Guards,
    *,
    techniques: Sequence[Technique] = TECHNIQUES,
    jobs: int = 1,
    progress: Progress = lambda _: None,
) -> tuple[Proof, ...]:
    """The same for these guards of a project that was read already, by some of the techniques."""
    carried = {
        (incident, guard): proof
        for incident, nodeids in guards.items()
        for guard in nodeids
        if (proof := project.facts.proofs.of(incident, guard))
        and proof.guard == guard
        and proof.answer in (Answer.PROVEN, Answer.WEAK)  # the others may have been mended in what the test calls
    }
    rest = {who: [guard for guard in nodeids if (who, guard) not in carried] for who, nodeids in guards.items()}
    made = _made(project, rest, techniques, jobs, progress, keep=lambda receipts: _keep(project, receipts))
    return _sorted([*carried.values(), *made])


def _keep(project: Project, receipts: Sequence[Receipt]) -> None:
    """Write the receipts into ``incidents/proofs.json``, in the places of older ones of the same guards."""
    if receipts:
        facts = project.facts
        old = read_receipts(project.root)
        new = updated(old, receipts, facts.proofs, available(facts.incidents), project.declared)
        write_receipts(project.root, new)


def check(
    root: Path,
    incidents: Iterable[str] = (),
    *,
    everything: bool = False,
    jobs: int = 1,
    policy_file: Path | None = None,
    progress: Progress = lambda _: None,
) -> tuple[Proof, ...]:
    """What the receipts of these incidents claim, proven again: of all, or a sample that each commit draws anew.

    ``receipt`` of each proof is what was claimed. Nothing is carried, and nothing kept. Errors as in :func:`prove`.
    """
    project = read_project(root, policy_file=policy_file)
    named = list(incidents)
    guards = guards_of(project, named)
    claims = {
        (one.incident, one.guard): one
        for one in project.facts.proofs.proofs
        if one.guard in guards.get(one.incident, ()) and one.answer is not Answer.INCONCLUSIVE
    }
    drawn = sorted(claims, key=lambda one: sha256("\0".join([project.commit, *one]).encode()).digest())
    chosen: dict[str, list[str]] = defaultdict(list)
    for incident, guard in drawn if everything or named else drawn[:SAMPLE]:
        chosen[incident].append(guard)
    made = _made(project, chosen, TECHNIQUES, jobs, progress)
    return _sorted(replace(proof, receipt=claims[proof.incident, proof.guard]) for proof in made)


def guards_of(project: Project, incidents: Iterable[str] = ()) -> dict[str, list[str]]:
    """The linked tests of these incidents (none named: of all); PreventionError where one is unknown."""
    known, named = available(project.facts.incidents).by_id(), set(incidents)
    strangers = sorted(named - known.keys())
    if strangers:
        unknown = (unusable(name, "is no incident here", "see the records in incidents/") for name in strangers)
        raise PreventionError(problem for error in unknown for problem in error.problems)
    return {name: sorted({link.nodeid for link in project.declared.of(name)}) for name in sorted(named or known)}


def guards_of_run(project: Project) -> dict[str, list[str]]:
    """The guards of which a test passed in the run of this project; a parametrised one whole."""
    run, links = available(project.facts.run), available(project.facts.links)
    collected: dict[str, set[str]] = defaultdict(set)
    for link in links.links:
        if link.origin != "dynamic" and any(record.outcome.passing for record in run.of(link.nodeid)):
            declared = (one.nodeid for one in project.declared.of(link.incident) if covers(one.nodeid, link.nodeid))
            collected[link.incident].add(min(declared, key=len, default=link.nodeid.partition("[")[0]))
    known = available(project.facts.incidents).by_id()
    return {incident: sorted(guards) for incident, guards in sorted(collected.items()) if incident in known}


def with_proofs(project: Project, proofs: Sequence[Proof]) -> Project:
    """The same with these proofs; receipts speak of the other guards."""
    told = {(proof.incident, proof.guard) for proof in proofs}
    old = project.facts.proofs
    kept = tuple(one for one in old.proofs if (one.incident, one.guard) not in told)
    settled = {(proof.incident, proof.guard) for proof in proofs if proof.answer is not Answer.INCONCLUSIVE}
    stale = tuple(one for one in old.stale if (one.incident, one.guard) not in settled)
    return replace(project, facts=replace(project.facts, proofs=Proofs((*kept, *proofs), stale)))


def _sorted(proofs: Iterable[Proof]) -> tuple[Proof, ...]:
    return tuple(sorted(proofs, key=lambda one: (one.incident, one.guard)))


def _changed(project: Project, guards: Guards, revision: str) -> dict[str, list[str]]:
    """The guards whose test file or fixtures, fix, record or rows changed since HEAD left the revision's history."""
    known = available(project.facts.incidents).by_id()
    with ExitStack() as stack:
        room = _entered(stack, project.root)
        base = _left_at(room, _entered(stack, project.root, revision).head)
        new = set(room.git("rev-list", f"{base}..{room.head}", "--").decode().split())
        then, now = in_commit(room, base), in_commit(room, room.head)

        def is_new(incident: Incident) -> bool:
            record = then(incident.location.path) != now(incident.location.path)
            rows = _rows(then(BACKLOG), incident.id) != _rows(now(BACKLOG), incident.id)
            return record or rows or any(sha.startswith(fix) for sha in new for fix in incident.fix_commits)

        def is_another(guard: str) -> bool:
            file = guard.partition("::")[0]
            return then(file) != now(file) or fingerprint(then, guard) != fingerprint(now, guard)

        return {
            name: [guard for guard in nodeids if is_new(known[name]) or is_another(guard)]
            for name, nodeids in guards.items()
        }


def _rows(backlog: bytes | None, incident: str) -> list[bytes]:
    return [line for line in (backlog or b"").splitlines() if incident.encode() in line]


def _entered(stack: ExitStack, root: Path, revision: str = "HEAD") -> Room:
    """A clean room for HEAD, or for what was given for ``--changed-since``."""
    try:
        return stack.enter_context(git.clean_room(root, revision))
    except (git.GitError, OSError, SubprocessError) as error:
        if revision == "HEAD":
            raise MissingSource(git.no_history(error)) from None
        hint = "see git branch --all; a shallow clone may lack it: git fetch --unshallow"
        raise unusable("--changed-since", f"{revision!r}: {error}", hint) from None


def _left_at(room: Room, other: str) -> str:
    """Where the history of HEAD left that of another commit."""
    try:
        return room.git("merge-base", other, room.head).decode().strip()
    except git.GitError:
        why = Unavailable(
            f"HEAD and {other[:12]} have no commit in common", "use fetch-depth: 0, or git fetch --unshallow"
        )
        raise MissingSource(why) from None


Made = tuple[Proof, Receipt | None]


def _made(
    project: Project,
    guards: Guards,
    techniques: Sequence[Technique],
    jobs: int,
    progress: Progress,
    keep: Callable[[Sequence[Receipt]], None] = lambda _: None,
) -> list[Proof]:
    """New proofs of these guards. Those of one fix share trees and runs, and are kept before the next ones are made."""
    if not isinstance(project.checkout, git.Checkout):
        raise MissingSource(project.checkout)
    known = available(project.facts.incidents).by_id()
    by_fix: dict[frozenset[str], list[Incident]] = defaultdict(list)
    for name in sorted(name for name, nodeids in guards.items() if nodeids):
        by_fix[frozenset(known[name].fix_commits)].append(known[name])
    units = list(by_fix.values())

    def make(number: int) -> list[Made]:
        incidents = units[number]
        tests = sum(len(guards[incident.id]) for incident in incidents)
        names = ", ".join(incident.id for incident in incidents)
        progress(f"proving {names}: {counted(tests, 'test')} ({number + 1} of {len(units)})")
        with ExitStack() as stack:
            room = _entered(stack, project.root)
            return list(_of_one_fix(room, project, incidents, guards, techniques))

    with ThreadPoolExecutor(jobs) as pool, stopping():
        made: list[Proof] = []
        for unit in pool.map(make, range(len(units))):
            keep([receipt for _, receipt in unit if receipt])
            made += [proof for proof, _ in unit]
        return made


def _of_one_fix(
    room: Room, project: Project, incidents: Sequence[Incident], guards: Guards, techniques: Sequence[Technique]
) -> Iterator[Made]:
    """The fix is that of all these incidents."""
    today, here = in_commit(room, room.head), in_work_tree(project.root)
    nodeids = sorted({guard for one in incidents for guard in guards[one.id]})
    tests = {guard: fingerprint(today, guard) for guard in nodeids}
    dirty = {guard for guard, test in tests.items() if test != fingerprint(here, guard)}
    fix = fix_of(room, project.policy, incidents[0].fix_commits, {guard.partition("::")[0] for guard in nodeids})
    asked = {guard for one in incidents if one.prove_never is None for guard in guards[one.id]} - dirty
    found = tried(room, project.policy, fix, sorted(asked), techniques) if isinstance(fix, Fix) and asked else {}
    for incident in incidents:
        for guard in guards[incident.id]:
            if isinstance(fix, Refusal):
                proof = inconclusive(incident.id, guard, fix.reason, fix.detail)
            elif incident.prove_never is not None:
                why = f"its record says prove: never ({incident.prove_never})"
                proof = inconclusive(incident.id, guard, "refused", why)
            elif guard in dirty:
                what = "it differs from HEAD" if tests[guard] else "it is not in HEAD"
                proof = inconclusive(incident.id, guard, "test-missing", f"{what}: commit it first")
            else:
                proof = replace(found[guard], incident=incident.id)
            yield proof, None if guard in dirty else _receipt(proof, fix, incident, tests[guard])


def _receipt(proof: Proof, fix: Fix | Refusal, incident: Incident, test: str | None) -> Receipt | None:
    """What is worth keeping: nothing where no fix is named."""
    named = fix.named if isinstance(fix, Fix) else tuple(sha.lower() for sha in incident.fix_commits)
    return receipt_of(proof, test=test, fix=named, at=datetime.now(UTC)) if named else None
