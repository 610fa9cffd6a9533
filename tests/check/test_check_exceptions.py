"""An accepted finding of a policy whose binding denies: a note that admission refuses the object all the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from command_line import Run
from kataform import data
from kubecel import admission

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: tools
  namespace: test-kata
spec:
  runtimeClassName: kata
  hostNetwork: true  # kataform: ignore[kata-pod-host-access] seen to work
  containers:
    - name: tools
      image: registry.example.com/tools:1.4
      resources:
        limits: {cpu: 500m, memory: 256Mi}
"""


def note(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if "ignore-still-denied" in line]


def test_an_accepted_denial_is_a_note_with_the_condition_that_holds_in_both_places(tmp_path: Path, check: Run) -> None:
    (tmp_path / "pod.yaml").write_text(POD, encoding="utf-8")

    done = check()

    [line] = note(done)
    assert line.startswith(
        "pod.yaml:8:22: info[ignore-still-denied] kata-pod-host-access is accepted here, but its binding denies: a "
        "cluster with this policy still refuses Pod/test-kata/tools; for an exception in both places, add to the "
        "policy's matchConditions: - {name: accepted, expression: "
    )
    assert done.returncode == 0


def test_with_the_condition_the_policy_lets_that_object_pass_and_no_other(tmp_path: Path, check: Run) -> None:
    (tmp_path / "pod.yaml").write_text(POD, encoding="utf-8")
    [line] = note(check())
    condition = yaml.safe_load(line.partition("matchConditions: ")[2])
    policy = next(
        yaml.safe_load_all((data.directory() / "policies/kata-pod-host-access/policy.yaml").read_text(encoding="utf-8"))
    )
    policy["spec"]["matchConditions"] += condition
    read = admission.Policy.read(policy)
    pod = yaml.safe_load(POD)
    other = pod | {"metadata": {"name": "others", "namespace": "test-kata"}}

    verdicts = [bool(admission.evaluate(read, None, admission.Request(body))) for body in (pod, other)]

    assert verdicts == [False, True]


def test_an_accepted_warning_is_none(tmp_path: Path, check: Run) -> None:
    text = POD.replace("  # kataform: ignore[kata-pod-host-access] seen to work", "").replace("hostNetwork: true\n", "")
    text = text.replace("runtimeClassName: kata\n", "runtimeClassName: kata-own  # kataform: ignore[{}] ours\n")
    (tmp_path / "pod.yaml").write_text(text.replace("{}", "runtime-class-not-provided"), encoding="utf-8")

    assert note(check()) == []
