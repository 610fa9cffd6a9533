"""Which fields of an object decided the value of an expression.

The object is copied into values that remember where they stand, which survives selections, loops, filters and
variables; then the expression is walked once more, from its value down to the operands that made it so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from kubecel.ast import (
    Call,
    Comprehension,
    Has,
    Ident,
    Literal,
    Node,
    OptionalSelect,
    Select,
    children,
)
from kubecel.budget import Steps
from kubecel.compiler import LAZY
from kubecel.errors import EvaluationError
from kubecel.macros import pairs
from kubecel.program import Program
from kubecel.records import dataclass
from kubecel.values import ABSENT, Optional, Value, find_key

Path = tuple[str | int, ...]
Place = tuple[Any, ...]  # a path, behind the `Other` that it is in, if any
MOST = 20  # pieces of evidence that are kept
_CALLS = 5_000  # nodes that are looked at before the search stops
_SIDE = frozenset({"apiVersion", "kind", "metadata", "status"})  # seldom what a policy is about


@dataclass(frozen=True)
class Other:
    """An object beside the one that is judged: its name, as it is written, and as a policy sees it."""

    name: Hashable
    body: Mapping[str, Any] = field(compare=False, repr=False)
    seen: Value = field(compare=False, repr=False)


class Evidence(NamedTuple):
    """A field of the object; `absent` says that the object as it is written lacks it, or one above it.

    `value` is what a policy sees there, where that is plain; a field that is absent and has one is `defaulted`. A field
    of an object beside it says which in `other`.
    """

    path: Path
    absent: bool = False
    value: str | int | float | bool | None = None
    defaulted: bool = False
    other: Other | None = None


class Str(str):
    """A string that knows its place."""

    path: Place


class Int(int):
    """An integer that knows its place."""

    path: Place


class Float(float):
    """A double that knows its place."""

    path: Place


class List(list[Value]):
    """A list that knows its place."""

    path: Place


class Map(dict[str, Value]):
    """A map that knows its place."""

    path: Place


def trace(value: Value, path: Place = ()) -> Value:
    """A copy of an object whose parts know their places; true, false and null are found by those around them."""
    kind = type(value)
    found: Str | Int | Float | List | Map
    if kind is str:
        found = Str(value)
    elif kind is int:
        found = Int(value)
    elif kind is float:
        found = Float(value)
    elif isinstance(value, list):
        found = List([trace(item, (*path, index)) for index, item in enumerate(value)])
    elif isinstance(value, dict):
        found = Map({trace(key, (*path, key)): trace(item, (*path, key)) for key, item in value.items()})
    else:
        return value
    found.path = path
    return found


def of(program: Program, values: list[Value], lazy: Mapping[str, Program]) -> tuple[Evidence, ...]:
    """What decided the value of a program over traced values, the most telling first.

    `lazy` holds the programs of the variables whose values are computed when they are read.
    """
    search = _Search(lazy)
    try:
        found = _Explainer(program, values, search).why(program.checked.node)
    except (EvaluationError, RecursionError):
        return ()
    unique = sorted(dict.fromkeys(found), key=_rank)
    own, others = ([one for one in unique if (one.other is None) is mine] for mine in (True, False))
    return (*own[:MOST], *others[:MOST])


def _rank(one: Evidence) -> tuple[bool, int]:
    """What a policy is about goes before names and labels, deep before shallow."""
    return (not one.path or one.path[0] in _SIDE, -len(one.path))


def _at(place: Place, *, absent: bool = False) -> Evidence:
    if place and isinstance(place[0], Other):
        return Evidence(place[1:], absent, other=place[0])
    return Evidence(place, absent)


class _Search:
    """What all parts of one search share: the variables' programs, what is known of them, and the effort left."""

    def __init__(self, lazy: Mapping[str, Program]) -> None:
        self.lazy = lazy
        self.known: dict[str, list[Evidence]] = {}
        self.left = _CALLS
        self.steps = Steps()


_FAILED = object()


