"""YAML as we read it: a small, strict part of the language, each value with the place where it stands.

Strings stay strings: only ``null``, ``~``, ``true``, ``false`` and plain decimal numbers are anything else, so dates,
``no``, ``0123`` and ``12:30:00`` are text. What makes YAML hard to judge (aliases, tags, merge keys, duplicate keys,
several documents) is an error. PyYAML's Python parser gives the events, never the C one, which crashes on deep nesting;
values are built from the events without recursion, so that nesting is bounded before it can hurt. The plainest texts
need no parser: see ``yaml_plain``.

This is for files of our own. Those of other tools are read by :mod:`.yaml_stream`, which takes more of the language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem
from pytest_prevention.sources.yaml_plain import NotPlain, number_or_word, read_plain

MAX_CHARACTERS = 1024 * 1024
MAX_TOKENS = 100_000
MAX_DEPTH = 40
MAX_PROBLEMS = 20

KeyPath = tuple[str | int, ...]

_NO_NUMBER = re.compile(r"[-+]?\.(?:nan|inf)", re.IGNORECASE)

_HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters, line ends that editors do not show, and characters that turn the direction of text."""

_SPLIT = "split it, or move what does not belong there"
_TOO_MUCH = "words and signs"
_HINTS = (
    (_TOO_MUCH, _SPLIT),
    ("mapping values are not allowed", 'put text that holds ": " in quotes'),
    ("found character '\\t'", "indent with blanks, not with tabs"),
    ("that cannot start any token", "put text that starts with this character in quotes"),
    ("expected ':'", "write key: value, with a blank behind the colon"),
    ("end of stream", "close the quote that was opened before"),
    ("unknown escape", "write a backslash twice, or use single quotes"),
    ("expected <block end>", "indent this line like the ones above it, or put the text in quotes"),
    ("expected ',' or", "close the bracket, and put commas between the entries"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML text holds: mappings with string keys, lists, strings, numbers, booleans, None.

    ``places`` has the place of every mapping key and list item by its path from the root; the root's own is ``()``.
    """

    value: Any
    places: Mapping[KeyPath, Location]

    def place(self, path: KeyPath) -> Location:
        """The place of a path, or of the nearest one above it that is there."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]


def load(text: str, path: str, *, first_line: int = 1) -> Document:
    """Read one YAML document; ``first_line`` is the line of the file on which ``text`` begins.

    PreventionError holds everything that is wrong with it, up to the first thing behind which nothing can be read.
    """
    with suppress(NotPlain):
        value, marks = read_plain(text)
        return Document(
            value, {key: Location(path, first_line + line, column + 1) for key, (line, column) in marks.items()}
        )
    builder = Builder(path, first_line)
    build(text, builder)
    return builder.document()


def build(text: str, builder: Builder) -> None:
    """Hand all of a text to a builder, within its limits; PreventionError where no further event can come."""
    path, first_line = builder.path, builder.first_line
    if len(text) > builder.max_characters:
        builder.fail(Location(path), f"has more than {builder.max_characters:,} characters", _SPLIT)
    if found := _HARMFUL.search(text):
        before = text[: found.start()] + "."
        lines = before.splitlines()
        builder.fail(Location(path, first_line + len(lines) - 1, len(lines[-1])), *_harm(found[0]))
    events = _Events(text, builder.max_tokens)
    try:
        for event in events:
            builder.feed(event)
    except yaml.MarkedYAMLError as error:
        message = error.problem or ""
        hint = next((hint for fragment, hint in _HINTS if fragment in message), "write key: value, lists as [a, b]")
        builder.fail(builder.at(error.problem_mark), f"cannot be read as YAML: {message}", hint)
    except (ValueError, OverflowError):  # PyYAML turns "\UFFFFFFFF" into a character without looking
        where = builder.at(events.get_mark())
        builder.fail(where, "holds an escape that stands for no character", "write the character itself")


class _Events(Reader, Scanner, Parser):
    """PyYAML's own reader, scanner and parser, with a bound on the work they do."""

    def __init__(self, text: str, max_tokens: int) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        self._limit = self._left = max_tokens

    def __iter__(self) -> Iterator[Event]:
        while self.check_event():
            yield self.get_event()  # type: ignore[no-untyped-call]

    def fetch_more_tokens(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ScannerError(None, None, f"more than {self._limit:,} {_TOO_MUCH}", self.get_mark())
        super().fetch_more_tokens()


@dataclass(slots=True)
class Open:
    """A mapping or list whose end has not come yet; ``key`` is the mapping's key that waits for its value."""

    value: dict[str, Any] | list[Any]
    path: KeyPath
    key: str | None = None

    @property
    def awaits_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is None

    def put(self, value: Any) -> KeyPath:
        """Take in one value and say which path it has."""
        if isinstance(self.value, list):
            self.value.append(value)
            return (*self.path, len(self.value) - 1)
        key, self.key = self.key or "", None
        self.value[key] = value
        return (*self.path, key)


class Builder:
    """Builds the value from the parser's events and collects what is wrong on the way."""

    max_characters = MAX_CHARACTERS
    max_tokens = MAX_TOKENS

    def __init__(self, path: str, first_line: int = 1) -> None:
        self.path = path
        self.first_line = first_line
        self._places: dict[KeyPath, Location] = {}
        self._problems: list[Problem] = []
        self._open: list[Open] = []
        self._root: Any = None
        self._begun = False

    def document(self) -> Document:
        if self._problems:
            raise PreventionError(self._problems)
        self._places.setdefault((), Location(self.path, self.first_line, 1))
        return Document(self._root, self._places)

    def at(self, mark: Any) -> Location:
        """The place of one of PyYAML's marks (lines and columns from 0)."""
        return Location(self.path, self.first_line + mark.line, mark.column + 1)

    def fail(self, where: Location, message: str, hint: str) -> NoReturn:
        """End the reading: nothing sensible can come behind this."""
        self._complain(where, message, hint)
        raise PreventionError(self._problems)

    def feed(self, event: Event) -> None:
        if isinstance(event, NodeEvent):
            self._check(event)
            if self._open and self._open[-1].awaits_key:
                self._add_key(event)
            else:
                self._add_value(event)
        elif isinstance(event, CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, DocumentStartEvent):
            if self._begun:
                self._begin_another(event)
            self._begun = True

    def _begin_another(self, event: DocumentStartEvent) -> None:
        self.fail(self.at(event.start_mark), "holds a second YAML document", "keep one; remove the line ---")

    def _complain(self, where: Location, message: str, hint: str) -> None:
        self._problems.append(Problem(where, "usage", self.path, message, hint))
        if len(self._problems) == MAX_PROBLEMS:
            raise PreventionError(self._problems)

    def _check(self, event: NodeEvent) -> None:
        """What no node may carry."""
        where = self.at(event.start_mark)
        if isinstance(event, AliasEvent):
            message = f"*{short(str(event.anchor))} is an alias"
            self._complain(where, message, "write the value out; text that starts with * goes in quotes")
        elif event.anchor is not None:
            message = f"&{short(event.anchor)} is an anchor"
            self._complain(where, message, "remove it; text that starts with & goes in quotes")
        elif isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self._complain(where, f"{short(event.tag)} is a tag", "remove it; text that starts with ! goes in quotes")

    def _add_key(self, event: NodeEvent) -> None:
        where = self.at(event.start_mark)
        if isinstance(event, CollectionStartEvent):
            self.fail(where, "a list or mapping stands where a key belongs", "put text with [ or { in quotes")
        parent = self._open[-1]
        key = event.value if isinstance(event, ScalarEvent) else f"*{event.anchor}"
        self._check_key(event, key, where)
        path = (*parent.path, key)
        if path in self._places:
            message = f"the key {short(key)} stands here again (first in line {self._places[path].line})"
            self._complain(where, message, "keep one of them")
        self._places.setdefault(path, where)
        parent.key = key

    def _check_key(self, event: NodeEvent, key: str, where: Location) -> None:
        """What no key may be."""
        if key == "<<" and isinstance(event, ScalarEvent) and event.style is None:
            self._complain(where, "<< is a merge key", "write the keys out here")
        elif isinstance(event, ScalarEvent) and not isinstance(self._scalar(event), str):
            self._complain(where, f"the key {key or '(nothing)'} is not text", f'put it in quotes: "{key}"')

    def _add_value(self, event: NodeEvent) -> None:
        value = self._value(event)
        path = self._open[-1].put(value) if self._open else ()
        if not path:
            self._root = value
        self._places.setdefault(path, self.at(event.start_mark))
        if isinstance(event, CollectionStartEvent):
            if len(self._open) == MAX_DEPTH:
                self.fail(self.at(event.start_mark), f"nests deeper than {MAX_DEPTH} levels", "check the brackets")
            self._open.append(Open(value, path))

    def _value(self, event: NodeEvent) -> Any:
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        return {} if isinstance(event, MappingStartEvent) else []

    def _scalar(self, event: ScalarEvent) -> str | int | float | bool | None:
        text: str = event.value
        where = self.at(event.start_mark)
        if event.style is not None:
            if found := _HARMFUL.search(text):
                self._complain(where, *_harm(found[0]))
            return text
        if not _NO_NUMBER.fullmatch(text):
            with suppress(OverflowError):
                return number_or_word(text)
        self._complain(where, f"{text} is not a finite number", "write another number, or put the text in quotes")
        return text


def _harm(character: str) -> tuple[str, str]:
    name = unicodedata.name(character, "a control character")
    return f"holds the invisible character U+{ord(character):04X} ({name})", "remove it"


def short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
