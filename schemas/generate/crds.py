"""Make schemas/kataconfig/ and schemas/olm/ from the projects' CRDs.

A development-time script; the result is committed. The folder holds kataconfig-*.yaml and olm-*.yaml:

    python schemas/generate/crds.py ../shared/upstream/crds

What is kept of a CRD is names, types and constraints, as kataform.crds.translate says: no prose.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from kataform.crds import translate

Sub = dict[str, Any]

FOLDER = Path(__file__).resolve().parent.parent
# The first operator version with each CRD; a version between two has the CRD of the lower one. 1.6 to 1.13 changed
# nothing that is checked, and get no file.
SINCE = {
    "1.0.0": "kataconfig-1.0.yaml",
    "1.1.0": "kataconfig-1.1.yaml",
    "1.2.0": "kataconfig-1.2.yaml",
    "1.3.0": "kataconfig-1.3-branch.yaml",
    "1.3.2": "kataconfig-1.3.3.yaml",
    "1.4.0": "kataconfig-1.4.yaml",
    "1.5.0": "kataconfig-1.5.0.yaml",
    "1.5.1": "kataconfig-1.5.3.yaml",
    "1.6.0": "kataconfig-1.6.yaml",
    "1.7.0": "kataconfig-1.7.yaml",
    "1.8.0": "kataconfig-1.8.yaml",
    "1.9.0": "kataconfig-1.9.yaml",
    "1.10.0": "kataconfig-1.10.yaml",
}
# The releases that stand for all when a KataConfig says for none what it is written for.
RELEASES = [
    "1.0.2", "1.1.0", "1.2.2", "1.3.3", "1.4.1", "1.5.0", "1.5.3", "1.6.0", "1.7.0", "1.8.1", "1.9.0", "1.13.1",
]  # fmt: skip
OLM = ("catalogsources", "clusterserviceversions", "installplans", "operatorgroups", "subscriptions")
_KNOWN = {
    "type", "properties", "additionalProperties", "items", "required", "nullable", "format", "anyOf", "default", "enum",
    "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "uniqueItems",
    "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-map-type",
    "x-kubernetes-validations",  # rules in CEL: the only two are on the form of a ClusterServiceVersion's spec.release
    "description", "title", "example", "externalDocs",
}  # fmt: skip


def root(schema: Sub, api_version: str, kind: str) -> Sub:
    """The schema of a whole custom resource, each large part of it once."""
    _known(schema)
    return shared_definitions(translate.root(schema, api_version, kind))


def _known(schema: Sub) -> None:
    """Refuse what none of the projects has used so far: it may need a look."""
    unknown = schema.keys() - _KNOWN
    if unknown:
        raise ValueError(f"a CRD uses {sorted(unknown)}, which this script does not know")
    below = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for child in below:
        if isinstance(child, dict):
            _known(child)


def shared_definitions(schema: Sub) -> Sub:
    """`schema` with each large part that occurs more than once written once, in `$defs`."""
    seen: dict[str, int] = {}

    def count(sub: Any) -> None:
        if isinstance(sub, dict):
            text = json.dumps(sub, sort_keys=True)
            if sub.get("type") and len(text) > 400:
                seen[text] = seen.get(text, 0) + 1
                if seen[text] > 1:
                    return
            for child in sub.values():
                count(child)
        elif isinstance(sub, list):
            for child in sub:
                count(child)

    count(schema["properties"])
    names = {text: f"part-{number}" for number, text in enumerate((t for t, n in seen.items() if n > 1), 1)}

    def replace(sub: Any, top: bool = False) -> Any:
        if isinstance(sub, dict):
            text = json.dumps(sub, sort_keys=True)
            if not top and text in names:
                return {"$ref": f"#/$defs/{names[text]}"}
            return {key: replace(child) for key, child in sub.items()}
        return [replace(child) for child in sub] if isinstance(sub, list) else sub

    if not names:
        return schema
    definitions = {name: replace(json.loads(text), top=True) for text, name in names.items()}
    return replace(schema, top=True) | {"$defs": definitions}


def served(path: Path) -> list[tuple[str, str, Sub]]:
    """(apiVersion, kind, schema) of each version that a CRD serves."""
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))["spec"]
    kind = spec["names"]["kind"]
    return [
        (f"{spec['group']}/{version['name']}", kind, version["schema"]["openAPIV3Schema"])
        for version in spec["versions"]
        if version["served"]
    ]


def write(path: Path, schema: Sub, *, pretty: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    layout: dict[str, Any] = {"indent": 1} if pretty else {"separators": (",", ":")}
    path.write_text(json.dumps(schema, sort_keys=True, **layout) + "\n", encoding="utf-8", newline="\n")


def main(crds: Path, folder: Path = FOLDER) -> None:
    before: Sub = {}
    since = []
    for version, name in SINCE.items():
        ((api_version, kind, schema),) = served(crds / name)
        made = root(schema, api_version, kind)
        if made != before:
            write(folder / "kataconfig" / f"{version}.json", made)
            since.append(version)
        before = made
    write(folder / "kataconfig" / "index.json", {"releases": RELEASES, "since": since})
    kinds: dict[str, list[str]] = {}
    for plural in OLM:
        for api_version, kind, schema in served(crds / f"olm-{plural}.yaml"):
            kinds.setdefault(api_version, []).append(kind)
            name = f"{kind.lower()}-{api_version.rpartition('/')[2]}.json"
            write(folder / "olm" / name, root(schema, api_version, kind), pretty=False)
    write(folder / "olm" / "index.json", {key: sorted(value) for key, value in kinds.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
