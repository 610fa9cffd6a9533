"""Rules across objects in a check: what counts as one overlay, and what is taken to come from elsewhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import Run, run_in
from projects import BASE, write_specs

OLDER = BASE.replace("1.13.1", "1.9.0")
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: tools
  namespace: test-kata
spec:
  runtimeClassName: {name}
  containers:
    - name: tools
      image: registry.example.com/tools:1.4
      resources:
        limits: {{cpu: 500m, memory: 256Mi}}
"""
CLASS = "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: {name}\nhandler: {name}\n"


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str, str], Path]:
    """A project whose one overlay adds a Pod of a class to the operator's own objects."""

    def write(spec: str, name: str) -> Path:
        write_specs(tmp_path, spec, OLDER)
        run_in(tmp_path, "generate")
        (tmp_path / "overlays/prod/instance").mkdir(exist_ok=True)
        (tmp_path / "overlays/prod/instance/pod.yaml").write_text(POD.format(name=name), encoding="utf-8")
        return tmp_path

    return write


ADDED = "kustomize:\n  instance:\n    resources: [pod.yaml]\n"
EXTERNAL = "external:\n  - apiVersion: node.k8s.io/v1\n    kind: RuntimeClass\n    name: sandboxed\n"
MISSING = "warning[runtime-class-not-provided] RuntimeClass '{}' is not in this overlay"


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if "runtime-class-not-provided" in line]


def test_a_class_that_an_overlay_does_not_have_is_found_in_a_person_s_own_addition(
    project: Callable[[str, str], Path], check: Run
) -> None:
    project(ADDED, "sandboxed")

    [line] = told(check())

    assert line.startswith("overlays/prod/instance/pod.yaml:7:21: " + MISSING.format("sandboxed"))


def test_a_class_that_the_spec_names_as_external_is_not_missed(project: Callable[[str, str], Path], check: Run) -> None:
    project(ADDED + EXTERNAL, "sandboxed")

    done = check()

    assert told(done) == []
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("spec", "missing"), [("", True), ("kataConfig: {spec: {enablePeerPods: true}}\n", False)])
def test_a_class_that_the_operator_creates_for_this_kataconfig_is_not_missed(
    project: Callable[[str, str], Path], check: Run, spec: str, missing: bool
) -> None:
    project(spec + ADDED, "kata-remote")

    assert bool(told(check())) is missing


def test_the_generated_examples_miss_nothing(project: Callable[[str, str], Path], check: Run) -> None:
    project("examples: [net-tools, fedora]\n", "kata")

    assert told(check()) == []


def test_a_kustomization_is_one_overlay(tmp_path: Path, check: Run) -> None:
    for name, classes in (("with", "[pod.yaml, class.yaml]"), ("without", "[pod.yaml]")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kustomization.yaml").write_text(f"resources: {classes}\n", encoding="utf-8")
        (tmp_path / name / "pod.yaml").write_text(POD.format(name="kata-own"), encoding="utf-8")
    (tmp_path / "with/class.yaml").write_text(CLASS.format(name="kata-own"), encoding="utf-8")

    [line] = told(check())

    assert line.startswith("without/pod.yaml:7:21: " + MISSING.format("kata-own"))


def test_manifests_that_are_checked_together_are_one_overlay(tmp_path: Path, check: Run) -> None:
    (tmp_path / "pod.yaml").write_text(POD.format(name="kata-own"), encoding="utf-8")
    (tmp_path / "class.yaml").write_text(CLASS.format(name="kata-own"), encoding="utf-8")

    assert told(check()) == []
    assert len(told(check("pod.yaml"))) == 1


def test_a_hook_that_is_given_one_manifest_knows_the_others(tmp_path: Path, check: Run) -> None:
    (tmp_path / "pod.yaml").write_text(POD.format(name="kata-own"), encoding="utf-8")
    (tmp_path / "class.yaml").write_text(CLASS.format(name="kata-own"), encoding="utf-8")

    assert told(check("--hook", "pod.yaml")) == []


def test_where_a_manifest_cannot_be_read_nothing_is_said_to_be_missing(tmp_path: Path, check: Run) -> None:
    (tmp_path / "pod.yaml").write_text(POD.format(name="kata-own"), encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("kind: 'RuntimeClass\n", encoding="utf-8")

    done = check()

    assert told(done) == []
    assert (
        "not all objects are known of the manifests outside of kustomizations, so no rule said what is missing there"
    ) in done.stdout


# --- the fields of other objects that decided

PEERS = "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata:\n  name: {name}\n"


def places(done: subprocess.CompletedProcess[str], rule: str) -> list[tuple[str, int, str]]:
    """What is related to the one finding of a rule, without its own place."""
    [finding] = [one for one in json.loads(done.stdout)["findings"] if one["rule"] == rule]
    found = [(one["location"]["path"], one["location"]["line"], one["message"]) for one in finding["related"]]
    return [place for place in found if place[0] != finding["location"]["path"]]


@pytest.mark.parametrize("arguments", [(), ("--hook", "second.yaml")])
def test_the_line_of_another_object_that_decided_is_related(
    tmp_path: Path, check: Run, arguments: tuple[str, ...]
) -> None:
    """Also where the other object stands in a file that is not checked."""
    for file, name in (("first.yaml", "alpha"), ("second.yaml", "beta")):
        (tmp_path / file).write_text(PEERS.format(name=name), encoding="utf-8")

    done = check("-o", "json", *arguments)

    assert places(done, "kataconfig-second") == [("first.yaml", 4, 'KataConfig/alpha: metadata.name = "alpha"')]


def test_the_line_of_another_object_that_a_root_takes_in_is_related(
    project: Callable[[str, str], Path], check: Run
) -> None:
    folder = project("kustomize:\n  instance:\n    resources: [second.yaml]\n", "kata")
    (folder / "overlays/prod/instance/second.yaml").write_text(PEERS.format(name="zeta"), encoding="utf-8")
    run_in(folder, "generate")

    done = check("-o", "json")

    told = 'KataConfig/cluster-kataconfig: metadata.name = "cluster-kataconfig"'
    assert places(done, "kataconfig-second") == [("base/instance/kataconfig.yaml", 5, told)]
