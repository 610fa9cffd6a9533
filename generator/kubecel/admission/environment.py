"""The names that a policy's expressions know, and their types.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from kubecel.compiler import LAZY
from kubecel.signature import Overload
from kubecel.types import (
    AUTHORIZER,
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NULL_TYPE,
    RESOURCE_CHECK,
    STRING,
    TIMESTAMP,
    UINT,
    Type,
    list_of,
    map_of,
    struct,
)

_STRINGS = list_of(STRING)
_GVK = struct("kubernetes.GroupVersionKind", dict.fromkeys(("group", "version", "kind"), STRING))
_GVR = struct("kubernetes.GroupVersionResource", dict.fromkeys(("group", "version", "resource"), STRING))
_USER = struct(
    "kubernetes.UserInfo",
    {"username": STRING, "uid": STRING, "groups": _STRINGS, "extra": map_of(STRING, _STRINGS)},
)
REQUEST = struct(
    "kubernetes.AdmissionRequest",
    {
        "kind": _GVK,
        "resource": _GVR,
        "subResource": STRING,
        "requestKind": _GVK,
        "requestResource": _GVR,
        "requestSubResource": STRING,
        "name": STRING,
        "namespace": STRING,
        "operation": STRING,
        "userInfo": _USER,
        "dryRun": BOOL,
        "options": DYN,
    },
)
_CONDITION = struct(
    "kubernetes.NamespaceCondition",
    {"status": STRING, "type": STRING, "lastTransitionTime": TIMESTAMP, "message": STRING, "reason": STRING},
)
_LABELS = map_of(STRING, STRING)
_METADATA = struct(
    "kubernetes.NamespaceMetadata",
    {
        "name": STRING,
        "generateName": STRING,
        "namespace": STRING,
        "labels": _LABELS,
        "annotations": _LABELS,
        "UID": STRING,
        "creationTimestamp": TIMESTAMP,
        "deletionGracePeriodSeconds": INT,
        "deletionTimestamp": TIMESTAMP,
        "generation": INT,
        "resourceVersion": STRING,
        "finalizers": _STRINGS,
    },
)
NAMESPACE = struct(
    "kubernetes.Namespace",
    {
        "metadata": _METADATA,
        "spec": struct("kubernetes.NamespaceSpec", {"finalizers": _STRINGS}),
        "status": struct("kubernetes.NamespaceStatus", {"conditions": list_of(_CONDITION), "phase": STRING}),
    },
)
_DECLARED = frozenset({BOOL, BYTES, DOUBLE, DURATION, INT, NULL_TYPE, STRING, TIMESTAMP, UINT})
# The position of each variable among the values of an evaluation.
OBJECT, OLD_OBJECT, REQUEST_AT, NAMESPACE_AT, VARIABLES, PARAMS = range(6)


class Extension(NamedTuple):
    """Names that expressions know beside those of a server, and functions of their types."""

    names: Mapping[str, Type] = MappingProxyType({})
    functions: tuple[Overload, ...] = ()


def names(
    variables: dict[str, Type], *, params: bool, authorizer: bool, more: Mapping[str, Type] = MappingProxyType({})
) -> dict[str, Type]:
    """The names and types of an expression, in the order of their values.

    `variables` are those that the policy defines, which may grow later; the authorizer comes last.
    """
    known = {
        "object": DYN,
        "oldObject": DYN,
        "request": REQUEST,
        "namespaceObject": NAMESPACE,
        "variables": struct(LAZY, variables),
    }
    if params:
        known["params"] = DYN
    known |= more
    if authorizer:
        known |= {"authorizer": AUTHORIZER, "authorizer.requestResource": RESOURCE_CHECK}
    return known


def declared(found: Type) -> Type:
    """The type that a variable of the policy has for later expressions: optionals and opaque values are dyn."""
    if found.name in ("list", "map"):
        return Type(found.name, tuple(map(declared, found.params)), found.kind)
    return found if found in _DECLARED else DYN
