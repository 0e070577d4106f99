"""Leading indicator: which part of the code that has cost incidents is executed by the tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypedDict

from pytest_prevention.days import day
from pytest_prevention.globs import matches_any
from pytest_prevention.model import Facts, FileCoverage, FixedLines, History, Incident, Unavailable, available
from pytest_prevention.policy import Policy

Files = Mapping[str, FileCoverage | Unavailable]

_GONE = Unavailable("gone: nothing here that is a source file has this name, or had it", by_design=True)
_NOT_MEASURED = Unavailable("nothing of it was measured")
_NOT_FOLLOWED = "where its fix stands today was not looked up here"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCoverage:
    """What tests execute of one module, of which so many statements and so many ``branches`` make up the ``total``.

    ``share`` is covered / total, None where there is nothing to execute. ``files`` were measured; ``unknown`` are those
    of which nobody can tell, with the reason. ``incidents`` name the module, the newest first.
    """

    covered: int
    total: int
    branches: int
    share: float | None
    reason: str
    files: tuple[str, ...]
    unknown: Mapping[str, str]
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedCoverage:
    """What tests execute of the statements that fixes brought, each once.

    ``unknown`` are the incidents of which nobody can tell where their fix stands, with the reason.
    """

    covered: int
    total: int
    share: float | None
    reason: str
    unknown: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentProneCoverage:
    """What tests execute of all files that incidents ``since`` that day name, each file once.

    ``share`` is coverage.py's own: (executed statements + taken branches) / (statements + branches), where branches are
    those of files that were measured with them. A module of which nothing was measured, or that is gone, is
    :class:`Unavailable`.
    """

    since: date
    covered: int
    total: int
    branches: int
    share: float | None
    reason: str
    by_module: Mapping[str, ModuleCoverage | Unavailable]
    fixed_lines: FixedCoverage


def measure(facts: Facts, policy: Policy) -> IncidentProneCoverage:
    """MissingSource without incidents or coverage data."""
    files, since, incidents = available(facts.coverage).files, _since(facts, policy), concerned(facts, policy)
    modules = named_by(incidents)
    inside = files_of(modules, files, facts.history)
    everything = [files[path] for path in sorted(set().union(*inside.values()))]
    why_nothing = "nothing of them was measured" if modules else f"no incident since {since} names a module"
    gone = _NOT_MEASURED if isinstance(facts.history, Unavailable) else _GONE
    return IncidentProneCoverage(
        since=since,
        **_counts(everything, why_nothing),
        by_module={name: _module(inside[name], files, modules[name], gone) for name in sorted(modules)},
        fixed_lines=_fixed(incidents, files, facts),
    )


def concerned(facts: Facts, policy: Policy) -> list[Incident]:
    """The incidents of the window of policy, or since the day that was asked for; MissingSource without incidents."""
    since = _since(facts, policy)
    return [
        one
        for one in available(facts.incidents).by_id().values()
        if one.began_at and one.began_at < facts.as_of and day(one.began_at, policy) >= since
    ]


def is_concerned(facts: Facts, policy: Policy) -> Callable[[str], bool]:
    """Whether an incident, however old, names a path from the root that is a source file, or its fix stands there."""
    forms = tuple(form for module in named_by(available(facts.incidents).records) for form in _forms(module))
    fixed = {path for fix in facts.fixes.values() if isinstance(fix, FixedLines) for path in fix.lines}

    def named(path: str) -> bool:
        return any(matches_any(name, forms) for name in (path, *_earlier(path, facts.history)))

    return lambda path: path in fixed or (policy.file_kind(path) == "source" and named(path))


def named_by(incidents: Iterable[Incident]) -> dict[str, tuple[str, ...]]:
    """The modules that incidents name, each with their ids, the newest first. ``src/a/`` and ``src/a/**`` are one."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in sorted(incidents, key=lambda one: (str(one.began_at or ""), one.id), reverse=True):
        for name in dict.fromkeys(glob.removeprefix("./").rstrip("/").removesuffix("/**") for glob in one.modules):
            found[name].append(one.id)
    return {name: tuple(ids) for name, ids in found.items()}


def files_of(
    modules: Iterable[str], paths: Iterable[str], history: History | Unavailable
) -> dict[str, tuple[str, ...]]:
    """By module the files that are it or lie in it, by their names of today or earlier ones."""
    names = {path: (path, *_earlier(path, history)) for path in paths}
    return {
        module: tuple(path for path, known in names.items() if any(matches_any(name, _forms(module)) for name in known))
        for module in modules
    }


def _forms(module: str) -> tuple[str, str]:
    """As globs: the file of that name, and what lies in the folder of that name."""
    return module, f"{module}/**"


def _earlier(path: str, history: History | Unavailable) -> tuple[str, ...]:
    return () if isinstance(history, Unavailable) else history.trail(path).earlier_names()


def _since(facts: Facts, policy: Policy) -> date:
    window = timedelta(days=policy.tree["coverage"]["window_days"])
    return facts.since or day(facts.as_of, policy) - window


class _Counts(TypedDict):
    covered: int
    total: int
    branches: int
    share: float | None
    reason: str


def _counts(files: Iterable[FileCoverage | Unavailable], why_nothing: str) -> _Counts:
    known = [one for one in files if not isinstance(one, Unavailable)]
    covered = sum(len(one.executed) + one.taken for one in known)
    branches = sum(one.branches for one in known)
    total = sum(one.statements for one in known) + branches
    reason = "" if total else "there are no statements" if known else why_nothing
    return _Counts(
        covered=covered, total=total, branches=branches, share=covered / total if total else None, reason=reason
    )


def _module(
    paths: Sequence[str], files: Files, incidents: tuple[str, ...], gone: Unavailable
) -> ModuleCoverage | Unavailable:
    unknown = {path: found for path in paths if isinstance(found := files[path], Unavailable)}
    if len(unknown) == len(paths):
        return next(iter(unknown.values()), gone)
    return ModuleCoverage(
        **_counts((files[path] for path in paths), ""),
        files=tuple(path for path in paths if path not in unknown),
        unknown={path: why.reason for path, why in unknown.items()},
        incidents=incidents,
    )


def _fixed(incidents: Iterable[Incident], files: Files, facts: Facts) -> FixedCoverage:
    """By statements alone: nobody says which branches a fix brought."""
    statements: set[tuple[str, int]] = set()
    unknown: dict[str, str] = {}
    for one in incidents:
        found = facts.fixes.get(one.id)
        if isinstance(found, FixedLines):
            for path, lines in found.lines.items():
                file = files.get(path, _NOT_MEASURED)
                if isinstance(file, Unavailable):
                    unknown[one.id] = file.reason
                else:
                    statements.update((path, line) for line in lines & (file.executed | file.missing))
        elif one.fix_commits:
            unknown[one.id] = found.reason if found else _NOT_FOLLOWED
    covered = sum(line in _executed(files[path]) for path, line in statements)
    share = covered / len(statements) if statements else None
    reason = "" if statements else "of no fix it is known what tests execute"
    return FixedCoverage(covered=covered, total=len(statements), share=share, reason=reason, unknown=unknown)


def _executed(file: FileCoverage | Unavailable) -> frozenset[int]:
    return frozenset() if isinstance(file, Unavailable) else file.executed
