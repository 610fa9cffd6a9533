"""What kustomize does without a word, each at its line, and the form beside it that is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

CONFIG = "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata:\n  name: kata\nspec: {}\n"
DATA = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: web\ndata:\n  first: one\n"
CLASS = "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: mine\nhandler: kata\n"
POD = (
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: web\nspec:\n  runtimeClassName: mine\n"
    "  containers:\n  - {name: web, image: 'registry.example.com/web@sha256:" + "0" * 64 + "'}\n"
)
DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: web\nspec:\n"
    "  selector:\n    matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n    spec:\n"
    "      containers:\n      - {name: web, image: 'registry.example.com/web@sha256:" + "0" * 64 + "'}\n"
)

# rule: files, the kustomization that is wrong with its line and column, the one that is right.
TRAPS: dict[str, tuple[str, str, str, str]] = {
    "deprecated-field": (DATA, "commonLabels:\n  team: web\n", "2:1", "labels:\n- pairs:\n    team: web\n"),
    "generated-name-suffix": (
        DATA,
        "configMapGenerator:\n- name: peer-pods-cm\n  literals: [A=1]\n",
        "3:9",
        "configMapGenerator:\n- name: peer-pods-cm\n  literals: [A=1]\n  options: {disableNameSuffixHash: true}\n",
    ),
    "namespace-on-cluster-scoped": (CONFIG, "namespace: web\n", "2:12", "nameSuffix: ''\n"),
    "prefix-breaks-reference": (f"{CLASS}---\n{POD}", "namePrefix: my-\n", "2:13", "namePrefix: ''\n"),
    "labels-change-selector": (
        DEPLOYMENT,
        "labels:\n- pairs: {team: web}\n  includeSelectors: true\n",
        "4:21",
        "labels:\n- pairs: {team: web}\n",
    ),
}


def _found(check: Run, folder: Path, objects: str, text: str, rule: str) -> list[str]:
    (folder / "all.yaml").write_text(objects, encoding="utf-8")
    (folder / "kustomization.yaml").write_text(f"resources: [all.yaml]\n{text}", encoding="utf-8")
    result = check("--output", "json")
    assert result.stderr == ""
    places = [one["location"] for one in json.loads(result.stdout)["findings"] if one["rule"] == rule]
    return [f"{place['path']}:{place['line']}:{place['column']}" for place in places]


@pytest.mark.parametrize("rule", TRAPS)
def test_a_trap_is_found_at_its_line(check: Run, tmp_path: Path, kustomize: Kustomize, rule: str) -> None:
    objects, wrong, place, _ = TRAPS[rule]

    assert _found(check, tmp_path, objects, wrong, rule) == [f"kustomization.yaml:{place}"]


@pytest.mark.parametrize("rule", TRAPS)
def test_what_is_right_is_left_alone(check: Run, tmp_path: Path, kustomize: Kustomize, rule: str) -> None:
    objects, _, _, right = TRAPS[rule]

    assert _found(check, tmp_path, objects, right, rule) == []


def test_a_patch_that_nothing_takes_in_is_not_judged_as_a_whole_object(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    (tmp_path / "patches").mkdir()
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec: {replicas: 2}\n"
    (tmp_path / "patches" / "web.yaml").write_text(patch, encoding="utf-8")
    (tmp_path / "all.yaml").write_text(DATA, encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("resources: [all.yaml]\n", encoding="utf-8")

    result = check()

    assert "patches/web.yaml:1:1: info[unreferenced-file] kustomization.yaml does not take this" in result.stdout
    assert result.returncode == 0


def test_a_file_that_goes_into_a_config_map_is_taken_in(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    text = "configMapGenerator:\n- name: web\n  files: [settings.yaml, other.yaml=second.yaml]\n"
    for name in ("settings.yaml", "second.yaml"):
        (tmp_path / name).write_text(DATA, encoding="utf-8")

    assert _found(check, tmp_path, DATA.replace("name: web", "name: mine"), text, "unreferenced-file") == []


def test_what_a_policy_misses_in_such_a_patch_is_not_judged_either(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    (tmp_path / "patches").mkdir()
    patch = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
        "spec:\n  template:\n    spec:\n      serviceAccountName: web\n"
    )
    (tmp_path / "patches" / "web.yaml").write_text(patch, encoding="utf-8")

    assert _found(check, tmp_path, DATA, "", "unreferenced-file") == ["patches/web.yaml:1:1"]
    assert _found(check, tmp_path, DATA, "", "policy-error") == []


def test_labels_that_the_selector_has_already_change_nothing(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    text = "labels:\n- pairs: {app: web}\n  includeSelectors: true\n"

    assert _found(check, tmp_path, DEPLOYMENT, text, "labels-change-selector") == []


def test_a_target_with_an_empty_group_is_told_without_it(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    (tmp_path / "all.yaml").write_text(DATA, encoding="utf-8")
    target = "{group: '', version: v1, kind: Namespace}"
    text = f"resources: [all.yaml]\npatches:\n- target: {target}\n  patch: '[]'\n"
    (tmp_path / "kustomization.yaml").write_text(text, encoding="utf-8")

    result = check("--select", "patch-matches-nothing")

    assert "the patch's target (version v1, kind Namespace) selects no object" in result.stdout


def test_labels_say_how_many_selectors_they_change(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    many = "---\n".join(DEPLOYMENT.replace("name: web\n", f"name: web{number}\n", 1) for number in range(5))
    (tmp_path / "all.yaml").write_text(many, encoding="utf-8")
    text = "resources: [all.yaml]\nlabels:\n- pairs: {team: web}\n  includeSelectors: true\n"
    (tmp_path / "kustomization.yaml").write_text(text, encoding="utf-8")

    result = check("--select", "labels-change-selector")

    assert "once the object exists: Deployment web0, Deployment web1, Deployment web2 and 2 more;" in result.stdout


def test_a_namespace_is_said_to_reach_several_objects_that_have_none(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    (tmp_path / "all.yaml").write_text(f"{CONFIG}---\n{CONFIG.replace('name: kata', 'name: other')}", encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("resources: [all.yaml]\nnamespace: web\n", encoding="utf-8")

    result = check("--select", "namespace-on-cluster-scoped")

    assert "is also set on KataConfig kata, KataConfig other, which have none: kustomize" in result.stdout


def test_labels_that_a_folder_below_puts_into_selectors_change_nothing_above(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    text = "labels:\n- pairs: {team: web}\n  includeSelectors: true\n"
    (tmp_path / "above").mkdir()
    (tmp_path / "above" / "kustomization.yaml").write_text(f"resources: [..]\n{text}", encoding="utf-8")

    assert _found(check, tmp_path, DEPLOYMENT, text, "labels-change-selector") == ["kustomization.yaml:4:21"]


def test_what_a_schema_refuses_in_a_patch_that_nothing_takes_in_is_told_with_it(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    patch = "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replica: 2\n"
    (tmp_path / "web_patch.yaml").write_text(patch, encoding="utf-8")

    assert _found(check, tmp_path, DATA, "", "unreferenced-file") == ["web_patch.yaml:1:1"]
    assert _found(check, tmp_path, DATA, "", "kind-not-served") == []


def test_a_patch_for_what_an_empty_file_will_hold_is_no_error(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    (tmp_path / "all.yaml").write_text("# filled by flux bootstrap\n", encoding="utf-8")
    patch = "patches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: remove, path: /spec/replicas}\n"
    (tmp_path / "kustomization.yaml").write_text(f"resources: [all.yaml]\n{patch}", encoding="utf-8")

    result = check()

    assert "info[patch-matches-nothing]" in result.stdout
    assert "selects no object, as long as all.yaml is empty" in result.stdout
    assert result.returncode == 0


def test_a_patch_for_what_a_generator_makes_is_known(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    text = "configMapGenerator: [{name: made, literals: [A=1]}]\npatches:\n"
    for name in ("made", "gone"):
        text += f"- target: {{name: {name}}}\n  patch: |\n    - {{op: add, path: /data/B, value: b}}\n"

    assert _found(check, tmp_path, DATA, text, "patch-matches-nothing") == ["kustomization.yaml:7:11"]


def test_a_patch_may_go_by_the_name_that_another_one_gave(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    text = (
        "patches:\n- target: {kind: ConfigMap}\n  options: {allowNameChange: true}\n  patch: |\n"
        "    - {op: replace, path: /metadata/name, value: api}\n"
        "- target: {name: api}\n  patch: |\n    - {op: add, path: /data/B, value: b}\n"
    )

    assert _found(check, tmp_path, DATA, text, "patch-matches-nothing") == []


def test_names_that_are_as_near_are_all_said_and_none_is_chosen(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    objects = "---\n".join(DATA.replace("name: web", f"name: {name}", 1) for name in ("web-a", "web-b"))
    (tmp_path / "all.yaml").write_text(objects, encoding="utf-8")
    patch = "patches:\n- target: {name: web-c}\n  patch: |\n    - {op: add, path: /data/B, value: b}\n"
    (tmp_path / "kustomization.yaml").write_text(f"resources: [all.yaml]\n{patch}", encoding="utf-8")

    found = json.loads(check("-o", "json").stdout)["findings"]

    assert [(one["remedy"], one.get("fix")) for one in found] == [("name is 'web-b' or 'web-a' in this tree", None)]
