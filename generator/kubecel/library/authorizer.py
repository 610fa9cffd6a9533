"""The authorizer, whose answers only a cluster knows: its functions are checked, and evaluating one is undecided."""

from __future__ import annotations

from collections.abc import Callable

from kubecel.errors import Undecided
from kubecel.signature import method
from kubecel.types import DECISION, GROUP_CHECK, PATH_CHECK, RESOURCE_CHECK, Type
from kubecel.values import Authorizer, Value

SINCE = (1, 28)
SELECTORS_SINCE = (1, 32)


def _next(result: Type) -> Callable[..., Authorizer]:
    def follow(*_: Value) -> Authorizer:
        return Authorizer(result.name)

    return follow


def _ask(*_: Value) -> Value:
    raise Undecided("the authorizer's decision is known to the cluster only")


OVERLOADS = (
    method("Authorizer", "path(string) -> PathCheck", _next(PATH_CHECK), SINCE),
    method("Authorizer", "group(string) -> GroupCheck", _next(GROUP_CHECK), SINCE),
    method("Authorizer", "serviceAccount(string, string) -> Authorizer", lambda authorizer, *_: authorizer, SINCE),
    method("GroupCheck", "resource(string) -> ResourceCheck", _next(RESOURCE_CHECK), SINCE),
    method("ResourceCheck", "subresource(string) -> ResourceCheck", _next(RESOURCE_CHECK), SINCE),
    method("ResourceCheck", "namespace(string) -> ResourceCheck", _next(RESOURCE_CHECK), SINCE),
    method("ResourceCheck", "name(string) -> ResourceCheck", _next(RESOURCE_CHECK), SINCE),
    method("ResourceCheck", "fieldSelector(string) -> ResourceCheck", _next(RESOURCE_CHECK), SELECTORS_SINCE),
    method("ResourceCheck", "labelSelector(string) -> ResourceCheck", _next(RESOURCE_CHECK), SELECTORS_SINCE),
    method("PathCheck", "check(string) -> Decision", _next(DECISION), SINCE),
    method("ResourceCheck", "check(string) -> Decision", _next(DECISION), SINCE),
    method("Decision", "errored() -> bool", _ask, SINCE),
    method("Decision", "error() -> string", _ask, SINCE),
    method("Decision", "allowed() -> bool", _ask, SINCE),
    method("Decision", "reason() -> string", _ask, SINCE),
)
