"""The Subscription: which channel of which catalogue, and who approves what it proposes."""

from __future__ import annotations

from typing import Any

from kataform.catalogue import Catalogue
from kataform.resource import Derivation, Resource
from kataform.resources import argocd
from kataform.spec import Spec

_FIRST = ("channel", "installPlanApproval", "name", "source", "sourceNamespace", "startingCSV")


def build(spec: Spec, catalogue: Catalogue) -> tuple[Resource, ...]:
    """startingCSV is the version's under Manual, where it pins; under Automatic, where not, only the spec writes it."""
    stated: dict[str, Any] = dict(spec.get("operator", "subscription") or {})
    stated["name"] = catalogue.package
    if stated.get("installPlanApproval") == "Manual":
        stated.setdefault("startingCSV", catalogue.csv(spec.get("operator", "version")))
    fields = {name: stated[name] for name in _FIRST if name in stated} | stated
    metadata = {"name": catalogue.package, "namespace": catalogue.namespace}
    body = {
        "apiVersion": "operators.coreos.com/v1alpha1",
        "kind": "Subscription",
        "metadata": argocd.annotated(spec, "Subscription", metadata),
        "spec": fields,
    }
    derivations: tuple[Derivation, ...] = (
        Derivation((), ("operator", "subscription")),
        Derivation(("spec",), ("operator", "subscription")),
        Derivation(("metadata", "annotations"), ("argocd",)),
    )
    if "startingCSV" not in (spec.get("operator", "subscription") or {}):
        derivations += (Derivation(("spec", "startingCSV"), ("operator", "version")),)
    return (Resource(body, derivations),)
