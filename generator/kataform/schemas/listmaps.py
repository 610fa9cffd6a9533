"""Lists whose entries are told apart by keys (`x-kubernetes-list-type: map`): no two may share them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kataform.schemas.schema import Path, Schema, Sub, facets, step
from kataform.schemas.violation import Violation

__all__ = ["repeated"]


def repeated(schema: Schema, body: Any) -> Iterator[Violation]:
    """Every entry of a custom resource that has the keys of an earlier one in its list."""
    yield from _walk(schema, schema.root, body, ())


def _walk(schema: Schema, sub: Sub, value: Any, path: Path) -> Iterator[Violation]:
    if isinstance(value, list):
        keys = next(
            (f["x-kubernetes-list-map-keys"] for f in facets(schema, sub) if "x-kubernetes-list-map-keys" in f), ()
        )
        if keys:
            yield from _entries(schema, sub, value, path, keys)
        children: list[tuple[str | int, Any]] = list(enumerate(value))
    else:
        children = list(value.items()) if isinstance(value, dict) else []
    for token, child in children:
        below = step(schema, sub, token) if isinstance(child, dict | list) else None
        if below is not None:
            yield from _walk(schema, below, child, (*path, token))


def _entries(schema: Schema, sub: Sub, value: list[Any], path: Path, keys: list[str]) -> Iterator[Violation]:
    entry = step(schema, sub, 0) or {}
    defaults = {key: _default(schema, step(schema, entry, key)) for key in keys}
    seen: set[str] = set()
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            continue
        found = {key: item.get(key, defaults[key]) for key in keys}
        told = json.dumps(found, sort_keys=True)
        if told in seen:
            what = ", ".join(f"{key} {value}" for key, value in found.items() if value is not None)
            message = f"a second entry has {what}" if what else "a second entry has none of its keys"
            yield Violation((*path, index), "duplicate-name", message, "give it another one, or remove it")
        seen.add(told)


def _default(schema: Schema, sub: Sub | None) -> Any:
    return next((facet["default"] for facet in facets(schema, sub or {}) if "default" in facet), None)
