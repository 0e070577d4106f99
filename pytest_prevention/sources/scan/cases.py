"""What pytest would collect from a module, and why it passes over the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_prevention.sources.pytest_config import CollectionRules
from pytest_prevention.sources.scan.library import Library
from pytest_prevention.sources.scan.lineage import Lineage, Lineages, of_module
from pytest_prevention.sources.scan.marks import Mark, Marks
from pytest_prevention.sources.scan.module import (
    Binding,
    Class,
    Definition,
    Function,
    Imported,
    Module,
    called,
    is_false,
)
from pytest_prevention.sources.scan.tree import Never


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A test, by its node id without parameters; or, without a function, what holds tests that cannot be seen.

    ``marks`` come nearest first: those of the function, then of its classes, then of its module. ``owner`` is the class
    or module that pytest collects it from.
    """

    nodeid: str
    marks: tuple[Mark, ...]
    owner: Lineage
    function: Function | None = None


class Cases:
    """The tests of all modules of a library."""

    def __init__(self, library: Library, rules: CollectionRules, marks: Marks) -> None:
        self._library = library
        self._rules = rules
        self._marks = marks
        self._known: dict[Module, list[Case]] = {}
        self.lineages = Lineages(library)

    def of(self, module: Module) -> list[Case]:
        """The tests of a module, provided that pytest takes its file."""
        if module not in self._known:
            marks = self._marks.of_module(module)
            switched_off = _is_switched_off(module)
            self._known[module] = [] if switched_off else self._collect(module.name, of_module(module), marks, ())
        return self._known[module]

    def why_never(self, definition: Definition) -> Never:
        """Why pytest collects no test from this function or class, nor from one that inherits it, in whatever file."""
        never = self._why_passed_over(definition)
        if never is not None:
            return never
        what = "holds no test" if isinstance(definition, Class) else "is not collected"
        return Never(f"{definition.name} {what}", "put the mark on the test that it is meant for")

    def _why_passed_over(self, definition: Definition) -> Never | None:
        owner = definition.scope.owner
        above = self._why_passed_over(owner) if owner else None
        if above is not None:
            return above
        if definition.replaced_in:
            why = f"line {definition.replaced_in} replaces {definition.name}"
            return Never(why, "give one of them another name")
        if _is_switched_off(definition.scope.module):
            return Never("__test__ is false in this file", "delete that line")
        body = self.lineages.of(owner) if owner else of_module(definition.scope.module)
        return self._never(definition, definition.name, body)

    def _collect(self, nodeid: str, body: Lineage, marks: tuple[Mark, ...], inside: tuple[Class, ...]) -> list[Case]:
        cases = list(self._members(nodeid, body, marks, inside))
        return cases or ([Case(nodeid, marks, body)] if body.is_open else [])

    def _members(
        self, nodeid: str, body: Lineage, marks: tuple[Mark, ...], inside: tuple[Class, ...]
    ) -> Iterator[Case]:
        for name, (bindings, scope) in body.members.items():
            child = f"{nodeid}::{name}"
            definitions = list(self._library.behind(scope, filter(self._is_of_interest(name), bindings)))
            for definition in definitions:
                if self._never(definition, name, body):
                    continue
                if isinstance(definition, Function):
                    yield Case(child, (*self._marks.of(definition), *marks), body, definition)
                elif definition not in inside:
                    nested = self.lineages.of(definition)
                    inherited = [mark for part in nested.order for mark in self._marks.of(part)]
                    yield from self._collect(child, nested, (*inherited, *marks), (*inside, definition))
            if not definitions and self._rules.takes_function(name) and any(isinstance(b, Imported) for b in bindings):
                yield Case(child, marks, body)

    def _is_of_interest(self, name: str) -> Callable[[Binding], bool]:
        """Of what is imported, only what looks like a test is worth looking up."""
        looks_like_test = "Test" in name or self._rules.takes_function(name) or self._rules.takes_class(name)
        return lambda binding: looks_like_test or not isinstance(binding, Imported)

    def _never(self, definition: Definition, name: str, body: Lineage) -> Never | None:
        """Why pytest passes over this member of a class or module, if it does."""
        if isinstance(definition, Function):
            return self._never_function(definition, name, body)
        return self._never_class(definition, name, body)

    def _never_function(self, function: Function, name: str, body: Lineage) -> Never | None:
        decorators = [function.scope.origin(called(node)) for node in function.node.decorator_list]
        if any(origin.rpartition(".")[2] == "fixture" for origin in decorators):
            return Never(f"{name} is a fixture", "put the mark on the tests that use it")
        if name in function.scope.untested:
            return Never(f"{name}.__test__ is false", "delete that line")
        if body.is_unittest:
            if name.startswith("test") or (name == "runTest" and not _has_tests(body)):
                return None
            return Never(f"the method name {name} does not start with test", f"rename it to test_{name.lstrip('_')}")
        if not self._rules.takes_function(name):
            patterns = ", ".join(self._rules.python_functions)
            why = f"the function name {name} is not matched by python_functions ({patterns})"
            return Never(why, f"rename it to test_{name.lstrip('_')}")
        return None

    def _never_class(self, definition: Class, name: str, body: Lineage) -> Never | None:
        lineage = self.lineages.of(definition)
        inherit = "let a test class inherit from it"
        if body.is_unittest:
            return Never(f"{name} stands in a unittest class, from which pytest collects methods only", "move it out")
        if lineage.constant("__test__") is False:
            return Never(f"{name}.__test__ is false", f"{inherit} and set it to true there")
        if lineage.is_abstract:
            return Never(f"{name} is abstract and no class that is collected inherits from it", inherit)
        if lineage.is_unittest:
            return None
        if not self._rules.takes_class(name) and lineage.constant("__test__") is not True:
            patterns = ", ".join(self._rules.python_classes)
            why = f"the class name {name} is not matched by python_classes ({patterns})"
            return Never(why, f"rename it to Test{name.lstrip('_')}, or {inherit}")
        constructor = _constructor(definition, lineage)
        if constructor:
            return Never(f"{name} has an {constructor} method", "turn it into a fixture or a setup_method")
        return None


def _is_switched_off(module: Module) -> bool:
    return is_false(module.scope.value("__test__"))


def _has_tests(body: Lineage) -> bool:
    return any(
        name.startswith("test") and any(isinstance(binding, Function) for binding in bindings)
        for name, (bindings, _) in body.members.items()
    )


def _constructor(definition: Class, lineage: Lineage) -> str | None:
    """The method with which pytest refuses to make instances of a class."""
    if any(definition.scope.origin(called(node)) == "dataclasses.dataclass" for node in definition.node.decorator_list):
        return "__init__"
    return next((name for name in ("__init__", "__new__") if name in lineage.members), None)
