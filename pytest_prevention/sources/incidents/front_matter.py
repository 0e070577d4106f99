"""The front matter of a Markdown file: YAML between two lines of three dashes."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_prevention.exceptions import PreventionError
from pytest_prevention.model import Location, Problem

_OPEN = "---"
_CLOSE = ("---", "...")


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown text in two parts, each with the line of the file on which it begins; ``front`` may be missing."""

    front: str | None
    body: str
    front_line: int = 1
    body_line: int = 1


def split_page(text: str, path: str) -> Page:
    """Front matter and body, with line ends ``\\n``; PreventionError where the front matter has no end.

    A byte order mark, blank lines before the first dashes and blanks behind dashes do no harm.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[first].rstrip() != _OPEN:
        return Page(None, "\n".join(lines))
    last = next((number for number in range(first + 1, len(lines)) if lines[number].rstrip() in _CLOSE), None)
    if last is None:
        where = Location(path, first + 1, 1)
        message = "the front matter that begins here has no end"
        raise PreventionError([Problem(where, "usage", path, message, "close it with a line of three dashes: ---")])
    front, body = "\n".join(lines[first + 1 : last]), "\n".join(lines[last + 1 :])
    return Page(front, body, first + 2, last + 2)
