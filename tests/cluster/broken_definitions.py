"""CRDs that the server refuses, each for one reason, and a few that look wrong and are not."""

from __future__ import annotations

from typing import Any

from custom_kinds import EITHER, KEEPS, TEXT, WHOLE, Body, crd, fields

LIST = "x-kubernetes-list-type"
KEYS = "x-kubernetes-list-map-keys"
EMBEDDED = "x-kubernetes-embedded-resource"


def with_field(field: Body) -> Body:
    return crd("Broken", fields(field=field))


def with_rule(**rule: Any) -> Body:
    return crd("Broken", {**fields(a={**TEXT, "maxLength": 5}), "x-kubernetes-validations": [rule]})


def changed(**spec: Any) -> Body:
    made = with_field(TEXT)
    return {**made, "spec": {**made["spec"], **spec}}


def versioned(*versions: Body) -> Body:
    base = with_field(TEXT)["spec"]["versions"][0]
    return changed(versions=[{**base, **version} for version in versions])


def named(**names: Any) -> Body:
    made = with_field(TEXT)
    return changed(names={**made["spec"]["names"], **names})


def entries(kind: str, items: Body, **more: Any) -> Body:
    return with_field({"type": "array", LIST: kind, "items": items, **more})


KEYED = {**fields(name=TEXT), "required": ["name"]}

