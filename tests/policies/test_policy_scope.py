"""`kataform policy` in a project: which policies it takes, what they must work on, and how it reports."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from command_line import run_in
from kataform.policies import cases
from projects import write_specs

POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {name}
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [kataconfiguration.openshift.io]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [kataconfigs]
  validations:
    - expression: {expression}
      message: refused
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {name}
spec:
  policyName: {name}
  validationActions: [Deny]
"""
SINCE_31 = "!isIP(object.metadata.name)"
NEWEST = "object.metadata.name != 'x'"
CASE = """\
---
apiVersion: kataform.dev/v1alpha1
kind: PolicyCase
metadata:
  name: {name}
spec:
  decision: {decision}
  object:
    apiVersion: kataconfiguration.openshift.io/v1
    kind: KataConfig
    metadata:
      name: {name}
"""
CASES = CASE.format(name="x", decision="deny") + CASE.format(name="y", decision="allow")


def put(folder: Path, name: str, expression: str = NEWEST, cases: str = CASES) -> None:
    """A policy with its cases."""
    folder.mkdir(parents=True)
    (folder / "policy.yaml").write_text(POLICY.format(name=name, expression=f'"{expression}"'), encoding="utf-8")
    (folder / "cases.yaml").write_text(cases, encoding="utf-8")


