"""What the API server adds to an object, and drops from it, before a policy sees it.

Held against Kubernetes 1.36: https://github.com/kubernetes/kubernetes/tree/master/pkg/apis (v1/defaults.go). Only what
policies can notice is done.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kubecel.admission import typed
from kubecel.admission.amounts import canonical
from kubecel.pattern import Pattern

Body = dict[str, Any]
Default = Callable[[Body], None]


def defaulted(body: Mapping[str, Any]) -> Body:
    """A copy of an object as a policy sees it."""
    api_version, kind = str(body.get("apiVersion") or ""), str(body.get("kind") or "")
    fields = typed.of(api_version, kind)
    copy: Body = _without_nulls(body) if fields is None else typed.read(dict(body), fields)
    complete = _KINDS.get((api_version.rpartition("/")[0], kind))
    if complete is not None:
        complete(copy)
    if fields is not None:
        typed.complete(copy, fields)
    return copy


def _without_nulls(value: Any) -> Any:
    """A copy in which no key of a map is null: the server drops such keys, however deep they are."""
    if isinstance(value, dict):
        return {
            key: _without_nulls(item) if isinstance(item, (dict, list)) else item
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [_without_nulls(item) if isinstance(item, (dict, list)) else item for item in value]
    return value


# --- small steps ---


def _maps(value: Any) -> list[Body]:
    """The maps in a list; nothing where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _map(body: Body, *path: str) -> Body:
    """The map at a path, made where there is none; an empty one apart from the body where something else stands."""
    for key in path:
        inner = body.setdefault(key, {})
        body = inner if isinstance(inner, dict) else {}
    return body


def _found(body: Body, *path: str) -> Body | None:
    """The map at a path, if there is one."""
    inner: Any = body
    for key in path:
        inner = inner.get(key) if isinstance(inner, dict) else None
    return inner if isinstance(inner, dict) else None


def _fill(body: Body, **defaults: Any) -> None:
    for key, value in defaults.items():
        body.setdefault(key, value)


def _drop_zero(body: Body, *names: str) -> None:
    """Drop fields that hold the zero of their type, which are not kept apart from absent ones."""
    for name in names:
        if name in body and not body[name]:
            del body[name]


# --- pods ---

_LABEL = r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])"
_IMAGE = Pattern(
    rf"(?:{_LABEL}(?:\.{_LABEL})*(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
    r"(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(@.*)?\Z"
)
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def _pull_policy(image: object) -> str:
    """Always for the latest image, said or meant; a digest without a tag is not it, nor is what is no image."""
    found = _IMAGE.match(str(image or ""))
    tag, digest = (found[1], found[2]) if found else ("", "")
    return "Always" if tag == "latest" or (found and not tag and not digest) else "IfNotPresent"


def _http_get(handler: Body) -> None:
    if (http := _found(handler, "httpGet")) is not None:
        _fill(http, path="/", scheme="HTTP")


