"""Marks that no test carries, and why."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from pytest_prevention.model import Problem
from pytest_prevention.sources.scan.cases import Cases
from pytest_prevention.sources.scan.marks import Mark, Marks
from pytest_prevention.sources.scan.module import Class, Function, Module, Scope
from pytest_prevention.sources.scan.tree import Never


def stray_marks(module: Module, marks: Marks, cases: Cases, carried: Container[Mark]) -> Iterator[tuple[Mark, Problem]]:
    """The marks written in a module that are not among the ``carried``, each with the problem that it is."""
    for mark, name, never in _written(module, marks, cases, carried):
        never = module.file.never or never
        subject = f"{module.file.shown}::{name}" if name else module.file.shown
        message = f"No test carries this incident mark: {never.why}."
        yield mark, Problem(mark.location, "link-never-collected", subject, message, never.next_step)


def _written(module: Module, marks: Marks, cases: Cases, carried: Container[Mark]) -> Iterator[tuple[Mark, str, Never]]:
    for mark in marks.of_module(module):
        if mark not in carried:
            yield mark, "", Never("the file holds no test", "put the mark on the tests that it is meant for")
    for definition in _definitions(module.scope):
        for mark in marks.of(definition):
            if mark not in carried:
                yield mark, definition.qualified, cases.why_never(definition)
        if isinstance(definition, Function):
            yield from _inside(definition, marks)


def _inside(function: Function, marks: Marks) -> Iterator[tuple[Mark, str, Never]]:
    """The marks on what is defined inside a function."""
    for statement in function.node.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                never = Never(f"{node.name} is defined inside a function", "move it to the top of the file")
                for mark in marks.decorating(node, function.scope):
                    yield mark, f"{function.qualified}::{node.name}", never


def _definitions(scope: Scope) -> Iterator[Function | Class]:
    for definition in scope.definitions:
        yield definition
        if isinstance(definition, Class):
            yield from _definitions(definition.body)
