"""The Namespace that the operator requires, with the labels that the operator of that version writes itself."""

from __future__ import annotations

from typing import Any

from kataform.catalogue import Catalogue
from kataform.resource import Derivation, Resource
from kataform.resources import argocd
from kataform.spec import Spec


def build(spec: Spec, catalogue: Catalogue) -> tuple[Resource, ...]:
    """Labels are the operator's own, so that Git and the operator never write different ones in turn."""
    metadata: dict[str, Any] = {"name": catalogue.namespace}
    labels = dict(catalogue.namespace_labels(spec.get("operator", "version")))
    if labels:
        metadata["labels"] = labels
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": argocd.annotated(spec, "Namespace", metadata)}
    return (
        Resource(body, (Derivation((), ("operator", "version")), Derivation(("metadata", "annotations"), ("argocd",)))),
    )