def _probe(probe: Body) -> None:
    _fill(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    _http_get(probe)
    if (grpc := _found(probe, "grpc")) is not None:
        _fill(grpc, service="")


def _quantities(resources: Body) -> None:
    for name in ("limits", "requests"):
        amounts = _found(resources, name) or {}
        for key, value in amounts.items():
            amounts[key] = canonical(value)


def _container(container: Body) -> None:
    container.setdefault("imagePullPolicy", _pull_policy(container.get("image")))
    _fill(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    _quantities(_map(container, "resources"))
    for port in _maps(container.get("ports")):
        _fill(port, protocol="TCP")
        _drop_zero(port, "hostPort")
    for variable in _maps(container.get("env")):
        _field_ref(_found(variable, "valueFrom"))
        if (key := _found(variable, "valueFrom", "fileKeyRef")) is not None:
            _fill(key, optional=False)
        _drop_zero(variable, "value")
    for mount in _maps(container.get("volumeMounts")):
        _drop_zero(mount, "readOnly")
    for name in _PROBES:
        if (probe := _found(container, name)) is not None:
            _probe(probe)
    for hook in ("postStart", "preStop"):
        if (handler := _found(container, "lifecycle", hook)) is not None:
            _http_get(handler)


def _field_ref(source: Body | None) -> None:
    if source is not None and (field := _found(source, "fieldRef")) is not None:
        _fill(field, apiVersion="v1")


def _downward(source: Body) -> None:
    for item in _maps(source.get("items")):
        _field_ref(item)


_VOLUMES: dict[str, dict[str, Any]] = {
    "secret": {"defaultMode": 420},
    "configMap": {"defaultMode": 420},
    "downwardAPI": {"defaultMode": 420},
    "projected": {"defaultMode": 420},
    "hostPath": {"type": ""},
    "iscsi": {"iscsiInterface": "default"},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
    "azureDisk": {"cachingMode": "ReadWrite", "fsType": "ext4", "readOnly": False, "kind": "Shared"},
}


def _sources(volume: Body) -> None:
    """Fill in what the kinds of volumes have."""
    for name, source in volume.items():
        if name in _VOLUMES and isinstance(source, dict):
            _fill(source, **_VOLUMES[name])


def _volume(volume: Body) -> None:
    if not any(key != "name" for key in volume):
        volume["emptyDir"] = {}
    _sources(volume)
    if (image := _found(volume, "image")) is not None:
        _fill(image, pullPolicy=_pull_policy(image.get("reference")))
    if (downward := _found(volume, "downwardAPI")) is not None:
        _downward(downward)
    for source in _maps((_found(volume, "projected") or {}).get("sources")):
        if (inner := _found(source, "downwardAPI")) is not None:
            _downward(inner)
        if (token := _found(source, "serviceAccountToken")) is not None:
            _fill(token, expirationSeconds=3600)
    if (template := _found(volume, "ephemeral", "volumeClaimTemplate")) is not None:
        _claim(_map(template, "spec"))


def _claim(spec: Body) -> None:
    _fill(spec, volumeMode="Filesystem")
    if (resources := _found(spec, "resources")) is not None:
        _quantities(resources)
    else:
        spec["resources"] = {}


def _containers(spec: Body) -> Iterable[Body]:
    for name in ("initContainers", "containers", "ephemeralContainers"):
        yield from _maps(spec.get(name))


def _pod_spec(spec: Body) -> None:
    _fill(spec, restartPolicy="Always", dnsPolicy="ClusterFirst", schedulerName="default-scheduler")
    _fill(spec, terminationGracePeriodSeconds=30, securityContext={}, containers=None)
    _drop_zero(spec, "hostNetwork", "hostPID", "hostIPC")
    if account := spec.get("serviceAccountName") or spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for container in _containers(spec):
        _container(container)
    for volume in _maps(spec.get("volumes")):
        _volume(volume)
    if (overhead := _found(spec, "overhead")) is not None:
        _quantities({"limits": overhead})


def _pod(body: Body) -> None:
    spec = _map(body, "spec")
    grace = spec.get("terminationGracePeriodSeconds")
    if isinstance(grace, int) and grace < 0:
        spec["terminationGracePeriodSeconds"] = 1
    _fill(spec, enableServiceLinks=True)
    _pod_spec(spec)
    for container in (*_maps(spec.get("initContainers")), *_maps(spec.get("containers"))):
        _requests_of_limits(_map(container, "resources"))
        if spec.get("hostNetwork") is True:
            for port in _maps(container.get("ports")):
                if "containerPort" in port:
                    _fill(port, hostPort=port["containerPort"])
    _fill(body, status={})


def _requests_of_limits(resources: Body) -> None:
    """What has a limit and no request requests the limit."""
    if limits := _found(resources, "limits"):
        requests = _map(resources, "requests")
        for name, amount in limits.items():
            requests.setdefault(name, amount)


def _template(body: Body, *path: str) -> None:
    template = _map(body, *path)
    _fill(template, metadata={})
    _pod_spec(_map(template, "spec"))


# --- workloads ---


def _deployment(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, selector=None)
    strategy = _map(spec, "strategy")
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(_map(strategy, "rollingUpdate"), maxUnavailable="25%", maxSurge="25%")
    if (rolling := _found(strategy, "rollingUpdate")) is not None:
        _fill(rolling, maxUnavailable=0, maxSurge=0)
    _template(spec, "template")
    _fill(body, status={})


def _daemon_set(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, revisionHistoryLimit=10, selector=None)
    strategy = _map(spec, "updateStrategy")
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(_map(strategy, "rollingUpdate"), maxUnavailable=1, maxSurge=0)
    if (rolling := _found(strategy, "rollingUpdate")) is not None:
        _fill(rolling, maxUnavailable=0, maxSurge=0)
    _template(spec, "template")
    _fill(_map(body, "metadata", "annotations"), **{"deprecated.daemonset.template.generation": "0"})
    counts = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
    _fill(body, status=dict.fromkeys(counts, 0))


def _stateful_set(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady", selector=None)
    strategy = _map(spec, "updateStrategy")
    if "type" not in strategy:
        _fill(strategy, type="RollingUpdate", rollingUpdate={})
    if (rolling := _found(strategy, "rollingUpdate")) is not None:
        _fill(rolling, partition=0)
    _fill(_map(spec, "persistentVolumeClaimRetentionPolicy"), whenDeleted="Retain", whenScaled="Retain")
    for claim in _maps(spec.get("volumeClaimTemplates")):
        claim.update(apiVersion="v1", kind="PersistentVolumeClaim")
        _fill(_map(claim, "status"), phase="Pending")
        _claim(_map(claim, "spec"))
    _template(spec, "template")
    _fill(body, status={"replicas": 0, "availableReplicas": 0})


def _replica_set(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, replicas=1, selector=None)
    _template(spec, "template")
    _fill(body, status={"replicas": 0})


def _replication_controller(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, replicas=1)
    if "template" in spec:
        _template(spec, "template")
    if labels := _found(spec, "template", "metadata", "labels"):
        _fill(spec, selector=dict(labels))
        _fill(_map(body, "metadata"), labels=dict(labels))
    _fill(body, status={"replicas": 0})


def _job(body: Body) -> None:
    spec = _map(body, "spec")
    _job_spec(spec)
    if "completions" not in spec and "parallelism" not in spec:
        _fill(spec, completions=1)
    _fill(spec, parallelism=1, completionMode="NonIndexed", suspend=False, manualSelector=False)
    if "backoffLimit" not in spec:
        spec["backoffLimit"] = 2**31 - 1 if "backoffLimitPerIndex" in spec else 6
    _fill(spec, podReplacementPolicy="Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed")
    _template(spec, "template")
    if labels := _found(spec, "template", "metadata", "labels"):
        _fill(_map(body, "metadata"), labels=dict(labels))
    _fill(body, status={})


def _job_spec(spec: Body) -> None:
    for rule in _maps((_found(spec, "podFailurePolicy") or {}).get("rules")):
        for pattern in _maps(rule.get("onPodConditions")):
            pattern["status"] = pattern.get("status") or "True"


def _cron_job(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    _fill(_map(spec, "jobTemplate"), metadata={})
    _job_spec(_map(spec, "jobTemplate", "spec"))
    _template(spec, "jobTemplate", "spec", "template")
    _fill(body, status={})


def _pod_template(body: Body) -> None:
    _template(body, "template")


# --- the rest ---


def _service(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, sessionAffinity="None", type="ClusterIP")
    kind = spec["type"]
    if kind in ("ClusterIP", "NodePort", "LoadBalancer"):
        _fill(spec, internalTrafficPolicy="Cluster")
    if kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.get("externalIPs")):
        _fill(spec, externalTrafficPolicy="Cluster")
    if kind == "LoadBalancer":
        _fill(spec, allocateLoadBalancerNodePorts=True)
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP" and "timeoutSeconds" not in _map(
        spec, "sessionAffinityConfig", "clientIP"
    ):
        spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}
    for port in _maps(spec.get("ports")):
        _fill(port, protocol="TCP")
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    _fill(body, status={"loadBalancer": {}})


def _ingress(body: Body) -> None:
    _drop_zero(_map(body, "spec"), "tls")
    _fill(body, status={"loadBalancer": {}})


def _network_policy(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, podSelector={}, policyTypes=["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    for rule in (*_maps(spec.get("ingress")), *_maps(spec.get("egress"))):
        for port in _maps(rule.get("ports")):
            _fill(port, protocol="TCP")


def _namespace(body: Body) -> None:
    name = _map(body, "metadata").get("name")
    if name:
        _map(body, "metadata", "labels")["kubernetes.io/metadata.name"] = name
    _fill(_map(body, "status"), phase="Active")
    _fill(body, spec={})


def _disruption_budget(body: Body) -> None:
    counts = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    _fill(body, status=dict.fromkeys(counts, 0))


def _persistent_volume(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    _sources(spec)
    if (capacity := _found(spec, "capacity")) is not None:
        _quantities({"limits": capacity})
    _fill(_map(body, "status"), phase="Pending")


def _persistent_volume_claim(body: Body) -> None:
    _claim(_map(body, "spec"))
    _fill(_map(body, "status"), phase="Pending")


def _priority_class(body: Body) -> None:
    _fill(body, preemptionPolicy="PreemptLowerPriority")
    _drop_zero(body, "globalDefault")


def _secret(body: Body) -> None:
    _fill(body, type="Opaque")
    plain = body.pop("stringData", None)
    if isinstance(plain, dict) and plain:
        data = _map(body, "data")
        for key, value in plain.items():
            data[key] = base64.b64encode(str(value).encode(errors="replace")).decode()


def _role(body: Body) -> None:
    _fill(body, rules=None)


def _role_binding(body: Body) -> None:
    ref = _map(body, "roleRef")
    ref["apiGroup"] = ref.get("apiGroup") or "rbac.authorization.k8s.io"
    for subject in _maps(body.get("subjects")):
        if subject.get("kind") in ("User", "Group"):
            _fill(subject, apiGroup="rbac.authorization.k8s.io")
        _drop_zero(subject, "apiGroup")


def _autoscaler(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, minReplicas=1)
    if str(body.get("apiVersion")).endswith("/v1"):
        _fill(spec, targetCPUUtilizationPercentage=80)
        _fill(body, status={"currentReplicas": 0, "desiredReplicas": 0})
        return
    if (behavior := _found(spec, "behavior")) is not None:
        _fill(_map(behavior, "scaleUp"), selectPolicy="Max", stabilizationWindowSeconds=0, policies=_scaling("Pods"))
        _fill(_map(behavior, "scaleDown"), selectPolicy="Max", policies=_scaling())
    usage = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    _fill(spec, metrics=[{"type": "Resource", "resource": usage}])
    _fill(body, status={"desiredReplicas": 0, "currentMetrics": None})


def _scaling(*more: str) -> list[Body]:
    return [
        *({"type": kind, "value": 4, "periodSeconds": 15} for kind in more),
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ]


def _csi_driver(body: Body) -> None:
    spec = _map(body, "spec")
    _fill(spec, attachRequired=True, fsGroupPolicy="ReadWriteOnceWithFSType", volumeLifecycleModes=["Persistent"])
    _fill(spec, podInfoOnMount=False, storageCapacity=False, requiresRepublish=False, seLinuxMount=False)


def _endpoints(body: Body) -> None:
    for subset in _maps(body.get("subsets")):
        for port in _maps(subset.get("ports")):
            _fill(port, protocol="TCP")


def _endpoint_slice(body: Body) -> None:
    for port in _maps(body.get("ports")):
        _fill(port, name="", protocol="TCP")


def _ingress_class(body: Body) -> None:
    if (parameters := _found(body, "spec", "parameters")) is not None:
        _fill(parameters, scope="Cluster")


def _limit_range(body: Body) -> None:
    """The limits of containers: what is at most is the usual limit, and that the usual request."""
    for item in _maps(_map(body, "spec").get("limits")):
        _amounts(item)
        if item.get("type") == "Container":
            usual, request = _map(item, "default"), _map(item, "defaultRequest")
            _fill(usual, **(_found(item, "max") or {}))
            _fill(request, **usual)
            _fill(request, **(_found(item, "min") or {}))
            _drop_zero(item, "default", "defaultRequest")


def _amounts(item: Body) -> None:
    for name in ("default", "defaultRequest", "max", "min"):
        amounts = _found(item, name) or {}
        amounts.update({key: canonical(value) for key, value in amounts.items()})


def _priority_level(body: Body) -> None:
    if (exempt := _found(body, "spec", "exempt")) is not None:
        _fill(exempt, nominalConcurrencyShares=0, lendablePercent=0)
    if (limited := _found(body, "spec", "limited")) is not None:
        _fill(limited, nominalConcurrencyShares=30, lendablePercent=0)
    if (queuing := _found(body, "spec", "limited", "limitResponse", "queuing")) is not None:
        for name, value in (("handSize", 8), ("queues", 64), ("queueLengthLimit", 50)):
            queuing[name] = queuing.get(name) or value


def _resource_claim(body: Body) -> None:
    _device_requests(_map(body, "spec"))


def _resource_claim_template(body: Body) -> None:
    _device_requests(_map(body, "spec", "spec"))


def _device_requests(spec: Body) -> None:
    for request in _maps((_found(spec, "devices") or {}).get("requests")):
        exactly = _found(request, "exactly")
        for one in (*([exactly] if exactly is not None else []), *_maps(request.get("firstAvailable"))):
            _fill(one, allocationMode="ExactCount")
            if one["allocationMode"] == "ExactCount":
                _fill(one, count=1)


def _storage_class(body: Body) -> None:
    _fill(body, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _flow_schema(body: Body) -> None:
    spec = _map(body, "spec")
    spec["matchingPrecedence"] = spec.get("matchingPrecedence") or 1000
    _fill(body, status={})


_KINDS: dict[tuple[str, str], Default] = {
    ("", "Endpoints"): _endpoints,
    ("", "LimitRange"): _limit_range,
    ("", "Namespace"): _namespace,
    ("", "PersistentVolume"): _persistent_volume,
    ("", "PersistentVolumeClaim"): _persistent_volume_claim,
    ("", "Pod"): _pod,
    ("", "PodTemplate"): _pod_template,
    ("", "ReplicationController"): _replication_controller,
    ("", "Secret"): _secret,
    ("", "Service"): _service,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("batch", "CronJob"): _cron_job,
    ("batch", "Job"): _job,
    ("discovery.k8s.io", "EndpointSlice"): _endpoint_slice,
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"): _flow_schema,
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"): _priority_level,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("networking.k8s.io", "IngressClass"): _ingress_class,
    ("networking.k8s.io", "NetworkPolicy"): _network_policy,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
    ("rbac.authorization.k8s.io", "ClusterRole"): _role,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _role_binding,
    ("rbac.authorization.k8s.io", "Role"): _role,
    ("rbac.authorization.k8s.io", "RoleBinding"): _role_binding,
    ("resource.k8s.io", "ResourceClaim"): _resource_claim,
    ("resource.k8s.io", "ResourceClaimTemplate"): _resource_claim_template,
    ("scheduling.k8s.io", "PriorityClass"): _priority_class,
    ("storage.k8s.io", "CSIDriver"): _csi_driver,
    ("storage.k8s.io", "StorageClass"): _storage_class,
}