class _Explainer:
    """The search within one program; `places` says where the elements stand that a macro has bound to a slot."""

    def __init__(self, program: Program, values: list[Value], search: _Search) -> None:
        self._program = program
        self._checked = program.checked
        self._compiler = program.compiler
        self._values = values
        self._search = search
        self._frame = program.frame(values, search.steps)
        self._places: dict[int, Place | None] = {}

    def _value(self, node: Node) -> Value:
        try:
            return self._compiler.run_of(node)(self._frame)
        except EvaluationError:
            return _FAILED

    def why(self, node: Node) -> list[Evidence]:
        """What decided the value of the node."""
        self._search.left -= 1
        if self._search.left < 0 or isinstance(node, Literal):
            return []
        if isinstance(node, Ident):
            return self._of_name(node)
        if isinstance(node, (Select, OptionalSelect, Has)):
            return self._of_field(node, node.operand, node.field)
        if isinstance(node, Comprehension):
            return self._of_macro(node)
        if isinstance(node, Call):
            return self._of_call(node)
        return self._of_all(children(node))

    def _of_all(self, nodes: Iterable[Node]) -> list[Evidence]:
        return [one for node in nodes for one in self.why(node)]

    # --- names and fields ---

    def _place(self, node: Node) -> Place | None:
        """Where the value of a node stands."""
        value = self._value(node)
        if type(value) is Optional and value.present:
            value = value.value
        place: Place | None = getattr(value, "path", None)
        if place is None and isinstance(node, Ident):
            slot = self._compiler.bound(node.name)
            place = self._places.get(slot) if slot is not None else None
        return place

    def _of_name(self, node: Ident) -> list[Evidence]:
        place = self._place(node)
        return [] if place is None else [_at(place)]

    def _of_field(self, node: Node, operand: Node, key: Value) -> list[Evidence]:
        if id(node) in self._checked.names:
            return []
        if self._checked.types[id(operand)].name == LAZY:
            return self._of_variable(node, str(key))
        container = self._value(operand)
        if type(container) is Optional:
            container = container.value if container.present else _FAILED
        place = getattr(container, "path", None)
        if container is _FAILED or place is None:
            return self.why(operand)
        found = _child(container, key)
        if found is ABSENT:
            return [_at((*place, key), absent=True)]
        return [_at(getattr(found, "path", (*place, key)))]

    def _of_variable(self, node: Node, name: str) -> list[Evidence]:
        place = self._place(node)
        if place is not None:
            return [_at(place)]
        known = self._search.known
        if name not in known and name in self._search.lazy:
            known[name] = []
            program = self._search.lazy[name]
            known[name] = _Explainer(program, self._values, self._search).why(program.checked.node)
        return known.get(name, [])

    # --- calls ---

    def _of_call(self, node: Call) -> list[Evidence]:
        args = node.args
        if node.target is not None and id(node) not in self._checked.qualified:
            args = (node.target, *args)
        explain = _CALLS_BY_NAME.get(node.function)
        return explain(self, node, args) if explain is not None else self._of_all(args)

    def of_logical(self, node: Call, args: tuple[Node, ...]) -> list[Evidence]:
        """The operands that decide; where none does all of them, and those that failed first."""
        decisive = node.function == "_||_"
        values = [(arg, self._value(arg)) for arg in args]
        chosen = [arg for arg, value in values if value is decisive]
        if not chosen:
            chosen = [arg for arg, value in values if value is _FAILED]
        return self._of_all(chosen or args)

    def of_choice(self, _: Call, args: tuple[Node, ...]) -> list[Evidence]:
        """What the condition chose, then the condition."""
        condition, chosen, other = args
        value = self._value(condition)
        if value is _FAILED:
            return self.why(condition)
        return self.why(chosen if value is True else other) + self.why(condition)

    def of_index(self, node: Call, args: tuple[Node, ...]) -> list[Evidence]:
        """The element."""
        operand, key = args
        value = self._value(key)
        return self.why(key) if value is _FAILED else self._of_field(node, operand, _plain(value))

    def of_membership(self, _: Call, args: tuple[Node, ...]) -> list[Evidence]:
        """The key of a map, be it there or not; of anything else both operands."""
        wanted, operand = args
        key, container = self._value(wanted), self._value(operand)
        place = getattr(container, "path", None)
        if place is None or not isinstance(container, dict) or not isinstance(key, str):
            return self._of_all(args)
        absent = find_key(container, key) is ABSENT
        return [_at((*place, str(key)), absent=absent), *self.why(wanted)]

    def of_alternative(self, _: Call, args: tuple[Node, ...]) -> list[Evidence]:
        """What is there, or that it is absent."""
        operand, other = args
        value = self._value(operand)
        absent = type(value) is Optional and not value.present
        return self.why(operand) + (self.why(other) if absent else [])

    def of_size(self, _: Call, args: tuple[Node, ...]) -> list[Evidence]:
        """The other objects that are counted, and why they are."""
        value = self._value(args[0]) if len(args) == 1 else _FAILED
        places: Iterable[Place] = (getattr(item, "path", ()) for item in value) if isinstance(value, list) else ()
        others = [_at(place) for place in places if len(place) == 1 and isinstance(place[0], Other)]
        return others + self._of_all(args)

    # --- macros ---

    def _of_macro(self, node: Comprehension) -> list[Evidence]:
        if node.macro in ("optMap", "optFlatMap"):
            return self._of_optional_map(node)
        items = self._value(node.range)
        if not isinstance(items, (list, dict)):
            return self.why(node.range)
        found = self._within(node, items, _deciding(node))
        if not found and isinstance(node.range, Comprehension) and getattr(items, "path", None) is None:
            found = self._of_built(node, node.range, items)
        if node.macro in _BUILDING and getattr(items, "path", None) is None:
            return self.why(node.range) + found
        return found or self.why(node.range) or self._within(node, items, _always)

    def _of_built(self, node: Comprehension, source: Comprehension, items: Value) -> list[Evidence]:
        """What decided in those elements of a list that a macro has built of others, one of each."""
        others = self._value(source.range)
        if source.macro != "map" or source.condition is not None or not isinstance(others, (list, dict)):
            return []
        chosen = self._deciding_positions(node, items)
        return self._within(source, others, _always, chosen) if len(chosen) < len(items) else []

    def _deciding_positions(self, node: Comprehension, items: Value) -> frozenset[int]:
        outer, wanted = self._compiler.within(node), _deciding(node)
        found = []
        for position, (key, item) in enumerate(pairs(items)):
            self._bind(node, items, key, item)
            if wanted(self._value(node.body if node.condition is None else node.condition)):
                found.append(position)
        self._compiler.leave(outer)
        return frozenset(found)

    def _within(
        self, node: Comprehension, items: Value, wanted: Callable[[Value], bool], only: frozenset[int] | None = None
    ) -> list[Evidence]:
        outer = self._compiler.within(node)
        try:
            return self._of_elements(node, items, wanted, only)
        finally:
            self._compiler.leave(outer)

    def _of_elements(
        self, node: Comprehension, items: Value, wanted: Callable[[Value], bool], only: frozenset[int] | None
    ) -> list[Evidence]:
        """What decided in those elements that decide."""
        found: list[Evidence] = []
        body = node.condition if node.condition is not None else node.body
        for position, (key, item) in enumerate(pairs(items)):
            if only is not None and position not in only:
                continue
            self._bind(node, items, key, item)
            value = self._value(body)
            if wanted(value) or value is _FAILED:
                found += self.why(body) or self._element(node)
            if len(found) >= MOST:
                break
        return found

    def _bind(self, node: Comprehension, items: Value, key: Value, item: Value) -> None:
        place = getattr(items, "path", None)
        place = getattr(item, "path", None) if place is None else (*place, _plain(key))
        names = (key, item) if len(node.variables) == 2 else (key if isinstance(items, dict) else item,)
        for index, value in enumerate(names):
            slot = self._compiler.slot(node, index)
            self._frame[slot] = value
            self._places[slot] = place

    def _element(self, node: Comprehension) -> list[Evidence]:
        place = self._places[self._compiler.slot(node, 0)]
        return [] if place is None else [_at(place)]

    def _of_optional_map(self, node: Comprehension) -> list[Evidence]:
        found = self._value(node.range)
        if type(found) is not Optional or not found.present:
            return self.why(node.range)
        outer = self._compiler.within(node)
        slot = self._compiler.slot(node, 0)
        self._frame[slot] = found.value
        self._places[slot] = getattr(found.value, "path", None)
        deciding = self.why(node.body)
        self._compiler.leave(outer)
        return deciding or self.why(node.range)


