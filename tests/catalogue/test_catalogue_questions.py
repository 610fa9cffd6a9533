"""What the catalogue answers about versions, channels and what an operator does."""

from __future__ import annotations

from typing import Any

import pytest

from kataform.catalogue import Catalogue
from kataform.errors import InputError
from kataform.version import Version

KATA = {"kataConfigPoolSelector": {"matchLabels": {"kata": "true"}}}
POOL = {"node-role.kubernetes.io/kata-oc": ""}
ELIGIBLE = {"feature.node.kubernetes.io/runtime.kata": "true"}
MONITORING = {"openshift.io/cluster-monitoring": "true"}
POD_SECURITY = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("audit", "enforce", "warn")}


def test_the_constants(known: Catalogue) -> None:
    assert (known.package, known.namespace, known.default_channel, known.source, known.source_namespace) == (
        "sandboxed-containers-operator",
        "openshift-sandboxed-containers-operator",
        "stable",
        "redhat-operators",
        "openshift-marketplace",
    )
    assert known.log_levels == ("fatal", "panic", "error", "warn", "info", "debug", "trace")


def test_a_version_is_found_however_it_is_written(known: Catalogue) -> None:
    release = known.version("1.9.0")

    assert release is not None
    assert known.version("v1.9.0") is known.version("sandboxed-containers-operator.v1.9.0") is release
    assert known.version(Version(1, 9, 0)) is release


def test_unknown_names_are_not_found(known: Catalogue) -> None:
    assert (known.version("1.8.0"), known.channel("stabel"), known.field("KataConfig.spec.loglevel")) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(("found", "newer"), [("1.13.1", False), ("1.13.2", True), ("1.14.0", True), ("1.8.0", False)])
def test_a_version_newer_than_the_catalogue_is_told(known: Catalogue, found: str, newer: bool) -> None:
    assert known.newer(found) is newer


@pytest.mark.parametrize(
    ("found", "channels"),
    [("1.0.2", ["preview-1.0", "preview-1.1"]), ("1.9.0", ["stable"]), ("1.4.1", []), ("1.14.0", [])],
)
def test_the_channels_that_offer_a_version(known: Catalogue, found: str, channels: list[str]) -> None:
    assert [channel.name for channel in known.channels_of(found)] == channels


@pytest.mark.parametrize(
    ("start", "channel", "versions"),
    [
        ("1.12.0", "stable", "1.12.0 1.12.1 1.13.0 1.13.1"),
        ("1.0.2", "preview-1.1", "1.0.2 1.1.0"),
        ("1.13.1", "stable", "1.13.1"),
        ("1.12.1", "stable-1.3", "1.12.1"),
        ("1.14.0", "stable", "1.14.0"),
        ("1.11.2", "stable", "1.11.2 1.12.0 1.12.1 1.13.0 1.13.1"),
        ("1.12.0", "candidate", "1.12.0"),
        ("1.12.0", "no-such-channel", "1.12.0"),
    ],
)
def test_what_a_cluster_may_run_under_automatic_approval(
    known: Catalogue, start: str, channel: str, versions: str
) -> None:
    assert " ".join(map(str, known.versions_between(start, channel))) == versions


@pytest.mark.parametrize("found", ["1.0.2", "1.13.1", "1.14.0"])
def test_the_csv_is_named_for_any_version(known: Catalogue, found: str) -> None:
    assert known.csv(found) == f"sandboxed-containers-operator.v{found}"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("stabel", "stable"),
        ("Stable", "stable"),
        ("preview1.1", "preview-1.1"),
        ("stable-1.2.0", "stable-1.2"),
        ("1.8.0", "1.8.1"),
        ("v1.10.7", "1.10.3"),
        ("patch-me-see-overlays-dir", None),
        ("", None),
    ],
)
def test_what_was_probably_meant(known: Catalogue, name: str, meant: str | None) -> None:
    assert known.nearest(name) == meant


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("1.0.2", "sandboxed-containers-operator-controller-manager"),
        ("1.1.0", "sandboxed-containers-operator-controller-manager"),
        ("1.2.2", "controller-manager"),
        ("1.14.0", "controller-manager"),
    ],
)
def test_the_deployment(known: Catalogue, found: str, name: str) -> None:
    assert known.deployment(found) == name


