"""namespace-on-cluster-scoped: `namespace` also reaches custom resources that have none, because kustomize can't know.

kustomize knows the scope of Kubernetes' own kinds only, and sets `metadata.namespace` on every other object. The API
server of a cluster takes that without a word, tools that compare (Argo CD, `kubectl diff`) do not.
"""

from __future__ import annotations

from collections.abc import Iterator

from kataform.crds import Known
from kataform.finding import Finding, Related, Severity, listed
from kataform.kustomization import Graph, Item, Kustomization
from kataform.rule import Rule

_KATA = "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata:\n  name: kata\nspec: {}\n"
RULE = Rule(
    "namespace-on-cluster-scoped",
    "`namespace` is also set on a KataConfig or its like, which has none.",
    Severity.WARNING,
    why="kustomize knows the scope of Kubernetes' own kinds only. The API server drops the namespace without a word; "
    "what compares the files with the cluster sees a difference that never goes away.",
    remedy="set the namespace in the manifests of the other objects, or build this one from a folder of its own",
    failing={"kustomization.yaml": "namespace: web\nresources:\n- kata.yaml\n", "kata.yaml": _KATA},
    passing={"kustomization.yaml": "resources:\n- kata.yaml\n", "kata.yaml": _KATA},
)
_CLUSTER_SCOPED = {
    ("kataconfiguration.openshift.io", "KataConfig"),
    ("machineconfiguration.openshift.io", "KubeletConfig"),
    ("machineconfiguration.openshift.io", "MachineConfig"),
    ("machineconfiguration.openshift.io", "MachineConfigPool"),
    ("security.openshift.io", "SecurityContextConstraints"),
}


def check(graph: Graph, found: Kustomization, crds: Known) -> Iterator[Finding]:
    """One finding at `namespace`, with the objects that it should not reach."""
    written = found.under("namespace")
    if written is None or not (found.body or {}).get("namespace"):
        return
    reached = [item for item in graph.accumulate(found.folder).items if _has_none(item, crds)]
    if reached:
        names = listed(sorted({f"{item.key.kind} {item.key.name}" for item in reached}))
        none = "which has none" if len(reached) == 1 else "which have none"
        message = f"`namespace` is also set on {names}, {none}: kustomize does not know the kind's scope"
        remedy = "set the namespace in the manifests of the other objects, or build this one from a folder of its own"
        related = tuple(Related(item.written.place, "is cluster-scoped") for item in reached)
        yield Finding(RULE.name, Severity.WARNING, message, written.place, remedy, related=related)


def _has_none(item: Item, crds: Known) -> bool:
    """Whether an object is of a kind that is known to live outside of namespaces."""
    kind = (item.key.group, item.key.kind)
    return kind in _CLUSTER_SCOPED or crds.has_no_namespace(*kind)
