"""The CRDs of the operators in the reference data: which file has each version's, and how a server comes to have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from apiserver import Cluster, until

# The first operator version with each CRD; a version between two has the CRD of the lower one.
KATACONFIG = {
    "1.0.0": "kataconfig-1.0",
    "1.1.0": "kataconfig-1.1",
    "1.2.0": "kataconfig-1.2",
    "1.3.0": "kataconfig-1.3-branch",
    "1.3.2": "kataconfig-1.3.3",
    "1.4.0": "kataconfig-1.4",
    "1.5.0": "kataconfig-1.5.0",
    "1.5.1": "kataconfig-1.5.3",
    "1.6.0": "kataconfig-1.6",
    "1.7.0": "kataconfig-1.7",
    "1.8.0": "kataconfig-1.8",
    "1.9.0": "kataconfig-1.9",
    "1.10.0": "kataconfig-1.10",
}
OLM = (
    "olm-catalogsources",
    "olm-clusterserviceversions",
    "olm-installplans",
    "olm-operatorgroups",
    "olm-subscriptions",
)
_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def kataconfig_file(version: str) -> str:
    """The name of the CRD that an operator version has."""
    return [name for since, name in KATACONFIG.items() if _numbers(since) <= _numbers(version)][-1]


def install(cluster: Cluster, shared: Path, *names: str) -> None:
    """Have the server serve some CRDs of the reference data."""
    bodies = [yaml.safe_load((shared / "upstream" / "crds" / f"{name}.yaml").read_text("utf-8")) for name in names]
    serve(cluster, *bodies)


def serve(cluster: Cluster, *bodies: dict[str, Any]) -> None:
    """Create CRDs, or find them there, and wait until their kinds are served."""
    for body in bodies:
        answer = cluster.create(body)
        assert answer.code in (201, 409), answer.message
    for body in bodies:
        name = body["metadata"]["name"]
        until(lambda name=name: _established(cluster, name), f"{name} is served")


def remove(cluster: Cluster, name: str) -> None:
    """Take a CRD away, with all objects of its kind, and wait until it is gone."""
    cluster.request("DELETE", f"{_PATH}/{name}")
    until(lambda: cluster.request("GET", f"{_PATH}/{name}").code == 404, f"{name} is gone")


def _established(cluster: Cluster, name: str) -> bool:
    conditions = cluster.request("GET", f"{_PATH}/{name}").body.get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