def told(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    done = run_in(folder, "policy", *arguments)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def test_those_of_the_project_and_those_that_specs_name_are_tried(tmp_path: Path) -> None:
    write_specs(tmp_path, "policies: [../../ours]\n")
    put(tmp_path / "policies/of-the-project", "of-the-project")
    put(tmp_path / "ours", "of-the-overlay")

    assert told(tmp_path, "test") == (0, ["2 policies, 4 cases: 0 failed"])
    assert told(tmp_path / "overlays/prod", "test") == (0, ["2 policies, 4 cases: 0 failed"])


def test_one_that_only_a_spec_names_fails_at_its_line(tmp_path: Path) -> None:
    write_specs(tmp_path, "policies: [../../ours]\n")
    put(tmp_path / "ours", "of-the-overlay", cases=CASES.replace("deny", "warn"))

    code, lines = told(tmp_path, "test")

    assert code == 1
    assert lines[0].startswith("ours/cases.yaml:7:13: error[case-failed] ours/x: 'warn' is expected")


def test_overlays_may_name_policies_of_one_name(tmp_path: Path) -> None:
    """Each overlay has its own, so they do not get into each other's way."""
    write_specs(tmp_path, "policies: [../../ours]\n")
    (tmp_path / "overlays/other").mkdir()
    other = (tmp_path / "overlays/prod/kataform.yaml").read_text(encoding="utf-8").replace("ours", "theirs")
    (tmp_path / "overlays/other/kataform.yaml").write_text(other, encoding="utf-8")
    put(tmp_path / "ours", "same")
    put(tmp_path / "theirs", "same")

    assert told(tmp_path, "test") == (0, ["2 policies, 4 cases: 0 failed"])


def test_what_a_spec_names_and_is_not_there_is_an_error_at_the_spec(tmp_path: Path) -> None:
    write_specs(tmp_path, "policies: [../../ours]\n")

    for command in ("test", "lint"):
        code, lines = told(tmp_path, command)
        assert (code, lines[0].partition("; ")[0]) == (
            1,
            "overlays/prod/kataform.yaml:3:12: error[policies-missing] there are no policies at ours",
        )


def test_a_project_without_policies_has_nothing_to_try(tmp_path: Path) -> None:
    write_specs(tmp_path, "openshift: '4.18'\n")

    assert told(tmp_path, "test") == (2, ["kataform: error: no policy in ."])


def test_a_spec_with_errors_is_said(tmp_path: Path) -> None:
    write_specs(tmp_path, "policies: [../../ours]\nopenshift: '4'\n")
    put(tmp_path / "policies/one", "one")

    assert told(tmp_path, "lint") == (
        0,
        [
            "note: prod has errors in its spec, so nothing is known of it; `kataform check` tells",
            "1 policy for Kubernetes 1.30 and operator 1.13.1",
        ],
    )


# --- what they must work on


def test_the_clusters_of_the_overlays_are_what_policies_must_work_on(tmp_path: Path) -> None:
    write_specs(tmp_path, "openshift: '>=4.17 <4.19'\n")
    put(tmp_path / "policies/one", "one", SINCE_31)

    code, lines = told(tmp_path, "lint")

    assert code == 1
    assert lines[0].startswith("policies/one/policy.yaml:13:19: error[policy-too-new] one needs Kubernetes ≥ 1.31")
    assert lines[-1] == "1 error; 1 policy for Kubernetes 1.30 to 1.31 and operator 1.13.1"


def test_the_overlay_that_asks_for_the_oldest_cluster_is_related(tmp_path: Path) -> None:
    write_specs(tmp_path, "openshift: '4.17'\n")
    put(tmp_path / "policies/one", "one", SINCE_31)

    _, lines = told(tmp_path, "lint", "-o", "json")

    [finding] = json.loads("\n".join(lines))["findings"]
    [related] = finding["related"]
    assert (related["message"], related["location"]["path"], related["location"]["line"]) == (
        "prod is for Kubernetes 1.30",
        "overlays/prod/kataform.yaml",
        3,
    )


def test_newer_clusters_take_what_they_have_and_a_target_goes_before_specs(tmp_path: Path) -> None:
    write_specs(tmp_path, "openshift: '4.18'\n")
    put(tmp_path / "policies/one", "one", SINCE_31)

    assert told(tmp_path, "lint") == (0, ["1 policy for Kubernetes 1.31 and operator 1.13.1"])
    assert told(tmp_path, "lint", "--target", "kubernetes=1.30")[0] == 1


def test_a_policy_that_one_overlay_names_must_work_on_its_clusters_alone(tmp_path: Path) -> None:
    write_specs(tmp_path, "openshift: '4.18'\npolicies: [../../ours]\n")
    (tmp_path / "overlays/old").mkdir()
    old = "apiVersion: kataform.dev/v1alpha1\nkind: Overlay\nopenshift: '4.17'\n"
    (tmp_path / "overlays/old/kataform.yaml").write_text(old, encoding="utf-8")
    put(tmp_path / "ours", "ours", SINCE_31)

    assert told(tmp_path, "lint") == (0, ["1 policy for Kubernetes 1.31 and operator 1.13.1"])
    assert told(tmp_path, "lint", "ours") == (0, ["1 policy for Kubernetes 1.31 and operator 1.13.1"])


def test_clusters_that_have_no_such_policies_are_named(tmp_path: Path) -> None:
    base = "operator: {version: 1.3.3, subscription: {channel: stable-1.3}}\n"
    write_specs(tmp_path, f"openshift: '4.11'\n{base}")
    put(tmp_path / "policies/one", "one")

    assert told(tmp_path, "lint") == (
        0,
        [
            "note: policies decide only at commit for clusters before Kubernetes 1.30: prod",
            "1 policy for Kubernetes 1.30 and operator 1.13.1",
        ],
    )


# --- formats


@pytest.mark.parametrize("command", ["test", "lint"])
def test_every_format_of_check_can_be_had(tmp_path: Path, command: str) -> None:
    write_specs(tmp_path, "openshift: '4.17'\n")
    put(tmp_path / "policies/one", "one", SINCE_31, CASES.replace("allow", "warn"))
    formats = ("json", "sarif", "github", "gitlab", "junit", "markdown")

    done = run_in(tmp_path, "policy", command, *(part for name in formats for part in ("-o", f"{name}=out.{name}")))

    rule = {"test": "case-failed", "lint": "policy-too-new"}[command]
    assert done.returncode == 1
    assert rule in done.stdout
    for name in formats:
        assert rule in (tmp_path / f"out.{name}").read_text(encoding="utf-8"), name
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report["summary"]["coverage"] in done.stdout
    failed = ET.fromstring((tmp_path / "out.junit").read_text(encoding="utf-8"))
    assert failed.get("failures") == str(report["summary"]["errors"])


def test_an_unknown_format_is_an_error_of_use(tmp_path: Path) -> None:
    put(tmp_path / "policies/one", "one")

    assert told(tmp_path, "test", "-o", "jsn") == (
        2,
        ["kataform: error: -o jsn: unknown format 'jsn'; did you mean 'json'?"],
    )


def test_the_lines_of_secrets_in_cases_are_not_for_excerpts(tmp_path: Path) -> None:
    text = CASE.format(name="x", decision="deny").replace("KataConfig", "Secret")
    put(tmp_path / "one", "one", cases=text + CASE.format(name="y", decision="allow"))

    read, _ = cases.read([tmp_path / "one"])

    [hidden] = cases.secret_lines(read).values()
    assert hidden == {9, 10, 11, 12}
