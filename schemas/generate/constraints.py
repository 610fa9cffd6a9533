"""What kube-apiserver checks of built-in kinds beyond their OpenAPI types, as JSON Schema fragments.

OpenAPI v2, from which kubernetes-validate is made, has types and required fields only. The server then validates
names, labels, quantities, ports and choices in Go (pkg/apis/*/validation and apimachinery's util/validation, content
and resource packages). Whatever of that a pattern, a range or an enum can say exactly is said here, so that each JSON
Schema engine, kubeconform included, gives the server's verdict; `kataform.names` and `kataform.quantity` hold the
same rules as functions, and say why a text is refused. `x-kataform` names the function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requirements import NEEDED, ONE_OF, needed, one_of

__all__ = ["DEFINITIONS", "NAMES", "apply", "short"]

Fragment = dict[str, Any]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]"
_PREFIX = "^([-A-Za-z0-9.]{1,253}/)?[^/]+$"
_NUMBER = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_SUFFIX = "([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?"
_BASE64 = r"([A-Za-z0-9+/][\r\n]*)"

# generateName is checked as a name whose last two characters, if it ends with a dash, are read as one "a":
# https://github.com/kubernetes/apimachinery/blob/v0.37.0/pkg/api/validation/generic.go (maskTrailingDash)
_DASH = r"[\s\S]-"

DEFINITIONS: dict[str, Fragment] = {
    "label-key": {
        "maxLength": 317,
        "pattern": f"^({_SUBDOMAIN}/)?{_QUALIFIED}$",
        "allOf": [{"pattern": _PREFIX, "x-kataform": "label-key"}],
    },
    "label-value": {"pattern": f"^({_QUALIFIED})?$"},
    # The server lowers an annotation's key before it checks it.
    "annotation-key": {
        "maxLength": 317,
        "pattern": f"^({_SUBDOMAIN.replace('a-z', 'A-Za-z')}/)?{_QUALIFIED}$",
        "allOf": [{"pattern": _PREFIX, "x-kataform": "annotation-key"}],
    },
    "optional-label-key": {
        "maxLength": 317,
        "pattern": f"^(({_SUBDOMAIN}/)?{_QUALIFIED})?$",
        "allOf": [{"pattern": f"^$|{_PREFIX}", "x-kataform": "optional-label-key"}],
    },
    "finalizer": {
        "maxLength": 317,
        "pattern": f"^({_SUBDOMAIN}/)?{_QUALIFIED}$",
        "allOf": [{"pattern": _PREFIX, "x-kataform": "finalizer"}],
    },
    "dns-1123-label": {"maxLength": 63, "pattern": f"^{_LABEL}$"},
    "dns-1123-subdomain": {"maxLength": 253, "pattern": f"^{_SUBDOMAIN}$"},
    "dns-1035-label": {"maxLength": 63, "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"},
    "cron-job-name": {"maxLength": 52, "pattern": f"^{_SUBDOMAIN}$"},
    "path-segment": {"pattern": r"^([^./%][^/%]*|\.[^./%][^/%]*|\.\.[^/%]+)$"},
    "optional-dns-1123-label": {"maxLength": 63, "pattern": f"^({_LABEL})?$"},
    "optional-dns-1123-subdomain": {"maxLength": 253, "pattern": f"^({_SUBDOMAIN})?$"},
    "dns-1123-label-prefix": {
        "maxLength": 64,
        "pattern": f"^({_LABEL}|([a-z0-9][-a-z0-9]*)?{_DASH})?$",
    },
    "dns-1123-subdomain-prefix": {
        "maxLength": 254,
        "pattern": rf"^({_SUBDOMAIN}|({_LABEL}\.)*([a-z0-9][-a-z0-9]*)?{_DASH})?$",
    },
    "dns-1035-label-prefix": {"maxLength": 64, "pattern": f"^([a-z]([-a-z0-9]*[a-z0-9])?|([a-z][-a-z0-9]*)?{_DASH})?$"},
    "cron-job-name-prefix": {
        "maxLength": 53,
        "pattern": rf"^({_SUBDOMAIN}|({_LABEL}\.)*([a-z0-9][-a-z0-9]*)?{_DASH})?$",
    },
    "path-segment-prefix": {"pattern": "^[^/%]*$"},
    "config-key": {"maxLength": 253, "pattern": r"^([-_a-zA-Z0-9]|\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$"},
    "environment-name": {"pattern": r"^([-_a-zA-Z]|\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$"},
    "relaxed-environment-name": {"pattern": "^[ -<>-~]+$"},
    "optional-port-name": {
        "maxLength": 15,
        "pattern": "^([a-z0-9]+(-[a-z0-9]+)*)?$",
        "allOf": [{"pattern": "^$|[a-z]", "x-kataform": "optional-port-name"}],
    },
    "optional-port-reference": {
        "minimum": 0,
        "maximum": 65535,
        "maxLength": 15,
        "pattern": "^([a-z0-9]+(-[a-z0-9]+)*)?$",
        "allOf": [{"pattern": "^$|[a-z]", "x-kataform": "optional-port-reference"}],
    },
    "port-reference": {
        "minimum": 1,
        "maximum": 65535,
        "maxLength": 15,
        "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
        "allOf": [{"pattern": "[a-z]", "x-kataform": "port-reference"}],
    },
    "percentage": {"minimum": 0, "maximum": 2**31 - 1, "pattern": "^[0-9]+%$"},
    "quantity": {"pattern": f"^[+-]?{_NUMBER}{_SUFFIX}$"},
    "positive-quantity": {
        "type": ["string", "number", "null"],
        "format": "quantity",
        "minimum": 0,
        "pattern": rf"^([+]?{_NUMBER}|-(0+(\.0*)?|\.0+)){_SUFFIX}$",
    },
    # pkg/apis/core/helper/helpers.go, IsStandardContainerResourceName
    "container-resource": {
        "maxLength": 317,
        "pattern": f"^(cpu|memory|ephemeral-storage|hugepages-[-A-Za-z0-9_.]*[A-Za-z0-9]|{_SUBDOMAIN}/{_QUALIFIED})$",
        "allOf": [{"pattern": _PREFIX, "x-kataform": "container-resource"}],
    },
    "qualified-name": {
        "maxLength": 317,
        "pattern": f"^({_SUBDOMAIN}/)?{_QUALIFIED}$",
        "allOf": [{"pattern": _PREFIX, "x-kataform": "qualified-name"}],
    },
    "provisioner": {
        "maxLength": 317,
        "pattern": f"^({_SUBDOMAIN.replace('a-z', 'A-Za-z')}/)?{_QUALIFIED}$",
        "allOf": [{"pattern": _PREFIX, "x-kataform": "provisioner"}],
    },
    "fully-qualified": {"maxLength": 253, "pattern": rf"^{_LABEL}(\.{_LABEL}){{2,}}$"},
    "host": {"maxLength": 253, "pattern": rf"^(\*\.)?{_SUBDOMAIN}$"},
    "optional-host": {"maxLength": 253, "pattern": rf"^((\*\.)?{_SUBDOMAIN})?$"},
    "base64": {"pattern": rf"^[\r\n]*({_BASE64}{{4}})*({_BASE64}{{2}}=[\r\n]*=[\r\n]*|{_BASE64}{{3}}=[\r\n]*)?$"},
    "date-time": {
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
    },
}
for _name, _definition in DEFINITIONS.items():
    _definition["x-kataform"] = _name


def _ref(name: str) -> Fragment:
    return {"$ref": f"#/$defs/kataform.{name}"}


def _choice(*values: str) -> Fragment:
    """One of `values`; the empty string stands for the default, as in most of the built-in types."""
    return {"enum": [*values, "", None]}


def _only(*values: str) -> Fragment:
    """One of `values`, and nothing else if it is there at all: behind it is a pointer, whose default is nil."""
    return {"enum": [*values, None]}


def _choices(*values: str) -> Fragment:
    return {"items": {"enum": list(values)}}


def _least(minimum: int, maximum: int | None = None) -> Fragment:
    return {"minimum": minimum} if maximum is None else {"minimum": minimum, "maximum": maximum}


def _keys(key: str, value: str = "") -> Fragment:
    return {"propertyNames": _ref(key)} | ({"additionalProperties": _ref(value)} if value else {})


_LABELS = _keys("label-key", "label-value")
_ANNOTATIONS = _keys("annotation-key")
_NONEMPTY = {"minLength": 1}
_PORT = _least(1, 65535)
_MODE = _least(0, 0o777)
_PROTOCOL = _choice("TCP", "UDP", "SCTP")
_CONTAINER_RESOURCES = _keys("container-resource")
_RESOURCES = _keys("container-resource", "positive-quantity")
_QUANTITIES = {"additionalProperties": _ref("positive-quantity")}
_POLICY_SCOPE = _only("Cluster", "Namespaced", "*")
_POD_RESTARTS = {"spec": {"properties": {"restartPolicy": _choice("Always")}}}
_JOB_RESTARTS = {
    "spec": {"required": ["restartPolicy"], "properties": {"restartPolicy": {"enum": ["OnFailure", "Never"]}}}
}
_STORAGE = {
    "required": ["storage"],
    "properties": {"storage": _ref("positive-quantity") | {"type": ["string", "number"], "format": "quantity"}},
}
_PATH = {"type": "string", "pattern": "^/", "description": "begin it with a '/'"}
_LISTED = {"items": {"minLength": 1, "type": "string"}}
_IPV4, _IPV6 = r"0*[0-9]{1,3}(\.0*[0-9]{1,3}){3}", "[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
_IP = {"pattern": f"^({_IPV4}|{_IPV6})$", "examples": ["10.9.8.7", "2001:db8::1"]}
_CIDR = {"pattern": f"^({_IPV4}|{_IPV6})/[0-9]+$", "examples": ["10.9.8.0/24", "2001:db8::/64"]}
_ABSOLUTE = {"pattern": "^/", "description": "begin it with a '/'"}


def _when(field: str, values: list[str], then: Fragment) -> Fragment:
    """`then` must hold of an object in which `field` has one of `values`."""
    return {"if": {"required": [field], "properties": {field: {"enum": values}}}, "then": then}


def _with(field: str, then: Fragment) -> Fragment:
    """`then` must hold of an object in which `field` is there."""
    return {"if": {"required": [field], "properties": {field: {"not": {"enum": [None]}}}}, "then": then}


def _several(field: str, entry: Fragment) -> Fragment:
    """`entry` must hold of each entry of a list `field` that has two or more."""
    more = {"required": [field], "properties": {field: {"type": "array", "minItems": 2}}}
    return {"if": more, "then": {"properties": {field: {"items": entry}}}}


def _unless(field: str, kind: str, then: Fragment) -> Fragment:
    """`then` must hold of an object in which `field` is absent or empty."""
    least = {"string": {"minLength": 1}, "array": {"minItems": 1}}[kind]
    present = {"required": [field], "properties": {field: {"type": kind, **least}}}
    return {"if": {"not": present}, "then": then}


def _values(operator_choices: dict[str, Fragment]) -> list[Fragment]:
    """For each group of operators (joined by a space), what must hold of the requirement besides."""
    return [
        {"if": {"properties": {"operator": {"enum": names.split()}}, "required": ["operator"]}, "then": then}
        for names, then in operator_choices.items()
    ]


_SOME = {"required": ["values"], "properties": {"values": {"minItems": 1, "type": "array"}}}
_NONE = {"properties": {"values": {"maxItems": 0}}}
_ONE = {"required": ["values"], "properties": {"values": {"minItems": 1, "maxItems": 1, "type": "array"}}}

# A Service has ports, unless it is another name for something outside, or headless.
_PORTS: Fragment = {
    "if": {
        "not": {
            "anyOf": [
                {"required": ["type"], "properties": {"type": {"enum": ["ExternalName"]}}},
                {"required": ["clusterIP"], "properties": {"clusterIP": {"enum": ["None"]}}},
            ]
        }
    },
    "then": needed("ports:array"),
}

_CONTAINER: dict[str, Fragment] = {
    "name": _ref("dns-1123-label"),
    "resources": {"properties": {"limits": _CONTAINER_RESOURCES, "requests": _CONTAINER_RESOURCES}},
    "imagePullPolicy": _choice("Always", "IfNotPresent", "Never"),
    "terminationMessagePolicy": _choice("File", "FallbackToLogsOnError"),
}
_WEBHOOK: dict[str, Fragment] = {
    "name": _ref("fully-qualified"),
    "admissionReviewVersions": {"items": _ref("dns-1035-label") | {"type": "string"}},
    "failurePolicy": _only("Ignore", "Fail"),
    "matchPolicy": _only("Exact", "Equivalent"),
    "sideEffects": {"enum": ["None", "NoneOnDryRun"]},
    "timeoutSeconds": _least(1, 30),
}
_POLICY_RULE: dict[str, Fragment] = {
    "operations": _choices("*", "CREATE", "UPDATE", "DELETE", "CONNECT"),
    "scope": _POLICY_SCOPE,
    "apiVersions": _LISTED,
    "resources": _LISTED,
}

_LIMITED = ("default", "defaultRequest", "max", "maxLimitRequestRatio", "min")
_METRICS = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_CRD = "apiextensions-apiserver.pkg.apis.apiextensions.v1"

# Definition (without its prefix: see `short`) -> property -> what to add to it.
_PROPERTIES: dict[str, dict[str, Fragment]] = {
    "apis.meta.v1.ObjectMeta": {
        "labels": _LABELS,
        "annotations": _ANNOTATIONS,
        "namespace": _ref("optional-dns-1123-label"),
        "name": _ref("path-segment"),
        "generateName": _ref("path-segment-prefix"),
        "finalizers": {"items": _ref("finalizer") | {"type": "string"}},
    },
    "apis.meta.v1.OwnerReference": {"apiVersion": _NONEMPTY, "kind": _NONEMPTY, "name": _NONEMPTY, "uid": _NONEMPTY},
    "apis.meta.v1.Time": {"": _ref("date-time")},
    "apis.meta.v1.MicroTime": {"": _ref("date-time")},
    "apis.meta.v1.LabelSelector": {"matchLabels": _LABELS},
    "apis.meta.v1.LabelSelectorRequirement": {
        "key": _ref("label-key"),
        "operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
        "values": {"items": _ref("label-value")},
        "": {"allOf": _values({"In NotIn": _SOME, "Exists DoesNotExist": _NONE})},
    },
    "api.resource.Quantity": {"": _ref("quantity")},
    "core.v1.ConfigMap": {
        "data": _keys("config-key"),
        "binaryData": _keys("config-key", "base64"),
    },
    "core.v1.Secret": {"data": _keys("config-key", "base64"), "stringData": _keys("config-key")},
    "core.v1.ConfigMapKeySelector": {"key": _ref("config-key"), "name": _ref("dns-1123-subdomain")},
    "core.v1.SecretKeySelector": {"key": _ref("config-key"), "name": _ref("dns-1123-subdomain")},
    "core.v1.ConfigMapEnvSource": {"name": _ref("dns-1123-subdomain")},
    "core.v1.SecretEnvSource": {"name": _ref("dns-1123-subdomain")},
    "core.v1.KeyToPath": {"key": _NONEMPTY, "path": _NONEMPTY, "mode": _MODE},
    "core.v1.EnvFromSource": {"prefix": {"pattern": "^[ -<>-~]*$"}},
    "core.v1.HostAlias": {"ip": _IP, "hostnames": {"items": _ref("dns-1123-subdomain") | {"type": "string"}}},
    "core.v1.ServiceAccountTokenProjection": {"expirationSeconds": _least(600, 2**32)},
    "core.v1.ConfigMapVolumeSource": {"defaultMode": _MODE},
    "core.v1.SecretVolumeSource": {"defaultMode": _MODE},
    "core.v1.ProjectedVolumeSource": {"defaultMode": _MODE},
    "core.v1.DownwardAPIVolumeSource": {"defaultMode": _MODE},
    "core.v1.DownwardAPIVolumeFile": {"mode": _MODE, "path": _NONEMPTY},
    "core.v1.Container": _CONTAINER,
    "core.v1.EphemeralContainer": _CONTAINER,
    "core.v1.ContainerPort": {
        "containerPort": _PORT,
        "hostPort": _least(0, 65535),
        "protocol": _PROTOCOL,
        "name": _ref("optional-port-name"),
    },
    "core.v1.EmptyDirVolumeSource": {"sizeLimit": _ref("positive-quantity")},
    "core.v1.GRPCAction": {"port": _PORT},
    "core.v1.HTTPGetAction": {"port": _ref("port-reference"), "scheme": _choice("HTTP", "HTTPS")},
    "core.v1.HTTPHeader": {"name": {"pattern": "^[-A-Za-z0-9]+$", "examples": ["X-Custom"]}},
    "core.v1.HostPathVolumeSource": {
        "path": _NONEMPTY,
        "type": _choice(
            "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"
        ),
    },
    "core.v1.LimitRangeItem": {
        "type": {"pattern": "^(Pod|Container|PersistentVolumeClaim|[^/]+/[^/\\s]+)$", "examples": ["Container", "Pod"]},
        "": {"allOf": [_when("type", ["Container"], {"properties": dict.fromkeys(_LIMITED, _CONTAINER_RESOURCES)})]},
    },
    "core.v1.NFSVolumeSource": {"path": _ABSOLUTE},
    "core.v1.NodeSelector": {"nodeSelectorTerms": {"minItems": 1}},
    "core.v1.NodeSelectorRequirement": {
        "key": _ref("label-key"),
        "operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]},
        "": {"allOf": _values({"In NotIn": _SOME, "Exists DoesNotExist": _NONE, "Gt Lt": _ONE})},
    },
    "core.v1.PersistentVolumeClaimSpec": {
        "accessModes": _choices("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"),
        "volumeMode": _only("Filesystem", "Block"),
        "storageClassName": _ref("optional-dns-1123-subdomain"),
        "resources": {"required": ["requests"], "properties": {"requests": {"type": "object", **_STORAGE}}},
    },
    "core.v1.PersistentVolumeSpec": {
        "storageClassName": _ref("optional-dns-1123-subdomain"),
        "accessModes": _choices("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"),
        "volumeMode": _only("Filesystem", "Block"),
        "persistentVolumeReclaimPolicy": _choice("Retain", "Recycle", "Delete"),
        "capacity": _QUANTITIES | _STORAGE,
    },
    "core.v1.PodAffinityTerm": {"topologyKey": _ref("label-key")},
    "core.v1.ObjectFieldSelector": {
        "fieldPath": {
            "pattern": (
                r"^(metadata\.(name|namespace|uid|(labels|annotations)(\['[^']+'\])?)"
                r"|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$"
            ),
            "examples": ["metadata.name", "metadata.labels['app']", "status.podIP"],
        },
    },
    "core.v1.PodDNSConfig": {"nameservers": {"items": _IP | {"type": "string"}}},
    "core.v1.PodOS": {"name": {"enum": ["linux", "windows"]}},
    "core.v1.PodSecurityContext": {
        "fsGroupChangePolicy": _choice("OnRootMismatch", "Always"),
        "fsGroup": _least(0, 2**31 - 1),
        "runAsUser": _least(0, 2**31 - 1),
        "runAsGroup": _least(0, 2**31 - 1),
        "supplementalGroups": {"items": _least(0, 2**31 - 1)},
    },
    "core.v1.PodSpec": {
        "containers": {"minItems": 1},
        "nodeSelector": _LABELS,
        "restartPolicy": _choice("Always", "OnFailure", "Never"),
        "dnsPolicy": _choice("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
        "preemptionPolicy": _choice("PreemptLowerPriority", "Never"),
        "hostname": _ref("optional-dns-1123-label"),
        "subdomain": _ref("optional-dns-1123-label"),
        "serviceAccountName": _ref("optional-dns-1123-subdomain"),
        "nodeName": _ref("optional-dns-1123-subdomain"),
        "runtimeClassName": _ref("dns-1123-subdomain"),
        "priorityClassName": _ref("optional-dns-1123-subdomain"),
        "overhead": _RESOURCES,
        "activeDeadlineSeconds": _least(1, 2**31 - 1),
    },
    "core.v1.PreferredSchedulingTerm": {"weight": _least(1, 100)},
    "core.v1.Probe": {
        "failureThreshold": _least(0),
        "initialDelaySeconds": _least(0),
        "periodSeconds": _least(0),
        "successThreshold": _least(0),
        "timeoutSeconds": _least(0),
    },
    "core.v1.ReplicationControllerSpec": {"replicas": _least(0), "minReadySeconds": _least(0), "selector": _LABELS},
    "core.v1.ResourceFieldSelector": {
        "resource": {
            "pattern": "^(limits|requests)\\.(cpu|memory|ephemeral-storage|hugepages-.+)$",
            "examples": ["limits.cpu", "requests.memory"],
        },
    },
    "core.v1.ResourceQuotaSpec": {"hard": _QUANTITIES},
    "core.v1.ResourceRequirements": {"limits": _QUANTITIES, "requests": _QUANTITIES},  # until 1.28 also a claim's
    "core.v1.VolumeResourceRequirements": {"limits": _QUANTITIES, "requests": _QUANTITIES},
    "core.v1.SeccompProfile": {"type": {"enum": ["Unconfined", "RuntimeDefault", "Localhost"]}},
    "core.v1.SecurityContext": {
        "runAsUser": _least(0, 2**31 - 1),
        "runAsGroup": _least(0, 2**31 - 1),
        "procMount": _choice("Default", "Unmasked"),
    },
    "core.v1.ServicePort": {
        "port": _PORT,
        "nodePort": {"maximum": 65535},
        "protocol": _PROTOCOL,
        "name": _ref("optional-dns-1123-label"),
        "targetPort": _ref("optional-port-reference"),
    },
    "core.v1.ServiceSpec": {
        "selector": _LABELS,
        "type": _choice("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
        "sessionAffinity": _choice("None", "ClientIP"),
        "externalTrafficPolicy": _choice("Cluster", "Local"),
        "internalTrafficPolicy": _choice("Cluster", "Local"),
        "ipFamilyPolicy": _only("SingleStack", "PreferDualStack", "RequireDualStack"),
        "ipFamilies": _choices("IPv4", "IPv6"),
        "": {"allOf": [_several("ports", needed("name:string")), _PORTS]},
    },
    "core.v1.TCPSocketAction": {"port": _ref("port-reference")},
    "core.v1.Sysctl": {
        "name": {
            "maxLength": 253,
            "pattern": r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
            "examples": ["net.core.somaxconn"],
        }
    },
    "core.v1.Taint": {"key": _ref("label-key"), "effect": {"enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"]}},
    "core.v1.Toleration": {
        "key": _ref("optional-label-key"),
        "effect": _choice("NoSchedule", "PreferNoSchedule", "NoExecute"),
        "value": _ref("label-value"),
        "": {
            "allOf": [
                _unless("key", "string", {"required": ["operator"], "properties": {"operator": {"enum": ["Exists"]}}}),
                _when("operator", ["Exists"], {"properties": {"value": {"enum": ["", None]}}}),
                _with("tolerationSeconds", {"required": ["effect"], "properties": {"effect": {"enum": ["NoExecute"]}}}),
            ]
        },
    },
    "core.v1.TopologySpreadConstraint": {
        "maxSkew": _least(1),
        "topologyKey": _NONEMPTY,
        "whenUnsatisfiable": {"enum": ["DoNotSchedule", "ScheduleAnyway"]},
    },
    "core.v1.Volume": {"name": _ref("dns-1123-label")},
    "core.v1.VolumeMount": {
        "name": _NONEMPTY,
        "mountPath": _NONEMPTY,
        "mountPropagation": _choice("None", "HostToContainer", "Bidirectional"),
    },
    "core.v1.WeightedPodAffinityTerm": {"weight": _least(1, 100)},
    "apps.v1.DaemonSetSpec": {"minReadySeconds": _least(0), "template": {"properties": _POD_RESTARTS}},
    "apps.v1.DaemonSetUpdateStrategy": {"type": _choice("RollingUpdate", "OnDelete")},
    "apps.v1.DeploymentSpec": {
        "replicas": _least(0),
        "minReadySeconds": _least(0),
        "progressDeadlineSeconds": _least(0),
        "revisionHistoryLimit": _least(0),
        "template": {"properties": _POD_RESTARTS},
    },
    "apps.v1.DeploymentStrategy": {"type": _choice("RollingUpdate", "Recreate")},
    "apps.v1.ReplicaSetSpec": {
        "replicas": _least(0),
        "minReadySeconds": _least(0),
        "template": {"properties": _POD_RESTARTS},
    },
    "apps.v1.RollingUpdateDaemonSet": {"maxSurge": _ref("percentage"), "maxUnavailable": _ref("percentage")},
    "apps.v1.RollingUpdateDeployment": {"maxSurge": _ref("percentage"), "maxUnavailable": _ref("percentage")},
    "apps.v1.StatefulSetSpec": {
        "replicas": _least(0),
        "podManagementPolicy": _choice("OrderedReady", "Parallel"),
        "template": {"properties": _POD_RESTARTS},
    },
    "apps.v1.StatefulSetUpdateStrategy": {"type": _choice("RollingUpdate", "OnDelete")},
    "apps.v1.RollingUpdateStatefulSetStrategy": {"partition": _least(0)},
    "autoscaling.v1.HorizontalPodAutoscalerSpec": {"maxReplicas": _least(1), "minReplicas": _least(0)},
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {"maxReplicas": _least(1), "minReplicas": _least(0)},
    "autoscaling.v2.HPAScalingPolicy": {
        "type": {"enum": ["Pods", "Percent"]},
        "value": _least(1),
        "periodSeconds": _least(1, 1800),
    },
    "autoscaling.v2.HPAScalingRules": {"stabilizationWindowSeconds": _least(0, 3600), "policies": {"minItems": 1}},
    "autoscaling.v2.MetricSpec": {
        "type": {"enum": list(_METRICS)},
        "": {"allOf": [_when("type", [kind], needed(f"{field}:object")) for kind, field in _METRICS.items()]},
    },
    "autoscaling.v2.MetricTarget": {
        "type": {"enum": ["Utilization", "Value", "AverageValue"]},
        "averageUtilization": _least(1),
    },
    "batch.v1.CronJobSpec": {
        "concurrencyPolicy": _choice("Allow", "Forbid", "Replace"),
        "schedule": _NONEMPTY,
        "startingDeadlineSeconds": _least(0),
        "successfulJobsHistoryLimit": _least(0),
        "failedJobsHistoryLimit": _least(0),
    },
    "batch.v1.JobSpec": {
        "parallelism": _least(0),
        "completions": _least(0),
        "backoffLimit": _least(0),
        "activeDeadlineSeconds": _least(0),
        "ttlSecondsAfterFinished": _least(0),
        "completionMode": _only("NonIndexed", "Indexed"),
        "template": {"properties": _JOB_RESTARTS},
        "": {
            "allOf": [
                _when(
                    "completionMode",
                    ["Indexed"],
                    {"required": ["completions"], "properties": {"completions": {"type": "integer"}}},
                )
            ]
        },
    },
    "networking.v1.HTTPIngressPath": {
        "pathType": {"enum": ["Exact", "Prefix", "ImplementationSpecific"]},
        "": {"allOf": [_when("pathType", ["Exact", "Prefix"], {"required": ["path"], "properties": {"path": _PATH}})]},
    },
    "networking.v1.IngressSpec": {"ingressClassName": _ref("dns-1123-subdomain")},
    "networking.v1.IngressClassSpec": {
        "controller": {
            "maxLength": 250,
            "pattern": rf"^{_SUBDOMAIN}/[A-Za-z0-9/._~%!$&'()*+,;=:-]+$",
            "examples": ["example.com/ingress"],
        },
    },
    "networking.v1.IngressRule": {"host": _ref("optional-host")},
    "networking.v1.IngressServiceBackend": {"name": _ref("dns-1123-label")},
    "networking.v1.IngressTLS": {
        "secretName": _ref("optional-dns-1123-subdomain"),
        "hosts": {"items": _ref("host") | {"type": "string"}},
    },
    "networking.v1.IPBlock": {"cidr": _CIDR, "except": {"items": _CIDR | {"type": "string"}}},
    "networking.v1.ServiceBackendPort": {"number": _least(0, 65535)},
    "networking.v1.NetworkPolicyPort": {
        "protocol": _only("TCP", "UDP", "SCTP"),
        "port": _ref("port-reference"),
        "endPort": _PORT,
    },
    "networking.v1.NetworkPolicySpec": {"policyTypes": _choices("Ingress", "Egress")},
    "node.v1.RuntimeClass": {"handler": _ref("dns-1123-label")},
    "node.v1.Overhead": {"podFixed": _RESOURCES},
    "node.v1.Scheduling": {"nodeSelector": _LABELS},
    "policy.v1.PodDisruptionBudgetSpec": {
        "maxUnavailable": _ref("percentage"),
        "minAvailable": _ref("percentage"),
    },
    "rbac.v1.PolicyRule": {
        "": {"allOf": [_unless("nonResourceURLs", "array", needed("apiGroups:array resources:array"))]}
    },
    "rbac.v1.ClusterRoleBinding": {
        "subjects": {"items": {"allOf": [_when("kind", ["ServiceAccount"], needed("namespace:string"))]}}
    },
    "rbac.v1.Subject": {
        "kind": {"enum": ["ServiceAccount", "User", "Group"]},
        "name": _NONEMPTY,
        "apiGroup": _choice("rbac.authorization.k8s.io"),
        "": {
            "allOf": [_when("kind", ["ServiceAccount"], {"properties": {"name": _ref("dns-1123-subdomain")}})],
        },
    },
    "rbac.v1.RoleRef": {
        "kind": {"enum": ["Role", "ClusterRole"]},
        "name": _ref("path-segment"),
        "apiGroup": _choice("rbac.authorization.k8s.io"),
    },
    "scheduling.v1.PriorityClass": {"preemptionPolicy": _only("PreemptLowerPriority", "Never")},
    "storage.v1.StorageClass": {
        "provisioner": _ref("provisioner"),
        "reclaimPolicy": _choice("Delete", "Retain"),
        "volumeBindingMode": _only("Immediate", "WaitForFirstConsumer"),
    },
    "admissionregistration.v1.MutatingWebhook": _WEBHOOK | {"reinvocationPolicy": _choice("Never", "IfNeeded")},
    "admissionregistration.v1.ValidatingWebhook": _WEBHOOK,
    "admissionregistration.v1.RuleWithOperations": _POLICY_RULE,
    "admissionregistration.v1.NamedRuleWithOperations": _POLICY_RULE,
    "admissionregistration.v1.MatchResources": {"matchPolicy": _only("Exact", "Equivalent")},
    "admissionregistration.v1.MatchCondition": {"name": _ref("qualified-name")},
    "admissionregistration.v1.ParamRef": {
        "name": _ref("path-segment"),
        "parameterNotFoundAction": {"enum": ["Allow", "Deny"]},
    },
    "admissionregistration.v1.ServiceReference": {
        "port": _PORT,
        "path": {
            "pattern": f"^(/(({_SUBDOMAIN}/)*{_SUBDOMAIN}/?)?)?$",
            "examples": ["/validate"],
        },
    },
    "admissionregistration.v1.Variable": {
        "name": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "examples": ["spec"]},
    },
    "admissionregistration.v1.Validation": {
        "expression": _NONEMPTY,
        "reason": _only("Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"),
    },
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": {
        "failurePolicy": _only("Ignore", "Fail"),
        "matchConstraints": needed("resourceRules:array"),
    },
    "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec": {
        "policyName": _ref("dns-1123-subdomain"),
        "validationActions": _choices("Deny", "Warn", "Audit"),
    },
    "coordination.v1.LeaseSpec": {"leaseDurationSeconds": _least(1)},
    "discovery.v1.EndpointPort": {
        "name": _ref("optional-dns-1123-label"),
        "protocol": _only("TCP", "UDP", "SCTP"),
    },
    "discovery.v1.EndpointSlice": {"addressType": {"enum": ["IPv4", "IPv6", "FQDN"]}},
    f"{_CRD}.CustomResourceDefinitionSpec": {"scope": {"enum": ["Cluster", "Namespaced"]}},
    f"{_CRD}.CustomResourceColumnDefinition": {"type": {"enum": ["boolean", "date", "integer", "number", "string"]}},
    f"{_CRD}.CustomResourceSubresourceStatus": {"": {"additionalProperties": False}},
}

# The rule for metadata.name, where it isn't a DNS-1123 subdomain (pkg/apis/*/validation, ValidateXName).
NAMES: dict[str, str] = {
    "v1 Namespace": "dns-1123-label",
    "v1 Service": "dns-1035-label",
    "policy/v1 PodDisruptionBudget": "path-segment",
    "policy/v1beta1 PodDisruptionBudget": "path-segment",
    "batch/v1 CronJob": "cron-job-name",
    "batch/v1beta1 CronJob": "cron-job-name",
    "certificates.k8s.io/v1 CertificateSigningRequest": "path-segment",
    "certificates.k8s.io/v1alpha1 ClusterTrustBundle": "path-segment",
    "certificates.k8s.io/v1beta1 ClusterTrustBundle": "path-segment",
    "certificates.k8s.io/v1 ClusterTrustBundle": "path-segment",
    "apiregistration.k8s.io/v1 APIService": "path-segment",
    "networking.k8s.io/v1 IPAddress": "path-segment",
    "networking.k8s.io/v1beta1 IPAddress": "path-segment",
    "networking.k8s.io/v1alpha1 IPAddress": "path-segment",
} | {
    f"rbac.authorization.k8s.io/{version} {kind}": "path-segment"
    for version in ("v1", "v1beta1", "v1alpha1")
    for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
}


def _merge(schema: Fragment, fragment: Fragment) -> Fragment:
    """`schema` with `fragment` added: maps merge, lists of keywords append, a second `$ref` goes into `allOf`."""
    merged = dict(schema)
    for key, value in fragment.items():
        if key not in merged or value == "#/$defs/kataform.positive-quantity":  # which says all that Quantity says
            merged[key] = value
        elif key == "$ref":
            merged["allOf"] = [*merged.get("allOf", []), {"$ref": value}]
        elif isinstance(value, dict):
            merged[key] = _merge(merged[key], value)
        elif key in ("allOf", "required"):
            merged[key] = [*merged[key], *(item for item in value if item not in merged[key])]
        else:
            merged[key] = value
    return merged


def short(name: str) -> str:
    """The name of a definition as the tables here have it."""
    for prefix in ("io.k8s.api.", "io.k8s.apimachinery.pkg.", "io.k8s."):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def apply(name: str, definition: Fragment, minor: int) -> Fragment:
    """The definition `name` of Kubernetes 1.`minor` with the server's own checks added."""
    key = short(name)
    for field, fragment in (_PROPERTIES.get(key, {}) | _versioned(key, minor)).items():
        if not field:
            definition = _merge(definition, fragment)
        elif field in definition.get("properties", {}):
            properties = definition["properties"]
            definition = definition | {"properties": properties | {field: _merge(properties[field], fragment)}}
    if key in NEEDED:
        definition = _merge(definition, needed(NEEDED[key]))
    if key in ONE_OF:
        definition = _merge(definition, one_of(ONE_OF[key]))
    return definition


def _versioned(key: str, minor: int) -> dict[str, Fragment]:
    """Checks that changed: https://kep.k8s.io/4369 (environment names, on by default from 1.32), 5471 (operators)."""
    environment = _ref("relaxed-environment-name" if minor >= 32 else "environment-name")
    operators = ("Equal", "Exists", "Lt", "Gt") if minor >= 35 else ("Equal", "Exists")
    tables: dict[str, Callable[[], dict[str, Fragment]]] = {
        "core.v1.EnvVar": lambda: {"name": environment},
        "core.v1.Toleration": lambda: _PROPERTIES[key] | {"operator": _choice(*operators)},
    }
    return tables[key]() if key in tables else {}
