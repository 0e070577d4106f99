"""The words of a backlog: headers, categories, priorities and statuses, their variants, and the team's own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from pytest_prevention.model import Category, Priority, Status
from pytest_prevention.policy import Policy

W = TypeVar("W", bound=StrEnum)


class Column(StrEnum):
    """What a column of a backlog table holds; the value is the header that we write ourselves."""

    NUMBER = "#"
    INCIDENT = "Incident"
    ACTION = "Action"
    CATEGORY = "Category"
    PRIORITY = "Priority"
    STATUS = "Status"
    DUE = "Due"
    DONE = "Done"
    OWNER = "Owner"
    EVIDENCE = "Evidence"
    VERIFIED = "Verified"
    ROOT_CAUSE = "Root cause"
    DONE_WHEN = "Done-when"
    REASON = "Reason"
    NOTES = "Notes"


_HEADERS = {
    Column.NUMBER: ("no", "no.", "nr", "nr.", "number"),
    Column.INCIDENT: ("incident id",),
    Column.ACTION: ("action item",),
    Column.CATEGORY: ("type",),
    Column.PRIORITY: ("prio",),
    Column.STATUS: ("state",),
    Column.DUE: ("due date", "due by", "deadline"),
    Column.DONE: ("done on", "completed", "completed on"),
    Column.OWNER: ("assignee", "responsible", "who"),
    Column.VERIFIED: ("verified?",),
    Column.NOTES: ("note", "comment", "comments"),
}
_CATEGORIES = {
    Category.TEST: ("tests", "testing"),
    Category.MONITOR: ("monitors", "monitoring", "monitoring & alerts", "alert", "alerts", "alerting"),
    Category.CODE: ("code improvement", "code improvements", "code change"),
    Category.PROCESS: ("process improvement", "process improvements", "process change"),
}
_STATUSES = {
    Status.TODO: ("to do", "open", "new", "planned", "pending", "not started"),
    Status.IN_PROGRESS: ("wip", "doing", "started", "ongoing", "in review"),
    Status.BLOCKED: ("on hold", "waiting", "paused"),
    Status.DONE: ("completed", "complete", "finished", "closed", "resolved"),
    Status.DROPPED: ("wontfix", "won't fix", "won't do", "cancelled", "canceled", "rejected", "obsolete"),
}
_ANSWERS = {"yes": True, "y": True, "true": True, "✅": True, "✔": True, "✓": True}
_ANSWERS |= {"no": False, "n": False, "false": False, "❌": False, "✘": False, "✗": False}
_MISSING = frozenset({"", "–", "—", "n/a", "tbd", "?"})

_MARKS = " \t*_~`"
_EMOJI = frozenset({"So", "Sk", "Mn", "Cf", "Zs"})
"""The general categories of which emoji are made, and the blanks between them."""
_LONGEST_MISSPELT = 40
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_BEHIND_WORD = re.compile(r"[:;,.(–—]|<br\s*/?>|\s-\s")
_ID_AMONG_CELLS = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+")


@dataclass(frozen=True, slots=True)
class Word(Generic[W]):
    """A known word in a cell: what it means, how it is written there, and what stands behind it (a reason)."""

    value: W
    written: str
    rest: str = ""


def _by_variant(canonical: type[W], variants: Mapping[W, Iterable[str]]) -> Mapping[str, W]:
    known = {folded(word.value): word for word in canonical}
    return MappingProxyType(known | {folded(variant): word for word, group in variants.items() for variant in group})


def folded(text: str) -> str:
    """A text as words are compared: case, blanks, dashes, underscores and Unicode's variants make no difference."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())


def core(cell: str) -> str:
    """What a cell says without the emphasis, code marks, link and emoji around it: a substring of the cell."""
    inner = cell.strip(_MARKS)
    link = _LINK.fullmatch(inner)
    if link:
        inner = link[1]
    start, end = 0, len(inner)
    while start < end and _is_ornament(inner[start]):
        start += 1
    while start < end and _is_ornament(inner[end - 1]):
        end -= 1
    return inner[start:end]


