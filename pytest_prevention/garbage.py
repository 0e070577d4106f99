"""Python's garbage collector, which only cycles of values need, held off where there are none to speak of."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """For values that hardly form cycles: to look for one again and again takes a fourth of Python's time.

    Anything else that goes out of use is freed at once all the same: its references are counted.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
