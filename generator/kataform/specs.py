"""The reference page of the spec, written from its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kataform.spec import schema

__all__ = ["page"]

_HEAD = """\
<!-- Generated from schemas/spec.schema.json by `make docs`; do not edit. -->

# The spec

A spec is a file `kataform.yaml`: one in `base/`, one in each folder below `overlays/`. This page is generated from
[`schemas/spec.schema.json`](../schemas/spec.schema.json), which also drives validation and the completion in editors:
the first line `# yaml-language-server: $schema=…` of a spec names it.

- **An overlay starts from the spec it `extends`** (`../../base` where it says nothing), and a chain is allowed:
  overlay, profile, base. Maps merge, lists replace, `null` deletes (a default then holds), a label selector
  (`matchLabels`, `matchExpressions`, `nodeSelector`) replaces as a whole.
- **What ends up in a resource has the resource's own name**: `operator.subscription` is Subscription's `spec`,
  `kataConfig.spec` is KataConfig's.
- `kataform show OVERLAY` prints the merged spec, each value with the file and line that it comes from.

| field | type | default | what it is |
|---|---|---|---|
"""


def page() -> str:
    """Markdown: one row for each property, in the order of the schema."""
    return _HEAD + "".join(_rows(schema().root, ""))


def _rows(sub: dict[str, Any], above: str) -> Iterator[str]:
    for name, below in sub.get("properties", {}).items():
        path = f"{above}{name}"
        default = below.get("default")
        shown = f"`{_text(default)}`" if "default" in below else ""
        yield f"| `{path}` | {_type(below)} | {shown} | {below['description']} |\n"
        yield from _rows(below, f"{path}.")
        if isinstance(below.get("items"), dict):
            yield from _rows(below["items"], f"{path}[].")
        if isinstance(below.get("additionalProperties"), dict):
            yield from _rows(below["additionalProperties"], f"{path}.*.")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(sub: dict[str, Any]) -> str:
    """The type as people write it; the values where only some are allowed. That null deletes is said once, above."""
    if "enum" in sub:
        return ", ".join(f"`{value}`" for value in sub["enum"] if value is not None)
    kinds = sub["type"] if isinstance(sub["type"], list) else [sub["type"]]
    kind: str = next(kind for kind in kinds if kind != "null")
    if kind == "array":
        return f"list of {_type(sub['items'])}"
    if kind == "object" and isinstance(sub.get("additionalProperties"), dict):
        return f"map to {_type(sub['additionalProperties'])}"
    return {"object": "map"}.get(kind, kind)
