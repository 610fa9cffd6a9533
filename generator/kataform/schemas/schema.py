"""A JSON Schema and the walk through it: from an object's schema to that of one of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, TypeVar

from kubecel.records import dataclass

__all__ = ["Part", "Path", "Schema", "Sub", "at", "facets", "fields", "part", "step", "types", "wants_string"]

Path = tuple[str | int, ...]
_Known = TypeVar("_Known")
Sub = dict[str, Any]
_DEFINITIONS = "#/$defs/"
# Both take numbers as well as strings: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_NUMBERS_TOO = ("quantity", "int-or-string")


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """One whole JSON Schema (draft 2020-12): `root` refers to nothing outside of itself. `id` is for people.

    `custom` is set where it comes from a CRD. `known` remembers what walks have asked, by the part of the schema.
    """

    id: str
    root: Sub
    custom: bool = False
    known: dict[tuple[int, object], tuple[Sub, Any]] = field(default_factory=dict, repr=False)


def facets(schema: Schema, sub: Sub) -> Iterator[Sub]:
    """Everything that must hold where `sub` is asked for: itself, what it refers to, and each part of its `allOf`."""
    seen: set[int] = set()
    todo = [sub]
    while todo:
        found = todo.pop()
        if id(found) in seen or not isinstance(found, dict):
            continue
        seen.add(id(found))
        yield found
        reference = found.get("$ref")
        if isinstance(reference, str) and reference.startswith(_DEFINITIONS):
            todo.append(schema.root["$defs"][reference.removeprefix(_DEFINITIONS)])
        todo.extend(found.get("allOf", ()))


def step(schema: Schema, sub: Sub, token: str | int) -> Sub | None:
    """The schema of a field (a string) or of a list's entry (a number) below `sub`; None where none is given."""
    which = 0 if isinstance(token, int) else token
    return _once(schema, sub, ("step", which), lambda: _step(schema, sub, which))


def _once(schema: Schema, sub: Sub, asked: object, find: Callable[[], _Known]) -> _Known:
    """What is found for a part of the schema, found once however many objects are walked through it."""
    known = schema.known.get((id(sub), asked))
    if known is None or known[0] is not sub:  # another part, at the place of one that is gone
        known = schema.known[id(sub), asked] = (sub, find())
    found: _Known = known[1]
    return found


def _step(schema: Schema, sub: Sub, token: str | int) -> Sub | None:
    found = [child for facet in facets(schema, sub) for child in _children(facet, token)]
    if len(found) > 1:
        return {"allOf": found}
    return found[0] if found else None


class Part(dict["str | int", "Part | None"]):
    """A part of a schema as a walk through an object meets it, and by token the parts below, each found once.

    `wants_string` is as that function says; `named` tells that the part above fixes its name.
    """

    __slots__ = ("_fields", "_free", "_schema", "named", "sub", "wants_string")

    def __init__(self, schema: Schema, sub: Sub, *, named: bool) -> None:
        super().__init__()
        self._schema = schema
        self._fields = fields(schema, sub)
        self._free: tuple[Part | None] | None = None
        self.sub = sub
        self.named = named
        self.wants_string = wants_string(schema, sub)

    def __missing__(self, token: str | int) -> Part | None:
        """What `step` gives; of free keys, which may be any number, none is remembered by its name."""
        if token in self._fields or isinstance(token, int):
            below = self[token] = self._below(token)
            return below
        if self._free is None:
            self._free = (self._below(token),)
        return self._free[0]

    def _below(self, token: str | int) -> Part | None:
        sub = step(self._schema, self.sub, token)
        return None if sub is None else Part(self._schema, sub, named=token in self._fields)


def part(schema: Schema, sub: Sub) -> Part:
    """The part of a schema at which a walk begins."""
    return _once(schema, sub, "part", lambda: Part(schema, sub, named=False))


def _children(facet: Sub, token: str | int) -> Iterator[Sub]:
    if isinstance(token, int):
        below = facet.get("items")
    elif token in facet.get("properties", {}):
        below = facet["properties"][token]
    else:
        below = facet.get("additionalProperties")
    if isinstance(below, dict):
        yield below


def at(schema: Schema, path: Path) -> Sub | None:
    """The schema of the field at a path of an object."""
    sub: Sub | None = schema.root
    for token in path:
        sub = step(schema, sub, token) if sub is not None else None
    return sub


def types(schema: Schema, sub: Sub) -> set[str] | None:
    """The JSON types allowed by `sub`; None where any is."""
    allowed: set[str] | None = None
    for facet in facets(schema, sub):
        if "type" in facet:
            named = {facet["type"]} if isinstance(facet["type"], str) else set(facet["type"])
            allowed = named if allowed is None else allowed & named
    return allowed


def wants_string(schema: Schema, sub: Sub) -> bool:
    """Whether only a string will do: false for quantities and int-or-string, which take numbers too."""
    return _once(schema, sub, "wants_string", lambda: _wants_string(schema, sub))


def _wants_string(schema: Schema, sub: Sub) -> bool:
    allowed = types(schema, sub)
    if allowed is None or allowed - {"null"} != {"string"}:
        return False
    return not any(facet.get("format") in _NUMBERS_TOO for facet in facets(schema, sub))


def fields(schema: Schema, sub: Sub) -> frozenset[str]:
    """The names of the fields that `sub` fixes; empty for a map with free keys."""
    return _once(schema, sub, "fields", lambda: _fields(schema, sub))


def _fields(schema: Schema, sub: Sub) -> frozenset[str]:
    return frozenset(name for facet in facets(schema, sub) for name in facet.get("properties", ()))
