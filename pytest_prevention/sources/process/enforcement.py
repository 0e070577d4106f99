"""What holds people to a document: owners of the code, a template of pull requests, a workflow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.globs import is_within, matches_any
from pytest_prevention.model import Incident, Unavailable
from pytest_prevention.sources.files import read_text, shown
from pytest_prevention.sources.process import codeowners
from pytest_prevention.sources.process.headings import texts

_FOLDERS = ("", ".github/", "docs/")
_TEMPLATES = (
    *(f"{folder}pull_request_template.*" for folder in _FOLDERS),
    *(f"{folder}PULL_REQUEST_TEMPLATE.*" for folder in _FOLDERS),
    *(f"{folder}PULL_REQUEST_TEMPLATE/*" for folder in _FOLDERS),
    ".gitlab/merge_request_templates/*.md",
)
_WORKFLOWS = (".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml", ".gitlab/ci/*.yml")
"""Where GitHub and GitLab look for what a pull request begins with, and for what they run."""

_BEFORE, _BEHIND = r"(?<![\w.-])", r"(?![\w-]|\.\w)"
NO_GIT = Unavailable("which files the modules mean is not known without git", "git init && git add -A && git commit")


@dataclass(frozen=True)
class Surroundings:
    """The repository around the root: ``top`` is its folder, ``prefix`` leads from there to the root.

    ``files`` are those of the commit below the root, by their paths from the top.
    """

    top: Path
    prefix: str = ""
    files: Sequence[str] | Unavailable = NO_GIT

    def mentions(self, path: str, incident: str) -> Iterator[str]:
        """The places that name the document, by its path from the root or the top, or the incident."""
        whole = self.prefix + path
        if whole in {*self.templates, *self.workflows}:
            yield f"{whole} is in force by itself"
        names = "|".join(sorted(map(re.escape, {path, whole, incident} - {""})))
        name = re.compile(f"{_BEFORE}(?:{names}){_BEHIND}")
        for file, lines in self._lines.items():
            number = next((number for number, line in lines if name.search(line)), None)
            if number is not None and file != whole:
                yield f"{file}:{number} names it"

    def owners(self, incident: Incident | None) -> str | Unavailable:
        """By which line of CODEOWNERS every file of the incident's modules has an owner; empty: not every one has."""
        if self._codeowners is None or incident is None or not incident.modules:
            return ""
        if isinstance(self._codeowners, Unavailable):
            return self._codeowners
        if isinstance(self.files, Unavailable):
            return self.files
        paths = [path for path in self.files if is_within(path.removeprefix(self.prefix), incident.modules)]
        where, rules = self._codeowners
        found = codeowners.owners_of(paths, rules)
        lines = [line for line in found.values() if line is not None]
        if not paths or len(lines) < len(paths):
            return ""
        last = max(lines, key=lambda line: line.line)
        return f"{where}:{last.line} asks {' '.join(last.owners)}"

    @cached_property
    def templates(self) -> Sequence[str]:
        return _matching(self.top, _TEMPLATES)

    @cached_property
    def workflows(self) -> Sequence[str]:
        return _matching(self.top, _WORKFLOWS)

    @cached_property
    def _lines(self) -> Mapping[str, Sequence[tuple[int, str]]]:
        """What each template and workflow says, comments left out."""
        found: dict[str, Sequence[tuple[int, str]]] = {}
        for name in self.templates:
            found[name] = list(texts(self._text(name)))
        for name in self.workflows:
            lines = enumerate(self._text(name).split("\n"), 1)
            found[name] = [(number, line) for number, line in lines if not line.lstrip().startswith("#")]
        return found

    def _text(self, name: str) -> str:
        """A file that cannot be read names nothing; what it would name is then told as unenforced."""
        try:
            return read_text(self.top / name, self.top)
        except PreventionError:
            return ""

    @cached_property
    def _codeowners(self) -> tuple[str, Sequence[codeowners.Ownership]] | Unavailable | None:
        """The file and its lines; None: there is no such file."""
        dialect = self._dialect
        place = next((name for name in codeowners.PLACES[dialect] if (self.top / name).is_file()), None)
        if place is None:
            return None
        try:
            text = read_text(self.top / place, self.top, limit=codeowners.MAX_BYTES)
        except PreventionError as error:
            return Unavailable(f"{place} {error.problems[0].message}", error.problems[0].hint)
        rules = codeowners.read_codeowners(text, dialect)
        if len(rules) > codeowners.MAX_RULES:
            return Unavailable(f"{place} has more than {codeowners.MAX_RULES:,} rules", "say it in fewer")
        return shown(self.top / place, self.top), rules

    @property
    def _dialect(self) -> codeowners.Dialect:
        """GitLab's where the repository has files of GitLab and none of GitHub."""
        of_gitlab = any((self.top / name).exists() for name in (".gitlab", ".gitlab-ci.yml"))
        return "gitlab" if of_gitlab and not (self.top / ".github").exists() else "github"


def _matching(top: Path, globs: Sequence[str]) -> list[str]:
    """The files that a glob matches in its own folder, in order of name; no folder outside is looked into."""
    real = Path(os.path.realpath(top))
    folders = sorted({glob.rpartition("/")[0] for glob in globs})
    inside = [folder for folder in folders if Path(os.path.realpath(top / folder)).is_relative_to(real)]
    names = (f"{folder}/{name}".removeprefix("/") for folder in inside for name in _listed(top / folder))
    return sorted(name for name in names if matches_any(name, globs) and (top / name).is_file())


def _listed(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []
