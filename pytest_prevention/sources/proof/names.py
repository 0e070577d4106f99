"""The names that a fix brought: an error about one of them says only that it was not there before."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from pytest_prevention.sources.scan.module import ParseError, parse


def brought(before: Iterable[bytes], after: Iterable[bytes]) -> frozenset[str]:
    """The names that are bound in the texts ``after`` a fix and in none ``before``, and the functions whose parameters
    are others now. A word in a comment, or the mere use of a name, binds nothing. What is no Python brings nothing.
    """
    old, new = (frozenset(name for text in texts for name in _bound(text)) for texts in (before, after))
    return frozenset(name for name, _ in new - old if (name, "") not in old) | {
        name for name, parameters in new - old if parameters
    }


def _bound(text: bytes) -> Iterator[tuple[str, str]]:
    """Each name that is bound, with nothing or with the parameters of a function."""
    try:
        tree = parse(text)
    except ParseError:
        return
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, ""
                yield node.name, f"({ast.unparse(node.args)})"
            case ast.ClassDef():
                yield node.name, ""
            case ast.arg():
                yield node.arg, ""
            case ast.Name(ctx=ast.Store()):
                yield node.id, ""
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, ""
            case ast.alias():
                yield (node.asname or node.name).rpartition(".")[2], ""
            case _:
                pass
