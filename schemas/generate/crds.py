"""Make schemas/kataconfig/ and schemas/olm/ from the projects' CRDs.

A development-time script; the result is committed. The folder holds kataconfig-*.yaml and olm-*.yaml:

    python schemas/generate/crds.py ../shared/upstream/crds

What is kept of a CRD is names, types and constraints: no prose. A CRD's schema is structural, and what the server
adds to it is written out here, so that a plain JSON Schema engine gives its verdict:

- an unknown field is an error (strict field validation), unless x-kubernetes-preserve-unknown-fields keeps it;
- an explicit null where null isn't allowed is dropped, then the default applies: so null is allowed for every field
  but a required one without default, and for values of maps, but not in lists (apiextensions' defaulting package);
- a required field with a default may be left out;
- the server drops a new object's status before it validates it, but not before it looks for unknown fields in it;
- metadata is ObjectMeta, in full.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

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
_KEPT = (
    "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "uniqueItems", "default",
    "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
    "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
)  # fmt: skip
_PROSE = {"description", "title", "example", "externalDocs"}
_READ = {"type", "properties", "additionalProperties", "items", "required", "nullable", "format", "anyOf"}
# Rules in CEL are beyond JSON Schema; the only two are on the form of a ClusterServiceVersion's spec.release.
_KNOWN = {*_KEPT, *_PROSE, *_READ, "x-kubernetes-int-or-string", "x-kubernetes-map-type", "x-kubernetes-validations"}
_META = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
_RANGES = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "date-time": {"$ref": "#/$defs/kataform.date-time"},
    "byte": {"$ref": "#/$defs/kataform.base64"},
}
_QUANTITY = "numkMGTPE"


def convert(schema: Sub, *, null: bool, ignored: bool = False) -> Sub:
    """A CRD's schema as JSON Schema; `null` says whether null is allowed here, `ignored` that nothing is required."""
    unknown = schema.keys() - _KNOWN
    if unknown:
        raise ValueError(f"a CRD uses {sorted(unknown)}, which this script does not know")
    kept = {key: schema[key] for key in _KEPT if key in schema}
    if kept.get("x-kubernetes-list-type") == "atomic":
        del kept["x-kubernetes-list-type"]
    if kept.get("x-kubernetes-list-type") == "set":
        kept["uniqueItems"] = True
    null = null or schema.get("nullable", False) or ignored
    if schema.get("x-kubernetes-int-or-string"):
        return kept | _int_or_string(schema, null=null)
    if "type" in schema:
        kept["type"] = [schema["type"], "null"] if null else schema["type"]
    if "enum" in kept and null:
        kept["enum"] = [*kept["enum"], None]
    if "format" in schema:
        kept |= {"format": schema["format"], **_RANGES.get(schema["format"], {})}
    if schema.get("type") == "object":
        kept |= _object(schema, ignored=ignored)
    if "items" in schema:
        kept["items"] = convert(schema["items"], null=False, ignored=ignored)
    return kept


def _int_or_string(schema: Sub, *, null: bool) -> Sub:
    kept: Sub = {"type": ["integer", "string", "null"] if null else ["integer", "string"], "format": "int-or-string"}
    if _QUANTITY in schema.get("pattern", ""):
        kept |= {"format": "quantity", "x-kataform": "quantity"}
    return kept


def _object(schema: Sub, *, ignored: bool) -> Sub:
    kept: Sub = {}
    properties = schema.get("properties", {})
    required = {
        name for name in schema.get("required", ()) if "default" not in properties.get(name, {}) and not ignored
    }
    if properties:
        kept["properties"] = {
            name: convert(child, null=name not in required, ignored=ignored)
            for name, child in sorted(properties.items())
        }
    if required:
        kept["required"] = sorted(required)
    if isinstance(schema.get("additionalProperties"), dict):
        kept["additionalProperties"] = convert(schema["additionalProperties"], null=True, ignored=ignored)
    elif not schema.get("x-kubernetes-preserve-unknown-fields") and schema.get("additionalProperties") is not True:
        kept["additionalProperties"] = False
    if schema.get("x-kubernetes-embedded-resource"):
        kept.setdefault("properties", {}).update(metadata=_META, apiVersion={"type": "string"}, kind={"type": "string"})
        kept["required"] = sorted({*kept.get("required", ()), "apiVersion", "kind"})
    return kept


def root(schema: Sub, api_version: str, kind: str) -> Sub:
    """The schema of a whole custom resource; apiVersion, kind and metadata are kataform.schemas' to fill in."""
    properties = dict(schema["properties"])
    status = properties.pop("status", None)
    for shared in ("apiVersion", "kind", "metadata"):
        properties.pop(shared, None)
    made = convert(schema | {"properties": properties}, null=False)
    if status is not None:
        made["properties"]["status"] = convert(status, null=True, ignored=True)
    return shared_definitions(made | {"x-kataform-kind": [api_version, kind]})


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
