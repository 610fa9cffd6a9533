"""What the server refuses in a CRD's schema: what is not structural, patterns that are none, defaults that do not fit.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
#specifying-a-structural-schema
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kataform.crds import values
from kataform.crds.translate import SERVED_OF_ALL
from kataform.resource import Path
from kataform.schemas import Violation
from kubecel import regex
from kubecel.re2_syntax import PatternError

__all__ = ["defects"]

Sub = dict[str, Any]

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_UNSUPPORTED = ("$ref", "additionalItems", "definitions", "dependencies", "id", "patternProperties")
_JUNCTORS = ("allOf", "anyOf", "oneOf")
_X = "x-kubernetes-"
_KEEPS, _EMBEDDED, _EITHER = f"{_X}preserve-unknown-fields", f"{_X}embedded-resource", f"{_X}int-or-string"
_LIST, _KEYS, _MAP, _RULES = f"{_X}list-type", f"{_X}list-map-keys", f"{_X}map-type", f"{_X}validations"
# Only about the fields themselves, not about their values: these stand outside of allOf, anyOf, oneOf and not.
_STRUCTURE = (
    "type", "additionalProperties", "default", "title", "description", "nullable", _KEEPS, _EMBEDDED, _EITHER, _KEYS,
    _LIST, _MAP, _RULES,
)  # fmt: skip
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
# With the status subresource, what would be lost with the root's own schema must not be there.
_NOT_AT_ROOT = (
    "enum", "maxProperties", "minProperties", "allOf", "anyOf", "oneOf", "not", "additionalProperties", "default",
    "nullable", _EMBEDDED, _EITHER, _KEYS, _LIST, _MAP,
)  # fmt: skip
_NEWEST = (1, 99)


def defects(schema: Sub, path: Path, *, status: bool) -> Iterator[Violation]:
    """Every reason to refuse the schema of a version, which stands at `path` in its CRD."""
    if schema.get("type") != "object":
        yield _refused((*path, "type"), "the root of a schema must have type: object", "write type: object")
        return
    if "additionalProperties" in schema and not status:
        yield _refused((*path, "additionalProperties"), "additionalProperties is not allowed at the root")
    if schema.get("nullable"):
        yield _refused((*path, "nullable"), "the root of a schema cannot be nullable", "take it out")
    for name in _NOT_AT_ROOT if status else ():
        if schema.get(name) not in (None, False):
            message = f"{name} is not allowed at the root of a schema with the status subresource"
            yield _refused((*path, name), message)
    yield from _structural(schema, path, root=True)
    yield from _defaults(schema, path)


def _refused(path: Path, message: str, remedy: str = "") -> Violation:
    return Violation(path, "definition-refused", message, remedy)


# --- structure ----------------------------------------------------------------------------------------------------


def _structural(schema: Sub, path: Path, *, root: bool = False) -> Iterator[Violation]:
    """What is wrong with one node and with all below it."""
    yield from _node(schema, path, root=root)
    yield from _lists(schema, path)
    yield from _value_rules(schema, path, schema if root else None)
    items, more = schema.get("items"), schema.get("additionalProperties")
    if isinstance(items, dict):
        yield from _structural(items, (*path, "items"))
    if isinstance(more, dict):
        yield from _structural(more, (*path, "additionalProperties"))
    for name, child in (schema.get("properties") or {}).items():
        yield from _structural(child, (*path, "properties", name))


def _node(schema: Sub, path: Path, *, root: bool) -> Iterator[Violation]:
    yield from _unsupported(schema, path)
    kind, either, keeps = schema.get("type"), schema.get(_EITHER), schema.get(_KEEPS)
    if kind and kind not in _TYPES:
        remedy = "use nullable: true instead" if kind == "null" else f"the types are {', '.join(_TYPES)}"
        yield _refused((*path, "type"), f"there is no type '{kind}'", remedy)
    if not kind and not either and not keeps:
        remedy = f"write what it is, or {_KEEPS}: true"
        yield _refused((*path, "type"), f"{_name(path)} has no type, so the schema is not structural", remedy)
    if kind == "array" and not isinstance(schema.get("items"), dict):
        yield _refused((*path, "items"), f"{_name(path)} is a list, and does not say of what", "add items")
    if keeps is False:
        yield _refused((*path, _KEEPS), f"{_KEEPS} must be true, or not be there", "take it out")
    if either and keeps:
        yield _refused((*path, _KEEPS), f"{_KEEPS} and {_EITHER} exclude each other")
    if either and schema.get(_EMBEDDED):
        yield _refused((*path, _EMBEDDED), f"{_EMBEDDED} and {_EITHER} exclude each other")
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        remedy = "properties are for fields that are known, additionalProperties for maps"
        yield _refused(
            (*path, "additionalProperties"), "properties and additionalProperties exclude each other", remedy
        )
    if schema.get(_EMBEDDED):
        yield from _embedded(schema, path)
    if root or schema.get(_EMBEDDED):
        yield from _type_meta(schema, path, root=root)


def _unsupported(schema: Sub, path: Path) -> Iterator[Violation]:
    for name in _UNSUPPORTED:
        if schema.get(name):
            yield _refused((*path, name), f"{name} is not supported in a CRD", "write the schema out where it is used")
    if isinstance(schema.get("items"), list):
        yield _refused((*path, "items"), "items must be one schema, not a list of them")
    if schema.get("uniqueItems"):
        yield _refused(
            (*path, "uniqueItems"), "uniqueItems is not allowed: it would take too long", f"use {_LIST}: set"
        )
    pattern = schema.get("pattern")
    if pattern:
        try:
            regex.compile_pattern(pattern)
        except PatternError as error:
            message = f"the pattern is no regular expression of Go's: {error}"
            yield _refused((*path, "pattern"), message, "write it in RE2's syntax")


def _embedded(schema: Sub, path: Path) -> Iterator[Violation]:
    if schema.get("type") != "object":
        yield _refused((*path, "type"), f"with {_EMBEDDED}, the type must be object", "write type: object")
    if schema.get("additionalProperties") is not None:
        yield _refused((*path, "additionalProperties"), f"{_EMBEDDED} and additionalProperties exclude each other")
    if not schema.get(_KEEPS) and not schema.get("properties"):
        yield _refused((*path, "properties"), f"with {_EMBEDDED}, properties or {_KEEPS} must be there")


def _type_meta(schema: Sub, path: Path, *, root: bool) -> Iterator[Violation]:
    """What a schema may say of apiVersion, kind and metadata, which every object has."""
    properties = schema.get("properties") or {}
    for name, kind in zip(SERVED_OF_ALL, ("string", "string", "object"), strict=True):
        if name in properties and properties[name].get("type") != kind:
            yield _refused((*path, "properties", name, "type"), f"{name} has the type {kind}", f"write type: {kind}")
    metadata = properties.get("metadata") or {}
    said = set(metadata) - {"type", "default"}
    if root and (said - {"properties"} or set(metadata.get("properties") or ()) - {"name", "generateName"}):
        message = "metadata is known, and only its name and generateName may be narrowed"
        yield _refused((*path, "properties", "metadata"), message, "leave only type: object")


def _lists(schema: Sub, path: Path) -> Iterator[Violation]:
    """https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy"""
    listed, keys, items = schema.get(_LIST), schema.get(_KEYS) or [], schema.get("items")
    items = items if isinstance(items, dict) else {}
    if schema.get(_MAP) is not None:
        if schema.get("type") != "object":
            yield _refused((*path, _MAP), f"{_MAP} is for type: object")
        if schema[_MAP] not in ("atomic", "granular"):
            yield _refused((*path, _MAP), f"{_MAP} must be atomic or granular")
    if keys and listed != "map":
        yield _refused((*path, _KEYS), f"{_KEYS} is for {_LIST}: map", f"add {_LIST}: map")
    if listed is None:
        return
    if schema.get("type") != "array":
        yield _refused((*path, _LIST), f"{_LIST} is for type: array")
    if listed not in ("atomic", "set", "map"):
        yield _refused((*path, _LIST), f"{_LIST} must be atomic, set or map")
    if listed in ("set", "map") and items.get("nullable"):
        yield _refused((*path, "items", "nullable"), f"entries of a list of the type {listed} cannot be nullable")
    if listed == "set":
        yield from _entries_of_set(items, (*path, "items"))
    if listed == "map":
        yield from _entries_of_map(items, keys, path)


def _entries_of_set(items: Sub, path: Path) -> Iterator[Violation]:
    if items.get("type") == "array" and items.get(_LIST, "atomic") != "atomic":
        yield _refused((*path, _LIST), "a list in a set must be atomic")
    if items.get("type") == "object" and items.get(_MAP) != "atomic":
        yield _refused((*path, _MAP), "a map in a set must be atomic", f"add {_MAP}: atomic")


def _entries_of_map(items: Sub, keys: Sequence[str], path: Path) -> Iterator[Violation]:
    if not keys:
        yield _refused((*path, _KEYS), f"{_LIST}: map needs {_KEYS}")
    if items.get("type") != "object":
        yield _refused((*path, "items", "type"), f"with {_LIST}: map, the entries must be objects")
        return
    if len(set(keys)) < len(keys):
        yield _refused((*path, _KEYS), "a key is there twice", "remove one")
    properties = items.get("properties") or {}
    for key in keys:
        at = (*path, "items", "properties", key)
        if key not in properties:
            yield _refused((*path, _KEYS), f"the entries have no field '{key}'", "name one of their fields")
        elif properties[key].get("type") in ("array", "object"):
            yield _refused((*at, "type"), f"{key} is a key of its list, and must be a plain value")
        elif key not in (items.get("required") or ()) and properties[key].get("default") is None:
            yield _refused(at, f"{key} is a key of its list, and must be required or have a default")
        elif properties[key].get("nullable"):
            yield _refused((*at, "nullable"), f"{key} is a key of its list, and cannot be nullable")


# --- rules on values ----------------------------------------------------------------------------------------------


def _value_rules(schema: Sub, path: Path, spine: Sub | None) -> Iterator[Violation]:
    """What stands below allOf, anyOf, oneOf and not; `spine` is the node of the structure that it is about.

    The server looks for that node only where the rules on values are the root's own.
    """
    for name in _JUNCTORS:
        forms = schema.get(name) or []
        if name == "anyOf" and schema.get(_EITHER) and forms == _INT_OR_STRING:
            continue
        for index, form in enumerate(forms):
            at = (*path, name, index)
            known = name == "allOf" and index == 0 and schema.get(_EITHER) and form.get("anyOf") == _INT_OR_STRING
            yield from _form({**form, "anyOf": None} if known else form, at, spine)
    if isinstance(schema.get("not"), dict):
        yield from _form(schema["not"], (*path, "not"), spine)


def _form(form: Sub, path: Path, spine: Sub | None) -> Iterator[Violation]:
    yield from _unsupported(form, path)
    for name in _STRUCTURE:
        if form.get(name) not in (None, "", [], False):
            remedy = "move it out of allOf, anyOf, oneOf and not: those are for rules on values"
            yield _refused((*path, name), f"{name} stands where the schema is not structural", remedy)
    yield from _value_rules(form, path, spine)
    for name, child in (form.get("properties") or {}).items():
        below = (spine.get("properties") or {}).get(name) if spine is not None else None
        yield from _below(child, (*path, "properties", name), below, name if spine is not None else "")
    if isinstance(form.get("items"), dict):
        below = spine.get("items") if spine is not None else None
        yield from _below(form["items"], (*path, "items"), below, "items" if spine is not None else "")


def _below(form: Sub, path: Path, spine: Sub | None, wanted: str) -> Iterator[Violation]:
    if spine is None and wanted:
        message = f"{wanted} is only known in a rule on values, and not to the structure"
        yield _refused(path, message, "define it outside of allOf, anyOf, oneOf and not, too")
        return
    yield from _form(form, path, spine)


# --- defaults -----------------------------------------------------------------------------------------------------


def _defaults(schema: Sub, path: Path) -> Iterator[Violation]:
    """Defaults must be what the server would take from a person."""
    default = schema.get("default")
    if default is not None and path[-1] != "openAPIV3Schema":
        for failure in (*values.unknown(default, schema), *values.failures(default, schema, _NEWEST)):
            where = ".".join(map(str, failure.path))
            message = f"the default does not fit the schema ({failure.keyword}{f' of {where}' if where else ''})"
            yield _refused((*path, "default"), message, "write a value that the schema allows")
    for name in ("items", "additionalProperties"):
        child = schema.get(name)
        if isinstance(child, dict):
            yield from _defaults(child, (*path, name))
    for name, child in (schema.get("properties") or {}).items():
        yield from _defaults(child, (*path, "properties", name))


def _name(path: Path) -> str:
    """The field that a node is about."""
    return "an entry" if path[-1] in ("items", "additionalProperties") else str(path[-1])
