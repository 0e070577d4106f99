"""How other people's packages take part, in pytest and in the command line alike.

Name an entry point in the group ``pytest_prevention`` and implement any of these with ``pytest_prevention.hookimpl``::

    [project.entry-points.pytest_prevention]
    acme = "acme_prevention"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from pytest_prevention.model import Backlog, Standing
    from pytest_prevention.reporters import Report
    from pytest_prevention.rules import Rule

hookspec = pluggy.HookspecMarker("pytest_prevention")
hookimpl = pluggy.HookimplMarker("pytest_prevention")


@hookspec
def prevention_rules() -> Iterable[Rule]:
    """More rules. Codes must not start with PRV."""
    raise AssertionError("a specification, never called")


@hookspec
def prevention_evidence(root: Path, backlog: Backlog) -> Iterable[Standing]:
    """The rung on which actions stand by evidence that only you can read; the highest known rung counts."""
    raise AssertionError("a specification, never called")


@hookspec
def prevention_reporters() -> Mapping[str, Callable[[Report], str]]:
    """More formats: the name (also the file suffix, without the dot) and a pure function from report to text."""
    raise AssertionError("a specification, never called")


def plugins() -> pluggy.PluginManager:
    """The manager with every installed plugin registered."""
    manager = pluggy.PluginManager("pytest_prevention")
    from pytest_prevention import hookspecs

    manager.add_hookspecs(hookspecs)
    manager.load_setuptools_entrypoints("pytest_prevention")
    return manager
