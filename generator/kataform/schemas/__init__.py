"""What a cluster accepts: the schema of each kind and version, an object held against it, and why it is refused."""

from __future__ import annotations

from kataform.schemas.engine import ENGINES, Failure, failures
from kataform.schemas.export import FILES, export
from kataform.schemas.kinds import (
    KUBERNETES_MINORS,
    NEWEST_KUBERNETES,
    any_object,
    custom_schema,
    embedded_object,
    kataconfig_versions,
    kataconfig_versions_with,
    kind_schema,
    kind_versions,
    namespaced,
)
from kataform.schemas.relations import relations
from kataform.schemas.schema import Part, Schema, at, fields, part, step, wants_string
from kataform.schemas.violation import Violation

__all__ = [
    "ENGINES",
    "FILES",
    "KUBERNETES_MINORS",
    "NEWEST_KUBERNETES",
    "Failure",
    "Part",
    "Schema",
    "Violation",
    "any_object",
    "at",
    "custom_schema",
    "embedded_object",
    "explained",
    "export",
    "fields",
    "kataconfig_versions",
    "kataconfig_versions_with",
    "kind_schema",
    "kind_versions",
    "namespaced",
    "part",
    "relations",
    "step",
    "validate",
    "wants_string",
]


def validate(schema: Schema, body: object, *, secret: bool = False, engine: str | None = None) -> list[Violation]:
    """Why the API server refuses an object, in the order of its fields; empty where it accepts it.

    `body` is what JSON can hold. With `secret` no message holds a value. `engine` is one of ENGINES; by default the
    first that is installed. Both give the same violations.
    """
    return explained(schema, body, failures(schema, body, engine), secret=secret)


def explained(schema: Schema, body: object, found: list[Failure], *, secret: bool = False) -> list[Violation]:
    """What is told of failures that are known already."""
    if not found:
        return []
    from kataform.schemas.explain import explain

    return explain(schema, body, found, secret=secret)
