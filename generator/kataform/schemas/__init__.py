"""What a cluster accepts: the schema of each kind and version, an object held against it, and why it is refused."""

from __future__ import annotations

from kataform.schemas.engine import ENGINES, failures
from kataform.schemas.export import FILES, export
from kataform.schemas.kinds import (
    KUBERNETES_MINORS,
    NEWEST_KUBERNETES,
    any_object,
    kataconfig_versions,
    kataconfig_versions_with,
    kind_schema,
    kind_versions,
    namespaced,
)
from kataform.schemas.relations import relations
from kataform.schemas.schema import Schema, at, fields, step, wants_string
from kataform.schemas.violation import Violation

__all__ = [
    "ENGINES",
    "FILES",
    "KUBERNETES_MINORS",
    "NEWEST_KUBERNETES",
    "Schema",
    "Violation",
    "any_object",
    "at",
    "export",
    "fields",
    "kataconfig_versions",
    "kataconfig_versions_with",
    "kind_schema",
    "kind_versions",
    "namespaced",
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
    found = failures(schema, body, engine)
    if not found:
        return []
    from kataform.schemas.explain import explain

    return explain(schema, body, found, secret=secret)
