"""One fault in a base that many overlays take in is one finding, at its line, which says which overlays see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command_line import Run, run_in
from kataform.kustomize import Kustomize
from projects import BASE, write_specs

CONFIG = (
    "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata:\n  name: kata\nspec:\n"
    "  kataConfigPoolSelector:\n    matchLabels: {kata: 'true'}\n  logLevel: info\n"
)
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- path: patch.yaml\n"
PATCH = f"{CONFIG.partition('spec:')[0]}spec:\n  logLevl: debug\n"
CLUSTERS = [f"cluster-{number}" for number in range(10)]


@pytest.fixture
def fleet(tmp_path: Path, kustomize: Kustomize) -> Path:
    """Ten overlays over one base and one component."""
    files = {"base/kata.yaml": CONFIG, "base/kustomization.yaml": "resources: [kata.yaml]\n"}
    for cluster in CLUSTERS:
        files[f"{cluster}/kustomization.yaml"] = (
            f"resources: [../base]\ncomponents: [../part]\ncommonAnnotations: {{cluster: {cluster}}}\n"
        )
    files |= {"part/kustomization.yaml": COMPONENT, "part/patch.yaml": PATCH.replace("logLevl", "logLevel")}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _errors(check: Run) -> list[dict[str, Any]]:
    result = check("--target", "operator=1.9.0", "--target", "openshift=4.18", "--output", "json")
    assert result.stderr == ""
    return [one for one in json.loads(result.stdout)["findings"] if one["severity"] == "error"]


def _seen(finding: dict[str, Any]) -> tuple[str, str, list[str]]:
    place = finding["location"]
    return finding["rule"], f"{place['path']}:{place['line']}:{place['column']}", finding["overlays"]


def test_a_sound_base_has_no_error_in_any_overlay(fleet: Path, check: Run) -> None:
    assert _errors(check) == []


def test_a_field_misspelt_in_a_base_is_one_finding_for_the_base_and_all_overlays(fleet: Path, check: Run) -> None:
    (fleet / "base/kata.yaml").write_text(CONFIG.replace("logLevel: info", "logLevl: info"), encoding="utf-8")

    assert [_seen(one) for one in _errors(check)] == [("unknown-field", "base/kata.yaml:8:3", CLUSTERS)]


def test_a_field_misspelt_in_a_component_is_one_finding_for_all_overlays(fleet: Path, check: Run) -> None:
    (fleet / "part/patch.yaml").write_text(PATCH, encoding="utf-8")

    assert [_seen(one) for one in _errors(check)] == [("unknown-field", "part/patch.yaml:6:3", CLUSTERS)]


def test_a_label_without_quotes_in_a_base_is_one_finding(fleet: Path, check: Run) -> None:
    (fleet / "base/kata.yaml").write_text(CONFIG.replace("'true'", "true"), encoding="utf-8")

    found = _errors(check)

    assert [_seen(one)[:2] for one in found] == [("unquoted-boolean", "base/kata.yaml:7:25")]


def test_the_report_says_how_many_overlays_see_it(fleet: Path, check: Run) -> None:
    (fleet / "part/patch.yaml").write_text(PATCH.replace("logLevl: debug", "logLevel: loud"), encoding="utf-8")

    result = check("--target", "operator=1.9.0", "--target", "openshift=4.18")

    assert result.stdout.count("part/patch.yaml:6:13: error[") == 1
    assert "10 overlays" in next(line for line in result.stdout.splitlines() if "patch.yaml:6:13" in line)


def test_what_a_root_of_ones_own_takes_from_generated_files_is_told_at_the_spec(
    tmp_path: Path, check: Run, kustomize: Kustomize
) -> None:
    write_specs(tmp_path, "", BASE.replace("1.13.1", "1.1.0").replace("stable", "preview-1.1"))
    run_in(tmp_path, "generate")
    patch = "patches:\n- target: {kind: Subscription}\n  patch: |-\n    - op: replace\n      path: /spec/channel\n"
    for name, more in (("mine", "labels:\n- pairs: {a: b}\n"), ("other", f"{patch}      value: preview-1.0\n")):
        (tmp_path / name).mkdir()
        text = f"resources:\n- ../overlays/prod/operator\n{more}"
        (tmp_path / name / "kustomization.yaml").write_text(text, encoding="utf-8")

    told = [_seen(one) for one in json.loads(check(".", "--output", "json").stdout)["findings"]]

    channel, csv = "channel-deprecated", "starting-csv-not-in-channel"
    assert told == [
        (csv, "base/kataform.yaml:4:12", ["other"]),
        (channel, "base/kataform.yaml:6:14", ["base", "mine", "overlays/prod"]),
        (channel, "other/kustomization.yaml:8:14", ["other"]),
    ]
