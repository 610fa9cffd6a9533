"""What is said of a field that the API server refuses: place, rule, sentence, remedy, suggestion."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from mutants import accepted, mutants, title

from kataform import schemas
from kataform.schemas import Schema, Violation

KATACONFIG: dict[str, Any] = {
    "apiVersion": "kataconfiguration.openshift.io/v1",
    "kind": "KataConfig",
    "metadata": {"name": "cluster-kataconfig"},
    "spec": {"kataConfigPoolSelector": {"matchLabels": {"kata": "true"}}},
}
SUBSCRIPTION: dict[str, Any] = {
    "apiVersion": "operators.coreos.com/v1alpha1",
    "kind": "Subscription",
    "metadata": {"name": "sandboxed-containers-operator"},
    "spec": {"name": "a", "source": "b", "sourceNamespace": "c"},
}
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "example"},
    "spec": {"containers": [{"name": "main", "image": "registry.example/main:1"}]},
}
DNS_NAME = "allowed are lower-case letters and digits, '-' and '.', with a letter or digit at both ends of each part"
LABEL = "allowed are letters and digits, '-', '_' and '.', with a letter or digit at both ends"
RESOURCES = "containers have cpu, memory, ephemeral-storage, hugepages-<size> and domain/name"
PORT = "allowed are lower-case letters and digits and single '-', at least one letter among them"
NULL = "give it a value"
SECRET: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}


def schema_of(body: dict[str, Any], operator: str = "1.9.0", kubernetes: str = "1.32") -> Schema:
    found = schemas.kind_schema(body["apiVersion"], body["kind"], kubernetes=kubernetes, operator=operator)
    assert found is not None
    return found


def spoilt(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of an object with one field set (or, with ..., removed)."""
    made = copy.deepcopy(body)
    *above, last = [int(token) if token.isdigit() else token for token in path.split()]
    parent: Any = made
    for token in above:
        parent = parent.setdefault(token, {}) if isinstance(parent, dict) else parent[token]
    if value is ...:
        del parent[last]
    else:
        parent[last] = value
    return made


