"""The tree's source laid over an installed package, for installs whose own finder comes before ``PYTHONPATH``.

A copy of this file is the ``sitecustomize`` of the other process, with ``overlay.json`` beside it, so that Python
imports it before anything of the project. What the tree lacks, as generated files and extension modules, still comes
from where the package is installed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


class Overlay:
    """A finder that asks all others, and answers with the tree's file wherever the tree has one.

    ``packages`` are the top-level names it looks after, ``roots`` the folders of the tree to import from; ``absent``
    modules are not in this tree, whatever is installed: a fix taken back takes the files back that it added.
    """

    def __init__(self, packages: Sequence[str], roots: Sequence[str], absent: Sequence[str]) -> None:
        self.packages = frozenset(packages)
        self.roots = [Path(root) for root in roots]
        self.absent = frozenset(absent)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] not in self.packages:
            return None
        if name in self.absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        found = self._asked(name, self._elsewhere() if path is None else path, target)
        file = self._file(name)
        if file is None or (found and found.origin == str(file)):
            return found
        places = None
        if file.name == "__init__.py":
            places = [str(file.parent), *((found and found.submodule_search_locations) or ())]
        return spec_from_file_location(name, file, submodule_search_locations=places)

    def _elsewhere(self) -> list[str]:
        """Where the package may be installed; without it, what was generated there would be out of sight."""
        return [place for place in sys.path if place and Path(place) not in self.roots]

    def _asked(self, name: str, path: Sequence[str], target: ModuleType | None) -> ModuleSpec | None:
        finders = (finder.find_spec for finder in list(sys.meta_path) if finder is not self)
        return next((spec for find_spec in finders if (spec := find_spec(name, path, target))), None)

    def _file(self, name: str) -> Path | None:
        places = [root.joinpath(*name.split(".")) for root in self.roots]
        files = (file for place in places for file in (place / "__init__.py", place.with_name(f"{place.name}.py")))
        return next((file for file in files if file.is_file()), None)


def run_hidden(folder: str) -> None:
    """Run the ``sitecustomize`` of the environment, which the one in ``folder`` stands before."""
    spec = PathFinder.find_spec("sitecustomize", [place for place in sys.path if place != folder])
    if spec and spec.loader:
        spec.loader.exec_module(module_from_spec(spec))


if __name__ == "sitecustomize":
    _here = Path(__file__).parent
    run_hidden(str(_here))
    sys.meta_path.insert(0, Overlay(**json.loads((_here / "overlay.json").read_text("utf-8"))))
