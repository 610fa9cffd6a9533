"""The pods that a workload makes, as policies on pods would meet them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kataform import resource
from kataform.resource import Path
from kataform.subject import Subject
from kubecel.records import dataclass

_TEMPLATE: Path = ("spec", "template")
_TEMPLATES: dict[tuple[str, str], Path] = {
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
    ("batch", "Job"): _TEMPLATE,
}
# Whom the pods belong to, where the workload has somebody else make them.
_MAKERS = {"Deployment": ("apps/v1", "ReplicaSet"), "CronJob": ("batch/v1", "Job")}
_UID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Pod:
    """The pod of a workload, and where in the workload it is written."""

    body: dict[str, Any]
    path: Path


def pod_of(subject: Subject) -> Pod | None:
    """The pod that a workload makes; None for anything else."""
    group, _ = resource.split_api_version(str(subject.body.get("apiVersion") or ""))
    path = _TEMPLATES.get((group, subject.kind))
    template = resource.get(subject.body, path) if path is not None else None
    if path is None or not isinstance(template, dict):
        return None
    key = resource.key(subject.body)
    own = template.get("metadata")
    api_version, kind = _MAKERS.get(key.kind, (str(subject.body["apiVersion"]), key.kind))
    owner = {"apiVersion": api_version, "kind": kind, "name": key.name, "uid": _UID, "controller": True}
    metadata = {**(own if isinstance(own, dict) else {}), "name": key.name, "ownerReferences": [owner]}
    if key.namespace:
        metadata["namespace"] = key.namespace
    return Pod({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template.get("spec")}, path)


def as_pod(subject: Subject, pod: Pod) -> Subject:
    """The workload's pod as something to be judged; its lines are the workload's."""
    return replace(subject, body=pod.body, locate=lambda path, key: subject.locate((*pod.path, *path), key))