def _is_ornament(character: str) -> bool:
    """A mark of Markdown, a blank, or (part of) an emoji."""
    return character in _MARKS or (not character.isascii() and unicodedata.category(character) in _EMOJI)


def is_missing(cell: str) -> bool:
    """Whether a cell says nothing: blank, a dash, N/A; TBD and ``?`` too."""
    return folded(cell.strip(_MARKS)) in _MISSING


def is_incident(cell: str) -> bool:
    """Whether a cell whose column is not known is an incident id: capitals, dashes, a number at the end."""
    return _ID_AMONG_CELLS.fullmatch(core(cell)) is not None


def answer(cell: str) -> bool | None:
    """Yes or no, as a word or as a tick; None: neither."""
    known = _ANSWERS.get(folded(cell.strip(_MARKS)))
    return _ANSWERS.get(folded(core(cell))) if known is None else known


def meant(word: str, canonical: type[W]) -> str:
    """The canonical word that a misspelt one resembles; empty where none does."""
    names = {folded(name.value): name.value for name in canonical}
    near = get_close_matches(folded(word)[:_LONGEST_MISSPELT], names, n=1)
    return names[near[0]] if near else ""


@dataclass(frozen=True, slots=True)
class Words:
    """``Words()`` knows the built-in words; :func:`words` adds those of policy. Keys are :func:`folded`.

    ``own`` are the words that policy names: the team's own, which nobody rewrites.
    """

    columns: Mapping[str, Column] = field(default_factory=lambda: _by_variant(Column, _HEADERS))
    categories: Mapping[str, Category] = field(default_factory=lambda: _by_variant(Category, _CATEGORIES))
    priorities: Mapping[str, Priority] = field(default_factory=lambda: _by_variant(Priority, {}))
    statuses: Mapping[str, Status] = field(default_factory=lambda: _by_variant(Status, _STATUSES))
    own: frozenset[str] = frozenset()

    def header(self, cells: Sequence[str]) -> tuple[Column | None, ...]:
        """The columns that these cells head; None for one that we do not know."""
        return tuple(word.value if (word := _find(self.columns, cell)) else None for cell in cells)

    def category(self, cell: str) -> Word[Category] | None:
        return _find(self.categories, cell)

    def priority(self, cell: str) -> Word[Priority] | None:
        return _find(self.priorities, cell)

    def status(self, cell: str) -> Word[Status] | None:
        """The status, alone or with something behind it: ``Dropped: why``, ``Dropped — why``, ``Dropped (why)``."""
        word = _find(self.statuses, cell)
        if word is not None:
            return word
        mark = _BEHIND_WORD.search(cell)
        head = _find(self.statuses, cell[: mark.start()]) if mark else None
        if mark is None or head is None:
            return None
        rest = cell[mark.end() :].strip(_MARKS + ":;,–—-")
        return Word(head.value, head.written, rest.removesuffix(")").rstrip() if mark[0] == "(" else rest)


def words(policy: Policy) -> Words:
    """The built-in words and those of policy (``columns:``, ``statuses:``); where both know a word, policy decides."""
    columns = {folded(word): Column(name) for name, group in policy.tree["columns"].items() for word in group}
    statuses = {folded(word): Status(name) for name, group in policy.tree["statuses"].items() for word in group}
    known = Words()
    return Words(
        columns=MappingProxyType({**known.columns, **columns}),
        statuses=MappingProxyType({**known.statuses, **statuses}),
        own=frozenset(statuses),
    )


def _find(known: Mapping[str, W], cell: str) -> Word[W] | None:
    text = cell.strip()
    value = known.get(folded(text))
    if value is None and (bare := core(text)) != text:
        text, value = bare, known.get(folded(bare))
    return Word(value, text) if value is not None else None
