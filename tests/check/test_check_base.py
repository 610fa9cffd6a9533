"""`check --base`: policies decide what a change does to the objects of a revision."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import Run

POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: size-fixed
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: ['']
        apiVersions: [v1]
        operations: [UPDATE, DELETE]
        resources: [configmaps]
  validations:
    - expression: object == null || object.?data.?size == oldObject.?data.?size
      messageExpression: "'size was ' + oldObject.data.size + ' and is ' + object.data.size"
    - expression: object != null
      message: it must stay
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: size-fixed
spec:
  policyName: size-fixed
  validationActions: [Deny]
"""
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: shop\ndata:\n  size: '{size}'\n"


@pytest.fixture
def commit(tmp_path: Path) -> Callable[[], None]:
    """Commit everything in the folder, which becomes a repository the first time."""
    config = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]

    def commit() -> None:
        for arguments in (["init", "-q"], ["add", "-A"], [*config, "commit", "-qm", "change"]):
            subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    return commit


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if "size-fixed" in line]


@pytest.mark.parametrize("kustomized", [False, True])
def test_an_update_is_judged_with_what_was_there_before(
    tmp_path: Path, check: Run, commit: Callable[[], None], kustomized: bool
) -> None:
    write(tmp_path, "rules/policy.yaml", POLICY)
    write(tmp_path, "app/one.yaml", MAP.format(name="one", size=1))
    write(tmp_path, "app/two.yaml", MAP.format(name="two", size=2))
    if kustomized:
        write(tmp_path, "app/kustomization.yaml", "resources: [one.yaml, two.yaml]\n")
    commit()
    write(tmp_path, "app/two.yaml", MAP.format(name="two", size=3))

    alone = check("app", "--policies", "rules")
    changed = check("app", "--policies", "rules", "--base", "HEAD")

    assert told(alone) == []
    [line] = told(changed)
    assert line.startswith("app/two.yaml:7:9: error[size-fixed] size was 2 and is 3")
    assert changed.returncode == 1


def test_what_is_new_is_no_update_and_what_is_deleted_is_told_at_its_file(
    tmp_path: Path, check: Run, commit: Callable[[], None]
) -> None:
    write(tmp_path, "rules/policy.yaml", POLICY)
    write(tmp_path, "app/one.yaml", MAP.format(name="one", size=1))
    write(tmp_path, "app/two.yaml", MAP.format(name="two", size=2))
    commit()
    (tmp_path / "app/two.yaml").rename(tmp_path / "app/three.yaml")
    write(tmp_path, "app/three.yaml", MAP.format(name="three", size=4))

    done = check("app", "--policies", "rules", "--base", "HEAD")

    assert told(done) == ["app/two.yaml: error[size-fixed] it must stay"]


def test_an_object_that_moves_to_another_file_is_no_new_one(
    tmp_path: Path, check: Run, commit: Callable[[], None]
) -> None:
    write(tmp_path, "rules/policy.yaml", POLICY)
    write(tmp_path, "app/one.yaml", MAP.format(name="one", size=1))
    commit()
    (tmp_path / "app/one.yaml").rename(tmp_path / "app/moved.yaml")

    assert told(check("app", "--policies", "rules", "--base", "HEAD")) == []


def test_a_pod_that_stays_as_it_was_is_not_judged_anew(tmp_path: Path, check: Run, commit: Callable[[], None]) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec:\n  runtimeClassName: kata\n  hostNetwork: true\n"
    write(tmp_path, "pod.yaml", pod + "  containers: [{name: one, image: 'registry.example.com/one:1'}]\n")
    commit()

    assert "kata-pod-host-access" in check().stdout
    assert "kata-pod-host-access" not in check("--base", "HEAD").stdout


def test_nothing_is_left_behind(tmp_path: Path, check: Run, commit: Callable[[], None]) -> None:
    write(tmp_path, "one.yaml", MAP.format(name="one", size=1))
    commit()
    files = sorted(path for path in tmp_path.rglob("*"))

    check("--base", "HEAD")

    assert sorted(path for path in tmp_path.rglob("*")) == files


def test_no_repository_and_no_such_revision_are_errors_of_use(
    tmp_path: Path, check: Run, commit: Callable[[], None]
) -> None:
    write(tmp_path, "one.yaml", MAP.format(name="one", size=1))
    outside = check("--base", "HEAD")
    commit()
    unknown = check("--base", "v9")

    assert (outside.returncode, unknown.returncode) == (2, 2)
    assert outside.stderr.startswith("kataform: error: .: this is not a git repository")
    assert unknown.stderr.startswith("kataform: error: there is no revision 'v9' in this repository")


def test_policies_that_are_not_there_are_an_error_of_use(tmp_path: Path, check: Run) -> None:
    write(tmp_path, "one.yaml", MAP.format(name="one", size=1))

    done = check("--policies", "none")

    assert (done.returncode, done.stderr) == (2, "kataform: error: none: no such file or folder\n")


def test_objects_of_one_name_in_several_clusters_are_each_compared_with_what_stood_in_their_file(
    tmp_path: Path, check: Run, commit: Callable[[], None]
) -> None:
    write(tmp_path, "policies/size.yaml", POLICY)
    for name, size in (("east", 1), ("west", 2)):
        write(tmp_path, f"{name}/map.yaml", MAP.format(name="stock", size=size))
    commit()
    write(tmp_path, "north/map.yaml", MAP.format(name="stock", size=3))
    write(tmp_path, "west/map.yaml", MAP.format(name="stock", size=4))

    found = told(check("--base", "HEAD", "--policies", "policies", "."))

    assert [line.partition(" size was")[0::2] for line in found] == [
        ("west/map.yaml:7:9: error[size-fixed]", ' 2 and is 4 (data.size = "4")')
    ]
