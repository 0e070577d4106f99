"""A post-mortem as people write it: its summary, and the template filled in.

A filled-in template needs no front matter: its heading fields and its timeline say the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from pytest_prevention.sources.backlog.dates import read_date
from pytest_prevention.sources.backlog.tables import Fault
from pytest_prevention.sources.incidents.chronology import Flaw
from pytest_prevention.sources.incidents.sections import Section, first_paragraph, plain, section_named, shorten
from pytest_prevention.sources.incidents.stamps import Stamp, day_stamp
from pytest_prevention.sources.incidents.timeline import Timeline, read_timeline

ID = re.compile(r"[A-Z][A-Z0-9]{0,30}-(?:20[0-9]{2}-)?[0-9]{1,12}")
"""An incident's id where it is not said which text is one: in a heading, in a file name."""

_MAX_TITLE = 100
_MAX_SUMMARY = 400
_FIELDS = {"date": "Date: 2024-01-15", "severity": "Severity: SEV2"}
_KEYS = {"date": "detected_at", "severity": "severity"}
_PLACEHOLDER = re.compile(r"(?:^|[\s|(:]|SEV)(\{[A-Za-z0-9][^{}`]{0,300}\})")


@dataclass(frozen=True, slots=True)
class Filled:
    """What a filled-in template says: texts, stamps and lines by front matter key, and what is wrong."""

    texts: Mapping[str, str]
    stamps: Mapping[str, Stamp]
    lines: Mapping[str, int]
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class _Field:
    value: str
    line: int


def summary_of(found: Sequence[Section]) -> str:
    """What users saw, in one plain line: the first paragraph of the section Summary, else Impact; else nothing."""
    section = section_named(found, "summary", "impact")
    return shorten(first_paragraph(section), _MAX_SUMMARY) if section else ""


def is_template(found: Sequence[Section]) -> bool:
    """Whether the headings ``Date: …`` or ``Severity: …`` of the template are there."""
    return bool(_heading_fields(found))


def read_template(found: Sequence[Section], zone: tzinfo | None) -> Filled:
    """The fields of a template. Placeholders ``{…}`` that are still there are one flaw; nothing is read out of them."""
    top = next(section for section in found if section.title)
    given = _heading_fields(found)
    flaws = list(_missing_fields(given))
    day = _day(given["date"], flaws) if "date" in given else None
    section = section_named(found, "timeline")
    timeline = read_timeline(section, day, zone) if section and day else Timeline({}, ())
    stamps = timeline.stamps
    if day and not {"started_at", "detected_at"} & stamps.keys():
        stamps["detected_at"] = day_stamp(day, zone)
    unfilled = _placeholders(found)
    flaws = [flaw for flaw in (*flaws, *timeline.flaws) if flaw.line not in unfilled]
    texts = {**_identity(top.title, summary_of(found)), "status": "resolved", "severity": _severity(given, unfilled)}
    lines = {"id": top.line, "title": top.line, **{_KEYS[name]: field.line for name, field in given.items()}}
    lines |= {key: row.line for key, row in timeline.rows.items()}
    return Filled(texts, stamps, lines, (*_unfilled(unfilled), *flaws))


def _heading_fields(found: Sequence[Section]) -> dict[str, _Field]:
    """The template's headings ``Date: …`` and ``Severity: …``."""
    fields = {}
    for section in reversed(found):
        name, colon, value = section.title.partition(":")
        if colon and name.strip(" *_").casefold() in _FIELDS:
            fields[name.strip(" *_").casefold()] = _Field(value.strip(" *_`"), section.line)
    return fields


def _missing_fields(given: Mapping[str, _Field]) -> Iterator[Flaw]:
    for name, example in _FIELDS.items():
        if name not in given or not given[name].value:
            line = given[name].line if name in given else 0
            yield Flaw(f"has no {name}", f"add the heading: ## {example}", line=line)


def _placeholders(found: Sequence[Section]) -> dict[int, list[str]]:
    """The braces of the template outside code, by line; a path such as ``/orders/{id}`` is none."""
    places = {}
    for section in found:
        for line, text in enumerate((section.title, *section.lines), section.line):
            if "{" in text and (left := _PLACEHOLDER.findall("`".join(text.split("`")[::2]))):
                places[line] = left
    return places


def _unfilled(places: Mapping[int, Sequence[str]]) -> Iterator[Flaw]:
    if places:
        line, (first, *_) = next(iter(places.items()))
        more = sum(map(len, places.values())) - 1
        message = f"is still a template: {first}" + (f" and {more} more to fill in" if more else "")
        yield Flaw(message, "fill in what stands in braces, or remove it; real braces go in `code`", line=line)


def _day(field: _Field, flaws: list[Flaw]) -> date | None:
    if not field.value:
        return None
    day = read_date(field.value, None)
    if isinstance(day, Fault):
        flaws.append(Flaw(f"the date {day.message}", day.hint, line=field.line))
        return None
    return day


def _severity(given: Mapping[str, _Field], unfilled: Collection[int]) -> str:
    """``SEV2`` of ``SEV2 (one in ten orders)``; other words as they stand, for policy to translate."""
    if "severity" not in given or given["severity"].line in unfilled:
        return ""
    value = given["severity"].value
    first = value.partition(" ")[0].rstrip(",;:.")
    return first if first.upper().startswith("SEV") else value


def _identity(heading: str, summary: str) -> dict[str, str]:
    """Id and title of ``Post-Mortem — INC-001: Title``; without a title there, the summary's first sentence."""
    heading = plain(heading)
    match = ID.search(heading)
    title = heading[match.end() :].strip(" :.–—-") if match else ""
    sentence = re.split(r"(?<=[.!?])\s", summary, maxsplit=1)[0]
    return {"id": match[0] if match else "", "title": title or shorten(sentence, _MAX_TITLE)}
