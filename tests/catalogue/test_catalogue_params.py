"""The ConfigMap that admission policies take the catalogue's facts from."""

from __future__ import annotations

import pytest

from kataform.catalogue import Catalogue, policy_params


def test_the_parameters_of_the_policies(known: Catalogue) -> None:
    params = policy_params(known)
    data = params.pop("data")

    assert params == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kataform-releases", "namespace": "openshift-sandboxed-containers-operator"},
    }
    assert data.pop("csvs") == ",".join(known.csv(version) for version in known.versions)
    assert data.pop("versions") == ",".join(map(str, known.versions))
    for channel in known.channels.values():
        assert data.pop(f"csvs.{channel.name}") == ",".join(map(known.csv, channel.entries))
    assert data == {
        "channels": "preview-1.0,preview-1.1,stable-1.2,stable-1.3,stable,candidate",
        "defaultChannel": "stable",
        "deprecatedChannels": "preview-1.0,preview-1.1,stable-1.2,stable-1.3",
        "featureGates": "timeTravel,confidential,layeredImageDeployment,deploymentMode,caaUpdateStrategy",
        "gate.caaUpdateStrategy": "RollingUpdate,OnDelete",
        "gate.confidential": "true,false",
        "gate.deploymentMode": "MachineConfig,DaemonSet,DaemonSetFallback",
        "gate.layeredImageDeployment": "true,false",
        "gate.timeTravel": "true,false",
        "labelOnlyChannels": "preview-1.0,preview-1.1,stable-1.2,stable-1.3",
        "logLevels": "fatal,panic,error,warn,info,debug,trace",
        "namespace": "openshift-sandboxed-containers-operator",
        "namespaceLabels": "openshift.io/cluster-monitoring=true,pod-security.kubernetes.io/audit=privileged,"
        "pod-security.kubernetes.io/enforce=privileged,pod-security.kubernetes.io/warn=privileged",
        "package": "sandboxed-containers-operator",
        "runtimeClasses": "kata,kata-remote-cc,kata-remote,kata-cc,kata-nvidia-gpu,kata-cc-nvidia-gpu",
    }


@pytest.mark.parametrize(
    ("versions", "gates", "labels"),
    [
        (["1.1.0"], "", ""),
        (["1.2.2"], "", "openshift.io/cluster-monitoring=true"),
        (["1.2.2", "1.7.0"], "timeTravel,confidential,layeredImageDeployment", None),
        (["1.99.0"], None, None),
    ],
)
def test_gates_and_labels_are_those_of_the_versions_that_an_overlay_is_for(
    known: Catalogue, versions: list[str], gates: str | None, labels: str | None
) -> None:
    newest, found = policy_params(known)["data"], policy_params(known, versions)["data"]

    assert found.pop("featureGates") == (gates if gates is not None else newest["featureGates"])
    assert found.pop("namespaceLabels") == (labels if labels is not None else newest["namespaceLabels"])
    assert found.items() <= newest.items()


def test_every_value_is_a_string(known: Catalogue) -> None:
    assert {type(value) for value in policy_params(known)["data"].values()} == {str}
