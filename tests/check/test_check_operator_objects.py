"""Objects that the operator makes itself, among those that Git applies."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Run

KATACONFIG = """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name: cluster-kataconfig
spec:
  kataConfigPoolSelector:
    matchLabels:
      kata: 'true'
"""
CLASS = "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: {name}\nhandler: {name}\n"
POOL = "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfigPool\nmetadata:\n  name: {name}\n"
FOUND = "<stdin>:{}: warning[operator-object-in-git] the operator makes {} itself"
TARGET = ("--target", "operator=1.13.1")


@pytest.mark.parametrize(
    ("text", "name", "kind"), [(CLASS, "kata", "RuntimeClass"), (POOL, "kata-oc", "MachineConfigPool")]
)
def test_what_the_operator_makes_is_not_git_s(check: Run, text: str, name: str, kind: str) -> None:
    result = check("-", *TARGET, stdin=f"{KATACONFIG}---\n{text.format(name=name)}")

    assert FOUND.format("13:9", f"{kind} {name}") in result.stdout
    assert result.returncode == 0


@pytest.mark.parametrize(("version", "found"), [("1.3.3", False), ("1.4.1", False), ("1.13.1", True)])
def test_what_only_another_version_of_the_operator_makes_is_a_person_s(
    check: Run, version: str, *, found: bool
) -> None:
    text = f"{KATACONFIG}---\n{CLASS.format(name='kata-remote')}"

    result = check("-", "--target", f"operator={version}", stdin=text)

    assert ("operator-object-in-git" in result.stdout) is found


@pytest.mark.parametrize(("text", "name"), [(CLASS, "kata-qemu"), (POOL, "infra")])
def test_another_name_is_a_person_s(check: Run, text: str, name: str) -> None:
    result = check("-", *TARGET, stdin=f"{KATACONFIG}---\n{text.format(name=name)}")

    assert "operator-object-in-git" not in result.stdout


def test_where_nothing_installs_the_operator_the_class_is_a_person_s(check: Run) -> None:
    assert "operator-object-in-git" not in check("-", stdin=CLASS.format(name="kata")).stdout


def test_the_classes_that_a_spec_renders_are_as_it_says(check: Run, repository: Path) -> None:
    result = check(str(repository / "base"), str(repository / "overlays"))

    assert "operator-object-in-git" not in result.stdout
