"""Lines of any format by example: literal text, blanks, and placeholders for what is wanted.

``severity = "{severity}"`` fits a line that begins, after blanks, with these characters, and takes what stands between
the quotes. Nothing in it is a regular expression, and the time grows with the length of line and template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

PLACEHOLDER = re.compile(r"\{((?:labels|annotations)\.[A-Za-z0-9_.-]{1,100}|[a-z_]{1,20})\}")
ANY = "_"

_BLANKS = _SOME = re.compile(r"[ \t]+")
_ANY_NUMBER = re.compile(r"[ \t]*")
_UP_TO_QUOTE = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*')
_ESCAPED = re.compile(r'\\(["\\])')


class TemplateError(ValueError):
    """This template means nothing; the message continues "the template …"."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A placeholder; ``quoted`` ones stand between double quotes, and a backslash keeps a quote from ending them."""

    name: str
    quoted: bool


_Part = str | re.Pattern[str] | _Field
"""A pattern is that of a blank: between words there must be one, elsewhere there may be none."""


@dataclass(frozen=True, slots=True)
class Template:
    """What a line must begin with. Placeholders of the name ``_`` take what nobody wants to know."""

    text: str
    parts: tuple[_Part, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts if isinstance(part, _Field) and part.name != ANY)

    def match(self, line: str) -> dict[str, str] | None:
        """The values of the placeholders; None where the line does not fit.

        A placeholder takes as little as it can: up to the first place where the literal text behind it stands; up to
        the first blank where a blank follows; at the end of the template up to the end of the line.
        """
        values: dict[str, str] = {}
        position = len(line) - len(line.lstrip())
        for index, part in enumerate(self.parts):
            if isinstance(part, _Field):
                end = self._end(line, position, index)
                if end is None:
                    return None
                value = line[position:end]
                values[part.name] = _ESCAPED.sub(r"\1", value) if part.quoted else value.strip()
                position = end
            elif isinstance(part, re.Pattern):
                blank = part.match(line, position)
                if not blank:
                    return None
                position = blank.end()
            elif line.startswith(part, position):
                position += len(part)
            else:
                return None
        values.pop(ANY, None)
        return values

    def _end(self, line: str, start: int, index: int) -> int | None:
        """Where the value of the placeholder ends that begins at ``start``."""
        part, behind = self.parts[index], self.parts[index + 1 :][:1]
        if isinstance(part, _Field) and part.quoted:
            found = _UP_TO_QUOTE.match(line, start)
            return found.end() if found else None
        if not behind:
            return len(line)
        following = behind[0]
        if isinstance(following, str):
            place = line.find(following, start)
            return place if place >= 0 else None
        blank = _BLANKS.search(line, start)
        return blank.start() if blank else len(line)


def parse(text: str) -> Template:
    """The template of a text; TemplateError where it has no one meaning."""
    parts = tuple(_parts(text.strip()))
    if not any(isinstance(part, str) for part in parts):
        raise TemplateError("has no literal text, so that every line would fit")
    names = [part.name for part in parts if isinstance(part, _Field) and part.name != ANY]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise TemplateError(f"has {{{twice}}} twice")
    if any(isinstance(one, _Field) and isinstance(other, _Field) for one, other in pairwise(parts)):
        raise TemplateError("has two placeholders with nothing between them")
    return Template(text, parts)


def _parts(text: str) -> Iterator[_Part]:
    position = 0
    for found in PLACEHOLDER.finditer(text):
        yield from _literal(text, position, found.start())
        quoted = text[: found.start()].endswith('"') and text.startswith('"', found.end())
        yield _Field(found[1], quoted)
        position = found.end()
    yield from _literal(text, position, len(text))


def _literal(text: str, start: int, end: int) -> Iterator[_Part]:
    """The pieces of what stands before, between and behind placeholders."""
    position = start
    for blank in _BLANKS.finditer(text, start, end):
        if position < blank.start():
            yield text[position : blank.start()]
        before = blank.start() == start or _is_word(text[blank.start() - 1])
        behind = blank.end() == end or _is_word(text[blank.end()])
        yield _SOME if before and behind else _ANY_NUMBER
        position = blank.end()
    if position < end:
        yield text[position:end]


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
