"""What kustomize does without a word: every rule on one kustomization that needs no build, in one call."""

from __future__ import annotations

from collections.abc import Iterator

from kataform.crds import Known
from kataform.finding import Finding
from kataform.kustomization import Graph, Kustomization
from kataform.rules import (
    deprecated_field,
    generated_name_suffix,
    labels_change_selector,
    namespace_on_cluster_scoped,
    outside_repository,
    patch_replaces_missing_path,
    prefix_breaks_reference,
    remote_base,
)

_IN_TREE = (
    labels_change_selector,
    outside_repository,
    patch_replaces_missing_path,
    prefix_breaks_reference,
    remote_base,
)


def check(graph: Graph, found: Kustomization, crds: Known) -> Iterator[Finding]:
    """The findings of all of them; `crds` tell of kinds that are none of Kubernetes' own."""
    yield from deprecated_field.check(graph, found)
    yield from generated_name_suffix.check(found)
    yield from namespace_on_cluster_scoped.check(graph, found, crds)
    for rule in _IN_TREE:
        yield from rule.check(graph, found)
