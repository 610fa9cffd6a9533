"""Which fields kube-apiserver wants although OpenAPI calls them optional, and the other way round."""

from __future__ import annotations

from typing import Any

__all__ = ["NEEDED", "NOT_NEEDED", "ONE_OF", "needed", "one_of"]

Fragment = dict[str, Any]

# Definition (without io.k8s.api. or io.k8s.apimachinery.pkg.) -> "field:type" for each field that must be there. A
# list or a string must then not be empty, either.
NEEDED: dict[str, str] = {
    "core.v1.Pod": "spec:object",
    "core.v1.PodTemplateSpec": "spec:object",
    "core.v1.Container": "image:string",
    "core.v1.EphemeralContainer": "image:string",
    "core.v1.ExecAction": "command:array",
    "core.v1.ConfigMapKeySelector": "name:string key:string",
    "core.v1.SecretKeySelector": "name:string key:string",
    "core.v1.ConfigMapEnvSource": "name:string",
    "core.v1.SecretEnvSource": "name:string",
    "core.v1.ConfigMapVolumeSource": "name:string",
    "core.v1.SecretVolumeSource": "secretName:string",
    "core.v1.ConfigMapProjection": "name:string",
    "core.v1.SecretProjection": "name:string",
    "core.v1.PersistentVolumeClaimVolumeSource": "claimName:string",
    "core.v1.ServiceAccountTokenProjection": "path:string",
    "core.v1.ObjectFieldSelector": "fieldPath:string",
    "core.v1.ResourceFieldSelector": "resource:string",
    "core.v1.PodDNSConfigOption": "name:string",
    "core.v1.Sysctl": "name:string",
    "core.v1.HostAlias": "ip:string",
    "batch.v1.Job": "spec:object",
    "batch.v1.JobTemplateSpec": "spec:object",
    "core.v1.Service": "spec:object",
    "core.v1.PersistentVolumeClaim": "spec:object",
    "core.v1.PersistentVolumeClaimSpec": "accessModes:array resources:object",
    "core.v1.PersistentVolume": "spec:object",
    "core.v1.PersistentVolumeSpec": "capacity:object accessModes:array",
    "core.v1.NFSVolumeSource": "server:string path:string",
    "core.v1.ReplicationController": "spec:object",
    "core.v1.ReplicationControllerSpec": "template:object",
    "apps.v1.ReplicaSetSpec": "template:object",
    "networking.v1.Ingress": "spec:object",
    "networking.v1.HTTPIngressRuleValue": "paths:array",
    "networking.v1.IngressServiceBackend": "name:string port:object",
    "networking.v1.IngressClass": "spec:object",
    "networking.v1.IngressClassSpec": "controller:string",
    "networking.v1.IPBlock": "cidr:string",
    "autoscaling.v2.CrossVersionObjectReference": "kind:string name:string",
    "autoscaling.v2.ResourceMetricSource": "name:string",
    "rbac.v1.AggregationRule": "clusterRoleSelectors:array",
    "rbac.v1.PolicyRule": "verbs:array",
    "admissionregistration.v1.ValidatingAdmissionPolicy": "spec:object",
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": "matchConstraints:object",
    "admissionregistration.v1.ParamKind": "apiVersion:string kind:string",
    "admissionregistration.v1.ParamRef": "parameterNotFoundAction:string",
    "admissionregistration.v1.MatchCondition": "name:string expression:string",
    "admissionregistration.v1.Variable": "name:string expression:string",
    "admissionregistration.v1.AuditAnnotation": "key:string valueExpression:string",
    "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec": "policyName:string validationActions:array",
    "admissionregistration.v1.RuleWithOperations": "apiGroups:array apiVersions:array operations:array resources:array",
    "admissionregistration.v1.NamedRuleWithOperations": (
        "apiGroups:array apiVersions:array operations:array resources:array"
    ),
    "admissionregistration.v1.ValidatingWebhook": "admissionReviewVersions:array",
    "admissionregistration.v1.MutatingWebhook": "admissionReviewVersions:array",
    "admissionregistration.v1.ServiceReference": "name:string namespace:string",
    "discovery.v1.Endpoint": "addresses:array",
    "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec": "group:string versions:array",
    "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion": "schema:object",
    "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation": "openAPIV3Schema:object",
    "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition": "name:string jsonPath:string",
}

# Definition -> the fields of which one must be there.
ONE_OF: dict[str, str] = {
    "core.v1.PersistentVolumeSpec": (
        "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs "
        "hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume"
    ),
    "core.v1.Probe": "exec grpc httpGet tcpSocket",
    "core.v1.LifecycleHandler": "exec httpGet sleep tcpSocket",
    "core.v1.Handler": "exec httpGet tcpSocket",
    "core.v1.EnvVarSource": "configMapKeyRef fieldRef fileKeyRef resourceFieldRef secretKeyRef",
    "core.v1.EnvFromSource": "configMapRef secretRef",
    "core.v1.DownwardAPIVolumeFile": "fieldRef resourceFieldRef",
    "networking.v1.NetworkPolicyPeer": "ipBlock namespaceSelector podSelector",
    "networking.v1.IngressSpec": "defaultBackend rules",
    "networking.v1.IngressBackend": "resource service",
    "networking.v1.ServiceBackendPort": "name number",
    "admissionregistration.v1.WebhookClientConfig": "service url",
    "admissionregistration.v1.ParamRef": "name selector",
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": "auditAnnotations validations",
}

# Required in OpenAPI, because the Go field has no "omitempty", and yet not asked for by the server: its zero value
# will do. null then is that zero value, too.
NOT_NEEDED: dict[str, tuple[str, ...]] = {
    "apps.v1.StatefulSetSpec": ("serviceName",),
    "core.v1.HTTPHeader": ("value",),
    "core.v1.LimitRangeSpec": ("limits",),
    "core.v1.PreferredSchedulingTerm": ("preference",),
    "core.v1.Sysctl": ("value",),
    "networking.v1.NetworkPolicySpec": ("podSelector",),
    "rbac.v1.RoleRef": ("apiGroup",),
    "scheduling.v1.PriorityClass": ("value",),
    "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion": ("served", "storage"),
}


def needed(fields: str) -> Fragment:
    """The fragment that asks for some `field:type`."""
    types = dict(field.split(":") for field in fields.split())
    least = {"string": {"minLength": 1}, "array": {"minItems": 1}, "object": {}}
    return {
        "required": sorted(types),
        "properties": {name: {"type": kind, **least[kind]} for name, kind in types.items()},
    }


def one_of(fields: str) -> Fragment:
    """The fragment that asks for one of some fields: null and an empty list do not count."""
    return {
        "anyOf": [{"required": [name], "properties": {name: {"not": {"enum": [None, []]}}}} for name in fields.split()],
        "x-kataform": "one-of",
    }
