"""Policies over changed objects, decided by kube-apiserver's own code and by kubecel.

KATAFORM_CHANGED_OBJECTS is the number of objects; of errors the words are not compared, which are not ours alone.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cel_oracle import NEWEST, Oracle
from mutated_objects import Mutator

from kubecel import admission
from kubecel.admission import Binding, Policy, PolicyError, Request, Resource, User

NUMBER = int(os.environ.get("KATAFORM_CHANGED_OBJECTS", "1000"))
SEED = int(os.environ.get("KATAFORM_SEED") or 11)
EACH = 20  # objects that a policy is put to at a time
ANY = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web", "tier": "front"}, "annotations": {"a/b": "c"}},
    "spec": {
        "runtimeClassName": "kata",
        "hostNetwork": True,
        "priority": 5,
        "containers": [
            {"name": "a", "image": "quay.io/a:1", "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}},
            {"name": "b", "image": "b:latest", "securityContext": {"privileged": True}, "ports": [{"hostPort": 80}]},
        ],
        "volumes": [{"name": "h", "hostPath": {"path": "/x"}}],
    },
}
SPECS: list[dict[str, Any]] = [
    {"validations": [{"expression": "object.spec.containers.all(c, !c.image.endsWith(':1'))", "message": "one"}]},
    {
        "variables": [
            {"name": "all", "expression": "object.spec.containers + object.spec.?initContainers.orValue([])"},
            {"name": "names", "expression": "variables.all.map(c, c.name)"},
        ],
        "validations": [
            {"expression": "variables.all.all(c, has(c.resources) && has(c.resources.limits.cpu))",
             "messageExpression": "'no limit in ' + variables.names.join(', ')"},
            {"expression": "variables.names.isSorted() && variables.names.distinct() == variables.names"},
        ],
        "auditAnnotations": [{"key": "image", "valueExpression": "object.spec.containers[0].image"}],
    },
    {
        "matchConditions": [
            {"name": "kata", "expression": "object.spec.runtimeClassName == 'kata'"},
            {"name": "not-of-kube", "expression": "!request.namespace.startsWith('kube-')"},
        ],
        "validations": [
            {"expression": "oldObject == null || object.spec.?priority == oldObject.spec.?priority",
             "reason": "Forbidden"},
            {"expression": "request.operation == 'CREATE' || has(oldObject.metadata.labels.app)"},
            {"expression": "quantity(object.spec.containers[0].resources.limits.memory).isLessThan(quantity('2Gi'))"},
        ],
    },
    {
        "failurePolicy": "Ignore",
        "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "validations": [{"expression": "object.spec.hostNetwork == (params.data.hostNetwork == 'true')"}],
    },
    {
        "matchConstraints": {
            "resourceRules": [{**ANY, "operations": ["UPDATE"], "scope": "Namespaced"}],
            "excludeResourceRules": [{**ANY, "resourceNames": ["other"]}],
            "objectSelector": {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back"]}]},
            "namespaceSelector": {"matchLabels": {"env": "prod"}},
        },
        "validations": [{"expression": "namespaceObject.metadata.labels.env == object.metadata.labels.app"}],
    },
]  # fmt: skip
PARAMS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "limits", "namespace": "default"},
          "data": {"hostNetwork": "true"}}  # fmt: skip
LABELS = {"kubernetes.io/metadata.name": "default", "env": "prod"}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "labels": LABELS}}


def policy_of(spec: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "rule"}, "spec": {"matchConstraints": {"resourceRules": [ANY]}, **spec}}


def binding_of(params: list[dict[str, Any]]) -> dict[str, Any]:
    spec: dict[str, Any] = {"policyName": "rule", "validationActions": ["Deny"]}
    if params:
        spec["paramRef"] = {"name": params[0]["metadata"]["name"], "parameterNotFoundAction": "Deny"}
    return {"metadata": {"name": "bound"}, "spec": spec}


def requests(mutator: Mutator, draw: random.Random, bodies: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for _ in range(EACH):
        body = draw.choice(bodies)
        update = draw.random() < 0.3
        [new], [old] = mutator.changed(body, 1), mutator.changed(body, 1)
        new["metadata"].pop("namespace", None)
        old["metadata"].pop("namespace", None)
        operation = "UPDATE" if update else "CREATE"
        yield {"object": new, "oldObject": old if update else None, "operation": operation}


def theirs(judged: dict[str, Any]) -> list[tuple[str, str]]:
    """The decisions, with the message where it is the policy's."""
    assert "error" not in judged, judged
    found = judged["decisions"] or []
    return [(one["kind"], one["message"] if one["kind"] == "deny" else "") for one in found]


