"""Where the test stubs of a module go."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from pytest_prevention.sources.files import shown, unusable, write_text
from pytest_prevention.sources.pytest_config import read_config
from pytest_prevention.sources.scan.tree import starts

_ODD = re.compile(r"\W+")


def write_stubs(root: Path, module: str, text: str) -> str:
    """Write a new test file for a module, a path from the root, and return its path; PreventionError where it exists.

    It goes where pytest begins by testpaths, else into ``tests``, which is made where it is missing.
    """
    rules = read_config(root)
    first = PurePosixPath(starts(root, rules)[0])
    inside = first.parent if first.suffix == ".py" else first
    folder = root / ("tests" if inside == PurePosixPath() else inside)
    path = folder / f"test_{_name(module)}_retrofit.py"
    name = shown(path, root)
    if not rules.takes_file(path) or not rules.takes_function("test_"):
        hint = f"let python_files and python_functions in {rules.source} match it too"
        raise unusable(name, "is a test file that pytest would not collect; not written", hint)
    if os.path.lexists(path):
        raise unusable(name, "exists already; not written", "fill in the tests that it holds, or move it away")
    if not folder.resolve().is_relative_to(root.resolve()):
        raise unusable(name, "lies outside the repository, by a symbolic link; not written", "name another folder")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unusable(name, f"cannot be written: {error.strerror}", "check the folder and its permissions") from None
    write_text(path, text, root)
    return name


def _name(module: str) -> str:
    """The whole path as one word: modules of several folders may share their last name."""
    return _ODD.sub("_", module.removeprefix("src/").removesuffix(".py").removesuffix("/__init__"))
