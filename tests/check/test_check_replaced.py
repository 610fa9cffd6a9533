"""A JSON patch that replaces what is not there: found exactly where kustomize adds a field, and said once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import Run
from kataform import kustomize as kustomizes
from kataform.kustomize import Kustomize

CONFIG = (
    "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata:\n  name: kata\n  labels: {team: web}\n"
    "spec:\n  logLevel: info\n  kataConfigPoolSelector:\n    matchLabels: {kata: 'true'}\n"
)
PATCH = "resources: [kata.yaml]\npatches:\n- target: {{kind: KataConfig}}\n  patch: |\n{text}"
RULE = "patch-replaces-missing-path"


def write(folder: Path, *written: tuple[str, str]) -> None:
    text = "".join(f"    - op: {op}\n      path: {path}\n      value: debug\n" for op, path in written)
    (folder / "kata.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "kustomization.yaml").write_text(PATCH.format(text=text), encoding="utf-8")


def told(check: Run, *arguments: str) -> list[tuple[str, str, int]]:
    """What a check says of the patch: rule, severity and line."""
    found: list[dict[str, Any]] = json.loads(check("--output", "json", *arguments).stdout)["findings"]
    return [
        (one["rule"], one["severity"], one["location"]["line"])
        for one in found
        if one["location"]["path"] == "kustomization.yaml"
    ]


# Path: what is said of replacing it.
PATHS = {
    "/metadata/labels/team": [],
    "/metadata/labels/taem": [(RULE, "warning", 6)],
    "/metadata/labels/other": [(RULE, "info", 6)],
    "/spec/logLevel": [],
    "/spec/checkNodeEligibility": [(RULE, "info", 6)],
}


@pytest.mark.parametrize("path", PATHS)
def test_it_is_said_where_kustomize_adds_a_field(
    check: Run, tmp_path: Path, each_kustomize: Kustomize, path: str
) -> None:
    write(tmp_path, ("replace", path))

    built = kustomizes.build(each_kustomize, tmp_path)

    assert isinstance(built, kustomizes.Built), built
    assert [one for one in told(check) if one[0] == RULE] == PATHS[path]
    assert leaves(yaml.safe_load(built.text)) - leaves(yaml.safe_load(CONFIG)) == (1 if PATHS[path] else 0)


def leaves(body: object) -> int:
    return sum(map(leaves, body.values())) if isinstance(body, dict) else 1


def test_a_field_that_the_schema_does_not_know_is_told_by_the_schema_alone(check: Run, tmp_path: Path) -> None:
    write(tmp_path, ("replace", "/spec/logLevl"))

    rules = {rule for rule, *_ in told(check, "--target", "operator=1.9.0")}

    assert rules == {"unknown-field"}


def test_a_field_that_an_earlier_operation_adds_is_there(check: Run, tmp_path: Path) -> None:
    write(tmp_path, ("add", "/metadata/labels/other"), ("replace", "/metadata/labels/other"))

    assert [one for one in told(check) if one[0] == RULE] == []


def test_a_label_that_a_folder_below_adds_is_there(check: Run, tmp_path: Path) -> None:
    write(tmp_path, ("replace", "/metadata/labels/other"))
    (tmp_path / "base").mkdir()
    (tmp_path / "kata.yaml").rename(tmp_path / "base/kata.yaml")
    (tmp_path / "base/kustomization.yaml").write_text(
        "resources: [kata.yaml]\nlabels:\n- pairs: {other: one}\n", encoding="utf-8"
    )
    above = (tmp_path / "kustomization.yaml").read_text(encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text(above.replace("[kata.yaml]", "[base]"), encoding="utf-8")

    assert [one for one in told(check) if one[0] == RULE] == []
