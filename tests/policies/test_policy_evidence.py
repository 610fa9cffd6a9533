"""The fields that decided, at their lines: of objects, of the pods of workloads, and what only a cluster can say."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from kataform import policies
from kataform.finding import Finding, Location
from kataform.policies import Pack
from kataform.report import text
from kataform.report.colour import painter
from kataform.resource import Path as Pointer
from kataform.subject import Subject, Target

POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: ours
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: ['*']
        apiVersions: [v1]
        operations: [CREATE]
        resources: [{resources}]
  validations:
    - expression: {expression}
      message: not so
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: ours
spec:
  policyName: ours
  validationActions: [Deny]
"""
CONTAINERS = [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1", "securityContext": {"privileged": True}}]


def load(folder: Path, expression: str, resources: str = "pods") -> Pack:
    written = POLICY.format(resources=resources, expression=f'"{expression}"')
    (folder / "ours.yaml").write_text(textwrap.dedent(written), encoding="utf-8")
    return policies.load((folder,))


def place(path: Pointer, key: bool) -> Location:
    """A line for each field: its depth."""
    return Location("web.yaml", len(path) + 1, 1, len(path) + 1, 2)


def judge(pack: Pack, body: dict[str, Any]) -> list[Finding]:
    body = {"apiVersion": "v1", "metadata": {"name": "web"}, **body}
    return [one.finding for one in pack.judge(Subject(body, "root", place, Target()), {})]


def workload(kind: str, version: str, spec: dict[str, Any]) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": CONTAINERS, **spec}}
    whole = {"template": template} if kind != "CronJob" else {"jobTemplate": {"spec": {"template": template}}}
    return {"apiVersion": version, "kind": kind, "spec": whole}


def told(finding: Finding) -> list[str]:
    return [f"{other.location.line} {other.message}" for other in finding.related]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("object.spec.containers.all(c, !c.?securityContext.?privileged.orValue(false))",
         ["6 spec.containers[1].securityContext.privileged = true"]),
        ("object.spec.containers.all(c, has(c.livenessProbe))",
         ["5 spec.containers[0].livenessProbe is missing", "5 spec.containers[1].livenessProbe is missing"]),
        ("object.spec.dnsPolicy == 'Default'", ["3 spec.dnsPolicy = \\\"ClusterFirst\\\" (defaulted)"]),
        ("has(object.spec.hostAliases) || object.metadata.labels['a.b/c'] != 'x'",
         ["3 spec.hostAliases is missing", "4 metadata.labels[\\\"a.b/c\\\"] = \\\"x\\\""]),
    ],
)  # fmt: skip
def test_the_fields_that_decided_are_told_with_what_stands_there(
    tmp_path: Path, expression: str, expected: list[str]
) -> None:
    metadata = {"name": "web", "labels": {"a.b/c": "x"}}
    body = {"kind": "Pod", "metadata": metadata, "spec": {"containers": CONTAINERS}}

    [finding] = judge(load(tmp_path, expression), body)

    assert told(finding) == [line.replace("\\", "") for line in expected]
    assert finding.location.line == int(told(finding)[0].split()[0])


def test_a_report_of_lines_tells_what_stands_at_the_line(tmp_path: Path) -> None:
    pack = load(tmp_path, "!object.spec.hostPID")

    [finding] = judge(pack, {"kind": "Pod", "spec": {"containers": [], "hostPID": True}})

    assert text.line(finding, painter(False)) == "web.yaml:3:1: error[ours] not so (spec.hostPID = true)"


def test_a_secrets_value_is_never_told(tmp_path: Path) -> None:
    pack = load(tmp_path, "object.data.password != 'aHVudGVy'", "secrets")

    [finding] = judge(pack, {"kind": "Secret", "data": {"password": "aHVudGVy"}})

    assert told(finding) == ["3 data.password"]


# --- the pods of workloads


@pytest.mark.parametrize(
    ("kind", "version", "place"),
    [
        ("Deployment", "apps/v1", "spec.template.spec"),
        ("StatefulSet", "apps/v1", "spec.template.spec"),
        ("DaemonSet", "apps/v1", "spec.template.spec"),
        ("ReplicaSet", "apps/v1", "spec.template.spec"),
        ("Job", "batch/v1", "spec.template.spec"),
        ("CronJob", "batch/v1", "spec.jobTemplate.spec.template.spec"),
        ("ReplicationController", "v1", "spec.template.spec"),
    ],
)
def test_a_policy_on_pods_judges_the_template_at_its_lines(tmp_path: Path, kind: str, version: str, place: str) -> None:
    pack = load(tmp_path, "object.spec.containers.all(c, !c.?securityContext.?privileged.orValue(false))")

    [finding] = judge(pack, workload(kind, version, {}))

    assert (finding.rule, finding.resource) == ("ours", f"{kind}/web")
    assert [other.message for other in finding.related] == [f"{place}.containers[1].securityContext.privileged = true"]


def test_a_policy_that_judges_the_workload_itself_is_not_asked_about_its_pods(tmp_path: Path) -> None:
    pack = load(tmp_path, "object.kind != 'Pod'", "pods, deployments")

    assert judge(pack, workload("Deployment", "apps/v1", {})) == []


def test_a_pod_of_a_workload_has_its_owner(tmp_path: Path) -> None:
    pack = load(tmp_path, "object.metadata.ownerReferences.exists(o, o.kind == 'ReplicaSet')")

    assert judge(pack, workload("Deployment", "apps/v1", {})) == []
    assert len(judge(pack, workload("StatefulSet", "apps/v1", {}))) == 1


@pytest.mark.parametrize("spec", [{"template": None}, {"template": []}, {"template": {"spec": 5}}, {}, 5])
def test_a_template_that_is_none_is_no_traceback(tmp_path: Path, spec: Any) -> None:
    found = judge(load(tmp_path, "true"), {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec})

    assert found == []


# --- what only a cluster can say


def test_the_authorizer_is_told_of_once_at_the_policy(tmp_path: Path) -> None:
    pack = load(tmp_path, "authorizer.group('').resource('pods').check('get').allowed()")

    first, second = (judge(pack, {"kind": "Pod", "metadata": {"name": name}, "spec": {}})[0] for name in "ab")

    assert first == second
    assert (first.location.path.rpartition("/")[2], first.location.line) == ("ours.yaml", 14)
    assert first.message == "policy ours asks the cluster's authorizer, so it is not decidable offline"