@pytest.mark.parametrize(
    ("found", "labels"),
    [
        ("1.0.2", {}),
        ("1.1.0", {}),
        ("1.2.2", MONITORING),
        ("1.3.3", MONITORING | POD_SECURITY),
        ("1.13.1", MONITORING | POD_SECURITY),
    ],
)
def test_the_labels_that_the_operator_writes_to_its_namespace(
    known: Catalogue, found: str, labels: dict[str, str]
) -> None:
    assert known.namespace_labels(found) == labels


@pytest.mark.parametrize(
    ("found", "spec", "classes"),
    [
        ("1.0.2", KATA, {"kata": {"kata": "true"}}),
        ("1.1.0", KATA, {"kata": {"kata": "true"}}),
        ("1.1.0", {}, {"kata": {"node-role.kubernetes.io/worker": ""}}),
        ("1.1.0", None, {"kata": {"node-role.kubernetes.io/worker": ""}}),
        ("1.2.2", {}, {"kata": POOL}),
        ("1.2.2", KATA, {"kata": POOL | {"kata": "true"}}),
        ("1.3.3", KATA | {"checkNodeEligibility": True}, {"kata": POOL | {"kata": "true"} | ELIGIBLE}),
        ("1.3.3", KATA | {"checkNodeEligibility": False}, {"kata": POOL | {"kata": "true"}}),
        ("1.4.1", KATA | {"enablePeerPods": True}, {"kata": POOL, "kata-remote-cc": POOL}),
        ("1.5.0", KATA | {"enablePeerPods": True}, {"kata": POOL, "kata-remote": POOL}),
        ("1.13.1", KATA | {"checkNodeEligibility": True}, {"kata": POOL}),
        ("1.13.1", KATA | {"enablePeerPods": False}, {"kata": POOL}),
        ("1.14.0", KATA | {"enablePeerPods": True}, {"kata": POOL, "kata-remote": POOL}),
    ],
)
def test_the_runtime_classes_that_are_sure_to_exist_and_the_nodes_they_select(
    known: Catalogue, found: str, spec: dict[str, Any] | None, classes: dict[str, dict[str, str]]
) -> None:
    told = {each.name: dict(each.node_selector) for each in known.runtime_classes(found, spec, "baremetal")}

    assert told == classes


@pytest.mark.parametrize(
    ("found", "overheads"),
    [
        ("1.8.1", {"kata": ("kata", "350Mi"), "kata-remote": ("kata-remote", "350Mi")}),
        ("1.9.0", {"kata": ("kata", "350Mi"), "kata-remote": ("kata-remote", "120Mi")}),
    ],
)
def test_peer_pods_have_a_smaller_overhead_from_1_9(
    known: Catalogue, found: str, overheads: dict[str, tuple[str, str]]
) -> None:
    classes = known.runtime_classes(found, {"enablePeerPods": True})

    assert {each.name: (each.handler, each.overhead["memory"]) for each in classes} == overheads
    assert {each.overhead["cpu"] for each in classes} == {"250m"}


@pytest.mark.parametrize(
    ("found", "platform", "names"),
    [
        ("1.3.3", None, "kata"),
        ("1.4.1", None, "kata kata-remote-cc"),
        ("1.9.0", None, "kata kata-remote"),
        ("1.10.0", None, "kata kata-remote kata-cc"),
        ("1.13.1", None, "kata kata-remote kata-cc kata-nvidia-gpu kata-cc-nvidia-gpu"),
        ("1.13.1", "azure", "kata kata-remote kata-nvidia-gpu kata-cc-nvidia-gpu"),
    ],
)
def test_the_runtime_classes_that_an_operator_may_create(
    known: Catalogue, found: str, platform: str | None, names: str
) -> None:
    assert " ".join(each.name for each in known.possible_runtime_classes(found, platform)) == names


