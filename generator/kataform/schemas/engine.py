"""The two JSON Schema engines behind one function: jsonschema-rs where it has a wheel, else jsonschema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from kataform.schemas.schema import Path, Schema, Sub
from kubecel.records import dataclass

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

__all__ = ["ENGINES", "Failure", "failures", "python_pattern"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One keyword that does not hold: where in the object, which keyword, and the schema it stands in.

    For `propertyNames` the schema is that of the names, and `path` is the map.
    """

    path: Path
    keyword: str
    sub: Sub


def failures(schema: Schema, body: object, engine: str | None = None) -> list[Failure]:
    """Every keyword that does not hold, each once, in no particular order."""
    found = ENGINES[engine or _preferred()](schema, body)
    return list({(failure.path, failure.keyword, id(failure.sub)): failure for failure in found}.values())


@cache
def _preferred() -> str:
    try:
        import jsonschema_rs  # noqa: F401  is it there?
    except ImportError:
        return "jsonschema"
    return "jsonschema-rs"


# --- jsonschema-rs ------------------------------------------------------------------------------------------------


def _with_rust(schema: Schema, body: object) -> Iterator[Failure]:
    validator = _compiled(schema)
    try:
        if validator.is_valid(body):
            return
        errors = [] if _garbled(body) else list(validator.iter_errors(body))
    except ValueError:  # half of a surrogate pair: it takes nothing that isn't Unicode
        errors = []
    if not errors:
        yield from _with_python(schema, body)
    for error in errors:
        *place, keyword = error.schema_path
        if type(error.kind).__name__.endswith("PropertyNames"):
            keyword = "propertyNames"
        yield Failure(tuple(error.instance_path), keyword, _resolve(schema.root, place))


def _garbled(value: object) -> bool:
    """Whether jsonschema-rs would give wrong paths: it reads keys of digits as numbers, and loses empty ones."""
    if isinstance(value, list):
        return any(_garbled(child) for child in value)
    if not isinstance(value, dict):
        return False
    return any(not key or key.lstrip("+").isdigit() or _garbled(child) for key, child in value.items())


@lru_cache(maxsize=2048)
def _compiled(schema: Schema) -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema.root)


def _resolve(root: Sub, place: list[str | int]) -> Sub:
    found: Any = root
    for token in place:
        found = found[token]
    return found if isinstance(found, dict) else {}


# --- jsonschema ---------------------------------------------------------------------------------------------------


def _with_python(schema: Schema, body: Any) -> Iterator[Failure]:
    for error in _interpreted(schema).iter_errors(body):
        keyword = "propertyNames" if "propertyNames" in error.absolute_schema_path else str(error.validator)
        yield Failure(tuple(error.absolute_path), keyword, error.schema if isinstance(error.schema, dict) else {})


@lru_cache(maxsize=2048)
def _interpreted(schema: Schema) -> Validator:
    validator: Validator = _dialect()(schema.root)
    return validator


@cache
def _dialect() -> Any:
    """Draft 2020-12 with regular expressions as ECMA has them: `$` is the end of the text, not of its last line."""
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(_validator: Any, wanted: str, instance: object, _schema: Any) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not python_pattern(wanted).search(instance):
            yield ValidationError("does not match")

    extend: Any = validators.extend  # its stub leaves parameters untyped
    return extend(Draft202012Validator, {"pattern": pattern})


@lru_cache(maxsize=1024)
def python_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern as Python's re must be given it to mean the same."""
    out, inside, escaped = [], False, False
    for char in pattern:
        if escaped or char == "\\":
            escaped = not escaped
        elif inside:
            inside = char != "]"
        elif char == "[":
            inside = True
        elif char == "$":
            out.append(r"\Z")
            continue
        out.append(char)
    return re.compile("".join(out), re.ASCII)


ENGINES: Mapping[str, Callable[[Schema, object], Iterator[Failure]]] = {
    "jsonschema-rs": _with_rust,
    "jsonschema": _with_python,
}
