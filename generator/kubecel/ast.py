"""The syntax tree of an expression. Every node knows its offset: code points from the start of the expression."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from kubecel.values import Value


class Literal(NamedTuple):
    """A constant."""

    offset: int
    value: Value


class Ident(NamedTuple):
    """A name. `rooted` says that it was written with a leading dot."""

    offset: int
    name: str
    rooted: bool = False


class Select(NamedTuple):
    """operand.field"""

    offset: int
    operand: Node
    field: str


class OptionalSelect(NamedTuple):
    """operand.?field"""

    offset: int
    operand: Node
    field: str


class Has(NamedTuple):
    """has(operand.field)"""

    offset: int
    operand: Node
    field: str


class Call(NamedTuple):
    """A function; operators have names such as `_+_`. `target` is the receiver of a method."""

    offset: int
    function: str
    target: Node | None
    args: tuple[Node, ...]


class Element(NamedTuple):
    """One element of a list; an optional one, `?value`, is left out when absent."""

    value: Node
    optional: bool


class ListLiteral(NamedTuple):
    """[a, ?b]"""

    offset: int
    elements: tuple[Element, ...]


class Entry(NamedTuple):
    """One entry of a map; an optional one, `?key: value`, is left out when absent."""

    offset: int
    key: Node
    value: Node
    optional: bool


class MapLiteral(NamedTuple):
    """{key: value}"""

    offset: int
    entries: tuple[Entry, ...]


class StructLiteral(NamedTuple):
    """Name{field: value}"""

    offset: int
    name: str


class Comprehension(NamedTuple):
    """A macro that binds names: all, exists, map, optMap, sortBy, transformList, …

    `condition` is the filter of map(x, condition, body) and of the transform macros with four arguments.
    """

    offset: int
    macro: str
    range: Node
    variables: tuple[str, ...]
    condition: Node | None
    body: Node


Node: TypeAlias = (
    "Literal | Ident | Select | OptionalSelect | Has | Call | ListLiteral | MapLiteral | StructLiteral | Comprehension"
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    kind = type(node)
    if kind is Call:
        return (node.target, *node.args) if node.target is not None else node.args  # type: ignore[union-attr]
    if kind is Select or kind is OptionalSelect or kind is Has:
        return (node.operand,)  # type: ignore[union-attr]
    if kind is ListLiteral:
        return tuple(element.value for element in node.elements)  # type: ignore[union-attr]
    if kind is MapLiteral:
        return tuple(child for entry in node.entries for child in (entry.key, entry.value))  # type: ignore[union-attr]
    if isinstance(node, Comprehension):
        return (node.range, *((node.condition,) if node.condition is not None else ()), node.body)
    return ()
