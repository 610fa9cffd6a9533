"""`check --base`: policies decide what a change does to the objects of a revision."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import Run, run_in
from projects import BASE, HEAD, write_specs

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

    assert told(done) == ["app/two.yaml: error[size-fixed] it must stay (ConfigMap/shop/two is deleted)"]


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


# --- overlays with a spec, and a person's own beside them

LEVEL = """\
apiVersion: kataform.dev/v1alpha1
kind: OverlayPolicy
metadata:
  name: level-fixed
spec:
  validationActions: [Deny]
  matchConstraints:
    resourceRules:
      - apiGroups: [kataconfiguration.openshift.io]
        apiVersions: [v1]
        operations: [CREATE, UPDATE, DELETE]
        resources: [kataconfigs]
  validations:
    - expression: object == null || oldObject == null || object.spec.?logLevel == oldObject.spec.?logLevel
      messageExpression: "'the level was ' + oldObject.spec.?logLevel.orValue('not said')"
    - expression: object != null
      message: it must stay
"""
PATCH = """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name: cluster-kataconfig
spec:
  logLevel: {level}
"""


def said(level: str) -> str:
    return f"kataConfig:\n  spec:\n    logLevel: {level}\n"


@pytest.fixture
def fleet(tmp_path: Path, commit: Callable[[], None]) -> Path:
    """A committed project with an overlay that says a level, and the policy that it stays."""
    write(tmp_path, "policies/level.yaml", LEVEL)
    write_specs(tmp_path, said("debug"))
    put(tmp_path, said("debug"))
    commit()
    return tmp_path


def put(folder: Path, overlay: str, name: str = "prod") -> None:
    write(folder, f"overlays/{name}/kataform.yaml", HEAD + overlay)
    done = run_in(folder, "generate")
    assert done.returncode == 0, done.stdout + done.stderr


def levels(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.replace(": error[level-fixed]", "") for line in done.stdout.splitlines() if "level-fixed" in line]


def test_a_spec_that_says_something_else_is_told_at_its_line(fleet: Path, check: Run) -> None:
    put(fleet, said("info"))

    done = check("--base", "HEAD")

    assert levels(done) == ['overlays/prod/kataform.yaml:5:15 the level was debug (spec.logLevel = "info")']
    assert done.returncode == 1
    assert levels(check()) == []


def test_a_spec_is_judged_also_where_its_files_are_not_generated_yet(fleet: Path, check: Run) -> None:
    write(fleet, "overlays/prod/kataform.yaml", HEAD + said("info"))

    assert levels(check("--base", "HEAD")) == [
        'overlays/prod/kataform.yaml:5:15 the level was debug (spec.logLevel = "info")'
    ]


def test_nothing_is_told_where_objects_stay_as_they_are(fleet: Path, check: Run, commit: Callable[[], None]) -> None:
    unchanged = check("--base", "HEAD")
    put(fleet, "# the level is what it was\n" + said("debug"))
    written_otherwise = check("--base", "HEAD")
    write(fleet, "base/kataform.yaml", BASE.replace("  spec:\n", "  spec:\n    logLevel: debug\n"))
    put(fleet, "")
    commit()
    write(fleet, "base/kataform.yaml", BASE)
    put(fleet, said("debug"))
    moved = check("overlays", "--base", "HEAD")

    assert [levels(done) for done in (unchanged, written_otherwise, moved)] == [[], [], []]


def test_a_base_that_changes_is_one_finding_for_all_that_extend_it(fleet: Path, check: Run) -> None:
    write(fleet, "base/kataform.yaml", BASE.replace("  spec:\n", "  spec:\n    logLevel: warn\n"))
    put(fleet, "", "other")

    done = check("--base", "HEAD")

    told = 'base/kataform.yaml:9:15 the level was not said (spec.logLevel = "warn")'
    assert levels(done) == [told]


def test_what_a_spec_no_longer_says_is_told_where_it_is_missing(fleet: Path, check: Run) -> None:
    put(fleet, "")

    assert levels(check("--base", "HEAD")) == ["base/kataform.yaml:8:3 the level was debug (spec.logLevel is missing)"]


def test_an_overlay_that_is_new_changes_nothing(fleet: Path, check: Run) -> None:
    put(fleet, said("warn"), "other")

    assert levels(check("--base", "HEAD")) == []


def test_an_overlay_that_is_gone_is_told_at_its_spec(fleet: Path, check: Run) -> None:
    shutil.rmtree(fleet / "overlays/prod")

    assert levels(check("--base", "HEAD")) == [
        "overlays/prod/kataform.yaml it must stay (KataConfig/cluster-kataconfig is deleted)"
    ]


def test_each_object_that_a_spec_no_longer_makes_is_told(fleet: Path, check: Run, commit: Callable[[], None]) -> None:
    write(
        fleet,
        "policies/level.yaml",
        LEVEL.replace("[kataconfiguration.openshift.io]", "['']").replace("kataconfigs", "pods"),
    )
    put(fleet, said("debug") + "examples: [net-tools]\n")
    commit()
    put(fleet, said("debug"))

    assert levels(check("--base", "HEAD")) == [
        "overlays/prod/kataform.yaml it must stay (Pod/test-kata/example-net-tools-kata is deleted)",
        "overlays/prod/kataform.yaml it must stay (Pod/test-kata/example-net-tools-regular is deleted)",
    ]


def test_a_person_s_patch_of_a_generated_part_is_told_at_its_line(
    fleet: Path, check: Run, commit: Callable[[], None]
) -> None:
    write(fleet, "overlays/prod/instance/level.yaml", PATCH.format(level="warn"))
    put(fleet, "kustomize:\n  instance:\n    patches:\n      - path: level.yaml\n")
    commit()
    same = check("--base", "HEAD")
    write(fleet, "overlays/prod/instance/level.yaml", PATCH.format(level="info"))

    assert levels(same) == []
    assert levels(check("--base", "HEAD")) == [
        'overlays/prod/instance/level.yaml:6:13 the level was warn (spec.logLevel = "info")'
    ]


@pytest.fixture
def own(fleet: Path, commit: Callable[[], None]) -> Path:
    """The same with an overlay without a spec, which patches what is generated for the base."""
    write(fleet, "overlays/own/patch.yaml", PATCH.format(level="warn"))
    write(fleet, "overlays/own/kustomization.yaml", "resources: [../../base/instance]\npatches: [{path: patch.yaml}]\n")
    commit()
    return fleet


def test_an_overlay_without_a_spec_is_told_at_the_patch_that_changes(own: Path, check: Run) -> None:
    same = check("--base", "HEAD")
    write(own, "overlays/own/patch.yaml", PATCH.format(level="info"))

    assert levels(same) == []
    assert levels(check("--base", "HEAD")) == [
        'overlays/own/patch.yaml:6:13 the level was warn (spec.logLevel = "info")'
    ]


def test_an_overlay_without_a_spec_that_takes_an_object_in_no_longer_is_told_itself(own: Path, check: Run) -> None:
    """The file that the object stands in is as it was."""
    write(own, "overlays/own/kustomization.yaml", "resources: [../../base/operator]\n")
    (own / "overlays/own/patch.yaml").unlink()
    emptied = check("--base", "HEAD")
    shutil.rmtree(own / "overlays/own")

    told = ["overlays/own/kustomization.yaml it must stay (KataConfig/cluster-kataconfig is deleted)"]
    assert levels(emptied) == told
    assert levels(check("--base", "HEAD")) == told


def test_what_was_not_known_before_is_said(fleet: Path, check: Run, commit: Callable[[], None]) -> None:
    """A revision whose spec has errors tells nothing, so the overlay is judged as a new one."""
    write(fleet, "overlays/prod/kataform.yaml", HEAD + "openshift: '3'\n")
    commit()
    put(fleet, said("info"))

    done = check("--base", "HEAD")

    assert levels(done) == []
    assert "note: not all objects were known before of overlays/prod, so those are judged as new" in done.stdout
