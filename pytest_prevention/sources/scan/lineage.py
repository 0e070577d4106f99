"""A class with its bases, by syntax tree: in which order they come, and what they bring."""

from __future__ import annotations

import ast
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

from pytest_prevention.sources.scan.library import Library
from pytest_prevention.sources.scan.module import Binding, Class, Function, Module, Scope, Value, called

Trait: TypeAlias = Literal["unittest", "abc", "open"]
"""What bases that are not ours to read bring: unittest's TestCase, abc's machinery, or members that we do not see."""

_MOST_BASES = 200
"""No class has more of them that was written by people."""


@dataclass(frozen=True, slots=True, eq=False)
class Lineage:
    """A class with its bases, as far as they are known; or a module, which has none.

    ``order`` is Python's method resolution order, ``members`` are the names in it, what they are bound to, and where.
    """

    members: Mapping[str, tuple[Sequence[Binding], Scope]]
    order: tuple[Class, ...] = ()
    traits: frozenset[Trait] = frozenset()

    @property
    def is_unittest(self) -> bool:
        return "unittest" in self.traits

    @property
    def is_open(self) -> bool:
        return "open" in self.traits

    @property
    def is_abstract(self) -> bool:
        return "abc" in self.traits and any(map(_is_abstract, self.members.values()))

    def constant(self, name: str) -> object:
        """The value of a member that is a constant; None else."""
        match self.members.get(name, ((), None))[0]:
            case [Value(node=ast.Constant(value=value))]:
                return value
        return None


class Lineages:
    """The lineages of all classes of a library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[Class, Lineage] = {}

    def of(self, definition: Class) -> Lineage:
        if definition not in self._known:
            self._known[definition] = Lineage({}, traits=frozenset({"open"}))  # for one that inherits from itself
            self._known[definition] = self._with_bases(definition)
        return self._known[definition]

    def _with_bases(self, definition: Class) -> Lineage:
        scope = definition.scope
        bases: dict[Class, Lineage] = {}
        traits: set[Trait] = set()
        for keyword in definition.node.keywords:
            if keyword.arg == "metaclass" and scope.origin(keyword.value) == "abc.ABCMeta":
                traits.add("abc")
        for node in definition.node.bases:
            base = node.value if isinstance(node, ast.Subscript) else node
            known = self._classes(definition, base)
            if known:
                bases[known[-1]] = self.of(known[-1])
                traits |= bases[known[-1]].traits
            else:
                traits |= _traits(scope.origin(base))
        order = (definition, *_merge([*(base.order for base in bases.values()), bases]))
        if len(order) > _MOST_BASES:
            order = order[:_MOST_BASES]
            traits.add("open")
        members: dict[str, tuple[Sequence[Binding], Scope]] = {}
        for part in order:
            for name, bindings in part.body.names.items():
                members.setdefault(name, (bindings, part.body))
        return Lineage(members, order, frozenset(traits))

    def _classes(self, definition: Class, base: ast.expr) -> list[Class]:
        if isinstance(base, ast.Name) and base.id in definition.bases:
            found = list(self._library.behind(definition.scope, definition.bases[base.id]))
        else:
            found = self._library.definitions(definition.scope, base)
        return [part for part in found if isinstance(part, Class)]


def of_module(module: Module) -> Lineage:
    """The names of a module; open if a star import brings more."""
    members = {name: (bindings, module.scope) for name, bindings in module.scope.names.items()}
    return Lineage(members, traits=frozenset({"open"} if module.scope.has_star else ()))


def _merge(sequences: Iterable[Iterable[Class]]) -> list[Class]:
    """Python's C3 linearisation: again and again the first head that is in no tail. What has no order is left out."""
    queues = [queue for sequence in sequences if (queue := deque(sequence))]
    in_tails = Counter(part for queue in queues for part in islice(queue, 1, None))
    order: list[Class] = []
    while queues:
        head = next((queue[0] for queue in queues if not in_tails[queue[0]]), None)
        if head is None:
            break
        order.append(head)
        for queue in queues:
            if queue[0] is head:
                queue.popleft()
                in_tails.subtract(islice(queue, 1))
        queues = [queue for queue in queues if queue]
    return order


def _traits(origin: str) -> set[Trait]:
    """What a base of this name brings that is no class below the root."""
    if origin in ("object", "typing.Generic", "typing.Protocol"):
        return set()
    if origin == "abc.ABC":
        return {"abc"}
    if origin in ("unittest.TestCase", "unittest.IsolatedAsyncioTestCase"):
        return {"unittest"}
    return {"unittest", "open"} if origin.endswith("TestCase") else {"open"}


def _is_abstract(member: tuple[Sequence[Binding], Scope]) -> bool:
    bindings, scope = member
    decorators = [node for part in bindings if isinstance(part, Function) for node in part.node.decorator_list]
    return any(scope.origin(called(node)).rpartition(".")[2].startswith("abstract") for node in decorators)
