"""Which resource each kind is served as: those of Kubernetes, and those that the policies are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubecel import admission

# The kinds in the groups that our policies are about, beside those of Kubernetes itself.
_CRDS = {
    ("kataconfiguration.openshift.io", "KataConfig"): ("kataconfigs", False),
    ("operators.coreos.com", "CatalogSource"): ("catalogsources", True),
    ("operators.coreos.com", "ClusterServiceVersion"): ("clusterserviceversions", True),
    ("operators.coreos.com", "InstallPlan"): ("installplans", True),
    ("operators.coreos.com", "OLMConfig"): ("olmconfigs", False),
    ("operators.coreos.com", "Operator"): ("operators", False),
    ("operators.coreos.com", "OperatorCondition"): ("operatorconditions", True),
    ("operators.coreos.com", "OperatorGroup"): ("operatorgroups", True),
    ("operators.coreos.com", "Subscription"): ("subscriptions", True),
}


def served(group: str, kind: str) -> admission.Resource | None:
    from kubecel.admission import kinds

    known = _CRDS.get((group, kind))
    return kinds.Resource(*known) if known is not None else kinds.built_in(group, kind)


def is_complete(group: str) -> bool:
    """Whether every kind of a group is known, so that the API server takes no other."""
    from kubecel.admission import kinds

    return any(group == known for known, _ in (*kinds.BUILT_IN, *_CRDS))


def named(rule: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The kinds that a resourceRule names: group, kind and plural of each that is known."""
    from kubecel.admission import kinds

    groups, resources = rule.get("apiGroups") or (), rule.get("resources") or ()
    known = {key: one.plural for key, one in kinds.BUILT_IN.items()} | {key: one[0] for key, one in _CRDS.items()}
    for (group, kind), plural in known.items():
        if group in groups and plural in resources:
            yield group, kind, plural
