"""YAML as other tools write it: several documents, anchors, aliases, merge keys, the tags of YAML itself, any key.

Scalars stay as they are written: only plain ``null``, ``~``, ``true`` and ``false`` are anything else, so that a label
``01`` is not 1. An alias stands for the very value of its anchor, uncopied, and what all of them stand for together is
bounded: whoever walks through a document never meets more than ``MAX_NODES`` values, or more than ``MAX_DEPTH`` levels.
What has no place of its own, since it came through an alias, has that of the alias.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
    ScalarEvent,
)

from pytest_prevention.model import Location
from pytest_prevention.sources.yaml_plain import WORDS
from pytest_prevention.sources.yaml_text import MAX_DEPTH, Builder, Document, Open, build, short

MAX_CHARACTERS = 4 * 1024 * 1024
MAX_TOKENS = 400_000
MAX_NODES = 400_000

_MERGE = "<<"
_STR = "tag:yaml.org,2002:str"
_TAGS = frozenset(
    {"!", *(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))}
)


def load_all(text: str, path: str) -> list[Document]:
    """All documents of a text, empty ones left out; a path that ends with .json means JSON.

    PreventionError holds everything that is wrong with it, up to the first thing behind which nothing can be read.
    """
    builder = _StreamBuilder(path)
    # our YAML has no tabs, JSON has them between words only
    build(text.replace("\t", " ") if path.endswith(".json") else text, builder)
    return [document for document in builder.documents() if document.value is not None]


@dataclass(slots=True)
class _Extent:
    """How much a value is, aliases written out: how many values, and how many levels of lists and mappings."""

    nodes: int
    levels: int


class _StreamBuilder(Builder):
    max_characters = MAX_CHARACTERS
    max_tokens = MAX_TOKENS

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._finished: list[Document] = []
        self._nodes = 0
        self._anchors: dict[str, Any] = {}
        self._extents: dict[int, _Extent] = {}
        """By identity, of lists and mappings; those that are open have the number of nodes before them."""

    def documents(self) -> list[Document]:
        return [*self._finished, self.document()]

    def feed(self, event: Event) -> None:
        closed = self._open[-1] if isinstance(event, CollectionEndEvent) else None
        super().feed(event)
        if closed:
            self._close(closed)

    def _begin_another(self, event: DocumentStartEvent) -> None:
        if not self._problems:
            self._finished.append(self.document())
        self._places, self._anchors, self._root = {}, {}, None

    def _check(self, event: NodeEvent) -> None:
        self._nodes += 1
        tag = event.tag if isinstance(event, ScalarEvent | CollectionStartEvent) else None
        if tag is not None and tag not in _TAGS:
            where, name = self.at(event.start_mark), short(tag)
            self._complain(where, f"{name} is a tag whose meaning only its own tool knows", "write the value out")

    def _check_key(self, event: NodeEvent, key: str, where: Location) -> None:
        if not isinstance(event, ScalarEvent):
            self._complain(where, f"{short(key)} is an alias as a key", "write the key out")

    def _value(self, event: NodeEvent) -> Any:
        if isinstance(event, AliasEvent):
            return self._referenced(event)
        value = super()._value(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        if isinstance(event, CollectionStartEvent):
            self._extents[id(value)] = _Extent(self._nodes, 0)
        return value

    def _referenced(self, event: AliasEvent) -> Any:
        where, name = self.at(event.start_mark), short(str(event.anchor))
        if event.anchor not in self._anchors:
            self._complain(where, f"*{name} is an alias of nothing above it", f"write &{name} where its value stands")
            return None
        value = self._anchors[event.anchor]
        if any(one.value is value for one in self._open):
            self.fail(where, f"*{name} stands within its own value", "write the value out")
        extent = self._extents[id(value)] if isinstance(value, list | dict) else _Extent(0, 0)
        self._nodes += extent.nodes
        if self._nodes > MAX_NODES:
            self.fail(where, f"stands for more than {MAX_NODES:,} values, aliases written out", "write less")
        self._heighten(extent.levels)
        if len(self._open) + extent.levels > MAX_DEPTH:
            self.fail(where, f"nests deeper than {MAX_DEPTH} levels, aliases written out", "check the aliases")
        return value

    def _scalar(self, event: ScalarEvent) -> str | bool | None:
        if event.style is None and event.tag not in (_STR, "!"):
            return WORDS.get(event.value, event.value)
        if event.style is None:
            return str(event.value)
        return str(super()._scalar(event))

    def _close(self, one: Open) -> None:
        extent = self._extents[id(one.value)]
        extent.nodes = self._nodes - extent.nodes
        extent.levels += 1
        self._heighten(extent.levels)
        if isinstance(one.value, dict) and _MERGE in one.value:
            self._merge(one.value, self._places[(*one.path, _MERGE)])

    def _heighten(self, levels: int) -> None:
        """Let the list or mapping that is open know how high what stands in it is."""
        if self._open:
            extent = self._extents[id(self._open[-1].value)]
            extent.levels = max(extent.levels, levels)

    def _merge(self, value: dict[str, Any], where: Location) -> None:
        """What ``<<`` names stands here too, unless the mapping, or an earlier one of several, has the key itself."""
        base = value.pop(_MERGE)
        sources = base if isinstance(base, list) else [base]
        if not all(isinstance(source, dict) for source in sources):
            self._complain(where, "<< is followed by something else than mappings", "name mappings, as in <<: *name")
            return
        own = dict(value)
        value.clear()
        for source in reversed(sources):
            value.update(source)
        value.update(own)
