"""Mistakes in a kustomization itself: at its own line, whether kustomize says where or not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

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
MISTAKES = {
    "labels": (
        "labels:\n- pairs:\n    kata: true\n",
        "4:11: error[unquoted-boolean] kata must be a string; unquoted, true is a boolean; write 'true'",
    ),
    "tag": (
        "images:\n- name: x\n  newTag: 1.10\n",
        "4:11: error[lossy-number] newTag must be a string; unquoted, 1.10 is a number and becomes 1.1; write '1.10'",
    ),
    "dialect": (
        "commonAnnotations:\n  sidecar: off\n",
        "3:12: error[unquoted-boolean] sidecar must be a string; unquoted, off is a boolean; write 'off'",
    ),
    "missing": ("components:\n- nowhere\n", "3:3: error[build-failed] kustomize: 'nowhere' does not exist"),
    "inline-merge": (
        """\
patches:
- patch: |
    apiVersion: kataconfiguration.openshift.io/v1
    kind: KataConfig
    metadata: {name: cluster-kataconfig}
    spec:
      kataConfigPoolSelector:
        matchLabels:
          kata: true
""",
        "10:17: error[unquoted-boolean] kata must be a string; unquoted, true is a boolean; write 'true'",
    ),
    "inline-json": (
        'patches:\n- target: {kind: KataConfig}\n  patch: \'[{"op":"add","path":"/spec/enabled","value":1}]\'\n',
        "4:10: error[unknown-field] unknown field 'enabled' (in every operator version it is for); ",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_kustomization_is_found_at_its_line(
    check: Run, tmp_path: Path, kustomize: Kustomize, name: str
) -> None:
    text, expected = MISTAKES[name]
    (tmp_path / "kataconfig.yaml").write_text(KATACONFIG, encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text(f"resources: [kataconfig.yaml]\n{text}", encoding="utf-8")

    result = check()

    found = result.stdout.partition("\n\n")[0].splitlines()
    assert [line[: len(f"kustomization.yaml:{expected}")] for line in found] == [f"kustomization.yaml:{expected}"]
    assert result.returncode == 1


PATCH = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\ndata: {}\n"
UNMATCHED = {
    "file": ("patches:\n- path: patch.yaml\n", "patch.yaml:4:9"),
    "several": ("patchesStrategicMerge: [first.yaml, patch.yaml]\n", "patch.yaml:4:9"),
    "inline": (
        "patches:\n- patch: |\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: other}\n",
        "kustomization.yaml:6:22",
    ),
}


@pytest.mark.parametrize("name", UNMATCHED)
def test_a_merge_patch_for_nothing_is_found_where_it_names_its_object(
    check: Run, tmp_path: Path, kustomize: Kustomize, name: str
) -> None:
    text, place = UNMATCHED[name]
    (tmp_path / "other.yaml").write_text(PATCH.replace("name: other", "name: web"), encoding="utf-8")
    (tmp_path / "first.yaml").write_text(PATCH.replace("name: other", "name: web"), encoding="utf-8")
    (tmp_path / "patch.yaml").write_text(PATCH, encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text(f"resources: [other.yaml]\n{text}", encoding="utf-8")

    result = check("--select", "build-failed")

    message = f"{place}: error[build-failed] kustomize: the patch for ConfigMap/other matches no resource\n"
    assert result.stdout.startswith(message)


REMOTE = "https://git.example.com/web//deploy"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (REMOTE, "and names no version"),
        (f"{REMOTE}?ref=", "and names no version"),
        (f"{REMOTE}?ref=main", "from main, which moves"),
        (f"{REMOTE}?timeout=90s&ref=v1.10.0-rc.1", "in version v1.10.0-rc.1"),
        (f"{REMOTE}?ref={'0123456789' * 4}", "fixed to the commit 012345678901"),
        ("https://raw.githubusercontent.com/example/web/v2.0/all.yaml", "in version v2.0"),
        ("https://github.com/example/web/releases/download/v0.6.0/all.yaml", "in version v0.6.0"),
        ("git@git.example.com:web.git?ref=1.2", "in version 1.2"),
    ],
)
def test_a_remote_base_says_how_far_it_is_pinned(
    check: Run, tmp_path: Path, kustomize: Kustomize, entry: str, said: str
) -> None:
    (tmp_path / "kustomization.yaml").write_text(f"resources: ['{entry}']\n", encoding="utf-8")

    result = check()

    assert f"{entry} is fetched anew by each build, {said}; what takes it in was not checked" in result.stdout


def test_a_remote_base_seen_through_many_roots_is_one_finding(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    for name in ("base", "one", "two"):
        (tmp_path / name).mkdir()
        taken = REMOTE if name == "base" else "../base"
        (tmp_path / name / "kustomization.yaml").write_text(f"resources: ['{taken}']\n", encoding="utf-8")

    found = json.loads(check("-o", "json").stdout)["findings"]

    assert [(one["rule"], one["location"]["path"], one["overlays"]) for one in found] == [
        ("remote-base", "base/kustomization.yaml", ["one", "two"])
    ]


def test_a_remote_base_is_not_fetched_and_what_is_left_out_is_said(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    (tmp_path / "kataconfig.yaml").write_text(KATACONFIG, encoding="utf-8")
    remote = "https://git.example.com/base?ref=v1"
    (tmp_path / "kustomization.yaml").write_text(f"resources: [kataconfig.yaml, '{remote}']\n", encoding="utf-8")

    result = check()

    assert result.stdout == (
        f"kustomization.yaml:1:30: warning[remote-base] {remote} is fetched anew by each build, from v1, which moves; "
        "what takes it in was not checked; copy it into this repository, or name a full commit\n\n"
        "1 warning; checked 0 of 1 object in 1 overlay\n"
    )
    assert result.returncode == 0


@pytest.mark.parametrize("name", ["self.yaml", '"a\\0b"'])
def test_a_link_to_itself_and_a_name_with_a_nul_fail_to_build_and_no_more(
    check: Run, tmp_path: Path, kustomize: Kustomize, name: str
) -> None:
    (tmp_path / "self.yaml").symlink_to("self.yaml")
    fields = ("resources", "components", "configurations", "patchesStrategicMerge")
    text = "".join(f"{field}: [{name}]\n" for field in fields) + f"patches: [{{path: {name}}}]\n"
    text += f"configMapGenerator: [{{name: a, files: [{name}], envs: [{name}]}}]\n"
    (tmp_path / "kustomization.yaml").write_text(text, encoding="utf-8")
    flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: b}\n"
    source = "sourceRef: {kind: GitRepository, name: x}"
    (tmp_path / "flux.yaml").write_text(
        f"{flux}spec: {{path: {name}, interval: 1m, prune: false, {source}}}\n", encoding="utf-8"
    )

    result = check()

    assert result.returncode == 1
    assert "kustomization.yaml" in result.stdout
    assert "error[build-failed]" in result.stdout
    assert result.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="left out: named pipes, which Windows has not among its files")
@pytest.mark.parametrize(
    "text",
    ["resources: [pipe.yaml]\n", "configMapGenerator:\n- name: a\n  files: [pipe.yaml]\n"],
    ids=["resource", "data"],
)
def test_a_root_that_reads_a_pipe_is_not_built_and_said(
    check: Run, tmp_path: Path, kustomize: Kustomize, text: str
) -> None:
    (tmp_path / "kustomization.yaml").write_text(text, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.yaml")

    result = check("--no-cache", "kustomization.yaml")

    assert "not built, so its objects were not checked: pipe.yaml is not a regular file" in result.stdout
    assert result.returncode == 1
