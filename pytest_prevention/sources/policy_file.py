"""Reading policies: the user's file, what it extends, the preset beneath, and the defaults beneath that.

From the last word to the first: the policy file, the files it extends (later entries before earlier ones), one preset,
``policies/defaults.yaml``. Everything that is wrong in any of the files comes in one PreventionError.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from pytest_prevention import resources
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem
from pytest_prevention.policy import Policy
from pytest_prevention.sources import schema, yaml_text
from pytest_prevention.sources.files import read_text, shown
from pytest_prevention.sources.policy_merge import merge
from pytest_prevention.sources.yaml_text import Document

FILE = "prevention-policy.yaml"
PRESETS = ("advisory", "standard", "strict")
MAX_FILES = 16


def load_policy(root: Path, file: Path | None = None, *, codes: Collection[str]) -> Policy:
    """The policy in ``file``, else in ``prevention-policy.yaml`` at the root, else the preset standard.

    ``codes`` are those of all rules there are: an entry of ``rules`` that fits none of them is an error.
    """
    root = Path(os.path.realpath(root))
    path = root / FILE if file is None else Path(os.path.realpath((Path.cwd() / file).parent), file.name)
    reading = _Reading(root, path.parent if not path.is_relative_to(root) else root, codes)
    if file is not None or os.path.lexists(path):
        reading.visit(path)
    if reading.problems:
        raise PreventionError(sorted(set(reading.problems)))
    return merge([*reversed(reading.documents), *_beneath(reading.preset)], codes)


def preset(name: str = "standard") -> Policy:
    """A preset by itself, with a setting for each rule that it names."""
    documents = _beneath(name)
    return merge(documents, documents[0].value["rules"])


@cache
def _beneath(name: str) -> tuple[Document, Document]:
    return _shipped(name), _shipped("defaults")


def _shipped(name: str) -> Document:
    return yaml_text.load(resources.text("policies", f"{name}.yaml"), f"preset:{name}")


class _Reading:
    """One policy file and what it extends: each file once, and before the files that extend it.

    No file outside of the folder ``base`` is read; names are relative to ``root``.
    """

    def __init__(self, root: Path, base: Path, codes: Collection[str]) -> None:
        self.documents: list[Document] = []
        self.problems: list[Problem] = []
        self.preset = "standard"
        self._preset_named_at: Location | None = None
        self._root = root
        self._base = base
        self._codes = codes
        self._seen: set[Path] = set()

    def visit(self, path: Path, above: tuple[Path, ...] = ()) -> None:
        """Read one file, and first what it extends; ``above`` are the files that led here."""
        self._seen.add(path)
        document = self._read(path)
        entries = document.value.get("extends") if isinstance(document.value, dict) else None
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            where = document.place(("extends", index))
            if isinstance(entry, str) and entry.startswith("preset:"):
                self._name_preset(entry.removeprefix("preset:"), where)
            elif isinstance(entry, str):
                self._extend(path.parent, entry, where, (*above, path))
        self.documents.append(document)

    def _read(self, path: Path) -> Document:
        name = shown(path, self._root)
        try:
            document = yaml_text.load(read_text(path, self._base, limit=yaml_text.MAX_CHARACTERS), name)
        except PreventionError as error:
            self.problems += error.problems
            return Document({}, {})
        if document.value is None:
            hint = 'write extends: ["preset:standard"], or delete the file'
            self.problems.append(Problem(Location(name), "usage", name, "holds no policy", hint))
            return document
        unknown = list(_unknown_codes(document, self._codes))
        told = {problem.location for problem in unknown}
        flaws = schema.validate(document, "policy", path=name)
        self.problems += [*unknown, *(flaw for flaw in flaws if flaw.location not in told)]
        return document

    def _name_preset(self, name: str, where: Location) -> None:
        if name not in PRESETS:
            close = get_close_matches(name, PRESETS, 1) or ["standard"]
            self._complain(where, f"there is no preset {name}", f"did you mean preset:{close[0]}?")
        elif self._preset_named_at and name != self.preset:
            message = f"names the preset {name}, but {self._preset_named_at} names {self.preset}"
            self._complain(where, message, "a preset is a whole policy: keep one of them")
        else:
            self.preset, self._preset_named_at = name, where

    def _extend(self, folder: Path, entry: str, where: Location, above: tuple[Path, ...]) -> None:
        target = Path(os.path.normpath(folder / entry))
        if not target.is_relative_to(self._base):
            self._complain(where, f"{entry} lies outside of the repository", "copy the file into the repository")
        elif target in above:
            circle = " → ".join(shown(one, self._root) for one in (*above[above.index(target) :], target))
            self._complain(where, f"extends in a circle: {circle}", "remove one of these entries")
        elif not os.path.lexists(target):
            hint = f"write preset:{'|'.join(PRESETS)}, or a path relative to this file"
            self._complain(where, f"{entry} does not exist", hint)
        elif target not in self._seen and len(self._seen) == MAX_FILES:
            self._complain(where, f"more than {MAX_FILES} policy files", "put several into one")
        elif target not in self._seen:
            self.visit(target, above)

    def _complain(self, where: Location, message: str, hint: str) -> None:
        self.problems.append(Problem(where, "usage", "extends", message, hint))


def _unknown_codes(document: Document, codes: Collection[str]) -> Iterator[Problem]:
    """The keys of ``rules`` that fit no rule."""
    rules = document.value.get("rules") if isinstance(document.value, dict) else None
    for key in rules if isinstance(rules, dict) else []:
        if not any(code.startswith(key) for code in codes):
            close = get_close_matches(key.upper()[:20], sorted({*codes, *(code[:-2] for code in codes)}), 1)
            hint = f"did you mean {close[0]}?" if close else "write a code such as PRV201, or the beginning of codes"
            yield Problem(document.place(("rules", key)), "usage", f"rules.{key}", f"no rule has the code {key}", hint)
