"""The records in ``incidents/``: one Markdown file each, all of them read, whatever is wrong with some."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

from pytest_prevention.days import zone
from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Action, Backlog, Incident, Incidents, Location, Problem, Status
from pytest_prevention.policy import Policy
from pytest_prevention.sources.backlog.reader import anchor_days, parse_actions
from pytest_prevention.sources.backlog.words import Words, words
from pytest_prevention.sources.files import read_text, shown, unusable
from pytest_prevention.sources.incidents.front_matter import Page, split_page
from pytest_prevention.sources.incidents.postmortem import ID, is_template, read_template, summary_of
from pytest_prevention.sources.incidents.record import KIND, Fields, Reading, from_front_matter, from_template
from pytest_prevention.sources.incidents.sections import Section, section_named, sections
from pytest_prevention.sources.yaml_text import load

FOLDER = "incidents"
MAX_BYTES = 1024 * 1024

_WRITE_ONE = "write front matter, as prevention explain PRV105 shows it, or begin the name with _ where it is no record"
_SUFFIXES = (".md", ".markdown")
_NO_RECORDS = ("prevention-backlog", "readme")
_UNKNOWN = ("", "unknown", "tbd", "n/a", "?", "-", "–", "—")
_MAX_PROBLEMS = 100
_MAX_LISTED = 200
_KEYS = frozenset(one.name for one in fields_of(Incident))

Record = tuple[Incident | None, Sequence[Problem]]
"""The incident of one file, where its id can be known, and what is wrong with the file."""


def read_incidents(root: Path, policy: Policy) -> Incidents:
    """Every record in ``root/incidents``, in order of id, and everything that is wrong with them.

    Not records: the backlog, README.md, templates, and names that begin with ``_`` or a dot. An incident whose record
    cannot be read counts all the same, by the id in its file's name. PreventionError where there is no folder.
    """
    reading = reading_by(policy)
    files = ((shown(path, root), path) for path in _record_files(root))
    return gathered(
        read_record(name, partial(read_text, path, root, limit=MAX_BYTES, name=name), reading) for name, path in files
    )


def reading_by(policy: Policy) -> Reading:
    """What policy says of how records are read."""
    named = zone(policy) if "timezone" in policy.tree["observation"] else None
    return Reading(named, policy.tree["severities"], policy.tree["postmortem_severities"])


def gathered(read: Iterable[Record]) -> Incidents:
    """All records as one value; ids that two of them have are told."""
    records: list[Incident] = []
    problems: list[Problem] = []
    for incident, wrong in read:
        records += [incident] if incident else []
        problems += wrong
    problems += _duplicates(records)
    return Incidents(tuple(_one_spelling(sorted(records, key=_order))), tuple(sorted(problems)))


def with_listed_actions(root: Path, policy: Policy, incidents: Incidents, backlog: Backlog) -> Incidents:
    """The same; records for which the backlog has nothing, or only what was dropped, have the rows of their own table.

    Those of the others interest nobody, and reading all of them would take longer than reading the records.
    """
    vocabulary, anchors = words(policy), anchor_days(policy, incidents)
    records = (
        record
        if any(action.status is not Status.DROPPED for action in backlog.of(record.id))
        else replace(record, listed_actions=_listed_actions(root, record, vocabulary, anchors))
        for record in incidents.records
    )
    return replace(incidents, records=tuple(records))


def _listed_actions(
    root: Path, incident: Incident, vocabulary: Words, anchors: Mapping[str, date]
) -> tuple[Action, ...]:
    """The rows of the record's own action table; what is wrong with them is told where they count, in the backlog."""
    path = incident.location.path
    try:
        page = split_page(read_text(root / FOLDER / PurePath(path).name, root, limit=MAX_BYTES), path)
    except PreventionError:
        return ()  # told when the record was read
    section = section_named(sections(page.body, page.body_line), "action items", "actions")
    if section is None:
        return ()
    listed = parse_actions(
        "\n".join(section.lines),
        path,
        vocabulary,
        incident=incident.id,
        anchors=anchors,
        first_line=section.line + 1,
    )
    return listed.actions[:_MAX_LISTED]


def _record_files(root: Path) -> list[Path]:
    folder = root / FOLDER
    try:
        return sorted(path for path in folder.iterdir() if is_record(path.name))
    except FileNotFoundError:
        hint = f"run it where {FOLDER}/ lies, or begin: mkdir {FOLDER} (docs/incidents.md shows a first record)"
        raise unusable(FOLDER, "there is no such folder", hint) from None
    except OSError as error:
        raise unusable(FOLDER, f"cannot be listed: {error.strerror}", "make it a folder that you may read") from None


