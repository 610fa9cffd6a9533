"""A structural schema as the types that its rules are written for, and objects as the values that these see.

https://kubernetes.io/docs/reference/using-api/cel/#type-system-integration
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from kataform.resource import Path
from kubecel.errors import EvalError
from kubecel.evidence import Float, Int, List, Map, Str
from kubecel.library import time
from kubecel.pattern import Pattern
from kubecel.types import BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP, Type, list_of, map_of, struct

__all__ = ["type_of", "unescaped", "value_of"]

Sub = dict[str, Any]

_FORMATS = {"byte": BYTES, "duration": DURATION, "date": TIMESTAMP, "date-time": TIMESTAMP}
_PLAIN = {"boolean": BOOL, "number": DOUBLE, "integer": INT}
_STRING: Sub = {"type": "string"}
_META: Sub = {"type": "object", "properties": {"name": _STRING, "generateName": _STRING}}
_NAMEABLE = Pattern(r"[A-Za-z_./-][A-Za-z0-9_./-]*\Z")
_ESCAPED = Pattern(r"__|[./-]")
_ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_UNESCAPED = Pattern(r"__(underscores|dot|dash|slash)__")
_MEANT = {"underscores": "__", "dot": ".", "dash": "-", "slash": "/"}
_RESERVED = frozenset({
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
    "loop", "package", "namespace", "return", "var", "void", "while",
})  # fmt: skip


def type_of(schema: Sub, name: str, *, resource: bool = False) -> Type | None:
    """The type of a node; None for what rules cannot see. `resource` says that it is a whole object."""
    if schema.get("x-kubernetes-int-or-string"):
        return DYN
    schema = _whole(schema) if resource or schema.get("x-kubernetes-embedded-resource") else schema
    kind = schema.get("type")
    if kind == "array":
        element = type_of(schema["items"], f"{name}.@idx")
        return list_of(element) if element is not None else None
    if kind == "object":
        return _object(schema, name)
    if kind == "string":
        return _FORMATS.get(str(schema.get("format")), STRING)
    return _PLAIN.get(str(kind))


def _object(schema: Sub, name: str) -> Type | None:
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        value = type_of(more, f"{name}.@elem")
        return map_of(STRING, value) if value is not None else None
    properties = {_escape(field): field for field in schema.get("properties") or {} if _NAMEABLE.match(field)}
    types = {key: type_of(schema["properties"][field], f"{name}.{field}") for key, field in properties.items()}
    return struct(name, {key: found for key, found in types.items() if found is not None})


def _whole(schema: Sub) -> Sub:
    """The schema of an object, of which every rule may read the name and the kind."""
    properties = schema.get("properties") or {}
    known = {"apiVersion": _STRING, "kind": _STRING, "metadata": _META}
    return {**schema, "type": "object", "properties": {**properties, **known}}


def _escape(field: str) -> str:
    return f"__{field}__" if field in _RESERVED else str(_ESCAPED.sub(lambda found: _ESCAPES[found[0]], field))


def unescaped(field: str) -> str:
    """The name of a field that an expression writes like this."""
    if field.strip("_") in _RESERVED:
        return field.strip("_")
    return str(_UNESCAPED.sub(lambda found: _MEANT[found[1]], field))


# --- values -------------------------------------------------------------------------------------------------------


def value_of(value: Any, schema: Sub, path: Path, *, resource: bool = False) -> Any:
    """A value as a rule sees it, every part of which knows its place in the object."""
    schema = _whole(schema) if resource or schema.get("x-kubernetes-embedded-resource") else schema
    if isinstance(value, dict):
        return _map(value, schema, path)
    if isinstance(value, list):
        items = schema.get("items") or {}
        return _placed(List([value_of(item, items, (*path, index)) for index, item in enumerate(value)]), path)
    if isinstance(value, str):
        return _text(value, schema, path)
    if isinstance(value, bool) or value is None:
        return value
    whole = schema.get("type") != "number" and float(value).is_integer()
    return _placed(Int(value) if whole else Float(value), path)


def _map(value: Mapping[str, Any], schema: Sub, path: Path) -> Any:
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    found: dict[str, Any] = {}
    for name, item in value.items():
        at = (*path, name)
        if isinstance(more, dict):
            found[_placed(Str(name), at)] = value_of(item, more, at)
        else:
            found[_escape(name)] = value_of(item, properties.get(name, {}), at)
    return _placed(Map(found) if isinstance(more, dict) else _Fields(found), path)


class _Fields(Map):
    """The fields of an object, of which one that is named by a reserved word is also found by that word."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(self._declared(name))

    def get(self, name: Any, default: Any = None) -> Any:
        return super().get(self._declared(name), default)

    def __missing__(self, name: Any) -> Any:
        declared = self._declared(name)
        if declared == name:
            raise KeyError(name)
        return self[declared]

    def _declared(self, name: Any) -> Any:
        return f"__{name}__" if name in _RESERVED else name


def _text(value: str, schema: Sub, path: Path) -> Any:
    read = _READERS.get(str(schema.get("format"))) if schema.get("type") == "string" else None
    if read is None:
        return _placed(Str(value), path)
    try:
        return read(value)
    except (EvalError, ValueError):  # the server has it fail when it is read, which it does here, too
        return _placed(Str(value), path)


def _placed(value: Any, path: Path) -> Any:
    value.path = path
    return value


_READERS: Mapping[str, Callable[[str], Any]] = {
    "byte": lambda text: base64.b64decode(text, validate=True),
    "duration": time.parse_duration,
    "date": lambda text: time.parse_timestamp(f"{text}T00:00:00Z"),
    "date-time": time.parse_timestamp,
}
