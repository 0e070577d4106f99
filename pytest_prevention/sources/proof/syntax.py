"""A syntax tree as words: the same for the same code, however it is laid out and whichever Python parsed it.

``ast.dump`` and ``ast.unparse`` change from one version of Python to the next. Here fields without a value are left
out, so one that a later version added shows only where the code uses it, and characters are escaped alike everywhere.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import groupby
from typing import Any

_IGNORED = frozenset({"ctx", "type_comment", "type_ignores"})
"""Said by where a node stands, or in a comment."""

_HOLDING_MARKS = frozenset({"decorator_list", "elts", "keywords"})


def words(node: ast.AST) -> Iterator[str]:
    """The words of a node, without the marks that link a test to an incident. Linear, and without recursion."""
    waiting: list[Any] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += [")", *one[::-1], "("]
        elif isinstance(one, ast.AST):
            waiting.append(")")
            for name, value in reversed(_fields(one)):
                waiting += [value if isinstance(value, ast.AST | list) else _constant(value), f"{name}="]
            waiting.append(f"{type(one).__name__}(")
        else:
            yield _constant(one)


def is_link(node: object) -> bool:
    """Whether it is ``pytest.mark.incident(…)``, or ``marks=`` that."""
    match node:
        case ast.Call(func=ast.Attribute(attr="incident", value=ast.Attribute(attr="mark") | ast.Name(id="mark"))):
            return True
        case ast.keyword(arg="marks", value=value):
            return is_link(value)
    return False


def _fields(node: ast.AST) -> list[tuple[str, Any]]:
    """What a node is made of, normalised, but for what is not there."""
    if isinstance(node, ast.Constant):
        return [("value", node.value)]
    fields = dict(ast.iter_fields(node))
    if isinstance(node, ast.JoinedStr):
        fields["values"] = _merged(node.values)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        fields["body"] = _tidy(node.body)
    for name in _HOLDING_MARKS & fields.keys():
        fields[name] = [part for part in fields[name] if not is_link(part)]
    return [(name, value) for name, value in fields.items() if name not in _IGNORED and value not in (None, [])]


def _merged(values: list[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string; where a text between two fields is cut differs from version to version."""
    merged: list[ast.expr] = []
    for is_text, group in groupby(values, lambda part: isinstance(part, ast.Constant)):
        parts = [*group]
        text = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        merged += ([ast.Constant(text)] if text else []) if is_text else parts
    return merged


def _tidy(body: list[ast.stmt]) -> list[ast.stmt]:
    """A body with its docstring as ``inspect.getdoc`` gives it: formatters indent those anew."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str(text))), *rest]:
            lines = (line.rstrip() for line in inspect.cleandoc(text).splitlines())
            return [ast.Expr(ast.Constant("\n".join(lines).strip())), *rest]
    return body


def _constant(value: object) -> str:
    """One word for a name or a value; integers in hex, since long ones have no decimal digits."""
    return f"{type(value).__name__}:{hex(value) if type(value) is int else ascii(value)}"
