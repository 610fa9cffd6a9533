"""The hooks refuse a commit with the finding's line, with and without kustomize on the machine."""

from __future__ import annotations

import sys

import pytest
from hook_repository import Repository, link

from kataform.kustomize import Kustomize

KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
TREE = {
    "instance/base/kustomization.yaml": KUSTOMIZATION + "resources:\n- kataconfig.yaml\n",
    "instance/base/kataconfig.yaml": """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name: cluster-kataconfig
spec:
  kataConfigPoolSelector:
    matchLabels:
      kata: 'true'
""",
    "instance/overlays/default/kustomization.yaml": KUSTOMIZATION + "resources:\n- ../../base\n",
}
BROKEN = "instance/base/kataconfig.yaml"


@pytest.fixture
def with_kustomize(project: Repository, kustomize: Kustomize) -> Repository:
    link(kustomize.path, project.bin)
    return project


def test_a_hand_written_tree_that_is_right_is_committed(with_kustomize: Repository) -> None:
    with_kustomize.write(TREE)

    code, said = with_kustomize.commit()

    assert code == 0, said
    assert with_kustomize.run("git", "status", "--porcelain") == (0, "")


def test_a_label_without_quotes_is_refused_at_its_line(with_kustomize: Repository) -> None:
    with_kustomize.write(TREE)
    with_kustomize.commit()
    with_kustomize.change(BROKEN, "kata: 'true'", "kata: true")

    code, said = with_kustomize.commit()

    assert code == 1
    assert [line for line in said.splitlines() if ".yaml:" in line] == [
        line for line in said.splitlines() if line.startswith(f"{BROKEN}:8:13: ")
    ]
    assert f"{BROKEN}:8:13: " in said
    assert "unquoted-boolean" in said
    assert with_kustomize.run("git", "log", "--oneline")[1].count("\n") == 1


def test_it_is_refused_without_kustomize_too(project: Repository) -> None:
    project.write(TREE)
    assert project.commit()[0] == 0
    project.change(BROKEN, "kata: 'true'", "kata: true")

    code, said = project.commit()

    assert code == 1
    assert f"{BROKEN}:8:13: " in said
    assert "unquoted-boolean" in said


def test_a_root_that_cannot_be_built_without_kustomize_is_a_warning(project: Repository) -> None:
    project.write(TREE)
    project.run("git", "add", ".")

    code, said = project.run(sys.executable, "-m", "pre_commit", "run", "--verbose", "kataform-check")

    assert code == 0, said
    assert "instance/overlays/default/kustomization.yaml" in said
    assert "root-not-built" in said


def test_a_change_in_a_base_is_checked_through_the_overlays_that_use_it(with_kustomize: Repository) -> None:
    with_kustomize.write(TREE)
    patch = "- op: replace\n  path: /spec/kataConfigPoolSelector/matchLabels/kata\n  value: 'yes'\n"
    overlay = TREE["instance/overlays/default/kustomization.yaml"]
    overlay += "patches:\n- path: patch.yaml\n  target:\n    kind: KataConfig\n    name: cluster-kataconfig\n"
    with_kustomize.write(
        {
            "instance/overlays/default/kustomization.yaml": overlay,
            "instance/overlays/default/patch.yaml": patch,
        }
    )
    code, said = with_kustomize.commit()
    assert code == 0, said
    with_kustomize.change(BROKEN, "name: cluster-kataconfig", "name: renamed")

    code, said = with_kustomize.commit(BROKEN)

    assert code == 1
    assert "instance/overlays/default/kustomization.yaml:5:" in said or "instance/overlays/default/" in said
    assert "patch-matches-nothing" in said


def test_a_commit_that_touches_no_manifest_runs_nothing(project: Repository) -> None:
    project.write({"README.md": "# nothing\n", "src/main.py": "pass\n"})

    code, said = project.commit("README.md", "src/main.py")

    assert code == 0, said
    assert project.invocations() == []


@pytest.mark.parametrize("name", ["Kustomization", "kustomization.yml", "pod.json", "pod.yml"])
def test_each_sort_of_file_that_kustomize_reads_reaches_the_check(project: Repository, name: str) -> None:
    project.write({f"a/{name}": "{}\n" if name == "pod.json" else KUSTOMIZATION})

    project.commit(f"a/{name}")

    assert ["check", "--hook", f"a/{name}"] in project.invocations()


def test_many_files_are_checked_by_one_process(project: Repository) -> None:
    files = {
        f"pods/{number}.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a{number}\n"
        for number in range(60)
    }
    project.write(files)

    code, said = project.commit()

    assert code == 0, said
    checks = [call for call in project.invocations() if call[0] == "check"]
    assert [sorted(call[2:]) for call in checks] == [sorted([".pre-commit-config.yaml", *files])]
