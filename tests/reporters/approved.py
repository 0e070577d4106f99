"""Approved outputs, compared byte for byte: PREVENTION_APPROVE=1 pytest tests/reporters writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "data" / "reporters"


def assert_approved(text: str, name: str) -> None:
    if os.environ.get("PREVENTION_APPROVE"):
        (FOLDER / name).write_bytes(text.encode("utf-8"))
    assert text == approved(name)


def approved(name: str) -> str:
    return (FOLDER / name).read_bytes().decode("utf-8")
