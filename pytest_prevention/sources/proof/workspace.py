"""The private folder of one run, and what the other process finds in it: plugin, settings, home, temporary files."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PLUGIN, STUBS = "prevention_proof_child", "prevention_proof_stubs"

_SECRET = re.compile("TOKEN|SECRET|PASS|KEY|CREDENTIAL|AUTH|COOKIE|NETRC|KUBECONFIG", re.IGNORECASE)
_LOGIN = re.compile(r"://[^/@\s]+@")
_OF_ANOTHER_PLACE = ("GIT_", "XDG_")
_OF_ANOTHER_RUN = ("COV_CORE_", "COVERAGE_", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_DEBUG", "PYTEST_XDIST_")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the source files of a tree are imported. ``modules`` are names, by path; ``roots`` come first on the path."""

    modules: Mapping[str, str]
    roots: Sequence[str]

    @property
    def packages(self) -> list[str]:
        """The top-level names of the modules."""
        return sorted({name.partition(".")[0] for name in self.modules.values()})


def layout(tree: Path, sources: Sequence[str]) -> Layout:
    """That of ``tree`` with these source files, which need not be there: ``src/shop/orders.py`` is ``shop.orders``."""
    src = tree / "src"
    own = [src] if src.is_dir() and not (src / "__init__.py").is_file() else []
    roots = dict.fromkeys(map(str, [*own, *(_package_root(tree, path) for path in sources), tree]))
    return Layout({path: _module(tree, path) for path in sources}, list(roots))


def _package_root(tree: Path, path: str) -> Path:
    """The folder from which a source file is imported: above its topmost package, or ``src``, or the tree."""
    folder = (tree / path).parent
    if not (folder / "__init__.py").is_file():
        return tree / "src" if folder.is_relative_to(tree / "src") else tree
    while folder != tree and (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _module(tree: Path, path: str) -> str:
    parts = (tree / path).relative_to(_package_root(tree, path)).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A private folder, for a run in ``tree``."""

    folder: Path
    tree: Path
    layout: Layout

    @property
    def records(self) -> Path:
        return self.folder / "records"

    def furnish(self, job: Mapping[str, object], *, stubs: Sequence[str] | None, overlay: bool) -> None:
        """``job`` is what the plugin is asked for; ``stubs`` are the test files that may meet some, None: no file."""
        for name in ("plugin", "home", "tmp"):
            (self.folder / name).mkdir()
        self.records.touch()
        watch = {path: (str(self.tree / path), name) for path, name in self.layout.modules.items()}
        self._copy("child.py", f"{PLUGIN}.py")
        self._settle("job.json", {**job, "records": str(self.records), "watch": watch, "stubs": self._stubbed(stubs)})
        if stubs is not None:
            self._copy("stubs.py", f"{STUBS}.py")
        if overlay:
            absent = [name for path, name in self.layout.modules.items() if not (self.tree / path).exists()]
            settings = {"packages": self.layout.packages, "roots": self.layout.roots, "absent": absent}
            self._copy("overlay.py", "sitecustomize.py")
            self._settle("overlay.json", settings)

    def _stubbed(self, files: Sequence[str] | None) -> Mapping[str, object] | None:
        if files is None:
            return None
        return {
            "packages": self.layout.packages,
            "tree": str(self.tree),
            "files": [str(self.tree / file) for file in files],
        }

    def _copy(self, source: str, name: str) -> None:
        shutil.copyfile(Path(__file__).with_name(source), self.folder / "plugin" / name)

    def _settle(self, name: str, settings: Mapping[str, object]) -> None:
        (self.folder / "plugin" / name).write_text(json.dumps(settings), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """That of whoever proves, without secrets, git's variables, and what other pytest runs left."""
        kept = {name: value for name, value in os.environ.items() if not _is_left_out(name, value)}
        old = [kept["PYTHONPATH"]] if kept.get("PYTHONPATH") else []  # an empty part would be the working directory
        places = dict.fromkeys(("HOME", "USERPROFILE"), str(self.folder / "home"))
        places |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.folder / "tmp"))
        ours = {
            "PYTHONPATH": os.pathsep.join([*self.layout.roots, str(self.folder / "plugin"), *old]),
            "PYTHONDONTWRITEBYTECODE": "1",  # same size, same second: a stale .pyc would be believed
            "PYTHONUNBUFFERED": "1",  # what a killed run printed last
            "PYTHONUSERBASE": site.getuserbase(),  # is found through HOME
            "GIT_CEILING_DIRECTORIES": os.pathsep.join([str(self.tree.parent), str(self.folder)]),
        }
        return kept | ours | places


def _is_left_out(name: str, value: str) -> bool:
    if name.startswith((*_OF_ANOTHER_PLACE, *_OF_ANOTHER_RUN)):
        return True
    return bool(_SECRET.search(name) or _LOGIN.search(value))
