"""What the API server holds one field of an object against another for: selectors, names, mounts, requests.

The commonest of the checks in Kubernetes' own Go code that no JSON Schema can say (pkg/apis/core/validation and
pkg/apis/apps/validation); tests/schemas/differences.yaml lists those that are left to the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from kataform.schemas import listmaps
from kataform.schemas.schema import Path, Schema
from kataform.schemas.violation import Violation

__all__ = ["relations"]

_TEMPLATE: Path = ("spec", "template")
_POD_SPECS: dict[str, Path] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"), (*_TEMPLATE, "spec")),
    "ReplicationController": (*_TEMPLATE, "spec"),
}
_GROUPS = ("v1", "apps/v1", "batch/v1")
_SELECTING = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_OVERCOMMITTED = ("cpu", "memory", "ephemeral-storage")
_LEVELS = ("privileged", "baseline", "restricted")
_POD_SECURITY = "pod-security.kubernetes.io/"


def relations(schema: Schema, body: Any) -> Iterator[Violation]:
    """Why the API server refuses an object whose fields are right, each by itself."""
    if schema.custom:
        yield from listmaps.repeated(schema, body)
    kind, api_version = body.get("kind"), body.get("apiVersion")
    if api_version not in _GROUPS:
        return
    if kind in _SELECTING or kind == "ReplicationController":
        yield from _selector(body, kind)
    if kind in _POD_SPECS:
        claims = [_get(claim, ("metadata", "name")) for claim in _list(body, ("spec", "volumeClaimTemplates"))]
        yield from _pod_spec(body, _POD_SPECS[kind], claims)
    for found in (_OTHERS.get((api_version, kind)),):
        yield from found(body) if found else ()


# --- selectors ----------------------------------------------------------------------------------------------------


def _selector(body: Any, kind: str) -> Iterator[Violation]:
    """A workload selects the Pods that it makes: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/"""
    labels = {key: value or "" for key, value in _map(body, (*_TEMPLATE, "metadata", "labels")).items()}
    selector = _map(body, ("spec", "selector"))
    path: Path = ("spec", "selector")
    if kind == "ReplicationController":
        wanted, expressions = selector, []
        if not selector:  # it then is the template's labels
            if not labels:
                yield _selects_nothing((*path,))
            return
    else:
        wanted, expressions = _map(selector, ("matchLabels",)), _list(selector, ("matchExpressions",))
        path = (*path, "matchLabels")
        if not wanted and not expressions:
            yield Violation(
                path[:-1], "missing-field", "selector is empty", "write the template's labels in matchLabels"
            )
            return
    for key, value in wanted.items():
        if labels.get(key) != (value or ""):
            yield _unselected((*path, key), f"{key}: {value or ''}")
    for index, expression in enumerate(expressions):
        if not _holds(expression, labels):
            where = ("spec", "selector", "matchExpressions", index)
            yield _unselected(where, f"{expression.get('key')} {expression.get('operator')}")


def _selects_nothing(path: Path) -> Violation:
    return Violation(path, "missing-field", "selector is missing, and the template has no labels", "add both")


def _unselected(path: Path, wanted: str) -> Violation:
    message = f"the selector asks for {wanted}, and the labels of its template do not have that"
    return Violation(path, "template-not-selected", message, "give template.metadata.labels what the selector asks for")


def _holds(expression: Any, labels: dict[str, str]) -> bool:
    key, values = expression.get("key"), [value or "" for value in _list(expression, ("values",))]
    tests: dict[str, Callable[[], bool]] = {
        "In": lambda: key in labels and labels[key] in values,
        "NotIn": lambda: labels.get(key) not in values,
        "Exists": lambda: key in labels,
        "DoesNotExist": lambda: key not in labels,
    }
    return tests.get(str(expression.get("operator")), lambda: True)()


# --- Pods ---------------------------------------------------------------------------------------------------------


def _pod_spec(body: Any, path: Path, claims: list[Any]) -> Iterator[Violation]:
    spec = _map(body, path)
    volumes = [_get(volume, ("name",)) for volume in _list(spec, ("volumes",))]
    yield from _twice(volumes, (*path, "volumes"), "name", "volume")
    seen: dict[str, None] = {}
    for field in _CONTAINERS:
        for index, container in enumerate(_list(spec, (field,))):
            here = (*path, field, index)
            name = _get(container, ("name",))
            if name in seen:
                yield _duplicate((*here, "name"), f"a second container is called {name}")
            seen[name] = None
            yield from _container(container, here, [*volumes, *claims])


def _container(container: Any, path: Path, volumes: list[Any]) -> Iterator[Violation]:
    ports = [_get(port, ("name",)) for port in _list(container, ("ports",))]
    yield from _twice(ports, (*path, "ports"), "name", "port")
    mounts = _list(container, ("volumeMounts",))
    yield from _twice([_get(mount, ("mountPath",)) for mount in mounts], (*path, "volumeMounts"), "mountPath", "mount")
    for index, mount in enumerate(mounts):
        name = _get(mount, ("name",))
        if name not in volumes:
            known = [str(volume) for volume in volumes if volume]
            remedy = f"there are {', '.join(known)}" if known else "add it to volumes"
            message = f"there is no volume '{name}' to mount"
            yield Violation((*path, "volumeMounts", index, "name"), "undefined-volume", message, remedy)
    yield from _resources(_map(container, ("resources",)), (*path, "resources"))


def _resources(resources: dict[str, Any], path: Path) -> Iterator[Violation]:
    """Requests within limits; of what cannot be shared both are equal: https://kubernetes.io/docs/tasks/
    configure-pod-container/extended-resource/"""
    requests, limits = _map(resources, ("requests",)), _map(resources, ("limits",))
    for name, asked in requests.items():
        shared = name in _OVERCOMMITTED
        if name not in limits:
            if not shared:
                yield _above((*path, "requests", name), f"{name} needs a limit that is equal to its request")
            continue
        from kataform.schemas import quantity  # whose fractions take longer to import than most checks have use for

        request, limit = quantity.amount(asked), quantity.amount(limits[name])
        if request is None or limit is None:
            continue
        if request > limit or (request != limit and not shared):
            words = "above" if request > limit else "below"
            message = f"the request for {name}, {asked or 0}, is {words} its limit of {limits[name] or 0}"
            yield _above((*path, "requests", name), message if shared else f"{message}; both must be equal")


def _above(path: Path, message: str) -> Violation:
    return Violation(path, "request-above-limit", message, "")


# --- other kinds --------------------------------------------------------------------------------------------------


def _namespace(body: Any) -> Iterator[Violation]:
    """https://kubernetes.io/docs/concepts/security/pod-security-admission/"""
    for key, value in _map(body, ("metadata", "labels")).items():
        prefix, _, mode = key.rpartition("/")
        if f"{prefix}/" != _POD_SECURITY:
            continue
        path = ("metadata", "labels", key)
        if mode in ("enforce", "audit", "warn") and value not in _LEVELS:
            message = f"{key} must be {_LEVELS[0]}, {_LEVELS[1]} or {_LEVELS[2]}, not '{value or ''}'"
            yield Violation(path, "unknown-value", message, "")
        if mode in ("enforce-version", "audit-version", "warn-version") and not _is_version(value):
            message = f"{key} must be latest or a version such as v1.32, not '{value or ''}'"
            yield Violation(path, "invalid-value", message, "")


