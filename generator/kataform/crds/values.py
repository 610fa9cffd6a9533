"""Hold a value against a structural schema as the server does: patterns, numbers and formats are as Go has them.

The schema is taken as it stands in the CRD, so that nothing of it is lost in a translation.
https://github.com/kubernetes/kube-openapi/tree/master/pkg/validation/validate
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from kataform.crds import formats
from kataform.crds.translate import SERVED_OF_ALL
from kataform.schemas import Failure
from kubecel import regex

__all__ = ["failures", "repeated", "unknown"]

Path = tuple[str | int, ...]
Sub = dict[str, Any]
Version = tuple[int, int]

_INTEGERS = {"int32": (-(2**31), 2**31 - 1)}
_INT64 = (-(2**63), 2**63 - 1)
_EXACT = 2**53 - 1  # the largest whole number that the server takes a float for
_MANY = 1 << 30
_FLOAT32 = 3.4028235677973366e38


def failures(value: Any, schema: Sub, version: Version, path: Path = ()) -> Iterator[Failure]:
    """Every rule of the schema that a value breaks; fields that the schema does not know are not looked at."""
    wanted = _types(schema)
    if value is None:
        if wanted and not schema.get("nullable"):
            yield Failure(path, "type", {"type": wanted})
        elif schema.get("enum"):
            yield Failure(path, "enum", schema)
        return
    if wanted and not _is_any(value, wanted):
        yield Failure(path, "type", {"type": wanted})
        return
    if schema.get("enum") and not any(_equals(value, choice) for choice in schema["enum"]):
        yield Failure(path, "enum", schema)
    if isinstance(value, str):
        yield from _text(value, schema, version, path)
    elif isinstance(value, bool):
        pass
    elif isinstance(value, int | float):
        yield from _number(value, schema, path)
    elif isinstance(value, list):
        yield from _list(value, schema, version, path)
    elif isinstance(value, dict):
        yield from _map(value, schema, version, path)
    yield from _forms(value, schema, version, path)


def _types(schema: Sub) -> list[str]:
    """The types that a value may have; none where any fits, be it that the schema names one that there is not."""
    if schema.get("x-kubernetes-int-or-string"):
        return ["integer", "string"]
    return [schema["type"]] if schema.get("type") in _CLASSES else []


def _is_any(value: Any, types: list[str]) -> bool:
    return any(_CLASSES[name](value) for name in types)


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return _INT64[0] <= value <= _INT64[1] or abs(value) <= _EXACT
    return isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_CLASSES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "number": _is_number,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _equals(value: Any, choice: Any) -> bool:
    """Equality as the server has it: a number with a fraction is cut where the choice is whole."""
    if _is_number(value) and _is_number(choice):
        return bool(math.trunc(value) == choice if isinstance(choice, int) else value == choice)
    return type(value) is type(choice) and bool(value == choice)


# --- one value ----------------------------------------------------------------------------------------------------


def _text(value: str, schema: Sub, version: Version, path: Path) -> Iterator[Failure]:
    if len(value) > schema.get("maxLength", len(value)):
        yield Failure(path, "maxLength", schema)
    elif len(value) < schema.get("minLength", 0):
        yield Failure(path, "minLength", schema)
    elif schema.get("pattern") and regex.search(schema["pattern"], value) is None:
        yield Failure(path, "pattern", {"description": f"write what matches {schema['pattern']}"})
    named = schema.get("format")
    checked = schema.get("type", "string") == "string" and not schema.get("x-kubernetes-int-or-string")
    if named and checked and not formats.holds(named, value, version):
        yield Failure(path, "format", {"format": named})


def _number(value: float, schema: Sub, path: Path) -> Iterator[Failure]:
    named = schema.get("format")
    if schema.get("type") == "integer":
        low, high = _INTEGERS.get(named or "", _INT64)
        if not low <= value <= high:
            yield Failure(path, "minimum", {"minimum": low, "maximum": high})
            return
    elif schema.get("type") == "number" and named == "float" and abs(value) > _FLOAT32:
        yield Failure(path, "maximum", {"maximum": _FLOAT32})
    factor = schema.get("multipleOf")
    if factor is not None and not _is_multiple(value, factor):
        yield Failure(path, "multipleOf", schema)
    yield from _limits(value, schema, path)


def _limits(value: float, schema: Sub, path: Path) -> Iterator[Failure]:
    low, high = _limit(value, schema.get("minimum")), _limit(value, schema.get("maximum"))
    if low is not None and schema.get("exclusiveMinimum") and value <= low:
        yield Failure(path, "exclusiveMinimum", {"exclusiveMinimum": schema["minimum"]})
    elif low is not None and value < low:
        yield Failure(path, "minimum", _only(schema, "minimum", "maximum"))
    if high is not None and schema.get("exclusiveMaximum") and value >= high:
        yield Failure(path, "exclusiveMaximum", {"exclusiveMaximum": schema["maximum"]})
    elif high is not None and value > high:
        yield Failure(path, "maximum", _only(schema, "minimum", "maximum"))


def _limit(value: float, limit: float | None) -> float | None:
    """A limit as the server has it for a value: cut to a whole number for a whole number."""
    return math.trunc(limit) if limit is not None and _is_int64(value) else limit


def _is_int64(value: float) -> bool:
    return isinstance(value, int) and _INT64[0] <= value <= _INT64[1]


def _only(schema: Sub, *names: str) -> Sub:
    return {name: schema[name] for name in names if name in schema}


def _is_multiple(value: float, factor: float) -> bool:
    """As the server reckons: with whole numbers, or in floating point as far as that is exact."""
    if _is_int64(value):
        return factor >= 1 and value % math.trunc(factor) == 0
    result = 1 / factor * value if 0 < factor < 1 else value / factor if factor else math.inf
    return factor > 0 and abs(result) <= _EXACT and result == math.trunc(result)


# --- maps and lists -----------------------------------------------------------------------------------------------


def _list(value: list[Any], schema: Sub, version: Version, path: Path) -> Iterator[Failure]:
    items = schema.get("items")
    if isinstance(items, dict):
        for index, item in enumerate(value):
            yield from failures(item, items, version, (*path, index))
    if len(value) < schema.get("minItems", 0):
        yield Failure(path, "minItems", schema)
    if len(value) > schema.get("maxItems", len(value)):
        yield Failure(path, "maxItems", schema)


def _map(value: dict[str, Any], schema: Sub, version: Version, path: Path) -> Iterator[Failure]:
    if len(value) < schema.get("minProperties", 0):
        yield Failure(path, "minProperties", schema)
    if len(value) > schema.get("maxProperties", len(value)):
        yield Failure(path, "maxProperties", schema)
    missing = [name for name in schema.get("required") or () if name not in value]
    if missing:
        yield Failure(path, "required", {"required": missing})
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, item in value.items():
        sub = properties.get(name, more)
        if isinstance(sub, dict):
            yield from failures(item, sub, version, (*path, name))


# --- forms --------------------------------------------------------------------------------------------------------


def _forms(value: Any, schema: Sub, version: Version, path: Path) -> Iterator[Failure]:
    for form in schema.get("allOf") or ():
        yield from failures(value, form, version, path)
    for name, allowed in (("anyOf", range(1, _MANY)), ("oneOf", (1,))):
        forms = schema.get(name) or ()
        if forms and sum(_fits(value, form, version) for form in forms) not in allowed:
            yield Failure(path, name, {name: list(forms)})
    if isinstance(schema.get("not"), dict) and _fits(value, schema["not"], version):
        yield Failure(path, "not", schema)


def _fits(value: Any, form: Sub, version: Version) -> bool:
    return next(failures(value, form, version), None) is None


# --- what is more than a schema says ------------------------------------------------------------------------------


def unknown(
    value: Any, schema: Sub, path: Path = (), *, resource: bool = False, kept: bool = False
) -> Iterator[Failure]:
    """The fields that the kind does not have; `resource` says that the value is a whole object, which has metadata,
    and `kept` that it is an entry of a list whose unknown fields are kept.
    """
    resource = resource or bool(schema.get("x-kubernetes-embedded-resource"))
    kept = kept or bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if isinstance(value, list):
        items = schema.get("items")
        for index, item in enumerate(value):
            yield from unknown(item, items if isinstance(items, dict) else {}, (*path, index), kept=kept)
    if not isinstance(value, dict) or schema.get("type", "object") != "object":
        return
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    known = {*properties, *(SERVED_OF_ALL if resource else ())}
    if not kept and more is None and not value.keys() <= known:
        yield Failure(path, "additionalProperties", {"properties": {name: {} for name in sorted(known)}})
    for name, item in value.items():
        sub = properties.get(name, {} if more is True else more)  # of the entries of such a map no field is known
        if isinstance(sub, dict) and not (resource and name in SERVED_OF_ALL):
            yield from unknown(item, sub, (*path, name))


def repeated(value: Any, schema: Sub, path: Path = ()) -> Iterator[Path]:
    """The entries of sets (`x-kubernetes-list-type: set`) that are there a second time."""
    if isinstance(value, list):
        items = schema.get("items")
        if schema.get("x-kubernetes-list-type") == "set":
            yield from _twice(value, path)
        for index, item in enumerate(value):
            yield from repeated(item, items if isinstance(items, dict) else {}, (*path, index))
    elif isinstance(value, dict):
        properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, item in value.items():
            sub = properties.get(name, more)
            if isinstance(sub, dict):
                yield from repeated(item, sub, (*path, name))


def _twice(value: list[Any], path: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for index, item in enumerate(value):
        told = json.dumps(item, sort_keys=True)
        if told in seen:
            yield (*path, index)
        seen.add(told)
