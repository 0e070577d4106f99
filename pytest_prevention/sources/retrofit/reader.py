"""The work list of one module, from its source, git and coverage data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from subprocess import SubprocessError

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Commit, FileCoverage, History, Location, Problem, Unavailable
from pytest_prevention.model.retrofit import MODULE_LEVEL, Function, Unplaced, WorkList
from pytest_prevention.sources.coverage_data import Measured, file_coverage
from pytest_prevention.sources.files import read_bytes, shown, unusable
from pytest_prevention.sources.git import GitError, clean_room, no_history
from pytest_prevention.sources.retrofit.changes import Untold, changed
from pytest_prevention.sources.retrofit.outline import Part, outline
from pytest_prevention.sources.scan.module import ParseError

Fix = tuple[Commit, str]
"""A fix of the module, and the path from the root that the file had after it."""


def fixes_of(history: History | Unavailable, module: str) -> Sequence[Fix] | Unavailable:
    """The fixes of a module, a path from the root, newest first; Unavailable where history does not follow it."""
    if isinstance(history, Unavailable):
        return history
    if module not in history.now.lines:
        why = f"{shown(Path(module), Path())} is no source file that is committed"
        return Unavailable(why, "git add and commit it; or see paths and history.exclude: prevention policy")
    trail = history.trail(module)
    return [
        (commit, trail.name_at(index, module))
        for index, commit in enumerate(trail.commits)
        if commit.is_fix(history.now.at)
    ]


def read_work_list(
    root: Path, module: str, fixes: Sequence[Fix] | Unavailable, measured: Measured | Unavailable
) -> WorkList:
    """The functions of the module, a path from the root, as it is now; PreventionError where they cannot be listed.

    ``fixes`` are those of the module, newest first.
    """
    parts = {name: part for name, part in _parts(root, module).items() if part.lines and part.does}
    touched = fixes if isinstance(fixes, Unavailable) else _touched(root, fixes)
    told: Mapping[Commit, set[str] | Untold] = {} if isinstance(touched, Unavailable) else touched
    covered = measured if isinstance(measured, Unavailable) else file_coverage(root, module, measured)

    by_name: defaultdict[str, list[Commit]] = defaultdict(list)
    unplaced = []
    for fix, names in told.items():
        if isinstance(names, Untold) or parts.keys().isdisjoint(names):
            unplaced.append(Unplaced(fix, str(names) if isinstance(names, Untold) else _why_nothing(names)))
        else:
            for name in names:
                by_name[name].append(fix)
    return WorkList(
        module=module,
        functions=tuple(
            _function(name, part, by_name[name], covered)
            for name, part in parts.items()
            if name != MODULE_LEVEL or by_name[name]
        ),
        unplaced=tuple(unplaced),
        no_coverage=covered if isinstance(covered, Unavailable) else None,
        no_history=touched if isinstance(touched, Unavailable) else None,
    )


def _parts(root: Path, module: str) -> dict[str, Part]:
    path = root / module
    name = shown(path, root)
    data = read_bytes(path, root)
    if path.suffix != ".py":
        raise unusable(name, "is not a Python file", "name one whose name ends with .py")
    try:
        return outline(data)
    except ParseError as error:
        hint = f"see what Python says: python -m py_compile {name}"
        where = Location(name, error.line)
        raise PreventionError([Problem(where, "usage", name, f"cannot be parsed: {error}", hint)]) from None


def _touched(root: Path, fixes: Sequence[Fix]) -> dict[Commit, set[str] | Untold] | Unavailable:
    """For each fix the names of what it changed."""
    found: dict[Commit, set[str] | Untold] = {}
    if not fixes:
        return found
    try:
        with clean_room(root) as room:
            for fix, path in fixes:
                try:
                    found[fix] = changed(room, fix.id, path)
                except Untold as why:
                    found[fix] = why
    except (GitError, OSError, SubprocessError) as error:
        return no_history(error)
    return found


def _why_nothing(names: Iterable[str]) -> str:
    gone = ", ".join(sorted(names))
    if not gone:
        return "it changed no line of code"
    return f"what it changed has another name now, has no body, or has gone: {gone}"


def _function(name: str, part: Part, fixes: Sequence[Commit], covered: FileCoverage | Unavailable) -> Function:
    return Function(
        name=name,
        first_line=min(part.lines),
        last_line=max(part.lines),
        size=len(part.code),
        covered=None if isinstance(covered, Unavailable) else covered.share(part.body),
        fixes=tuple(fixes),
    )