def _is_version(value: Any) -> bool:
    return value == "latest" or re.fullmatch(r"v1\.(0|[1-9][0-9]*)", value or "", re.ASCII) is not None


def _service(body: Any) -> Iterator[Violation]:
    spec = _map(body, ("spec",))
    ports = _list(spec, ("ports",))
    yield from _twice([_get(port, ("name",)) for port in ports], ("spec", "ports"), "name", "port")
    numbers = [(_get(port, ("port",)), _get(port, ("protocol",)) or "TCP") for port in ports]
    yield from _twice(numbers, ("spec", "ports"), "port", "port", lambda found: f"{found[0]} of {found[1]}")
    if (spec.get("type") or "ClusterIP") != "ClusterIP":
        return
    for index, port in enumerate(ports):
        if _get(port, ("nodePort",)):
            message = "nodePort is only for Services of type NodePort or LoadBalancer"
            yield Violation(
                ("spec", "ports", index, "nodePort"), "invalid-value", message, "remove it, or set the type"
            )
    if spec.get("externalTrafficPolicy"):
        message = "externalTrafficPolicy is only for Services that can be reached from outside"
        yield Violation(("spec", "externalTrafficPolicy"), "invalid-value", message, "remove it, or set the type")


def _pod(body: Any) -> Iterator[Violation]:
    """White space around an image's name: refused in a Pod, and left alone in a template."""
    for field in _CONTAINERS:
        for index, container in enumerate(_list(body, ("spec", field))):
            image = _get(container, ("image",))
            if isinstance(image, str) and image != image.strip():
                message = f"{field}[{index}].image has white space around it"
                yield Violation(("spec", field, index, "image"), "invalid-value", message, f"write {image.strip()}")


_OTHERS: dict[tuple[str, str], Callable[[Any], Iterator[Violation]]] = {
    ("v1", "Namespace"): _namespace,
    ("v1", "Pod"): _pod,
    ("v1", "Service"): _service,
}


# --- small words --------------------------------------------------------------------------------------------------


def _twice(
    values: list[Any], path: Path, field: str, noun: str, shown: Callable[[Any], str] = str
) -> Iterator[Violation]:
    seen: list[Any] = []
    for index, value in enumerate(values):
        if value and value in seen:
            what = "is at" if field == "mountPath" else "is called" if field == "name" else "is"
            yield _duplicate((*path, index, field), f"a second {noun} {what} {shown(value)}")
        seen.append(value)


def _duplicate(path: Path, message: str) -> Violation:
    return Violation(path, "duplicate-name", message, "give it another one, or remove it")


def _get(value: Any, path: Path) -> Any:
    for token in path:
        value = value.get(token) if isinstance(value, dict) else None
    return value


def _map(value: Any, path: Path) -> dict[str, Any]:
    found = _get(value, path)
    return found if isinstance(found, dict) else {}


def _list(value: Any, path: Path) -> list[Any]:
    found = _get(value, path)
    return found if isinstance(found, list) else []
