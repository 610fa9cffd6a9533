"""What people add to a generated root: written into it, built by kustomize, judged, and placed where it is written."""

from __future__ import annotations

from pathlib import Path

import yaml

from command_line import run_in
from kataform import kustomize, project
from kataform.overlays import Overlays
from kataform.text import emit

BASE = {
    "apiVersion": "kataform.dev/v1alpha1",
    "kind": "Overlay",
    "operator": {"version": "1.13.1", "subscription": {"channel": "stable"}},
    "kataConfig": {"spec": {"kataConfigPoolSelector": {"matchLabels": {"kata": "true"}}}},
}
OVERLAY = {"apiVersion": "kataform.dev/v1alpha1", "kind": "Overlay"}
OWN_PATCH = {
    "target": {"kind": "Subscription"},
    "patch": "- {op: add, path: /metadata/labels, value: {team: blue}}\n",
}
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: peer-pods-cm, namespace: own}\ndata: {A: VALUE}\n"


def generated(folder: Path, base: dict[str, object], overlay: dict[str, object]) -> None:
    for name, body in {"base": base, "overlays/site": overlay}.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / project.SPEC).write_text(emit.dump(body), encoding="utf-8")
    done = run_in(folder, "generate")
    assert done.returncode == 0, done.stderr


def built(kustomizing: kustomize.Kustomize, root: Path) -> list[dict[str, object]]:
    result = kustomize.build(kustomizing, root)
    assert isinstance(result, kustomize.Built), result
    return list(yaml.safe_load_all(result.text))


def test_a_patch_of_ones_own_has_the_last_word(tmp_path: Path, each_kustomize: kustomize.Kustomize) -> None:
    generated(tmp_path, BASE, {**OVERLAY, "kustomize": {"operator": {"patches": [OWN_PATCH]}}})

    labels = {
        body["kind"]: body["metadata"].get("labels")
        for body in built(each_kustomize, tmp_path / "overlays/site/operator")
    }

    assert labels["Subscription"] == {"team": "blue"}
    assert built(each_kustomize, tmp_path / "overlays/site/instance") == built(
        each_kustomize, tmp_path / "base/instance"
    )


def test_an_overlay_gets_what_the_base_adds_through_kustomize_and_once(
    tmp_path: Path, each_kustomize: kustomize.Kustomize
) -> None:
    base = {**BASE, "kustomize": {"instance": {"configMapGenerator": [{"name": "own", "literals": ["a=yes"]}]}}}
    generated(tmp_path, base, OVERLAY)

    kinds = [body["kind"] for body in built(each_kustomize, tmp_path / "overlays/site")]

    assert sorted(kinds) == ["ConfigMap", "KataConfig", "Namespace", "OperatorGroup", "Subscription"]
    assert "configMapGenerator" not in (tmp_path / "overlays/site/instance/kustomization.yaml").read_text("utf-8")


def test_a_part_may_hold_only_what_people_add(tmp_path: Path, each_kustomize: kustomize.Kustomize) -> None:
    (tmp_path / "overlays/site/examples").mkdir(parents=True)
    (tmp_path / "overlays/site/examples/own.yaml").write_text(SETTINGS.replace("VALUE", "'1'"), encoding="utf-8")
    generated(tmp_path, BASE, {**OVERLAY, "kustomize": {"examples": {"resources": ["own.yaml"]}}})

    assert [body["kind"] for body in built(each_kustomize, tmp_path / "overlays/site/examples")] == ["ConfigMap"]
    assert run_in(tmp_path, "check").stdout.endswith("checked 11 of 11 objects in 2 overlays\n")


def test_a_mistake_in_an_addition_is_found_at_its_line_and_one_in_the_spec_there(
    tmp_path: Path, kustomize: kustomize.Kustomize
) -> None:
    (tmp_path / "overlays/site/operator").mkdir(parents=True)
    (tmp_path / "overlays/site/operator/own.yaml").write_text(SETTINGS.replace("VALUE", "true"), encoding="utf-8")
    own = {"operator": {"resources": ["own.yaml"]}}
    overlay = {**OVERLAY, "operator": {"subscription": {"channel": "preview-1.1"}, "version": "1.1.0"}}
    generated(tmp_path, BASE, {**overlay, "kustomize": own})

    done = run_in(tmp_path, "check")

    assert done.returncode == 1
    places = [line.partition(" ")[0] for line in done.stdout.splitlines() if ": " in line]
    assert "overlays/site/operator/own.yaml:4:11:" in places
    assert any(
        line.startswith("overlays/site/kataform.yaml:") and "channel-deprecated" in line
        for line in done.stdout.splitlines()
    )


def test_a_name_that_no_kustomization_has_is_refused_in_the_spec(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    text = emit.dump({**BASE, "kustomize": {"operator": {"patch": []}, "operators": {}}})
    (tmp_path / "base" / project.SPEC).write_text(text, encoding="utf-8")

    done = run_in(tmp_path, "generate")

    assert done.returncode == 1
    assert "unknown field 'patch'; did you mean 'patches'?" in done.stderr
    assert "unknown field 'operators'; did you mean 'operator'?" in done.stderr


def test_an_overlay_that_leaves_out_an_object_is_told_what_it_does_not_get(tmp_path: Path) -> None:
    generated(
        tmp_path,
        {**BASE, "kustomize": {"instance": {"labels": [{"pairs": {"own": "1"}}]}}},
        {**OVERLAY, "kataConfig": {"name": "another"}},
    )

    overlay = Overlays(project.require(tmp_path)).get("site")

    assert [finding.rule for finding in overlay.findings] == ["additions-dropped"]
    assert overlay.rendering is not None
    assert overlay.rendering.extended == frozenset()


def test_show_tells_what_is_added_and_not_what_the_base_adds(tmp_path: Path) -> None:
    generated(tmp_path, {**BASE, "kustomize": {"operator": {"labels": [{"pairs": {"a": "b"}}]}}}, OVERLAY)

    shown = {name: run_in(tmp_path, "show", name).stdout for name in ("base", "site")}

    assert "labels" in shown["base"]
    assert "labels" not in shown["site"]
