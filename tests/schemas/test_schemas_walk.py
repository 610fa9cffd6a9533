"""From the schema of an object to that of a field, and whether only a string will do there."""

from __future__ import annotations

from typing import Any

import pytest

from kataform import schemas
from kataform.schemas import Schema

POD = ("v1", "Pod")
DEPLOYMENT = ("apps/v1", "Deployment")
KATACONFIG = ("kataconfiguration.openshift.io/v1", "KataConfig")
SUBSCRIPTION = ("operators.coreos.com/v1alpha1", "Subscription")


def found(kind: tuple[str, str], path: str) -> tuple[Schema, dict[str, Any] | None]:
    schema = schemas.kind_schema(*kind, kubernetes="1.32", operator="1.9.0")
    assert schema is not None
    sub: dict[str, Any] | None = schema.root
    for token in path.split():
        if sub is not None:
            sub = schemas.step(schema, sub, int(token) if token.isdigit() else token)
    return schema, sub


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (POD, "apiVersion"),
        (POD, "kind"),
        (POD, "metadata name"),
        (POD, "metadata labels any.key/x"),
        (POD, "metadata annotations note"),
        (POD, "metadata finalizers 0"),
        (POD, "spec nodeSelector kata"),
        (POD, "spec runtimeClassName"),
        (POD, "spec containers 3 env 0 value"),
        (POD, "spec containers 0 args 0"),
        (POD, "spec restartPolicy"),
        (POD, "spec tolerations 0 value"),
        (DEPLOYMENT, "spec selector matchLabels app"),
        (DEPLOYMENT, "spec template metadata labels app"),
        (DEPLOYMENT, "spec template spec volumes 0 emptyDir medium"),
        (("v1", "ConfigMap"), "data key"),
        (("v1", "ConfigMap"), "binaryData key"),
        (("v1", "Secret"), "stringData key"),
        (("v1", "Secret"), "data key"),
        (KATACONFIG, "spec kataConfigPoolSelector matchLabels kata"),
        (KATACONFIG, "spec kataConfigPoolSelector matchExpressions 0 values 0"),
        (KATACONFIG, "spec logLevel"),
        (KATACONFIG, "metadata labels kata"),
        (SUBSCRIPTION, "spec channel"),
        (SUBSCRIPTION, "spec config nodeSelector kata"),
        (("operators.coreos.com/v1", "OperatorGroup"), "spec targetNamespaces 0"),
    ],
)
def test_only_a_string_will_do(kind: tuple[str, str], path: str) -> None:
    schema, sub = found(kind, path)

    assert sub is not None
    assert schemas.wants_string(schema, sub)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (POD, ""),
        (POD, "spec"),
        (POD, "metadata labels"),
        (POD, "spec hostNetwork"),
        (POD, "spec containers 0 resources limits memory"),
        (POD, "spec containers 0 ports 0 containerPort"),
        (POD, "spec containers 0 livenessProbe httpGet port"),
        (POD, "spec volumes 0 emptyDir sizeLimit"),
        (DEPLOYMENT, "spec strategy rollingUpdate maxSurge"),
        (("v1", "PersistentVolumeClaim"), "spec resources requests storage"),
        (KATACONFIG, "spec checkNodeEligibility"),
        (SUBSCRIPTION, "spec config resources limits memory"),
        (SUBSCRIPTION, "spec config volumes 0 emptyDir sizeLimit"),
    ],
)
def test_not_only_a_string_will_do(kind: tuple[str, str], path: str) -> None:
    schema, sub = found(kind, path)

    assert sub is not None
    assert not schemas.wants_string(schema, sub)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (POD, "spec runtimeClass"),
        (POD, "spec containers name"),
        (POD, "spec 0"),
        (KATACONFIG, "spec kataConfigPoolSelecter matchLabels"),
        (("apiextensions.k8s.io/v1", "CustomResourceDefinition"), "spec versions 0 schema openAPIV3Schema default x"),
    ],
)
def test_of_an_unknown_field_nothing_is_said(kind: tuple[str, str], path: str) -> None:
    assert found(kind, path)[1] is None


def test_fixed_fields_are_named() -> None:
    schema, sub = found(KATACONFIG, "spec kataConfigPoolSelector")
    labels = found(KATACONFIG, "spec kataConfigPoolSelector matchLabels")[1]

    assert sub is not None
    assert labels is not None
    assert schemas.fields(schema, sub) == {"matchLabels", "matchExpressions"}
    assert schemas.fields(schema, labels) == frozenset()
    assert {"name", "namespace", "labels"} <= schemas.fields(schema, found(KATACONFIG, "metadata")[1] or {})


def test_any_object_has_the_metadata_of_all_objects() -> None:
    schema = schemas.any_object()
    metadata = schemas.step(schema, schema.root, "metadata")

    assert metadata is not None
    assert "ownerReferences" in schemas.fields(schema, metadata)
    assert schemas.step(schema, schema.root, "spec") is None


@pytest.mark.parametrize("kind", [POD, DEPLOYMENT, KATACONFIG, SUBSCRIPTION, ("v1", "ConfigMap")])
def test_a_walk_in_parts_goes_the_same_way_step_by_step(kind: tuple[str, str]) -> None:
    schema = schemas.kind_schema(*kind, kubernetes="1.32", operator="1.9.0")
    assert schema is not None
    waiting, seen = [(schemas.part(schema, schema.root), schema.root)], 0
    known: set[int] = set()
    while waiting:
        part, sub = waiting.pop()
        if id(sub) in known:
            continue
        known.add(id(sub))
        names = schemas.fields(schema, sub)
        for token in (*names, "any.key/x", "another", 0, 7):
            below, step = part[token], schemas.step(schema, sub, token)
            assert (below is None) is (step is None)
            if below is not None and step is not None:
                assert below.sub is step
                assert below.wants_string is schemas.wants_string(schema, step)
                assert below.named is (token in names)
                waiting.append((below, step))
                seen += 1
    assert seen > 20
