"""The OperatorGroup: the operator watches its own namespace and no other, the only install mode it supports."""

from __future__ import annotations

from kataform.catalogue import Catalogue
from kataform.resource import Derivation, Resource
from kataform.resources import argocd
from kataform.spec import Spec


def build(spec: Spec, catalogue: Catalogue) -> tuple[Resource, ...]:
    """One, in the operator's namespace and for that namespace."""
    metadata = {"name": catalogue.namespace, "namespace": catalogue.namespace}
    body = {
        "apiVersion": "operators.coreos.com/v1",
        "kind": "OperatorGroup",
        "metadata": argocd.annotated(spec, "OperatorGroup", metadata),
        "spec": {"targetNamespaces": [catalogue.namespace]},
    }
    return (Resource(body, (Derivation((), ("operator",)), Derivation(("metadata", "annotations"), ("argocd",)))),)
