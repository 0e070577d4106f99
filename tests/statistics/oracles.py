"""Other people's statistics packages, where they are installed (the extra ``dev``)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from math import isclose
from typing import Any

import pytest

_MISSING = "(nothing)"


def close(expected: Any) -> Any:
    """Equal but for the last digits."""
    return pytest.approx(expected, rel=1e-9, abs=1e-9)


def oracle(name: str) -> Any:
    """The module of that name; the test is skipped without it. Its own warnings are not our business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} comes with the extra dev")


def differences(expected: Any, got: Any, place: str = "") -> Iterator[str]:
    """Every place at which two trees differ, as JSON has them: in a key, a length, a value, or a number by 1e-9."""
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in sorted(expected.keys() | got.keys()):
            yield from differences(expected.get(key, _MISSING), got.get(key, _MISSING), f"{place}/{key}")
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, pair in enumerate(zip(expected, got, strict=True)):
            yield from differences(*pair, f"{place}/{index}")
    elif not _same(expected, got):
        yield f"{place}: expected {expected!r}, got {got!r}"


def _same(expected: Any, got: Any) -> bool:
    """A number is another one where they differ by more than rounding; true is no number."""
    if _is_number(expected) and _is_number(got):
        return isclose(expected, got, rel_tol=1e-9)
    return type(expected) is type(got) and bool(expected == got)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
