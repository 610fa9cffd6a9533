"""What is wrong between fields that are right, each by itself."""

from __future__ import annotations

from typing import Any

import pytest

from kataform import schemas

LABELS = {"app": "web"}


def pod(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    spec = {"containers": [{"image": "a", **container} for container in containers], **more}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


def deployment(selector: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    spec = {"selector": selector, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec}


def said(body: dict[str, Any]) -> list[str]:
    """`rule /path message` of each, the object's own fields being right."""
    schema = schemas.kind_schema(body["apiVersion"], body["kind"], kubernetes="1.32", operator=None)
    assert schema is not None
    assert schemas.validate(schema, body) == []
    found = schemas.relations(schema, body)
    return [f"{each.rule} {'.'.join(map(str, each.pointer))}: {each.message}" for each in found]


def resources(requests: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    return {"name": "a", "resources": {"requests": requests, "limits": limits}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (deployment({"matchLabels": LABELS}, LABELS), []),
        (
            deployment({"matchLabels": {"app": "api"}}, LABELS),
            [
                (
                    "template-not-selected spec.selector.matchLabels.app: the selector asks for app: api, "
                    "and the labels of its template do not have that"
                )
            ],
        ),
        (deployment({}, LABELS), ["missing-field spec.selector: selector is empty"]),
        (
            deployment({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, LABELS),
            [
                (
                    "template-not-selected spec.selector.matchExpressions.0: the selector asks for app NotIn, "
                    "and the labels of its template do not have that"
                )
            ],
        ),
        (pod({"name": "a"}, {"name": "b"}), []),
        (
            pod({"name": "a"}, {"name": "a"}),
            ["duplicate-name spec.containers.1.name: a second container is called a"],
        ),
        (
            pod({"name": "a", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}),
            ["undefined-volume spec.containers.0.volumeMounts.0.name: there is no volume 'data' to mount"],
        ),
        (pod(resources({"cpu": "1000m", "memory": "1Gi"}, {"cpu": 1, "memory": "1024Mi"})), []),
        (
            pod(resources({"cpu": "1500m"}, {"cpu": 1})),
            [
                (
                    "request-above-limit spec.containers.0.resources.requests.cpu: "
                    "the request for cpu, 1500m, is above its limit of 1"
                )
            ],
        ),
        (
            pod(resources({"example.com/gpu": 1}, {"example.com/gpu": 2})),
            [
                (
                    "request-above-limit spec.containers.0.resources.requests.example.com/gpu: the request for "
                    "example.com/gpu, 1, is below its limit of 2; both must be equal"
                )
            ],
        ),
    ],
)
def test_one_field_is_held_against_another(body: dict[str, Any], expected: list[str]) -> None:
    assert said(body) == expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("enforce", "privileged", []),
        ("enforce-version", "latest", []),
        ("enforce-version", "v1.29", []),
        ("enforce", "privilegd", ["unknown-value"]),
        ("audit-version", "1.29", ["invalid-value"]),
    ],
)
def test_the_labels_of_pod_security_have_values_of_their_own(key: str, value: str, expected: list[str]) -> None:
    metadata = {"name": "a", "labels": {f"pod-security.kubernetes.io/{key}": value}}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}

    assert [text.partition(" ")[0] for text in said(body)] == expected
