"""Patterns in sentences, as findings and reports share them: counts first, then what a test says of them."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_prevention.durations import duration
from pytest_prevention.patterns.same_error import Key, Recurrence, SameError
from pytest_prevention.patterns.same_module import Module
from pytest_prevention.patterns.slow_detection import SlowDetection
from pytest_prevention.phrases import counted

LISTED = 10
"""As many names of a list as people read; those that come last are the newest."""

_OF = {"policy": "of the changes", "history": "of the commits", "equal": "of the changes, were all modules alike"}


def module_in_words(module: Module) -> str:
    """``5 of 12 incidents, 2 in the last 90 days, with 20 % of the commits (p = 0.36 after Holm: descriptive)``."""
    reached = next((one for one in module.recent if one.reached), None)
    recent = f", {reached.incidents} in the last {counted(reached.days, 'day')}" if reached else ""
    part = module.exposure_share
    share = "" if part is None else f", with {part * 100:.3g} % {_OF[module.exposure_from]}"
    return f"{module.incidents} of {counted(module.of, 'incident')}{recent}{share} ({_of_module(module)})"


def error_in_words(key: Key, one: Recurrence) -> str:
    """``cause null-handling: 3 incidents in 3 modules (api, billing, search)``."""
    kind, name = key
    modules = f"{counted(len(one.modules), 'module')} ({listed(one.modules)})"
    return f"{kind.replace('_', ' ')} {name}: {counted(one.incidents, 'incident')} in {modules}"


def comparison_in_words(one: Recurrence, found: SameError) -> str:
    """``3 of 7 since 2024-03-01, 0 of 4 before (p = 0.21: descriptive)``, or why the periods cannot be compared."""
    if one.table is None or one.p_holm is None or found.compared_at is None:
        return one.reason
    (recent, others), (before, others_before) = one.table
    says = f"p = {one.p_holm:.2g}: {one.verdict}"
    if one.verdict == "not enough data":
        says = f"{one.verdict}: even {one.incidents} of {one.incidents} since then would show nothing"
    split = f"{recent} of {recent + others} since {found.compared_at:%Y-%m-%d}"
    return f"{split}, {before} of {before + others_before} before ({says})"


def detection_in_words(found: SlowDetection) -> str:
    """``9 of 11 incidents took longer than 15 minutes to detect, median 30 minutes (p = 0.033: supported)``."""
    if found.median is None or found.p is None or found.lower_bound is None:
        return found.reason
    says = f"p = {found.p:.2g}: {found.verdict}"
    if found.verdict == "not enough data":
        says = f"{found.verdict}: to show a majority needs {counted(found.needed or 0, 'incident')}"
    of = f"{found.slow} of {counted(found.of, 'incident')}"
    slow = f"{of} took longer than {duration(found.target_minutes)} to detect"
    return f"{slow}, median {duration(found.median)} ({says})"


def customers_in_words(found: SlowDetection) -> str:
    """``customers were the first to know of 6 of 12``."""
    customers = found.customers
    return customers.reason or f"customers were the first to know of {customers.detected} of {customers.of}"


def listed(names: Sequence[str], most: int = LISTED) -> str:
    """The last names of a list, and how many there are before them."""
    earlier = len(names) - most
    return ", ".join(names[-most:]) + (f" and {earlier} more" if earlier > 0 else "")


def _of_module(module: Module) -> str:
    if module.p_holm is None:
        return f"{module.verdict}: {module.reason}"
    if module.verdict == "not enough data":
        return f"{module.verdict}: a verdict needs {counted(module.needed or 0, 'incident')}"
    return f"p = {module.p_holm:.2g} after Holm: {module.verdict}"