def _child(container: Value, key: Value) -> Value:
    if isinstance(container, dict):
        return find_key(container, key)
    if isinstance(container, list) and isinstance(key, int) and 0 <= key < len(container):
        return container[key]
    return ABSENT


def _plain(key: Value) -> Value:
    """A key as it stands in a path."""
    if isinstance(key, str):
        return str(key)
    return int(key) if isinstance(key, (int, float)) else key


def _never(_: Value) -> bool:
    return False


def _always(_: Value) -> bool:
    return True


# Which elements of a macro decide its value. Where no element does, what it goes over decides.
_DECIDING: dict[str, Callable[[Value], bool]] = {
    "all": lambda value: value is False,
    "exists": lambda value: value is True,
    "exists_one": lambda value: value is True,
    "existsOne": lambda value: value is True,
    "filter": lambda value: value is True,
}


def _deciding(node: Comprehension) -> Callable[[Value], bool]:
    """Which elements of a macro decide: of one that builds a list those that are taken into it."""
    if node.macro in _BUILDING:
        return _always if node.condition is None else lambda value: value is True
    return _DECIDING.get(node.macro, _never)


# Macros that make a value of every element: where those have been chosen before, the choice decides too.
_BUILDING = frozenset({"map", "transformList", "transformMap", "transformMapEntry"})
_Explain = Callable[[_Explainer, Call, tuple[Node, ...]], list[Evidence]]
_CALLS_BY_NAME: dict[str, _Explain] = {
    "_&&_": _Explainer.of_logical,
    "_||_": _Explainer.of_logical,
    "_?_:_": _Explainer.of_choice,
    "_[_]": _Explainer.of_index,
    "_[?_]": _Explainer.of_index,
    "@in": _Explainer.of_membership,
    "or": _Explainer.of_alternative,
    "orValue": _Explainer.of_alternative,
    "size": _Explainer.of_size,
}
