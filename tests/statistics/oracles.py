"""Other people's statistics packages, where they are installed (the extra ``dev``)."""

from __future__ import annotations

import warnings
from typing import Any

import pytest


def close(expected: Any) -> Any:
    """Equal but for the last digits."""
    return pytest.approx(expected, rel=1e-9, abs=1e-9)


def oracle(name: str) -> Any:
    """The module of that name; the test is skipped without it. Its own warnings are not our business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} comes with the extra dev")
