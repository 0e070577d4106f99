"""The data that ship with the package: presets, schemas, rule pages, examples.

They live once, at the top of the repository. A built wheel carries them inside the package; a checkout and an editable
install have them beside it.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def folder(name: str) -> Traversable:
    """The folder ``policies``, ``schema``, ``docs/rules`` or ``examples``; FileNotFoundError names what is missing."""
    package = files("pytest_prevention")
    inside = package.joinpath(name)
    if inside.is_dir():
        return inside
    beside = files("pytest_prevention").joinpath("..", name)
    if beside.is_dir():
        return beside
    raise FileNotFoundError(f"pytest-prevention is installed without its folder {name}/; reinstall it")


def text(name: str, file: str) -> str:
    """The text of one such file."""
    return folder(name).joinpath(file).read_text(encoding="utf-8")