def ours(
    policy: Policy, binding: Binding, request: dict[str, Any], resource: Resource, params: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    asked = Request(
        request["object"],
        request["oldObject"],
        request["operation"],
        namespace_object=NAMESPACE,
        user=User("kubernetes-admin", ("system:masters", "system:authenticated")),
        resource=resource,
        complete=True,
    )
    found = admission.evaluate(policy, [binding], asked, lambda _: params)
    return [(one.decision, one.message if one.decision == "deny" else "") for one in found]


def differing(
    oracle: Oracle, body: dict[str, Any], params: list[dict[str, Any]], asked: list[dict[str, Any]], resource: Resource
) -> list[Any]:
    binding = binding_of(params)
    whole = [{**one, "resource": resource.plural, "namespaced": resource.namespaced} for one in asked]
    question = {"policy": body, "binding": binding, "params": params, "namespace": NAMESPACE, "requests": whole}
    judged = oracle.judge(question)
    try:
        policy = Policy.read(body, NEWEST)
    except PolicyError as refused:
        return [] if judged is None else [(body, str(refused))]
    if judged is None:
        return [(body, "refused by the server")]
    read = Binding.read(binding)
    pairs = [
        (request, theirs(one), ours(policy, read, request, resource, params))
        for request, one in zip(asked, judged, strict=True)
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


class Question(NamedTuple):
    """A policy, the objects that parametrize it, and changed objects of one resource that it is to decide about."""

    policy: dict[str, Any]
    params: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    resource: Resource

    def differing(self, oracle: Oracle) -> list[Any]:
        """What the server and kubecel decide differently."""
        found = differing(oracle, *self)
        # The server goes over a map in no order, so that a message which lists its keys is told in any.
        return [one for one in found if "namespaceMapping" not in json.dumps(one)]


def about_pods(spec: dict[str, Any], number: int) -> Question:
    """A policy of ours over that many changed pods."""
    draw, mutator = random.Random(SEED), Mutator(SEED, [POD])
    asked = [one for _ in range(max(1, number // EACH)) for one in requests(mutator, draw, [POD])]
    return Question(policy_of(spec), [PARAMS] if "paramKind" in spec else [], asked, Resource("pods"))


def published(shared: Path, number: int) -> Iterator[Question]:
    """Published policies over that many changed objects."""
    from kubecel import conformance

    rows = [row for row in conformance.rows(shared / "gold" / "vap_cases.jsonl.gz") if row.get("object")]
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[json.dumps((row["vap"], row.get("params"), row["object"].get("kind")))].append(row)
    draw, mutator = random.Random(SEED), Mutator(SEED, [row["object"] for row in rows])
    for group in draw.choices(list(groups.values()), k=number // EACH):
        row = group[0]
        params = (
            [{**row["params"], "metadata": {**row["params"]["metadata"], "namespace": "default"}}]
            if row.get("params")
            else []
        )
        asked = list(requests(mutator, draw, [one["object"] for one in group]))
        yield Question(row["vap"], params, asked, conformance.served(row))


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_our_policies_decide_changed_pods_as_the_server_does(kubernetes_cel: Oracle, spec: dict[str, Any]) -> None:
    assert about_pods(spec, NUMBER // len(SPECS)).differing(kubernetes_cel) == []


def test_published_policies_decide_changed_objects_as_the_server_does(kubernetes_cel: Oracle, shared: Path) -> None:
    assert [one for question in published(shared, NUMBER) for one in question.differing(kubernetes_cel)] == []