def judged(body: dict[str, Any], path: str, value: Any, *, secret: bool = False, operator: str = "1.9.0") -> Violation:
    """The one violation of an object with one field spoilt."""
    found = schemas.validate(schema_of(body, operator), spoilt(body, path, value), secret=secret)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("body", "path", "value", "rule", "message", "remedy"),
    [
        (
            KATACONFIG,
            "spec kataConfigPoolSelector matchLabels kata",
            True,
            "wrong-type",
            "matchLabels.kata must be a string, not a boolean",
            "write 'true', with the quotes",
        ),
        (
            KATACONFIG,
            "metadata labels port",
            8080,
            "wrong-type",
            "labels.port must be a string, not an integer",
            "write '8080', with the quotes",
        ),
        (
            KATACONFIG,
            "spec checkNodeEligibility",
            "true",
            "wrong-type",
            "spec.checkNodeEligibility must be a boolean, not a string",
            "write true, without quotes",
        ),
        (
            KATACONFIG,
            "spec kataConfigPoolSelector matchExpressions",
            {"key": "a"},
            "wrong-type",
            "kataConfigPoolSelector.matchExpressions must be a list, not a map",
            "make it a list: begin with a '-'",
        ),
        (
            KATACONFIG,
            "spec kataConfigPoolSelector matchExpressions",
            [{"key": "a"}],
            "missing-field",
            "matchExpressions[0].operator is missing",
            "add operator, a string",
        ),
        (
            KATACONFIG,
            "spec kataConfigPoolSelecter",
            {},
            "unknown-field",
            "unknown field 'kataConfigPoolSelecter'",
            "did you mean 'kataConfigPoolSelector'?",
        ),
        (
            KATACONFIG,
            "spec loglevel",
            "info",
            "unknown-field",
            "unknown field 'loglevel'",
            "did you mean 'logLevel'?",
        ),
        (
            KATACONFIG,
            "spec completely",
            1,
            "unknown-field",
            "unknown field 'completely'",
            "known here: checkNodeEligibility, enablePeerPods, kataConfigPoolSelector, logLevel",
        ),
        (
            KATACONFIG,
            "metadata name",
            "Cluster_Config",
            "invalid-name",
            f"metadata.name: 'Cluster_Config' is no DNS name: 'C' is not allowed; {DNS_NAME}",
            "write cluster-config",
        ),
        (
            KATACONFIG,
            "metadata name",
            "$(name)-config",
            "invalid-name",
            f"metadata.name: '$(name)-config' is no DNS name: '$' is not allowed; {DNS_NAME}",
            "put in what the variable stands for",
        ),
        (KATACONFIG, "metadata name", ..., "missing-field", "metadata.name is missing", "add name, a string"),
        (
            KATACONFIG,
            "metadata labels",
            {"app": "not a value"},
            "invalid-label-value",
            f"labels.app: 'not a value' is no label value: a space is not allowed; {LABEL}",
            "write not-a-value",
        ),
        (
            KATACONFIG,
            "metadata labels",
            {"a": "x" * 64},
            "invalid-label-value",
            f"labels.a: '{'x' * 59}…' is no label value: it has 64 characters, 63 are allowed",
            "",
        ),
        (
            KATACONFIG,
            "metadata labels",
            {"a/b/c": "x"},
            "invalid-label-key",
            "'a/b/c' is no label key: it has more than one '/'",
            "write a-b-c",
        ),
        (
            SUBSCRIPTION,
            "spec name",
            ...,
            "missing-field",
            "spec.name is missing",
            "add name, a string",
        ),
        (
            POD,
            "spec runtimeClass",
            "kata",
            "unknown-field",
            "unknown field 'runtimeClass'",
            "did you mean 'runtimeClassName'?",
        ),
        (
            POD,
            "spec containers 0 resources",
            {"limits": {"memory": "350mb"}},
            "invalid-quantity",
            "limits.memory: '350mb' is no quantity: the suffix 'mb' does not exist",
            "write 350M or 350Mi",
        ),
        (
            POD,
            "spec containers 0 resources",
            {"limits": {"memory": True}},
            "wrong-type",
            "limits.memory must be a quantity such as 350Mi, not a boolean",
            "",
        ),
        (
            POD,
            "spec containers 0 resources",
            {"limits": {"memory": "-1Gi"}},
            "invalid-quantity",
            "limits.memory: -1Gi is negative",
            "",
        ),
        (
            POD,
            "spec containers 0 resources",
            {"limits": {"mem": "1Gi"}},
            "invalid-resource-name",
            f"'mem' is no resource name: {RESOURCES}",
            "write memory",
        ),
        (
            POD,
            "spec restartPolicy",
            "always",
            "unknown-value",
            "spec.restartPolicy must be Always, OnFailure or Never, not 'always'",
            "did you mean 'Always'?",
        ),
        (
            POD,
            "spec containers 0 ports",
            [{"containerPort": 70000}],
            "invalid-value",
            "ports[0].containerPort must be between 1 and 65535, not 70000",
            "",
        ),
        (
            POD,
            "spec containers 0 env",
            [{"name": "A", "valueFrom": {}}],
            "missing-field",
            "env[0].valueFrom needs configMapKeyRef, fieldRef, resourceFieldRef or secretKeyRef",
            "add one of them",
        ),
        (
            POD,
            "metadata labels",
            {"Example.COM/My Key": "x"},
            "invalid-label-key",
            f"'Example.COM/My Key' is no label key: before the '/', 'E' is not allowed; {DNS_NAME}",
            "write example.com/My-Key",
        ),
        (
            POD,
            "spec containers 0 livenessProbe",
            {"httpGet": {"port": "8080"}},
            "invalid-value",
            f"httpGet.port: '8080' is no port: {PORT}",
            "write 8080, without quotes",
        ),
        (POD, "spec containers", None, "wrong-type", "spec.containers must be a list, not null", NULL),
        (POD, "spec containers", [], "invalid-value", "spec.containers must have at least 1 entry", ""),
        (
            POD,
            "spec nodeSelector",
            {"kata": 1.5},
            "wrong-type",
            "nodeSelector.kata must be a string, not a number",
            "write '1.5', with the quotes",
        ),
        (
            POD,
            "spec hostNetwork",
            {},
            "wrong-type",
            "spec.hostNetwork must be a boolean, not a map",
            "",
        ),
    ],
)  # fmt: skip
def test_a_refusal_is_explained(
    body: dict[str, Any], path: str, value: Any, rule: str, message: str, remedy: str
) -> None:
    violation = judged(body, path, value)

    assert (violation.rule, violation.message, violation.remedy) == (rule, message, remedy)


