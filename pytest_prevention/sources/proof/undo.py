"""A change of a Python file, taken back in a later text of it unit by unit: all of it, or nothing."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import NamedTuple

from pytest_prevention.sources.proof.units import HEAD, Changed, Python, Unit, bound, first_line, read

Merge = Callable[[bytes, bytes, bytes], bytes | None]
"""(today, after, before) → today's text without what led from before to after; None: they conflict."""

Wanted = Mapping[str, Unit | None]
"""The units by name that must stand in place of today's; None: nothing."""


class Conflict(Exception):
    """A unit cannot be undone; the text says which, and why."""


class _Edit(NamedTuple):
    """Lines to stand in place of those from ``start`` to ``stop``."""

    start: int
    stop: int
    lines: Sequence[bytes] = ()


def undone(today: Python, before: Python, after: Python, changes: Sequence[Changed], merge: Merge) -> Python:
    """Today's file without these changes, which led from before to after, and without those of the imports.

    Conflict where one of them cannot be undone, ParseError where what is left is no Python.
    """
    wanted = {change.name: _wanted(today.units.get(change.name), change, merge) for change in changes}
    found = _edited(today, _edits(today, before, wanted))
    _demand_rest(today, found, wanted)
    found = _with_imports(found, before, after)
    _demand_names(today, found, before, wanted)
    return found


def _wanted(now: Unit | None, change: Changed, merge: Merge) -> Unit | None:
    """What must stand in place of the unit; without a meaning where only the merge knows it."""
    _, title, before, after = change
    if after and not now:
        raise Conflict(f"{title} is no longer there")
    if _same(now, before):
        return now
    if _same(now, after):
        return before
    text = _merged(now, after, before, merge) if now and before and after else None
    if not (now and text):
        raise Conflict(f"{title} has changed since")
    return replace(now, lines=tuple(text.splitlines(keepends=True)), meaning="")


def _same(one: Unit | None, other: Unit | None) -> bool:
    return one.meaning == other.meaning if one and other else one is other


def _merged(now: Unit, after: Unit, before: Unit, merge: Merge) -> bytes | None:
    """The text of one unit: merged as it stands, else as Python itself would write it, one statement a line."""
    units = (now, after, before)
    text = merge(*(b"".join(unit.lines) for unit in units))
    if text or now.name.startswith(HEAD):  # whose docstring Python itself would not write
        return text
    try:
        return merge(*(ast.unparse(unit.node).encode() + b"\n" for unit in units))
    except (ValueError, RecursionError):  # an f-string that this version cannot write
        return None


def _edits(today: Python, before: Python, wanted: Wanted) -> Iterator[_Edit]:
    """What was added goes, what was changed is replaced, and what was removed comes back.

    It comes back behind the nearest unit in front of it then that is still there, else where its body begins.
    """
    behind: dict[str, Unit] = {}
    first: dict[str, Unit] = {}
    for name, unit in today.units.items():
        if not name.startswith(HEAD):
            first.setdefault(unit.scope, unit)
    for name in [*before.units, *(name for name in wanted if name not in before.units)]:
        now, then = today.units.get(name), wanted.get(name)
        if now and name in wanted and then is not now:
            yield _Edit(now.start, now.stop, _indented(then, now.indent) if then else ())
        elif then and not now:
            place = behind[then.scope].stop if then.scope in behind else _beginning(today, then, first)
            indent = first[then.scope].indent if then.scope in first else then.indent
            yield _Edit(place, place, (b"\n", *_indented(then, indent)))
        if now:
            behind[now.scope] = now


def _beginning(today: Python, unit: Unit, first: Mapping[str, Unit]) -> int:
    """Of a module; that of a class is behind its head."""
    if unit.scope:
        raise Conflict(f"{unit.title} has lost its class since")
    return first[""].start if "" in first else len(today.lines)


def _indented(unit: Unit, indent: bytes) -> list[bytes]:
    """The lines of a unit with another indent. Where that changes a string, its meaning tells."""
    old = unit.indent
    if old == indent:
        return list(unit.lines)
    return [indent + line.removeprefix(old) if line.strip() else line for line in unit.lines]


