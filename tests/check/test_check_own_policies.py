"""Policies that a spec names decide about the objects of its overlay, beside those of the tool and of the project."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from command_line import Run, run_in
from projects import write_specs

POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: our-log-level
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [kataconfiguration.openshift.io]
        apiVersions: ["*"]
        operations: [CREATE]
        resources: [kataconfigs]
  validations:
    - expression: "object.spec.?logLevel.orValue('info') == 'warn'"
      message: we log warnings only
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: our-log-level
spec:
  policyName: our-log-level
  validationActions: [Deny]
"""
NAMED = "policies: [../../ours]\n"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A folder of policies of one's own, which is not the project's."""
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    return folder


def made(folder: Path, spec: str) -> None:
    write_specs(folder, spec)
    run_in(folder, "generate")


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if "our-log-level" in line]


@pytest.mark.usefixtures("ours")
def test_a_policy_that_a_spec_names_decides(tmp_path: Path, check: Run) -> None:
    made(tmp_path, NAMED)

    [line] = told(check())

    assert "error[our-log-level] we log warnings only" in line


@pytest.mark.usefixtures("ours")
def test_it_decides_about_no_other_overlay(tmp_path: Path, check: Run) -> None:
    made(tmp_path, NAMED)
    other = tmp_path / "overlays" / "other"
    other.mkdir()
    (other / "kataform.yaml").write_text("apiVersion: kataform.dev/v1alpha1\nkind: Overlay\n", encoding="utf-8")
    run_in(tmp_path, "generate")

    assert told(check("overlays/other")) == []
    assert told(check("overlays/prod")) != []


@pytest.mark.usefixtures("ours")
def test_a_list_of_its_own_replaces_the_one_of_the_base(tmp_path: Path, check: Run) -> None:
    made(tmp_path, "policies: []\n")
    base = tmp_path / "base" / "kataform.yaml"
    base.write_text(base.read_text(encoding="utf-8") + "policies: [../ours]\n", encoding="utf-8")
    run_in(tmp_path, "generate")

    assert told(check("overlays")) == []


@pytest.mark.usefixtures("ours")
def test_the_base_s_policies_decide_about_its_overlays(tmp_path: Path, check: Run) -> None:
    made(tmp_path, "")
    base = tmp_path / "base" / "kataform.yaml"
    base.write_text(base.read_text(encoding="utf-8") + "policies: [../ours/policy.yaml]\n", encoding="utf-8")
    run_in(tmp_path, "generate")

    assert told(check("overlays/prod")) != []


def test_policies_that_are_not_there_are_found_at_their_line(tmp_path: Path, check: Run) -> None:
    made(tmp_path, NAMED)
    lines = (tmp_path / "overlays/prod/kataform.yaml").read_text(encoding="utf-8").splitlines()

    done = check()

    where = f"overlays/prod/kataform.yaml:{lines.index(NAMED.strip()) + 1}:12:"
    remedy = "name a file or a folder that exists, relative to the folder of this file"
    assert [line for line in done.stdout.splitlines() if "policies-missing" in line] == [
        f"{where} error[policies-missing] there are no policies at ours; {remedy}"
    ]
    assert done.returncode == 1


def test_an_answer_is_not_kept_once_the_policies_change(tmp_path: Path, ours: Path, check: Run) -> None:
    made(tmp_path, NAMED)
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = run_in(tmp_path, "check", **cache).stdout
    (ours / "policy.yaml").write_text(POLICY.replace("== 'warn'", "!= 'warn'"), encoding="utf-8")

    second = run_in(tmp_path, "check", **cache).stdout

    assert "our-log-level" in first
    assert "our-log-level" not in second


@pytest.mark.usefixtures("ours")
def test_a_rule_of_theirs_can_be_asked_for_alone(tmp_path: Path, check: Run) -> None:
    made(tmp_path, NAMED)

    done = check("--select", "our-log-level")

    assert "our-log-level" in done.stdout
    assert done.returncode == 1
