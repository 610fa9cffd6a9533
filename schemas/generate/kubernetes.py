"""Make schemas/kubernetes/ (Kubernetes 1.21 to 1.37) from two releases of PyPI's kubernetes-validate.

A development-time script; the result is committed, and nothing of this is needed to run kataform:

    pip install --no-deps --target /tmp/old kubernetes-validate==1.24.1
    pip install --no-deps --target /tmp/new kubernetes-validate==1.37.0
    python schemas/generate/kubernetes.py /tmp/old /tmp/new

The two packages hold the API server's OpenAPI definitions as JSON Schema, each version whole (108 MB). Here the
prose goes, what the server checks beyond OpenAPI is added (`constraints`), and each distinct definition is kept once:
`definitions.jsonl` has one definition a line, `index.json` says which of them (minors first and last, byte offset,
length) a name stands for, and which kinds there are (definition, minors; for what is stored its plural, whether it is
namespaced, and the rule for its name). So one kind is read with a few seeks, and nothing else is parsed.

Null: the server drops an explicit null from a field of a built-in type, so null is allowed wherever the field may be
left out, and in lists and maps, where it is the zero value; a required field's null is refused.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import constraints
import requirements

Definition = dict[str, Any]

OLD, NEW = range(21, 25), range(25, 38)
FOLDER = Path(__file__).resolve().parent.parent / "kubernetes"
_KEPT = {"x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-preserve-unknown-fields"}
_META = {"APIGroup", "APIVersions", "APIResourceList", "DeleteOptions", "Status", "WatchEvent"}
_NULLABLE = {"string", "integer", "number", "boolean", "array", "object"}
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_SPECIAL: dict[str, Definition] = {
    _QUANTITY: {"type": ["string", "number", "null"], "format": "quantity"},
    _INT_OR_STRING: {"type": ["integer", "string", "null"], "format": "int-or-string"},
}
_RANGES = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
}

# Everything else is namespaced; kubectl api-resources says the same.
_CLUSTER = {
    "APIService", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "ClusterTrustBundle",
    "ComponentStatus", "CSIDriver", "CSINode", "CustomResourceDefinition", "DeviceClass", "DeviceTaintRule",
    "FlowSchema", "IPAddress", "IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PodSecurityPolicy", "PriorityClass",
    "PriorityLevelConfiguration", "ResourcePoolStatusRequest", "ResourceSlice", "RuntimeClass",
    "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview", "ServiceCIDR", "StorageClass",
    "StorageVersion", "StorageVersionMigration", "SubjectAccessReview", "TokenReview", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment",
    "VolumeAttributesClass",
}  # fmt: skip
_PLURALS = {"Endpoints": "endpoints"}
# Sent to the server to ask or do something, never stored: they need no name.
_NOT_STORED = {"Binding", "Eviction", "Scale", "TokenRequest"}


def strip(schema: Any, *, null: bool) -> Any:
    """`schema` without prose, in one spelling for all versions; `null` says whether null is allowed here."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return {"$ref": f"#/$defs/{name}"} if null else {"$ref": f"#/$defs/{name}", "x-required": True}
    kept: Definition = {key: value for key, value in schema.items() if key in _KEPT}
    if "type" in schema:
        kept["type"] = _types(schema["type"], null=null)
    if "format" in schema:
        kept |= _RANGES.get(schema["format"], {})
        kept["format"] = schema["format"]
        if schema["format"] == "byte":
            kept |= {"$ref": "#/$defs/kataform.base64"}
    if "properties" in schema:
        required = set(schema.get("required", ()))
        kept["properties"] = {
            name: strip(child, null=name not in required) for name, child in sorted(schema["properties"].items())
        }
        kept["additionalProperties"] = False
        if required:
            kept["required"] = sorted(required)
    if isinstance(schema.get("additionalProperties"), dict):
        kept["additionalProperties"] = _entry(schema["additionalProperties"])
    if "items" in schema:
        kept["items"] = _entry(schema["items"])
    return kept


def _entry(schema: Definition) -> Definition:
    """What a list or a map holds: null is the zero value there, which is refused where a field is required in it."""
    kept: Definition = strip(schema, null=True)
    return kept | {"x-entry": True} if "$ref" in kept else kept


def _types(types: str | list[str], *, null: bool) -> str | list[str]:
    plain = [name for name in ([types] if isinstance(types, str) else types) if name != "null"]
    if null and set(plain) <= _NULLABLE:
        plain.append("null")
    return plain if len(plain) > 1 else plain[0]


def refuse_null(schema: Any, definitions: dict[str, Definition]) -> Any:
    """Give a reference where null is refused the referenced type without it."""
    if isinstance(schema, list):
        return [refuse_null(child, definitions) for child in schema]
    if not isinstance(schema, dict):
        return schema
    marks = ("x-required", "x-entry")
    walked = {key: refuse_null(child, definitions) for key, child in schema.items() if key not in marks}
    referred = definitions.get(str(schema.get("$ref")).rsplit("/", 1)[-1], {})
    if "x-required" in schema or ("x-entry" in schema and referred.keys() & {"required", "anyOf", "allOf"}):
        target = referred.get("type", [])
        types = [name for name in ([target] if isinstance(target, str) else target) if name != "null"]
        if types:
            walked["type"] = types if len(types) > 1 else types[0]
    return walked


def identities(definition: Definition) -> list[str]:
    """The `apiVersion kind` pairs that a definition stands for, those of protocol messages left out."""
    found = []
    for entry in definition.get("x-kubernetes-group-version-kind", []):
        group, version, kind = entry["group"], entry["version"], entry["kind"]
        if kind not in _META:
            found.append(f"{group}/{version} {kind}" if group else f"{version} {kind}")
    return found