def is_record(name: str) -> bool:
    """Whether a name is that of a record; one that begins with an id is never a template."""
    stem = PurePath(name).stem
    if PurePath(name).suffix.lower() not in _SUFFIXES or name.startswith((".", "_")):
        return False
    return bool(_id_of(stem)) or not (stem.lower() in _NO_RECORDS or stem.lower().endswith("template"))


def read_record(name: str, text_of: Callable[[], str], reading: Reading) -> Record:
    """One file, ``name`` being its path from the root; ``text_of`` gives its text, or PreventionError."""
    file_name = PurePath(name).name
    ident = _id_of(file_name)
    try:
        text = text_of()
        ident = _written_id(text) or ident
        page = split_page(text, name)
        found = sections(page.body, page.body_line)
        fields = _fields(page, found, name, reading)
    except PreventionError as error:
        fields, found = Fields(problems=error.problems), ()
    ident = fields.texts.get("id") or ident
    problems = [*fields.problems, *_misnamed(ident, file_name, name, fields)]
    problems = [replace(problem, kind=KIND, subject=ident or name) for problem in problems[:_MAX_PROBLEMS]]
    return (_incident(ident, name, fields, found) if ident else None), problems


def _fields(page: Page, found: Sequence[Section], name: str, reading: Reading) -> Fields:
    if page.front is not None:
        return from_front_matter(load(page.front, name, first_line=page.front_line), name, reading)
    if is_template(found):
        return from_template(read_template(found, reading.zone), name, reading)
    if page.body.strip():
        raise unusable(name, "has no front matter", _WRITE_ONE)
    raise unusable(name, "is empty", _WRITE_ONE)


def _id_of(text: str) -> str:
    """The id that a text begins with; empty where it begins with none."""
    found = ID.match(text)
    return found[0] if found else ""


def _written_id(text: str) -> str:
    """The id in the line ``id: …`` near the top, for front matter that cannot be read otherwise."""
    lines = text[:10_000].splitlines()
    return next((_id_of(line[3:].strip(" \"'")) for line in lines if line.startswith("id:")), "")


def _misnamed(ident: str, file_name: str, name: str, fields: Fields) -> Iterator[Problem]:
    """The id must be known, and the file's name begin with it: people look for a record by its file."""
    where = Location(name, fields.lines.get("id", 0), 1 if "id" in fields.lines else 0)
    if not ident:
        yield Problem(where, KIND, name, "nobody can tell which incident this is", f"name the file INC-001-{file_name}")
    elif not file_name.startswith(ident) or file_name[len(ident) : len(ident) + 1].isalnum():
        rest = file_name.removeprefix(_id_of(file_name)).lstrip("-_ ")
        better = f"{FOLDER}/{ident}{'' if rest.startswith('.') else '-'}{rest}"
        message = f"the id is {ident}, but the name of the file does not begin with it"
        yield Problem(where, KIND, ident, message, f"git mv {shlex.quote(name)} {shlex.quote(better)}")


def _incident(ident: str, name: str, fields: Fields, found: Sequence[Section]) -> Incident:
    """The record as a value; what is not valid in it is not in ``fields``."""
    values: dict[str, Any] = {**fields.texts, **fields.lists, **{key: one.at for key, one in fields.stamps.items()}}
    return Incident(
        **{
            "title": ident,
            **{key: value for key, value in values.items() if value and key in _KEYS},
            "id": ident,
            "location": Location(name, fields.lines.get("id", 1)),
            "summary": summary_of(found),
            "is_postmortem": fields.is_postmortem,
            "lines": MappingProxyType(dict(fields.lines)),
        }
    )


def _one_spelling(records: Iterable[Incident]) -> Iterator[Incident]:
    """The same cause, or type of error, by the same name: that of the first record which names it.

    Blanks and the case of letters make no other one, and a word that says nothing is no name.
    """
    causes: dict[str, str] = {}
    types: dict[str, str] = {}
    for incident in records:
        yield replace(incident, cause=_spelt(incident.cause, causes), error_type=_spelt(incident.error_type, types))


def _spelt(text: str | None, first: dict[str, str]) -> str | None:
    name = " ".join((text or "").split())
    return None if name.casefold() in _UNKNOWN else first.setdefault(name.casefold(), name)


def _duplicates(records: Iterable[Incident]) -> Iterator[Problem]:
    first: dict[str, Incident] = {}
    for incident in records:
        other = first.setdefault(incident.id, incident)
        if other is not incident:
            message = f"{incident.id} is also the id of {other.at('id')}"
            hint = "give one of them the next free number, in the file and in its name"
            yield Problem(incident.at("id"), KIND, incident.id, message, hint)


def _order(incident: Incident) -> tuple[list[str | int], str]:
    """INC-2 before INC-10."""
    parts = re.split("([0-9]+)", incident.id)
    return [int(part) if odd % 2 else part for odd, part in enumerate(parts)], incident.location.path
