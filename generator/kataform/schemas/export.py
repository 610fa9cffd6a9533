"""Write schemas as files, in the layout that kubeconform reads through one -schema-location."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from kataform.schemas.kinds import kind_schema

__all__ = ["FILES", "export"]

# Below the folder that export wrote: https://github.com/yannh/kubeconform#overriding-schemas-location
FILES = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"


def export(folder: Path, kinds: Iterable[tuple[str, str]], *, kubernetes: str, operator: str | None) -> list[Path]:
    """Write the schema of each (apiVersion, kind) that these versions have; the files that were written."""
    written = []
    for api_version, kind in sorted(set(kinds)):
        schema = kind_schema(api_version, kind, kubernetes=kubernetes, operator=operator)
        if schema is None:
            continue
        group, _, version = api_version.rpartition("/")
        path = folder / (group or version) / f"{kind.lower()}_{version}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema.root, separators=(",", ":")), encoding="utf-8", newline="\n")
        written.append(path)
    return written
