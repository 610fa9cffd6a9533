"""The KataConfig: which worker nodes get Kata Containers. The object is the spec's own, field for field."""

from __future__ import annotations

from typing import Any

from kataform.catalogue import Catalogue
from kataform.resource import Derivation, Resource
from kataform.resources import argocd
from kataform.spec import Spec


def build(spec: Spec, catalogue: Catalogue) -> tuple[Resource, ...]:
    """Cluster-scoped, so without a namespace; the spec's annotations go over Argo CD's."""
    annotations = argocd.annotations(spec, "KataConfig") | (spec.get("kataConfig", "annotations") or {})
    body: dict[str, Any] = {
        "apiVersion": "kataconfiguration.openshift.io/v1",
        "kind": "KataConfig",
        "metadata": argocd.with_annotations({"name": spec.get("kataConfig", "name")}, annotations),
        "spec": dict(spec.get("kataConfig", "spec") or {}),
    }
    derivations = (
        Derivation((), ("kataConfig",)),
        Derivation(("metadata", "name"), ("kataConfig", "name")),
        Derivation(("metadata", "annotations"), ("kataConfig", "annotations")),
        Derivation(("spec",), ("kataConfig", "spec")),
    )
    return (Resource(body, derivations),)
