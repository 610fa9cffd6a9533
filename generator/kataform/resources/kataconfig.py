"""The KataConfig: which worker nodes get Kata Containers. The object is the spec's own, field for field."""

from __future__ import annotations

from typing import Any

from kataform.catalogue import Catalogue
from kataform.resource import Derivation, Resource
from kataform.resources import argocd
from kataform.spec import Spec


def build(spec: Spec, _catalogue: Catalogue) -> tuple[Resource, ...]:
    """Cluster-scoped, so without a namespace; the spec's annotations go over Argo CD's."""
    name, own = spec.get("kataConfig", "name"), spec.get("kataConfig", "annotations")
    body: dict[str, Any] = {
        "apiVersion": "kataconfiguration.openshift.io/v1",
        "kind": "KataConfig",
        "metadata": argocd.annotated(spec, "KataConfig", {"name": name}, own),
        "spec": dict(spec.get("kataConfig", "spec") or {}),
    }
    derivations = (
        Derivation((), ("kataConfig",)),
        Derivation(("metadata", "name"), ("kataConfig", "name")),
        Derivation(("metadata", "annotations"), ("kataConfig", "annotations")),
        Derivation(("spec",), ("kataConfig", "spec")),
    )
    return (Resource(body, derivations),)
