"""A CRD's schema as JSON Schema: what every reader of schemas here takes, and kubeconform, too.

A CRD's schema is structural, and what the server adds to it is written out, so that a plain JSON Schema engine gives
its verdict:

- an unknown field is an error (strict field validation), unless x-kubernetes-preserve-unknown-fields keeps it;
- an explicit null where null isn't allowed is dropped, then the default applies: so null is allowed for every field
  but a required one without default, and for values of maps, but not in lists (apiextensions' defaulting package);
- a required field with a default may be left out;
- the server drops a new object's status before it validates it, but not before it looks for unknown fields in it;
- metadata is ObjectMeta, in full.

Names, types and constraints are kept, prose is not.
"""

from __future__ import annotations

from typing import Any

__all__ = ["SERVED_OF_ALL", "convert", "root"]

Sub = dict[str, Any]

# What every object has, whatever the schema of its kind says of it.
SERVED_OF_ALL = ("apiVersion", "kind", "metadata")
_KEPT = (
    "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems",
    "uniqueItems", "minProperties", "maxProperties", "default", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
    "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
)  # fmt: skip
_META = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
_RANGES: dict[str, Sub] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "date-time": {"$ref": "#/$defs/kataform.date-time"},
    "byte": {"$ref": "#/$defs/kataform.base64"},
}
_QUANTITY = "numkMGTPE"
_LIMITS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_JUNCTORS = ("allOf", "anyOf", "oneOf")
_VALUES = ("default", "enum", "example")  # which hold values and no schemas


def filled(schema: Any) -> Any:
    """The schema as the API server reads what is null in it: `properties: {name: null}` is an empty schema, a field
    that is null is not there, and an empty text is required.
    """
    if isinstance(schema, list):
        return [filled(child) for child in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for name, child in schema.items():
        if name in _VALUES:
            made[name] = child
        elif name == "properties" and isinstance(child, dict):
            made[name] = {field: {} if below is None else filled(below) for field, below in child.items()}
        elif child is not None:
            made[name] = filled(child)
    if isinstance(required := made.get("required"), list):
        made["required"] = ["" if name is None else name for name in required]
    return made


def convert(schema: Sub, *, null: bool, ignored: bool = False) -> Sub:
    """A structural schema as JSON Schema; `null` says whether null is allowed here, `ignored` that nothing is required.

    What stands below allOf, anyOf, oneOf and not are rules on values only, and are added as they are.
    """
    kept = _constraints(schema)
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
        limits = _RANGES.get(schema["format"], {})
        kept |= {"format": schema["format"], **{key: each for key, each in limits.items() if key not in kept}}
    if schema.get("type") == "object" or "properties" in schema:
        kept |= _object(schema, ignored=ignored)
    if "items" in schema:
        kept["items"] = convert(schema["items"], null=False, ignored=ignored)
    if not ignored:
        kept |= _forms(schema)
    return kept


def _constraints(schema: Sub) -> Sub:
    """What one value by itself must be, in the words of today's JSON Schema."""
    kept = {key: schema[key] for key in _KEPT if key in schema}
    for limit, exclusive in _LIMITS:
        if schema.get(exclusive) and limit in kept:
            kept[exclusive] = kept.pop(limit)
    return kept


def _forms(schema: Sub) -> Sub:
    kept: Sub = {name: [_form(form) for form in schema[name]] for name in _JUNCTORS if schema.get(name)}
    if isinstance(schema.get("not"), dict):
        kept["not"] = _form(schema["not"])
    return kept


def _form(schema: Sub) -> Sub:
    """A rule on values, which says nothing of what fields there are."""
    kept = _constraints(schema) | _forms(schema)
    if schema.get("required"):
        kept["required"] = schema["required"]
    if "type" in schema:
        kept["type"] = schema["type"]
    if schema.get("properties"):
        kept["properties"] = {name: _form(child) for name, child in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        kept["items"] = _form(schema["items"])
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


def root(schema: Sub, api_version: str, kind: str, *, status: bool = True) -> Sub:
    """The schema of a whole custom resource; apiVersion, kind and metadata are kataform.schemas' to fill in.

    `status` says that it has the subresource of that name, so that a new object's status is dropped.
    """
    properties = dict(schema.get("properties", {}))
    dropped = properties.pop("status", None) if status else None
    for shared in SERVED_OF_ALL:
        properties.pop(shared, None)
    made = convert(schema | {"properties": properties}, null=False)
    if dropped is not None:
        made.setdefault("properties", {})["status"] = convert(dropped, null=True, ignored=True)
    return made | {"x-kataform-kind": [api_version, kind]}