@pytest.mark.parametrize(
    ("found", "expression", "followed"),
    [
        ("1.3.3", {"key": "kata", "operator": "In", "values": ["true"]}, True),
        ("1.3.3", {"key": "kata", "operator": "In", "values": ["a", "b"]}, False),
        ("1.3.3", {"key": "kata", "operator": "In"}, False),
        ("1.3.3", {"key": "kata", "operator": "NotIn", "values": ["true"]}, False),
        ("1.3.3", {"key": "kata", "operator": "Exists"}, False),
        ("1.3.3", {"key": "kata", "operator": "DoesNotExist"}, False),
        ("1.4.1", {"key": "kata", "operator": "In", "values": ["a", "b"]}, True),
        ("1.4.1", {"key": "kata", "operator": "Exists"}, True),
        ("1.4.1", {"key": "kata", "operator": "exists"}, False),
    ],
)
def test_the_expressions_that_an_operator_cannot_follow(
    known: Catalogue, found: str, expression: dict[str, Any], followed: bool
) -> None:
    selector = {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}, expression]}

    assert known.unhandled(found, selector) == (() if followed else (1,))


def test_without_a_selector_there_is_nothing_to_follow(known: Catalogue) -> None:
    assert known.unhandled("1.3.3", None) == known.unhandled("1.3.3", {"matchLabels": {"kata": "true"}}) == ()


def test_an_expression_with_one_value_is_a_label_to_old_operators(known: Catalogue) -> None:
    spec = {"kataConfigPoolSelector": {"matchExpressions": [{"key": "kata", "operator": "In", "values": ["yes"]}]}}

    assert [dict(each.node_selector) for each in known.runtime_classes("1.1.0", spec)] == [{"kata": "yes"}]


def test_no_class_is_sure_to_exist_where_the_selector_cannot_be_followed(known: Catalogue) -> None:
    spec = {"kataConfigPoolSelector": {"matchExpressions": [{"key": "kata", "operator": "Exists"}]}}

    assert known.runtime_classes("1.3.3", spec) == ()
    assert [each.name for each in known.runtime_classes("1.4.1", spec)] == ["kata"]


@pytest.mark.parametrize(("openshift", "kubernetes"), [("4.8", "1.21"), ("4.18.49", "1.31"), ("4.22", "1.35")])
def test_openshift_is_built_on_kubernetes(known: Catalogue, openshift: str, kubernetes: str) -> None:
    assert known.kubernetes_of(openshift) == kubernetes
    assert known.openshift_of(kubernetes) == openshift.removesuffix(".49")


def test_an_openshift_that_the_catalogue_does_not_know_is_said_to_be_so(known: Catalogue) -> None:
    assert (known.kubernetes_of("5.0"), known.openshift_of("1.99"), known.minors(">4.22")) == (None, None, ())


def test_a_range_of_openshift_versions(known: Catalogue) -> None:
    assert known.minors(">=4.16 <4.19") == ("4.16", "4.17", "4.18")
    with pytest.raises(InputError):
        known.minors("newest")


@pytest.mark.parametrize(
    ("found", "value", "confidence"),
    [
        ("1.1.0", "4.9", "code"),
        ("1.2.2", "4.10", "documentation"),
        ("1.6.0", None, "unknown"),
        ("1.9.0", "4.15", "inference"),
        ("1.14.0", None, "unknown"),
    ],
)
def test_the_oldest_openshift_is_stated_or_follows_from_kubernetes_or_is_unknown(
    known: Catalogue, found: str, value: str | None, confidence: str
) -> None:
    fact = known.min_openshift(found)

    assert (fact.value, fact.confidence) == (value, confidence)


def test_install_modes_do_not_include_all_namespaces_before_1_14(known: Catalogue) -> None:
    assert known.install_modes("1.13.1") == ("OwnNamespace", "SingleNamespace")
    assert "AllNamespaces" in known.install_modes("1.14.0")
