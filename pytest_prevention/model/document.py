"""What a Process action rests on: a document, and what holds people to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pytest_prevention.model.place import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What one entry of an Evidence cell names: ``docs/runbooks/orders.md#rollback``.

    ``fault`` goes on after its name (``does not exist``), and ``hint`` says what to do; empty: it is there.
    ``enforced_by`` are the places that hold people to it, in words; where there is none, ``unknown`` may say why nobody
    can tell. ``changed_at`` is when its file was last committed; None: that is not known.
    """

    named: str
    fault: str = ""
    hint: str = ""
    enforced_by: tuple[str, ...] = ()
    unknown: Unavailable | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Documents:
    """By the key of each Process action the documents that its Evidence names, in order."""

    by_action: Mapping[str, tuple[Document, ...]] = field(default_factory=dict)
