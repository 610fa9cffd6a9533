"""Which resource each kind is served as: those of Kubernetes, and those that the policies are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
