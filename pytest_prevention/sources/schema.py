"""Checking data against one of our JSON Schemas (draft-07), in words that people understand.

The schemas stand in ``schema/`` and serve editors as well. They are read with an empty registry: no ``$ref`` leaves
them.
"""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from pytest_prevention import resources
from pytest_prevention.model import Location, Problem
from pytest_prevention.sources.incidents.stamps import FIRST_YEAR, LAST_YEAR
from pytest_prevention.sources.yaml_text import Document

if TYPE_CHECKING:
    from jsonschema import Draft7Validator

Error = Any  # jsonschema's ValidationError; its type calls every attribute perhaps unset
KeyPath = tuple[str | int, ...]
Wording = tuple[str, str]  # what is wrong, and a hint ("": the meaning of the key)

MAX_PROBLEMS = 100

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
}
_GIVE_A_VALUE = "give it a value, or delete the key"
_MEANS_NOTHING = ("false", "off", "no")


def validate(document: Document, schema: str, *, path: str, kind: str = "usage") -> list[Problem]:
    """What is wrong with a document by ``schema/NAME.schema.json``, in order of place; at most the first 100 problems.

    ``path`` is the file as people see it, for documents without places; ``kind`` becomes the kind of the problems.
    The subject of each is its key path: ``rules.PRV201.severity``.
    """
    flaws = (flaw for error in _validator(schema).iter_errors(document.value) for flaw in _flaws(error))
    return sorted(
        Problem(
            document.place(flaw.path) if document.places else Location(path),
            kind,
            _dotted(flaw.path) or path,
            flaw.message,
            flaw.hint,
        )
        for flaw in islice(flaws, MAX_PROBLEMS)
    )


@dataclass(frozen=True, slots=True)
class _Flaw:
    path: KeyPath
    message: str
    hint: str


@cache
def _validator(schema: str) -> Draft7Validator:
    from jsonschema import Draft7Validator, FormatChecker
    from referencing import Registry

    formats = FormatChecker(formats=())
    formats.checks("date", raises=ValueError)(_is_date)
    formats.checks("time-zone")(_is_zone)
    text = resources.text("schema", f"{schema}.schema.json")
    return Draft7Validator(json.loads(text), registry=Registry(), format_checker=formats)


def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return bool(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value)) and (
        FIRST_YEAR <= date.fromisoformat(value).year <= LAST_YEAR
    )


def _is_zone(value: object) -> bool:
    if value == "UTC" or not isinstance(value, str):
        return True
    try:
        zoneinfo.ZoneInfo(value)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):  # a folder, a path out of the data base, a typo
        return False
    return True


def _dotted(path: Sequence[str | int]) -> str:
    """``evidence[0].when.category``"""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


def _flaws(error: Error) -> Iterator[_Flaw]:
    path = tuple(error.absolute_path)
    name = _short(_dotted(path))
    if error.validator == "additionalProperties":
        for key in _extras(error):
            yield _Flaw((*path, key), f"{name} has no key {_short(key)}".lstrip(), _known_keys(error, key))
    elif error.validator == "required":
        key = next(key for key in error.validator_value if error.message.startswith(repr(key)))
        yield _Flaw(path, f"{name} lacks the key {key}".lstrip(), _meaning(error.schema["properties"][key]))
    else:
        message, hint = _WORDING.get(str(error.validator), _anything)(error)
        yield _Flaw(path, f"{name} {message}".lstrip(), hint or _meaning(error.schema))


def _extras(error: Error) -> list[str]:
    patterns = error.schema.get("patternProperties", {})
    known = error.schema.get("properties", {})
    return [key for key in error.instance if key not in known and not any(re.search(p, key) for p in patterns)]


def _known_keys(error: Error, key: str) -> str:
    known = list(error.schema.get("properties", {}))
    return _did_you_mean(key, known) or (f"its keys: {', '.join(known)}" if known else _meaning(error.schema))


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    folded = {one.casefold(): one for one in known}
    match = get_close_matches(word.casefold()[:100], folded, 1)
    return f"did you mean {folded[match[0]]}?" if match else ""


def _meaning(schema: Mapping[str, Any]) -> str:
    """What the key is for, from its description and first example."""
    examples = [f"for example: {json.dumps(one, ensure_ascii=False)}" for one in schema.get("examples", [])[:1]]
    return " ".join([*filter(None, [schema.get("description", "")]), *examples])


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(_short(value), ensure_ascii=False)
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _wrong_type(error: Error) -> Wording:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
    value = error.instance
    hint = ""
    if value is None:
        hint = _GIVE_A_VALUE
    elif "string" in wanted and isinstance(value, bool | int | float):
        hint = f'put it in quotes: "{_shown(value)}"'
    elif "array" in wanted and not isinstance(value, dict):
        hint = f"write a list: [{_shown(value)}]"
    words = " or ".join(_TYPES[one] for one in wanted if one != "null")
    return f"must be {words}, but is {_shown(value)}", hint


def _wrong_word(error: Error) -> Wording:
    choices = [str(choice) for choice in error.validator_value if choice is not None]
    value, shown = error.instance, _shown(error.instance)
    nothing = next((word for word in ("none", "never") if word in choices), None)
    if value is None:
        hint = _GIVE_A_VALUE
    elif nothing and shown.strip('"').casefold() in _MEANS_NOTHING:
        hint = f"write {nothing}; YAML readers do not agree on whether off and no are words or false"
    else:
        hint = _did_you_mean(value, choices) if isinstance(value, str) else ""
    return f"must be one of {', '.join(choices)}, but is {shown}", hint


def _wrong_format(error: Error) -> Wording:
    shown = _shown(error.instance)
    if error.validator_value == "date":
        return f"must be a date, but is {shown}", f"write YYYY-MM-DD, with a year from {FIRST_YEAR} to {LAST_YEAR}"
    hint = _did_you_mean(error.instance, sorted(zoneinfo.available_timezones()))
    return f"must be a time zone, but is {shown}", hint or "write UTC or a name such as Europe/Berlin"


def _too_short(error: Error) -> Wording:
    least = error.validator_value
    return ("must not be empty" if least == 1 else f"must have at least {least} characters or entries"), ""


def _bound(words: str) -> Callable[[Error], Wording]:
    """The wording of a bound that is broken; ``{}`` stands for the bound."""
    return lambda error: (f"{words.format(error.validator_value)}, but is {_shown(error.instance)}", "")


def _anything(error: Error) -> Wording:
    return f"is not what belongs here: {error.message[:200]}", ""


_WORDING: Mapping[str, Callable[[Error], Wording]] = {
    "type": _wrong_type,
    "enum": _wrong_word,
    "format": _wrong_format,
    "pattern": lambda error: (f"is not of the right form: {_shown(error.instance)}", ""),
    "const": _bound("must be {}"),
    "minimum": _bound("must be at least {}"),
    "exclusiveMinimum": _bound("must be greater than {}"),
    "maximum": _bound("must be at most {}"),
    "minLength": _too_short,
    "minItems": _too_short,
    "minProperties": _too_short,
    "maxLength": lambda error: (f"has more than {error.validator_value} characters", ""),
    "maxItems": lambda error: (f"has more than {error.validator_value} entries", ""),
    "maxProperties": lambda error: (f"must have at most {error.validator_value} of these keys", ""),
    "uniqueItems": lambda error: ("names an entry twice", ""),
}
