"""The RuntimeClass that Pods name: what the operator of that version creates for this KataConfig."""

from __future__ import annotations

from typing import Any

from kataform.catalogue import Catalogue, RuntimeClass
from kataform.resource import Derivation, Resource
from kataform.resources import argocd
from kataform.spec import Spec


def build(spec: Spec, catalogue: Catalogue) -> tuple[Resource, ...]:
    """Every class that is sure to exist; Argo CD's annotations only where Git owns it."""
    version = spec.get("operator", "version")
    kata_config = spec.get("kataConfig", "spec") or {}
    return tuple(
        _resource(spec, fact) for fact in catalogue.runtime_classes(version, kata_config, spec.get("platform"))
    )


def _resource(spec: Spec, fact: RuntimeClass) -> Resource:
    owned = spec.get("runtimeClass", "owner") == "git"
    body: dict[str, Any] = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": argocd.annotated(spec, "RuntimeClass", {"name": fact.name}) if owned else {"name": fact.name},
        "handler": fact.handler,
        "overhead": {"podFixed": dict(fact.overhead)},
    }
    if fact.node_selector:
        body["scheduling"] = {"nodeSelector": dict(fact.node_selector)}
    derivations = (
        Derivation((), ("operator", "version")),
        Derivation(("scheduling",), ("kataConfig", "spec", "kataConfigPoolSelector")),
    )
    return Resource(body, derivations)
