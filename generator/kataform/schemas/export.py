"""Write schemas as files, in the layout that kubeconform reads through one -schema-location."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from kataform.schemas.schema import Schema

__all__ = ["FILES", "export"]

# Below the folder that export wrote: https://github.com/yannh/kubeconform#overriding-schemas-location
FILES = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"


def export(folder: Path, schemas: Mapping[tuple[str, str], Schema]) -> None:
    """Write schemas by (apiVersion, kind) below `folder`, where the template FILES finds them."""
    for (api_version, kind), schema in sorted(schemas.items()):
        group, _, version = api_version.rpartition("/")
        path = folder / (group or version) / f"{kind.lower()}_{version}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema.root, separators=(",", ":")), encoding="utf-8", newline="\n")
