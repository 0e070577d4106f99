"""The fields of one incident record, checked: what a schema cannot say stands here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from difflib import get_close_matches
from typing import Any

from pytest_prevention.model import Location, Problem
from pytest_prevention.sources.incidents.chronology import KEYS, Flaw, check_chronology
from pytest_prevention.sources.incidents.postmortem import Filled
from pytest_prevention.sources.incidents.stamps import Stamp, StampError, read_stamp
from pytest_prevention.sources.schema import validate
from pytest_prevention.sources.yaml_text import Document

KIND = "incident-record-invalid"

_SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")
_LISTS = ("modules", "contributing", "services", "fix_commits", "links")


@dataclass(frozen=True, slots=True)
class Reading:
    """What policy says of records: the zone of stamps without an offset, the team's own words for severities, and
    the severities that must have a post-mortem."""

    zone: tzinfo | None
    severities: Mapping[str, Sequence[str]]
    postmortem_severities: Collection[str]


@dataclass(frozen=True, slots=True)
class Fields:
    """The valid fields of one record by front matter key, the line of each key, and what is wrong with the others."""

    texts: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    is_postmortem: bool = False
    problems: tuple[Problem, ...] = ()


def from_front_matter(document: Document, path: str, reading: Reading) -> Fields:
    """The fields of front matter."""
    by_schema = validate(document, "incident", path=path, kind=KIND)
    bad = {problem.subject for problem in by_schema}
    given = document.value if isinstance(document.value, dict) else {}
    texts = {key: value for key, value in given.items() if isinstance(value, str) and key not in bad}
    lists = {key: _items(key, given[key], bad) for key in _LISTS if isinstance(given.get(key), list)}
    lines = {str(key[0]): place.line for key, place in document.places.items() if len(key) == 1}

    flaws: list[Flaw] = []
    stamps = _stamps(texts, reading.zone, flaws)
    texts["severity"] = _severity(texts.get("severity", ""), reading, flaws)
    lists["modules"] = _modules(lists.get("modules", ()), flaws)
    flaws += check_chronology(stamps, lines)
    flaws += _missing(given, texts["severity"], reading.postmortem_severities)
    reason = texts.get("prove_reason", "").strip()
    flaws += _unexplained(given, reason)
    if given.get("prove") is not None:  # whatever is written there: a bug that somebody wants to keep down is not run
        texts["prove_never"] = reason or "none given"
    if "repeat_of" in texts and texts["repeat_of"] == texts.get("id"):
        flaws.append(Flaw("repeat_of names the incident itself", "name the earlier incident", "repeat_of"))
    texts = {key: text for key, text in texts.items() if key not in KEYS}
    problems = (_problem(flaw, document.place((flaw.key,) if flaw.key else ())) for flaw in flaws)
    return Fields(texts, lists, stamps, lines, problems=(*by_schema, *problems))


def from_template(filled: Filled, path: str, reading: Reading) -> Fields:
    """The fields of a filled-in template. It has no status, so nothing is demanded by status."""
    flaws = list(filled.flaws)
    severity = _severity(filled.texts["severity"], reading, flaws)
    flaws += check_chronology(filled.stamps, filled.lines)
    problems = (_problem(flaw, Location(path, flaw.line or filled.lines.get(flaw.key, 1))) for flaw in flaws)
    texts = {**filled.texts, "severity": severity}
    return Fields(texts, {}, filled.stamps, filled.lines, is_postmortem=True, problems=tuple(problems))


def _problem(flaw: Flaw, where: Location) -> Problem:
    return Problem(where, KIND, flaw.key, flaw.message, flaw.hint)


def _items(key: str, values: Sequence[object], bad: Iterable[str]) -> tuple[str, ...]:
    """The texts of a list, without the items that the schema refuses."""
    return tuple(
        value for number, value in enumerate(values) if isinstance(value, str) and f"{key}[{number}]" not in bad
    )


def _stamps(texts: Mapping[str, str], zone: tzinfo | None, flaws: list[Flaw]) -> dict[str, Stamp]:
    stamps = {}
    for key in KEYS:
        try:
            if key in texts:
                stamps[key] = read_stamp(texts[key], zone, bare_date=key == "postmortem_at")
        except StampError as error:
            flaws.append(Flaw(f"{key} {texts[key][:60]!r} {error.message}", error.hint, key))
    return stamps


def _severity(text: str, reading: Reading, flaws: list[Flaw]) -> str:
    """SEV1 to SEV4 for a word in any case of letters; empty, and a flaw, for one that nobody knows."""
    known = {word.casefold(): word for word in _SEVERITIES}
    known |= {alias.casefold(): severity for severity, words in reading.severities.items() for alias in words}
    if text and text.casefold() not in known:
        close = get_close_matches(text.casefold()[:60], known, 1)
        meant = f"did you mean {known[close[0]]}?" if close else f"write one of {', '.join(_SEVERITIES)}"
        hint = f"{meant} Or translate it in prevention-policy.yaml: severities: {{SEV2: [{text[:60]}]}}"
        flaws.append(Flaw(f"severity {text[:60]!r} is not known", hint, "severity"))
    return known.get(text.casefold(), "")


def _modules(globs: Iterable[str], flaws: list[Flaw]) -> tuple[str, ...]:
    """The globs that can mean files below the root."""
    sound = []
    for glob in globs:
        if wrong := _wrong_glob(glob):
            hint = "write the path from the repository's root with forward slashes: src/orders/**"
            flaws.append(Flaw(f"modules: {glob[:60]!r} {wrong}", hint, "modules"))
        else:
            sound.append(glob)
    return tuple(sound)


def _wrong_glob(glob: str) -> str:
    if "\\" in glob:
        return "has a backslash"
    if glob.startswith(("/", "~")) or glob[1:2] == ":":
        return "is an absolute path"
    return "leaves the repository" if ".." in glob.split("/") else ""


def _unexplained(given: Mapping[str, Any], reason: str) -> Iterator[Flaw]:
    """``prove: never`` and its reason go together."""
    if given.get("prove") == "never" and not reason:
        hint = "add to its front matter: prove_reason: the bug deletes files outside of its folder"
        yield Flaw("prove: never needs a reason", hint, "prove")
    elif given.get("prove") is None and reason:
        yield Flaw("prove_reason is a reason for nothing", "add to its front matter: prove: never", "prove_reason")


def _missing(given: Mapping[str, Any], severity: str, with_postmortem: Collection[str]) -> Iterator[Flaw]:
    """What status and severity demand beyond the schema.

    An incident that ended without a fix of ours, because a provider was back, has ``resolved_at`` for it.
    """
    status = given.get("status")
    ended = status in ("resolved", "closed")
    by_status, by_both = f"status {status}", f"status {status} and severity {severity}"
    demands = (
        (ended or status == "mitigated", by_status, ("mitigated_at",), "2024-01-15T10:20:00Z"),
        (
            ended,
            by_status,
            ("fixed_at", "resolved_at"),
            "2024-01-15T10:20:00Z (or resolved_at: nothing was to be fixed)",
        ),
        (ended and severity in _SEVERITIES[:3], by_both, ("modules",), '["src/orders/**"]'),
        (status == "closed" and severity in with_postmortem, by_both, ("postmortem_at",), "2024-01-16"),
    )
    for demanded, reason, keys, example in demands:
        if demanded and not any(given.get(key) for key in keys):
            yield Flaw(f"{reason} needs {keys[0]}", f"add to its front matter: {keys[0]}: {example}", "status")
