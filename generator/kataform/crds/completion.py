"""What the server makes of a custom resource before it validates it: nulls dropped, defaults filled in.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
"""

from __future__ import annotations

import copy
from typing import Any

__all__ = ["completed"]

Sub = dict[str, Any]


def completed(value: Any, schema: Sub) -> Any:
    """A copy of a value as the server validates it; unknown fields stay."""
    if isinstance(value, dict):
        return _map(value, schema)
    if isinstance(value, list):
        items = schema.get("items")
        items = items if isinstance(items, dict) else {}
        return [completed(_given(item, items), items) for item in value]
    return value


def _map(value: dict[str, Any], schema: Sub) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    more = schema.get("additionalProperties")
    found: dict[str, Any] = {}
    for name, item in value.items():
        sub = properties.get(name, more if isinstance(more, dict) else None)
        kept = _given(item, sub) if sub is not None else item
        if kept is not None or sub is None or sub.get("nullable"):
            found[name] = completed(kept, sub or {})
    for name, sub in properties.items():
        if name not in found and sub.get("default") is not None:
            found[name] = completed(copy.deepcopy(sub["default"]), sub)
    return found


def _given(item: Any, sub: Sub) -> Any:
    """The value, or the default where null stands for it."""
    if item is None and not sub.get("nullable"):
        return copy.deepcopy(sub.get("default"))
    return item
