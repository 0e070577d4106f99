"""The modules that incidents name, as the rules on their coverage look at them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from pytest_prevention.indicators.incident_prone_coverage import ModuleCoverage, concerned, measure, named_by
from pytest_prevention.model import Coverage, Facts, FileCoverage, Location, Recorded, Unavailable, Unchecked, available
from pytest_prevention.policy import Policy


def measured_modules(facts: Facts, policy: Policy) -> Iterator[tuple[str, ModuleCoverage | Unchecked]]:
    """Each module by name that has enough statements to be judged, and each module or file of which nobody knows.

    MissingSource where there is a module, and no data. The smallest ones are left out, and a file is told once.
    """
    if not named_by(concerned(facts, policy)):
        return
    files, unknown = available(facts.coverage).files, dict[str, Unavailable]()
    for name, module in measure(facts, policy).by_module.items():
        if isinstance(module, Unavailable):
            yield name, Unchecked(name, module)
            continue
        unknown |= {path: found for path in module.unknown if isinstance(found := files[path], Unavailable)}
        if module.total and module.total - module.branches >= policy.tree["coverage"]["min_statements"]:
            yield name, module
    for path, why in unknown.items():
        yield path, Unchecked(path, why)


def fraction(part: ModuleCoverage | Recorded) -> str:
    """``42 % (21 of 50 statements)``, rounded down."""
    what = "statements and branches" if part.branches else "statements"
    return f"{part.covered * 100 // part.total} % ({part.covered} of {part.total} {what})"


def place(module: ModuleCoverage, facts: Facts) -> Location:
    """Where the newest incident names it."""
    return available(facts.incidents).by_id()[module.incidents[0]].at("modules")


def where_to_begin(module: ModuleCoverage, coverage: Coverage) -> str:
    """The file of which most is not executed."""
    path = min(module.files, key=lambda path: (-_missing(coverage.files[path]), path))
    return f"see which of its functions need tests most: prevention retrofit {shlex.quote(path)}"


def _missing(file: FileCoverage | Unavailable) -> int:
    return 0 if isinstance(file, Unavailable) else len(file.missing) + file.branches - file.taken
