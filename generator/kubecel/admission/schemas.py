"""JSON schemas of kinds as the types that kube-apiserver checks a policy's expressions with.

https://github.com/kubernetes/apiserver/blob/master/pkg/cel/common/schemas.go
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubecel.pattern import Pattern
from kubecel.types import BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP, Type, list_of, map_of, struct

Schema = Mapping[str, Any]

_FORMATS = {"byte": BYTES, "duration": DURATION, "date": TIMESTAMP, "date-time": TIMESTAMP}
_PLAIN = {"boolean": BOOL, "number": DOUBLE, "integer": INT}
_CIRCULAR: Schema = {"type": "object"}
_STRING: Schema = {"type": "string"}
_OBJECT_META: Schema = {"type": "object", "properties": {"name": _STRING, "generateName": _STRING}}
_NAMEABLE = Pattern(r"[A-Za-z_./-][A-Za-z0-9_./-]*\Z")
_ESCAPED = Pattern(r"__|[./-]")
_ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


def type_of(schema: Schema, kind: str) -> Type | None:
    """The type of the objects of a kind; its schema refers to nothing but its own `$defs`."""
    root = dict(schema)
    properties = dict(root.get("properties") or {})
    reader = _Reader(schema.get("$defs") or {})
    if reader.names_its_objects(properties):
        return reader.read(root, kind, frozenset({kind}))
    named = {"kind": _STRING, "apiVersion": _STRING, "metadata": _OBJECT_META}
    return reader.read({**root, "type": "object", "properties": {**properties, **named}}, kind, frozenset())


def pruned(body: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """A copy of an object without the fields that its kind does not have, which the server drops."""
    known = {"apiVersion": {}, "kind": {}, "metadata": {}, **(schema.get("properties") or {})}
    found: dict[str, Any] = _Reader(schema.get("$defs") or {}).pruned(body, {**schema, "properties": known})
    return found


class _Reader:
    """The reading of one schema with its definitions. What has no type in a policy's expressions is None."""

    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions

    def names_its_objects(self, properties: Schema) -> bool:
        """Whether the schema of a kind tells what every object has."""
        metadata = self._resolved(properties.get("metadata") or {}, frozenset())[0]
        fields = metadata.get("properties") or {}
        strings = (properties.get("kind"), properties.get("apiVersion"), fields.get("name"), fields.get("generateName"))
        return all(_plain(one or {}) == "string" for one in strings)

    def _resolved(self, schema: Schema, visited: frozenset[str]) -> tuple[Schema, frozenset[str]]:
        """The schema with what it refers to, and the references on the way to it; a circle ends in any object."""
        while (ref := schema.get("$ref")) is not None:
            name = str(ref).removeprefix("#/$defs/")
            if name in visited:
                return _CIRCULAR, visited
            visited = visited | {name}
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**rest, **self._definitions.get(name, {})}
        return schema, visited

    def read(self, schema: Schema, name: str, visited: frozenset[str]) -> Type | None:
        schema, visited = self._resolved(schema, visited)
        if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
            return DYN
        plain = _plain(schema)
        if plain == "array":
            return self._list(schema, name, visited)
        if plain == "object":
            return self._object(schema, name, visited)
        if plain == "string":
            return _FORMATS.get(str(schema.get("format")), STRING)
        return _PLAIN.get(plain)

    def pruned(self, value: Any, schema: Schema) -> Any:
        """The value without fields that the schema does not know; an object without any may have all."""
        schema, _ = self._resolved(schema, frozenset())
        if isinstance(value, list) and isinstance(items := schema.get("items"), Mapping):
            return [self.pruned(item, items) for item in value]
        if not isinstance(value, dict) or schema.get("x-kubernetes-preserve-unknown-fields"):
            return value
        more = schema.get("additionalProperties")
        if isinstance(more, Mapping):
            return {key: self.pruned(item, more) for key, item in value.items()}
        known = schema.get("properties")
        if not isinstance(known, Mapping):
            return value
        return {key: self.pruned(item, known[key] or {}) for key, item in value.items() if key in known}

    def _list(self, schema: Schema, name: str, visited: frozenset[str]) -> Type | None:
        items = schema.get("items")
        element = self.read(items, f"{name}.@idx", visited) if isinstance(items, Mapping) else None
        return list_of(element) if element is not None else None

    def _object(self, schema: Schema, name: str, visited: frozenset[str]) -> Type | None:
        more = schema.get("additionalProperties")
        if isinstance(more, Mapping):
            value = self.read(more, f"{name}.@elem", visited)
            return map_of(STRING, value) if value is not None else None
        return self._struct(schema.get("properties") or {}, name, visited)

    def _struct(self, properties: Schema, name: str, visited: frozenset[str]) -> Type:
        """An object with fields of its own, whose types are found when they are asked for."""
        escaped = {_escape(field): field for field in properties if _NAMEABLE.match(field)}
        known: dict[str, Type | None] = {}

        def field_type(field: str) -> Type | None:
            if field not in known:
                there = escaped.get(field)
                inner = properties[there] if there is not None else None
                known[field] = self.read(inner, f"{name}.{field}", visited) if isinstance(inner, Mapping) else None
            return known[field]

        return struct(name, field_type)


def _plain(schema: Schema) -> str:
    """The one type that values have beside null; an empty text where there are several, or none is said."""
    said = schema.get("type")
    types = [one for one in (said if isinstance(said, list) else [said]) if one not in (None, "null")]
    return str(types[0]) if len(types) == 1 else ""


def _escape(field: str) -> str:
    """The name of a field as an expression writes it."""
    return str(_ESCAPED.sub(lambda found: _ESCAPES[found[0]], field))