DEFINITIONS: dict[str, Body] = {
    "plain": with_field(TEXT),
    "no type": with_field({}),
    "unheard-of type": with_field({"type": "text"}),
    "null type": with_field({"type": "null"}),
    "list of nothing": with_field({"type": "array"}),
    "list of several": with_field({"type": "array", "items": [TEXT]}),
    "bad pattern": with_field({**TEXT, "pattern": "("}),
    "lookahead": with_field({**TEXT, "pattern": "(?=a)b"}),
    "bad pattern inside": with_field({**TEXT, "anyOf": [{"pattern": "["}]}),
    "case-blind pattern": with_field({**TEXT, "pattern": r"(?i)^\p{L}+\z"}),
    "unique items": with_field({"type": "array", "items": TEXT, "uniqueItems": True}),
    "reference": with_field({"$ref": "#/definitions/a"}),
    "pattern properties": with_field({"type": "object", "patternProperties": {"a": TEXT}}),
    "closed map": with_field({**fields(a=TEXT), "additionalProperties": False}),
    "map with fields": with_field({**fields(a=TEXT), "additionalProperties": TEXT}),
    "open map with fields": with_field({**fields(a=TEXT), "additionalProperties": True}),
    "type below anyOf": with_field({**fields(a=TEXT), "anyOf": [{"type": "object"}]}),
    "default below allOf": with_field({**fields(a=TEXT), "allOf": [{"properties": {"a": {"default": "x"}}}]}),
    "description below not": with_field({**TEXT, "not": {"description": "x", "enum": ["a"]}}),
    "nullable below oneOf": with_field({**TEXT, "oneOf": [{"nullable": True}]}),
    "field only below anyOf": with_field({**fields(a=TEXT), "anyOf": [{"properties": {"b": {"minLength": 1}}}]}),
    "field only below anyOf of the root": crd(
        "Broken", TEXT, root={"anyOf": [{"properties": {"b": {"minLength": 1}}}]}
    ),
    "items only below not": with_field({**KEEPS, "not": {"items": {"maximum": 1}}}),
    "keeps false": with_field({"type": "object", "x-kubernetes-preserve-unknown-fields": False}),
    "either and keeps": with_field({**EITHER, **KEEPS}),
    "either with its types": with_field({**EITHER, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
    "either with other types": with_field({**EITHER, "anyOf": [{"type": "string"}, {"type": "integer"}]}),
    "embedded without fields": with_field({"type": "object", EMBEDDED: True}),
    "embedded text": with_field({**TEXT, EMBEDDED: True}),
    "embedded map": with_field({"type": "object", EMBEDDED: True, "additionalProperties": TEXT}),
    "embedded": with_field({"type": "object", EMBEDDED: True, **KEEPS}),
    "set of maps": entries("set", fields(a=TEXT)),
    "set of lists": entries("set", {"type": "array", "items": TEXT, LIST: "set"}),
    "set of what may be null": entries("set", {**TEXT, "nullable": True}),
    "unheard-of list": entries("bag", TEXT),
    "list type of a text": with_field({**TEXT, LIST: "set"}),
    "map without keys": entries("map", KEYED),
    "map of texts": entries("map", TEXT, **{KEYS: ["name"]}),
    "map with an unknown key": entries("map", KEYED, **{KEYS: ["other"]}),
    "map with a key twice": entries("map", KEYED, **{KEYS: ["name", "name"]}),
    "map with an optional key": entries("map", fields(name=TEXT), **{KEYS: ["name"]}),
    "map with a list as key": entries("map", {**fields(name=fields()), "required": ["name"]}, **{KEYS: ["name"]}),
    "map with a key": entries("map", KEYED, **{KEYS: ["name"]}),
    "keys of a set": entries("set", TEXT, **{KEYS: ["name"]}),
    "map type of a text": with_field({**TEXT, "x-kubernetes-map-type": "atomic"}),
    "unheard-of map type": with_field({"type": "object", "x-kubernetes-map-type": "loose"}),
    "default of another type": with_field({**WHOLE, "default": "a"}),
    "default with an unknown field": with_field({**fields(a=TEXT), "default": {"b": "x"}}),
    "default out of range": with_field({**WHOLE, "minimum": 5, "default": 1}),
    "default that lacks something": with_field({**fields(a=TEXT), "required": ["a"], "default": {}}),
    "right default": with_field({**fields(a=TEXT), "default": {"a": "x"}}),
    "root of another type": crd("Broken", TEXT, root={"type": "array", "items": TEXT}),
    "deep field only below anyOf of the root": crd(
        "Broken", fields(a=TEXT), root={"anyOf": [{"properties": {"spec": {"properties": {"b": {"minLength": 1}}}}}]}
    ),
    "root that may be null": crd("Broken", TEXT, root={"nullable": True}),
    "root that is a map": crd("Broken", TEXT, root={"additionalProperties": True}),
    "metadata with labels": crd("Broken", TEXT, beside={"metadata": fields(labels={"type": "object"})}),
    "metadata of another type": crd("Broken", TEXT, beside={"metadata": TEXT}),
    "metadata with a name": crd("Broken", TEXT, beside={"metadata": fields(name={**TEXT, "maxLength": 5})}),
    "kind of another type": crd("Broken", TEXT, beside={"kind": WHOLE}),
    "anyOf at the root with status": crd("Broken", TEXT, root={"anyOf": [{}]}, subresources={"status": {}}),
    "anyOf at the root": crd("Broken", TEXT, root={"anyOf": [{"required": ["spec"]}]}),
    "scale outside of spec": crd(
        "Broken", TEXT, subresources={"scale": {"specReplicasPath": ".a", "statusReplicasPath": ".status.a"}}
    ),
    "column of an unheard-of type": crd(
        "Broken", TEXT, additionalPrinterColumns=[{"name": "a", "type": "text", "jsonPath": ".spec"}]
    ),
    "column without a dot": crd(
        "Broken", TEXT, additionalPrinterColumns=[{"name": "a", "type": "string", "jsonPath": "spec"}]
    ),
    "column": crd("Broken", TEXT, additionalPrinterColumns=[{"name": "a", "type": "string", "jsonPath": ".spec"}]),
    "selectable object": crd("Broken", fields(a=TEXT), selectableFields=[{"jsonPath": ".spec"}]),
    "selectable field": crd("Broken", fields(a=TEXT), selectableFields=[{"jsonPath": ".spec.a"}]),
    "selectable nothing": crd("Broken", fields(a=TEXT), selectableFields=[{"jsonPath": ".spec.b"}]),
    "warning without deprecation": crd("Broken", TEXT, deprecationWarning="old"),
    "warning": crd("Broken", TEXT, deprecated=True, deprecationWarning="old"),
    "no schema": versioned({"schema": {}}),
    "nothing stored": versioned({"storage": False}),
    "two stored": versioned({}, {"name": "v2"}),
    "two of a name": versioned({}, {"storage": False}),
    "a version with a capital": versioned({"name": "V1"}),
    "nothing served": versioned({"served": False}),
    "two versions": versioned({}, {"name": "v2", "storage": False}),
    "group without a dot": {**changed(group="example"), "metadata": {"name": "brokens.example"}},
    "group of Kubernetes": {**changed(group="a.k8s.io"), "metadata": {"name": "brokens.a.k8s.io"}},
    "approved group of Kubernetes": {
        **changed(group="a.k8s.io"),
        "metadata": {"name": "brokens.a.k8s.io", "annotations": {"api-approved.kubernetes.io": "unapproved, a test"}},
    },
    "another name": {**with_field(TEXT), "metadata": {"name": "other.checks.example.com"}},
    "plural with a capital": {**named(plural="Brokens"), "metadata": {"name": "Brokens.checks.example.com"}},
    "short name with a capital": named(shortNames=["Br"]),
    "list kind as the kind": named(listKind="Broken"),
    "kept everywhere": changed(preserveUnknownFields=True),
    "unheard-of strategy": changed(conversion={"strategy": "Guess"}),
    "webhook without a client": changed(conversion={"strategy": "Webhook"}),
    "no conversion": changed(conversion={"strategy": "None"}),
    "rule": with_rule(rule="self.a == 'x'", message="m"),
    "empty rule": with_rule(rule=" "),
    "rule that is no boolean": with_rule(rule="self.a"),
    "rule on an unknown field": with_rule(rule="self.b == 'x'"),
    "rule that does not parse": with_rule(rule="self.a =="),
    "rule on a wrong type": with_rule(rule="self.a > 5"),
    "rule of two lines": with_rule(rule="self.a\n== 'x'"),
    "rule of two lines with a message": with_rule(rule="self.a\n== 'x'", message="m"),
    "message of two lines": with_rule(rule="self.a == 'x'", message="a\nb"),
    "message expression that is no text": with_rule(rule="self.a == 'x'", messageExpression="1"),
    "message expression": with_rule(rule="self.a == 'x'", messageExpression="'not ' + self.a"),
    "unheard-of reason": with_rule(rule="self.a == 'x'", reason="Because"),
    "reason": with_rule(rule="self.a == 'x'", reason="FieldValueForbidden"),
    "field path": with_rule(rule="self.a == 'x'", fieldPath=".a"),
    "field path to nowhere": with_rule(rule="self.a == 'x'", fieldPath=".b"),
    "field path without a dot": with_rule(rule="self.a == 'x'", fieldPath="a"),
    "old and optional": with_rule(rule="oldSelf.orValue(self) == self", optionalOldSelf=True),
    "optional without old": with_rule(rule="self.a == 'x'", optionalOldSelf=True),
    "transition in a list": with_field({
        "type": "array",
        "items": {**TEXT, "x-kubernetes-validations": [{"rule": "self == oldSelf"}]},
    }),
    "rule below anyOf": with_field({**TEXT, "anyOf": [{"x-kubernetes-validations": [{"rule": "true"}]}]}),
    "rule on what is kept": with_field({**KEEPS, "x-kubernetes-validations": [{"rule": "true"}]}),
}  # fmt: skip