def stored(kind: str) -> bool:
    return not (kind in _NOT_STORED or kind.endswith(("List", "Review")))


def read(folder: Path, minor: int) -> tuple[dict[str, Definition], dict[str, str]]:
    """One version's definitions, ready to be stored, and its kinds: `apiVersion kind` -> name of the definition."""
    path = folder / f"kubernetes_validate/kubernetes-json-schema/v1.{minor}.0-local-strict/_definitions.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    raw: dict[str, Definition] = content.get("$defs") or content["definitions"]
    definitions = {name: _SPECIAL.get(name) or strip(_relaxed(name, schema), null=True) for name, schema in raw.items()}
    definitions = {name: constraints.apply(name, schema, minor) for name, schema in definitions.items()}
    definitions = {name: refuse_null(schema, definitions) for name, schema in definitions.items()}
    definitions |= {f"kataform.{name}": schema for name, schema in constraints.DEFINITIONS.items()}
    kinds: dict[str, str] = {}
    for name, schema in raw.items():
        found = identities(schema)
        if len(found) == 1:
            kinds[found[0]] = name
    lenient = only_in_status(definitions, list(kinds.values()))
    definitions |= {name: without_required(definitions[name]) for name in lenient}
    return definitions, kinds


def _relaxed(name: str, schema: Definition) -> Definition:
    """`schema` without asking for fields whose zero value will do."""
    dropped = requirements.NOT_NEEDED.get(constraints.short(name), ())
    return schema | {"required": [field for field in schema.get("required", ()) if field not in dropped]}


def only_in_status(definitions: dict[str, Definition], roots: list[str]) -> set[str]:
    """The definitions that occur in a status only. The server drops a new object's status before it validates it."""
    everything = reachable(definitions, roots)
    without = {name: _without_status(definitions[name]) if name in roots else definitions[name] for name in definitions}
    return {name for name in everything - reachable(without, roots) if not name.startswith("kataform.")}


def _without_status(definition: Definition) -> Definition:
    properties = {key: child for key, child in definition.get("properties", {}).items() if key != "status"}
    return definition | {"properties": properties}


def without_required(schema: Any) -> Any:
    """`schema` with every field optional, and null allowed."""
    if isinstance(schema, list):
        return [without_required(child) for child in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: child for key, child in schema.items() if key not in ("required", "properties")}
    kept = {key: without_required(child) for key, child in kept.items()}
    if "properties" in schema:
        kept["properties"] = {key: without_required(child) for key, child in schema["properties"].items()}
    if "type" in kept:
        kept["type"] = _types(kept["type"], null=True)
    return kept


def reachable(definitions: dict[str, Definition], names: list[str]) -> set[str]:
    """`names` and everything they refer to."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(_references(definitions[name]))
    return found


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for child in schema for name in _references(child)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].rsplit("/", 1)[1]] if isinstance(schema.get("$ref"), str) else []
    return own + [name for child in schema.values() for name in _references(child)]


def plural(kind: str) -> str:
    """The resource's name in the API's paths; kind lower-cased, with the English plural."""
    word = kind.lower()
    if kind in _PLURALS:
        return _PLURALS[kind]
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def spans(minors: list[int]) -> list[list[int]]:
    """Sorted minors as ranges: [21, 22, 23, 30] is [[21, 23], [30, 30]]."""
    ranges: list[list[int]] = []
    for minor in minors:
        if ranges and ranges[-1][1] == minor - 1:
            ranges[-1][1] = minor
        else:
            ranges.append([minor, minor])
    return ranges


def main(old: Path, new: Path) -> None:
    variants: dict[str, dict[str, list[int]]] = {}
    kinds: dict[str, tuple[str, list[int]]] = {}
    for minor in [*OLD, *NEW]:
        definitions, found = read(new if minor in NEW else old, minor)
        roots = [*found.values(), OBJECT_META, *(f"kataform.{name}" for name in constraints.DEFINITIONS)]
        for name in reachable(definitions, roots):
            text = json.dumps(definitions[name], sort_keys=True, separators=(",", ":"))
            variants.setdefault(name, {}).setdefault(text, []).append(minor)
        for identity, name in found.items():
            kinds.setdefault(identity, (name, []))[1].append(minor)
    write(variants, kinds)


def write(variants: dict[str, dict[str, list[int]]], kinds: dict[str, tuple[str, list[int]]]) -> None:
    lines, index, offset = [], {}, 0
    for name, texts in sorted(variants.items()):
        entries = []
        for text, minors in sorted(texts.items(), key=lambda pair: pair[1]):
            lines.append(text)
            entries += [[first, last, offset, len(text)] for first, last in spans(minors)]
            offset += len(text) + 1
        index[name] = sorted(entries)
    table = {}
    for identity, (name, minors) in sorted(kinds.items()):
        kind = identity.split()[1]
        rule = constraints.NAMES.get(identity, "dns-1123-subdomain") if stored(kind) else None
        scope = [] if kind.endswith("List") else [plural(kind), kind not in _CLUSTER, rule]
        table[identity] = [name, spans(minors), *scope]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "definitions.jsonl").write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
    text = f'{{"minors":[{OLD[0]},{NEW[-1]}],\n"kinds":{_table(table)},\n"definitions":{_table(index)}}}\n'
    (FOLDER / "index.json").write_text(text, encoding="ascii", newline="\n")


def _table(table: dict[str, Any]) -> str:
    """A JSON object with one entry a line, so that a difference can be read."""
    rows = (f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in table.items())
    return "{\n" + ",\n".join(rows) + "}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
