"""Where coverage.py puts its data: found as it finds them, its configuration read as data. Nothing is imported."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from iniconfig import IniConfig, ParseError

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Unavailable
from pytest_prevention.policy import Policy
from pytest_prevention.sources.files import read_text, shown

MEASURE = "run the tests with coverage: pytest --cov=. --cov-report="
MAX_FILES = 1000
_PREFIX = "coverage:"
_CONFIG_FILES = {
    ".coveragerc": True,
    ".coveragerc.toml": True,
    "setup.cfg": False,
    "tox.ini": False,
    "pyproject.toml": False,
}
"""In coverage.py's order; whether the file is its own, or it has to be said that a section is."""


@dataclass(frozen=True, slots=True)
class DataFiles:
    """One data file; or, where none is combined yet, those of the processes that were measured. They have to lie
    ``inside`` that folder, after symbolic links."""

    files: tuple[Path, ...]
    inside: Path


def find_data(root: Path, policy: Policy) -> DataFiles | Unavailable:
    """The file that policy names; else that of COVERAGE_FILE, of coverage.py's configuration, or ``.coverage``.

    Only the variable, which is not the repository's, may lead out of the root.
    """
    named, variable = policy.tree["coverage"].get("file"), os.environ.get("COVERAGE_FILE")
    if named is None and variable:
        file = Path(os.path.abspath(Path(variable).expanduser()))  # noqa: PTH100 - a symbolic link stays one
        inside = root if file.is_relative_to(root) else file.parent
    else:
        file, inside = root / (named or _configured(root) or ".coverage"), root
    if os.path.lexists(file):
        return DataFiles((file,), inside)
    try:
        found = glob.glob(f"{glob.escape(str(file))}.*")  # noqa: PTH207 - as coverage combine does it
    except ValueError:  # a NUL in the name
        found = []
    parts = sorted(Path(name) for name in found if not name.endswith("-journal"))
    if len(parts) > MAX_FILES:
        return Unavailable(f"{shown(file, root)} has {len(parts):,} parts", "combine them: coverage combine")
    if not parts:
        return Unavailable(f"{shown(file, root)} does not exist", MEASURE, by_design=named is None)
    return DataFiles(tuple(parts), inside)


def _configured(root: Path) -> str:
    """``data_file`` of the first file that coverage.py takes for its configuration; empty where it says nothing.

    What cannot be read stopped coverage.py as well. Environment variables in it are not filled in.
    """
    for name, ours in _CONFIG_FILES.items():
        if (root / name).is_file():
            try:
                settings = _settings(read_text(root / name, root), name, ours=ours)
            except (PreventionError, ParseError, ValueError, RecursionError):
                return ""
            if ours or settings:
                file = _table(settings, "run").get("data_file")
                return str(Path(file).expanduser()) if isinstance(file, str) else ""
    return ""


def _settings(text: str, name: str, *, ours: bool) -> Mapping[str, object]:
    """The sections that are coverage.py's, by their names in a file of its own."""
    if name.endswith(".toml"):
        import tomli

        document = tomli.loads(text)
        return {**(document if ours else {}), **_table(_table(document, "tool"), "coverage")}
    found = {section.name: dict(section.items()) for section in IniConfig(name, text)}
    mine = {key.removeprefix(_PREFIX): one for key, one in found.items() if key.startswith(_PREFIX)}
    return {**(found if ours else {}), **mine}


def _table(parent: Mapping[str, object], key: str) -> Mapping[str, object]:
    table = parent.get(key)
    return table if isinstance(table, dict) else {}
