"""Nulls among the entries of a map, which the API server makes something else of before any policy sees them."""

from __future__ import annotations

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
  logLevel: {level}
  kataConfigPoolSelector:
    matchLabels:
      kata: 'true'
      pool: {pool}
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  debug: {}\n"
EMPTY = "warning[explicit-null] {} is null, and the API server makes an empty string of it"
MEND = "; write the value that is meant, or take the line out\n"
TARGET = ("--target", "operator=1.13.1")


@pytest.mark.parametrize("null", ["null", "~", "Null", ""])
def test_an_entry_that_is_null_becomes_an_empty_string(check: Run, null: str) -> None:
    result = check("-", stdin=CONFIG_MAP.format(null))

    assert result.stdout.startswith(f"<stdin>:6:3: {EMPTY.format('data.debug')}{MEND}")
    assert result.returncode == 0


@pytest.mark.parametrize("text", ["''", "'null'", '"~"', "nil", "!!str null"])
def test_a_string_is_no_null(check: Run, text: str) -> None:
    assert "explicit-null" not in check("-", stdin=CONFIG_MAP.format(text)).stdout


def test_an_entry_of_a_custom_resource_is_dropped(check: Run) -> None:
    result = check("-", *TARGET, stdin=KATACONFIG.format(level="info", pool="null"))

    what = "spec.kataConfigPoolSelector.matchLabels.pool is null: the API server drops it without a word"
    assert result.stdout.startswith(
        f"<stdin>:10:7: warning[explicit-null] {what}, or under server-side apply refuses the object{MEND}"
    )


def test_a_field_that_is_null_is_as_if_left_out(check: Run) -> None:
    result = check("-", *TARGET, stdin=KATACONFIG.format(level="null", pool="metal"))

    assert result.stdout == "checked 1 of 1 object in 1 file\n"


def test_in_a_patch_null_takes_something_out(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    (tmp_path / "settings.yaml").write_text(CONFIG_MAP.format("'true'"), encoding="utf-8")
    (tmp_path / "patch.yaml").write_text(CONFIG_MAP.format("null"), encoding="utf-8")
    kustomization = "resources:\n- settings.yaml\npatches:\n- path: patch.yaml\n"
    (tmp_path / "kustomization.yaml").write_text(kustomization, encoding="utf-8")

    assert "explicit-null" not in check(".").stdout


def test_kustomize_keeps_the_text_of_an_annotation(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  annotations:\n    team: ~\n"
    (tmp_path / "settings.yaml").write_text(text, encoding="utf-8")
    assert check("settings.yaml").stdout.startswith(f"settings.yaml:6:5: {EMPTY.format('metadata.annotations.team')}")

    (tmp_path / "kustomization.yaml").write_text("resources:\n- settings.yaml\n", encoding="utf-8")
    assert "explicit-null" not in check(".").stdout
