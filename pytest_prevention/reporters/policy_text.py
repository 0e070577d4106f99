"""The effective policy as a policy file: every value, and behind it where it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_prevention.model import Location
from pytest_prevention.policy import KeyPath, Policy
from pytest_prevention.reporters.safe import safe

WIDTH = 60
"""Comments stand in one column, which longer lines do not push out."""

_PLAIN = re.compile("[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_PERHAPS_ACTING = re.compile(r"[^ -~]|(?<=:):|(?<=#)#")

Line = tuple[str, str]


def effective(policy: Policy) -> str:
    """YAML that loads as the same policy, with file and line of each value behind it.

    What nobody wrote (a rule that no file mentions) is marked ``built in``. Nothing in it acts when it is printed.
    """
    lines = [line for key, value in policy.tree.items() for line in _lines(policy.origins, (key,), value)]
    width = max((len(text) for text, _ in lines if len(text) <= WIDTH), default=0)
    return "".join(f"{text:{width}}  # {place}\n" if place else f"{text}\n" for text, place in lines)


def _lines(origins: Mapping[KeyPath, Location], path: KeyPath, value: Any) -> Iterator[Line]:
    """The lines of one key, each with the place to name behind it; a mapping written in one place may take one line."""
    indent = "  " * (len(path) - 1)
    start = f"{indent}{_scalar(str(path[-1]))}:"
    in_one_line = f"{start} {_flow(value)}"
    places = {_shown(place) for leaf, place in origins.items() if leaf[: len(path)] == path} or {"built in"}
    if isinstance(value, Mapping) and not (len(places) == 1 and len(in_one_line) <= WIDTH):
        yield start, ""
        for key, entry in value.items():
            yield from _lines(origins, (*path, key), entry)
    elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
        yield start, ""
        for index, entry in enumerate(value):
            yield f"{indent}  - {_flow(entry)}", _shown(origins[*path, index])
    else:
        yield in_one_line, _shown(origins[path]) if path in origins else min(places)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(entry) for entry in value) + "]"
    return _scalar(value)


def _scalar(value: str | float | bool | None) -> str:
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
            return value
        return _PERHAPS_ACTING.sub(_escaped, json.dumps(value, ensure_ascii=False))
    text = json.dumps(value)
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text


def _escaped(match: re.Match[str]) -> str:
    """The character, or YAML's escape for it where it would act or hide if it were printed."""
    return match[0] if match[0] not in ":#" and safe(match[0]) == match[0] else f"\\U{ord(match[0]):08X}"


def _shown(place: Location) -> str:
    return safe(f"{place.path}:{place.line}")
