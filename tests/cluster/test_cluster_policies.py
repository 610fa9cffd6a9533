"""What `policy export` writes, installed in a real API server: each case gets the verdict and message of its author."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from apiserver import Answer, Cluster, until

from command_line import run_in
from kataform import policies
from kataform.finding import Location, Severity
from kataform.kustomize import BuildFailure, Kustomize, build
from kataform.policies import Pack
from kataform.subject import Subject, Target

POLICIES = Path(__file__).resolve().parents[2] / "policies"
CRDS = ("kataconfig-1.10.yaml", "olm-subscriptions.yaml", "olm-operatorgroups.yaml")
CLASSES = ("kata", "kata-remote", "kata-qemu", "kata-qemu-snp", "kata-nvidia-gpu", "katamaran", "runc-slim")
NAMESPACES = ("openshift-sandboxed-containers-operator", "openshift-nfd", "test-kata")
DECISIONS = {Severity.ERROR: "deny", Severity.WARNING: "warn"}
_DENIED = re.compile(r"ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.*)", re.S)
_WARNED = re.compile(r"Validation failed for ValidatingAdmissionPolicy '([^']+)' with binding '[^']+': (.*)", re.S)


def read(path: Path) -> list[dict[str, Any]]:
    return [body for body in yaml.safe_load_all(path.read_text(encoding="utf-8")) if body]


# An OverlayPolicy looks at a whole overlay, which no server ever sees.
FOLDERS = [path.parent for path in sorted(POLICIES.glob("*/policy.yaml")) if read(path)[0]["kind"] != "OverlayPolicy"]
CASES = [
    pytest.param(folder.name, case["spec"], id=f"{folder.name}/{case['metadata']['name']}")
    for folder in FOLDERS
    for case in read(folder / "cases.yaml")
]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return policies.load((POLICIES,))


@pytest.fixture(scope="module")
def exported(repository: Path, kustomize: Kustomize, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The objects of the root that `kataform policy export` writes of this repository, as kustomize builds them."""
    folder = tmp_path_factory.mktemp("export") / "guard"
    done = run_in(repository, "policy", "export", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    built = build(kustomize, folder)
    assert not isinstance(built, BuildFailure), built.message
    return built.bodies


@pytest.fixture(scope="module")
def guarded(cluster: Cluster, shared: Path, exported: list[dict[str, Any]]) -> Cluster:
    """A cluster with the CRDs, what stood before the policies came, what was exported, and all of it in force."""
    for name in CRDS:
        [body] = read(shared / "upstream" / "crds" / name)
        assert cluster.create(body).accepted
        version, kind = f"{body['spec']['group']}/{body['spec']['versions'][0]['name']}", body["spec"]["names"]["kind"]
        until(lambda version=version, kind=kind: cluster.serves(version, kind), f"{version} {kind} is served")
    standing = [param.values[1]["oldObject"] for param in CASES if "oldObject" in param.values[1]]
    namespaces = {body["metadata"]["name"]: body for body in standing if body["kind"] == "Namespace"}
    for name in NAMESPACES:
        assert cluster.create(namespaces.get(name) or _object("v1", "Namespace", name)).accepted
    for name in CLASSES:
        assert cluster.create({**_object("node.k8s.io/v1", "RuntimeClass", name), "handler": name}).accepted
    for body in [body for body in standing if body["kind"] != "Namespace"]:
        answer = cluster.create(body)
        assert answer.accepted, answer.message
    for body in exported:
        answer = cluster.create(body)
        assert answer.accepted, answer.message
        assert answer.warnings == ()
    until(lambda: _silent(cluster) == [], lambda: f"in force: {_silent(cluster)}")
    return cluster


def _object(version: str, kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}


def _silent(cluster: Cluster) -> list[tuple[str, str]]:
    """The policies that do not decide their first failing case yet, each with what the server says instead."""
    first = {}
    for policy, case in (param.values for param in CASES):
        if case["decision"] != "allow":
            first.setdefault(policy, ask(cluster, case))
    return [
        (policy, answer.message)
        for policy, answer in first.items()
        if policy not in {name for name, _, _ in verdicts(answer)}
    ]


def ask(cluster: Cluster, case: dict[str, Any]) -> Answer:
    if "oldObject" in case:
        return cluster.update(case["object"], dry_run=True)
    return cluster.create(case["object"], dry_run=True)


def verdicts(answer: Answer) -> set[tuple[str, str, str]]:
    """Policy, decision and message of all that an answer tells; of several denials the server tells the first."""
    found = {(*hit.groups(), "warn") for text in answer.warnings if (hit := _WARNED.fullmatch(text))}
    if hit := _DENIED.search(answer.message):
        found.add((*hit.groups(), "deny"))
    return {(policy, decision, message) for policy, message, decision in found}


def test_every_policy_for_a_server_is_exported(exported: list[dict[str, Any]]) -> None:
    names = [body["metadata"]["name"] for body in exported if body["kind"] == "ValidatingAdmissionPolicy"]

    assert sorted(names) == [folder.name for folder in FOLDERS]


@pytest.mark.parametrize(("policy", "case"), CASES)
def test_the_server_decides_as_the_case_says(guarded: Cluster, policy: str, case: dict[str, Any]) -> None:
    answer = ask(guarded, case)

    told = {each for each in verdicts(answer) if each[0] == policy}
    expected = set() if case["decision"] == "allow" else {(policy, case["decision"], case["message"])}
    assert told == expected, answer.message
    denied = any(decision == "deny" for _, decision, _ in verdicts(answer))
    assert answer.accepted or denied or answer.body["reason"] == "AlreadyExists", answer.message


@pytest.mark.parametrize(("policy", "case"), [param for param in CASES if "oldObject" not in param.values[1]])
def test_kataform_says_what_the_server_says_of_every_policy(
    guarded: Cluster, pack: Pack, policy: str, case: dict[str, Any]
) -> None:
    subject = Subject(case["object"], policy, lambda path, key: Location("case.yaml"), Target())
    [params] = read(POLICIES / "params.yaml")

    told = verdicts(ask(guarded, case))
    ours = [
        (each.finding.rule, DECISIONS[each.finding.severity], each.finding.message)
        for each in pack.judge(subject, params)
        if each.finding.rule in {folder.name for folder in FOLDERS}
    ]

    assert {each for each in ours if each[1] == "warn"} == {each for each in told if each[1] == "warn"}
    assert [each for each in ours if each[1] == "deny"][:1] == [each for each in told if each[1] == "deny"]


def test_the_server_finds_no_type_error_in_any_policy(guarded: Cluster) -> None:
    """Every field that an expression reads is in the schemas of the kinds it is for."""
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"

    def served() -> list[dict[str, Any]]:
        return guarded.request("GET", path).body["items"]

    until(lambda: all("typeChecking" in policy.get("status", {}) for policy in served()), "each policy is type-checked")
    warnings = {policy["metadata"]["name"]: policy["status"]["typeChecking"] for policy in served()}

    assert warnings == {folder.name: {} for folder in FOLDERS}
