"""Documents behind Process actions, for the tests of the rules on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_prevention.model import Action, Category, Document, Documents, Evidence, Facts, Status
from tests.rules.build import action, facts, incident

BOOK = Document(named="docs/orders.md")
"""It is there, and nothing enforces it."""

ENFORCED = replace(BOOK, enforced_by=("CODEOWNERS:1 asks @shop/orders",))


def process(**changes: Any) -> Action:
    """A Process action that is Done and names docs/orders.md."""
    named = (Evidence("file", "docs/orders.md"),)
    return action(
        **{"category": Category.PROCESS, "status": Status.DONE, "text": "Write it", "evidence": named, **changes}
    )


def resting(*documents: Document, of: Action | None = None) -> Facts:
    """Facts of one Process action, by default a Done one, and the documents that it names."""
    row = of or process(evidence=tuple(Evidence("file", one.named) for one in documents))
    return facts(row, incident(), documents=Documents({row.key: documents}))
