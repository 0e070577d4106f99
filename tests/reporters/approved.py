"""Approved outputs, compared byte for byte: PREVENTION_APPROVE=1 pytest tests/reporters writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data" / "reporters"


def assert_approved(text: str, name: str) -> None:
    path = FOLDER / name
    if os.environ.get("PREVENTION_APPROVE"):
        path.write_bytes(text.encode("utf-8"))
    assert text == path.read_bytes().decode("utf-8")
