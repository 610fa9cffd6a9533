"""The warnings of a policy's type check against the schemas of the kinds it is for."""

from __future__ import annotations

from typing import Any

import pytest

from kubecel.admission.schemas import pruned
from kubecel.admission.typecheck import Kind, check

META = {"type": "object", "properties": {name: {"type": "string"} for name in ("name", "generateName", "namespace")}}
THING: dict[str, Any] = {
    "type": "object",
    "properties": {
        "apiVersion": {"type": ["string", "null"]},
        "kind": {"type": "string"},
        "metadata": {"$ref": "#/$defs/Meta"},
        "spec": {"$ref": "#/$defs/Spec", "type": "object"},
    },
    "$defs": {
        "Meta": META,
        "Spec": {
            "type": ["object", "null"],
            "properties": {
                "size": {"type": "integer"},
                "ratio": {"type": "number"},
                "amount": {"type": ["string", "number"]},
                "amounts": {"additionalProperties": {"type": ["string", "number"]}, "type": "object"},
                "port": {"format": "int-or-string", "type": ["integer", "string"]},
                "data": {"format": "byte", "type": "string"},
                "since": {"format": "date-time", "type": "string"},
                "labels": {"additionalProperties": {"type": "string"}, "type": "object"},
                "items": {"items": {"$ref": "#/$defs/Item"}, "type": "array"},
                "a-b": {"type": "boolean"},
            },
        },
        "Item": {"type": "object", "properties": {"name": {"type": "string"}, "inner": {"$ref": "#/$defs/Item"}}},
    },
}
KINDS = (Kind("a.b", "v1", "Thing", "things"), Kind("", "v1", "ConfigMap", "configmaps"))


def schema(kind: Kind) -> dict[str, Any] | None:
    return THING if kind.kind == "Thing" else None


def warnings(*expressions: str, **spec: Any) -> list[tuple[str, str]]:
    rule = {"apiGroups": ["a.b"], "apiVersions": ["v1"], "operations": ["*"], "resources": ["things"]}
    constraints = spec.pop("matchConstraints", {"resourceRules": [rule]})
    validations = [{"expression": expression} for expression in expressions]
    body = {"spec": {"matchConstraints": constraints, "validations": validations, **spec}}
    return [tuple(one) for one in check(body, KINDS, schema)]


@pytest.mark.parametrize(
    "expression",
    [
        "object.metadata.namespace == oldObject.metadata.name",
        "object.spec.size > 1 && object.spec.ratio < 1.5",
        "object.spec.port == 1 || object.spec.port == 'http'",
        "object.spec.data == b'x' && object.spec.since < timestamp('2024-01-01T00:00:00Z')",
        "object.spec.labels.x == 'y' && object.spec.items.all(i, i.name != '')",
        "object.spec.a__dash__b",
        "request.kind.kind == 'Thing' && namespaceObject.metadata.name == 'a'",
        "authorizer.group('').resource('pods').check('get').allowed()",
    ],
)
def test_what_fits_the_schema_has_no_warning(expression: str) -> None:
    assert warnings(expression) == []


@pytest.mark.parametrize(
    ("expression", "offset", "message"),
    [
        ("object.spec.sise == 1", 11, "undefined field 'sise'"),
        ("object.spec.size == ''", 17, "found no matching overload for '_==_' applied to '(int, string)'"),
        ("has(object.spec.amount)", 3, "undefined field 'amount'"),
        ("has(object.spec.amounts)", 3, "undefined field 'amounts'"),
        ("size(object.spec) == 1", 4, "found no matching overload for 'size' applied to '(Thing.spec)'"),
        ("object.spec.items[0] == 1", 21,
         "found no matching overload for '_==_' applied to '(Thing.spec.items.@idx, int)'"),
        ("object.spec.items.all(i, has(i.inner.name))", 28, "undefined field 'name'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_pointed_at(expression: str, offset: int, message: str) -> None:
    told = f"a.b/v1, Kind=Thing: ERROR: <input>:1:{offset + 1}: {message}\n | {expression}\n | {'.' * offset}^\n"

    assert warnings(expression) == [("spec.validations[0].expression", told)]


def test_a_message_is_checked_and_a_variable_has_its_type() -> None:
    validation = {"expression": "variables.size > 1", "messageExpression": "variables.size"}
    variables = [{"name": "size", "expression": "object.spec.size"}, {"name": "bad", "expression": "object.gone"}]
    text = {"expression": "variables.size == variables.bad", "messageExpression": "'' + variables.size"}

    found = warnings(variables=variables, validations=[validation, text])

    assert [field for field, _ in found] == ["spec.validations[1].messageExpression"]


def test_wide_characters_are_underlined_widely() -> None:
    [(_, told)] = warnings("'é' == object.spec.\n\tsise")

    assert told.endswith(
        "ERROR: <input>:1:19: undefined field 'sise'\n | 'é' == object.spec.\n | .\uff0e" + "." * 16 + "^\n"
    )


@pytest.mark.parametrize(
    "rule",
    [
        {"apiGroups": ["*"], "apiVersions": ["v1"], "resources": ["things"]},
        {"apiGroups": ["a.b"], "apiVersions": ["v1", "*"], "resources": ["things"]},
        {"apiGroups": ["a.b"], "apiVersions": ["v1"], "resources": ["things/status", "*"]},
        {"apiGroups": ["a.b"], "apiVersions": ["v2"], "resources": ["things"]},
        {"apiGroups": 5, "apiVersions": [None], "resources": {}},
    ],
)
def test_only_kinds_that_a_rule_names_are_checked(rule: dict[str, Any]) -> None:
    assert warnings("object.gone", matchConstraints={"resourceRules": [rule]}) == []


def test_params_have_the_type_of_their_kind() -> None:
    known = warnings("params.spec.gone", paramKind={"apiVersion": "a.b/v1", "kind": "Thing"})
    unknown = warnings("params.gone", paramKind={"apiVersion": "v1", "kind": "ConfigMap"})

    assert [field for field, _ in known] == ["spec.validations[0].expression"]
    assert unknown == []


@pytest.mark.parametrize(
    "body", [{}, {"spec": []}, {"spec": {"validations": [None, {"expression": 5}], "variables": 1}}]
)
def test_what_is_no_policy_has_no_warnings(body: dict[str, Any]) -> None:
    assert check(body, KINDS, schema) == ()


def test_fields_that_a_kind_does_not_have_are_dropped() -> None:
    spec = {"size": 1, "gone": 2, "labels": {"x": "y"}, "items": [{"name": "a", "gone": 1}, 5], "ratio": {"odd": 1}}
    body = {"apiVersion": "a.b/v1", "kind": "Thing", "metadata": {"name": "a", "gone": 1}, "spec": spec, "more": 1}

    assert pruned(body, THING) == {
        "apiVersion": "a.b/v1",
        "kind": "Thing",
        "metadata": {"name": "a"},
        "spec": {"size": 1, "labels": {"x": "y"}, "items": [{"name": "a"}, 5], "ratio": {"odd": 1}},
    }