def _edited(python: Python, edits: Iterable[_Edit]) -> Python:
    lines: list[bytes] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit[:2]):
        lines += (*python.lines[done : edit.start], *edit.lines)
        done = edit.stop
    return read(b"".join([*lines, *python.lines[done:]]))


def _demand_rest(today: Python, found: Python, wanted: Wanted) -> None:
    """All is there that should be, and nothing else has changed: units can share a line, strings hold an indent."""
    if _rest(today, wanted) != _rest(found, wanted):
        raise Conflict("what stands around the fix would change with it")
    for name, unit in wanted.items():
        there = found.units.get(name)
        if not (_same(there, unit) or (there and unit and not unit.meaning)):
            raise Conflict(f"{name} cannot be told from the code around it")


def _rest(python: Python, wanted: Wanted) -> dict[str, str]:
    """The meanings of all units but these and what is in them; of a class those of its parts."""
    return {
        name: unit.meaning
        for name, unit in python.units.items()
        if HEAD + name not in python.units and wanted.keys().isdisjoint(_around(name, unit))
    }


def _around(name: str, unit: Unit) -> set[str]:
    """The names of a unit and of the classes around it."""
    parts = unit.scope.split(".")
    return {name, name.removeprefix(HEAD), *(".".join(parts[:count]) for count in range(1, len(parts) + 1))}


def _with_imports(python: Python, before: Python, after: Python) -> Python:
    """Imports that came with the change go, but not what is used and would not be bound; those that went come back."""
    old, new, now = (_imports(one) for one in (before, after, python))
    needed = {node.id for node in ast.walk(python.tree) if isinstance(node, ast.Name)} - before.names
    goes = {text for text, name in new.items() if text not in old and name not in needed}
    back = [text for text in old if text not in new and text not in now]
    others = {name for text, name in now.items() if text not in goes and text not in old}
    for text in back:
        if old[text] in others:
            raise Conflict(f"{old[text]} is imported from elsewhere since")
    place = _end_of_imports(python)
    edits = [_Edit(place, place, [f"{text}\n".encode() for text in back])]
    edits += (edit for node in python.imports if (edit := _without(node, goes)))
    found = _edited(python, edits)
    if _imports(found).keys() != {*now.keys() - goes, *back} or _rest(found, {}) != _rest(python, {}):
        raise Conflict("the imports of the fix cannot be told from the code around them")
    return found


def _imports(python: Python) -> dict[str, str]:
    """The name that each import binds, by a statement that makes just this one."""
    return {_import(node, [alias]): name for node in python.imports for alias in node.names for name in bound(alias)}


def _import(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> str:
    one = copy(node)
    one.names = names
    return ast.unparse(one)


def _without(node: ast.Import | ast.ImportFrom, goes: set[str]) -> _Edit | None:
    stay = [alias for alias in node.names if _import(node, [alias]) not in goes]
    if stay == node.names:
        return None
    lines = [_import(node, stay).encode() + b"\n"] if stay else []
    return _Edit(node.lineno - 1, node.end_lineno or node.lineno, lines)


def _end_of_imports(python: Python) -> int:
    """Behind the docstring and the imports at the beginning of a file, in front of all else that is executed."""
    place = 0
    for node in python.tree.body:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                place = node.end_lineno or node.lineno
            case _:
                return place or first_line(node) - 1
    return place or len(python.lines)


def _demand_names(today: Python, found: Python, before: Python, wanted: Wanted) -> None:
    """What the units used before and use again is still there: else each red would be a NameError of our making."""
    missing = before.names - found.names
    for name in wanted:
        again = _mentioned(found.units.get(name)) - _mentioned(today.units.get(name))
        if gone := again & missing:
            raise Conflict(f"{name} needs {min(gone)}, which is no longer there")


def _mentioned(unit: Unit | None) -> set[str]:
    nodes = ast.walk(unit.node) if unit else ()
    names = (
        getattr(node, "attr", getattr(node, "id", "")) for node in nodes if isinstance(node, ast.Name | ast.Attribute)
    )
    return set(names)
