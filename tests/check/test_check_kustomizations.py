"""Mistakes in a kustomization itself: at its own line, whether kustomize says where or not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform.kustomize import Kustomize

Run = Callable[..., subprocess.CompletedProcess[str]]
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


def test_a_remote_base_is_not_fetched_and_what_is_left_out_is_said(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    (tmp_path / "kataconfig.yaml").write_text(KATACONFIG, encoding="utf-8")
    remote = "https://git.example.com/base?ref=v1"
    (tmp_path / "kustomization.yaml").write_text(f"resources: [kataconfig.yaml, '{remote}']\n", encoding="utf-8")

    result = check()

    assert result.stdout == (
        "kustomization.yaml:1:1: warning[root-not-built] not built, so its objects were not checked: it takes in "
        f"{remote}, and nothing is fetched from the network\n\n1 warning; checked 0 of 1 object in 1 overlay\n"
    )
    assert result.returncode == 0