@pytest.mark.parametrize(
    ("sub", "message", "remedy"),
    [
        (
            {"pattern": "^4[.]", "examples": ["4.18", ">=4.16 <4.19"]},
            "openshift must look like '4.18' or '>=4.16 <4.19', not '5'",
            "",
        ),
        (
            {"pattern": "^4[.]", "description": "A version."},
            "openshift must be written in another way, not '5'",
            "A version.",
        ),
        ({"minLength": 2, "description": "A version."}, "openshift must have at least 2 characters", ""),
        ({"const": "4"}, "openshift must be 4, not '5'", ""),
        ({"enum": ["4", None]}, "openshift must be 4, not '5'", ""),
    ],
)
def test_any_json_schema_is_explained(sub: dict[str, Any], message: str, remedy: str, engine: str) -> None:
    schema = Schema("spec", {"type": "object", "properties": {"openshift": {"type": "string", **sub}}})

    (violation,) = schemas.validate(schema, {"openshift": "5"}, engine=engine)

    assert (violation.message, violation.remedy) == (message, remedy)


def test_the_pointer_is_that_of_the_field_itself() -> None:
    assert judged(KATACONFIG, "spec kataConfigPoolSelecter", {}).pointer == ("spec", "kataConfigPoolSelecter")
    assert judged(KATACONFIG, "metadata name", ...).pointer == ("metadata", "name")
    assert judged(POD, "spec containers 0 image", ...).pointer == ("spec", "containers", 0, "image")
    assert judged(KATACONFIG, "metadata labels", {"a b": "x"}).pointer == ("metadata", "labels", "a b")


def test_the_suggestion_is_the_right_name_or_value() -> None:
    assert judged(KATACONFIG, "spec kataConfigPoolSelecter", {}).suggestion == "kataConfigPoolSelector"
    assert judged(POD, "spec restartPolicy", "always").suggestion == "Always"
    assert judged(KATACONFIG, "spec completely", 1).suggestion is None


def test_a_field_of_another_version_is_unknown() -> None:
    violation = judged(KATACONFIG, "spec logLevel", "debug", operator="1.1.0")

    assert (violation.rule, violation.pointer) == ("unknown-field", ("spec", "logLevel"))


def test_a_misspelt_required_field_is_one_violation() -> None:
    body = {**POD, "spec": {"contianers": POD["spec"]["containers"]}}

    found = schemas.validate(schema_of(POD), body)

    assert [(violation.rule, violation.suggestion) for violation in found] == [("unknown-field", "containers")]


def test_every_violation_of_an_object_is_found_in_the_order_of_its_fields() -> None:
    body = spoilt(spoilt(POD, "spec hostPID", "yes"), "metadata labels", {"a": 1})
    body = spoilt(body, "spec containers 0 imagePullPolicy", "Sometimes")

    assert [violation.pointer for violation in schemas.validate(schema_of(POD), body)] == [
        ("metadata", "labels", "a"),
        ("spec", "containers", 0, "imagePullPolicy"),
        ("spec", "hostPID"),
    ]


def test_null_is_the_absence_of_a_field() -> None:
    assert schemas.validate(schema_of(KATACONFIG), spoilt(KATACONFIG, "spec", None)) == []
    assert schemas.validate(schema_of(KATACONFIG), spoilt(KATACONFIG, "spec checkNodeEligibility", None)) == []
    assert schemas.validate(schema_of(POD), spoilt(POD, "spec nodeSelector", None)) == []
    assert judged(SUBSCRIPTION, "spec name", None).rule == "wrong-type"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("stringData token", 123456),
        ("data token", "pass word"),
        ("data token", True),
        ("type", ["hidden-value"]),
        ("immutable", "hidden-value"),
        ("metadata name", "hidden-Value"),
        ("metadata labels", {"a": "hidden value"}),
    ],
)
def test_no_value_of_a_secret_is_shown(path: str, value: Any, engine: str) -> None:
    body = spoilt(SECRET, path, value)

    found = schemas.validate(schema_of(SECRET), body, secret=True, engine=engine)

    texts = [f"{violation.message} {violation.remedy} {violation.suggestion}" for violation in found]
    assert found
    assert not any(hidden in text for text in texts for hidden in ("123456", "pass", "hidden", "true"))


@pytest.mark.parametrize("name", [title(body) for body in accepted()])
def test_every_violation_says_what_is_wrong_in_one_line(name: str) -> None:
    body = next(body for body in accepted() if title(body) == name)

    for mutant in list(mutants(body))[::3]:
        for violation in schemas.validate(schema_of(body, kubernetes="1.37"), mutant.body):
            assert violation.message.isprintable()
            assert len(violation.message) < 300
            assert "none of the allowed forms" not in violation.message
            assert "must be written in another way" not in violation.message or violation.remedy
