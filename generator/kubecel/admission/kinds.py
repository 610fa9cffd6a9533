"""Which resource a kind is served as, and whether its objects live in a namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Resource(NamedTuple):
    """A resource: its plural name, and whether its objects live in a namespace."""

    plural: str
    namespaced: bool = True


# What the caller knows about kinds: from an API group and a kind to its resource, None where it is not known.
Kinds = Callable[[str, str], "Resource | None"]

_NAMESPACED = {
    "": "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController"
    " ResourceQuota Secret Service ServiceAccount",
    "apps": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "authorization.k8s.io": "LocalSubjectAccessReview",
    "autoscaling": "HorizontalPodAutoscaler",
    "batch": "CronJob Job",
    "coordination.k8s.io": "Lease LeaseCandidate",
    "discovery.k8s.io": "EndpointSlice",
    "events.k8s.io": "Event",
    "extensions": "DaemonSet Deployment Ingress NetworkPolicy ReplicaSet",
    "networking.k8s.io": "Ingress NetworkPolicy",
    "policy": "PodDisruptionBudget",
    "rbac.authorization.k8s.io": "Role RoleBinding",
    "resource.k8s.io": "ResourceClaim ResourceClaimTemplate",
    "storage.k8s.io": "CSIStorageCapacity",
    "certificates.k8s.io": "PodCertificateRequest",
}
_CLUSTER = {
    "": "ComponentStatus Namespace Node PersistentVolume",
    "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding"
    " MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"
    " ValidatingWebhookConfiguration",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "authentication.k8s.io": "SelfSubjectReview TokenReview",
    "authorization.k8s.io": "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "networking.k8s.io": "IPAddress IngressClass ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass DeviceTaintRule ResourceSlice",
    "scheduling.k8s.io": "PriorityClass Workload",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    "storagemigration.k8s.io": "StorageVersionMigration",
}
_SAME = frozenset({"Endpoints"})


def plural(kind: str) -> str:
    """The plural that Kubernetes' own kinds have: Policy is policies, Ingress is ingresses."""
    name = kind.lower()
    if kind in _SAME:
        return name
    if name.endswith(("s", "x", "ch", "sh")):
        return name + "es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    return name + "s"


BUILT_IN: Mapping[tuple[str, str], Resource] = {
    (group, kind): Resource(plural(kind), namespaced)
    for namespaced, table in ((True, _NAMESPACED), (False, _CLUSTER))
    for group, kinds in table.items()
    for kind in kinds.split()
}


def built_in(group: str, kind: str) -> Resource | None:
    """The resources of Kubernetes itself."""
    return BUILT_IN.get((group, kind))


def with_more(more: Mapping[tuple[str, str], Resource]) -> Kinds:
    """The resources of Kubernetes itself, and more by API group and kind, as CustomResourceDefinitions give them."""
    return lambda group, kind: more.get((group, kind)) or built_in(group, kind)
