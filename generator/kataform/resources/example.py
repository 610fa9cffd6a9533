"""The example workloads: a regular Pod and its Kata twin, so that the isolation can be seen side by side."""

from __future__ import annotations

from typing import Any

from kataform.catalogue import Catalogue
from kataform.resource import Derivation, Resource
from kataform.spec import Spec
from kubecel.records import dataclass

NAMESPACE = "test-kata"
RUNTIME_CLASS = "kata"


@dataclass(frozen=True, slots=True)
class Example:
    """One workload. Limits size the virtual machine, on top of its own 1 vCPU and 2 GiB, so every example has them."""

    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    port: int | None
    requests: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]


# Tags are ones that public sources show to exist. netshoot, which has bash and the tools of the walk: the end-to-end
# tests of ovn-kubernetes run ghcr.io/nicolaka/netshoot:v0.13 (test/e2e/images). fedora: 40 is pulled from
# registry.fedoraproject.org by cockpit-project/cockpit#20478 and rhinstaller/anaconda#5666, and is believed to be the
# last base image with python3 in it (ansible-community/images#98).
EXAMPLES = {
    "net-tools": Example(
        image="ghcr.io/nicolaka/netshoot:v0.13",
        command=("/bin/bash", "-c"),
        args=("sleep 99999999999",),
        port=None,
        requests=(("cpu", "100m"), ("memory", "128Mi")),
        limits=(("cpu", "500m"), ("memory", "256Mi")),
    ),
    "fedora": Example(
        image="registry.fedoraproject.org/fedora:40",
        command=("python3",),
        args=("-m", "http.server", "8080"),
        port=8080,
        requests=(("cpu", "100m"), ("memory", "128Mi")),
        limits=(("cpu", "500m"), ("memory", "256Mi")),
    ),
}


def build(spec: Spec, _catalogue: Catalogue) -> tuple[Resource, ...]:
    """The namespace and, for each example that the spec names, the regular Pod before its twin."""
    names = spec.get("examples") or []
    if not names:
        return ()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    pods = [_pod(spec, name, index, kata) for index, name in enumerate(names) for kata in (False, True)]
    return (Resource(namespace, (Derivation((), ("examples",)),)), *pods)


def _pod(spec: Spec, name: str, index: int, kata: bool) -> Resource:
    example = EXAMPLES[name]
    title = f"example-{name}-{'kata' if kata else 'regular'}"
    container: dict[str, Any] = {"name": title, "image": (spec.get("images") or {}).get(name, example.image)}
    container["command"] = list(example.command)
    container["args"] = list(example.args)
    if example.port is not None:
        container["ports"] = [{"containerPort": example.port}]
    container["resources"] = {"requests": dict(example.requests), "limits": dict(example.limits)}
    pod_spec: dict[str, Any] = {"runtimeClassName": RUNTIME_CLASS} if kata else {}
    pod_spec |= _placement(spec)
    pod_spec["containers"] = [container]
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": title, "namespace": NAMESPACE},
        "spec": pod_spec,
    }
    derivations = (
        Derivation((), ("examples", index)),
        Derivation(("spec", "containers", 0, "image"), ("images", name)),
        Derivation(("spec", "nodeSelector"), ("kataConfig", "spec", "kataConfigPoolSelector", "matchLabels")),
        Derivation(("spec", "affinity"), ("kataConfig", "spec", "kataConfigPoolSelector", "matchExpressions")),
    )
    return Resource(body, derivations)


def _placement(spec: Spec) -> dict[str, Any]:
    """Both twins on the nodes that the KataConfig selects, or the comparison would be between different machines."""
    selector = spec.get("kataConfig", "spec", "kataConfigPoolSelector") or {}
    placed: dict[str, Any] = {}
    if selector.get("matchLabels"):
        placed["nodeSelector"] = dict(selector["matchLabels"])
    expressions = selector.get("matchExpressions")
    if expressions:
        terms = [{"matchExpressions": [dict(expression) for expression in expressions]}]
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
        placed["affinity"] = {"nodeAffinity": required}
    return placed
