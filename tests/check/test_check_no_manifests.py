"""Files that are no manifests are counted and never called broken; a manifest with a slip is never one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: web\n"
TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n"
CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
OTHERS = {
    "chart/Chart.yaml": CHART,
    "chart/values.yaml": "replicas: 1\nimage:\n  tag: latest\n",
    "chart/templates/quoted.yaml": TEMPLATE.format('"{{ .Release.Name }}"'),
    "chart/templates/bare.yaml": TEMPLATE.format("{{ .Release.Name }}"),
    "chart/templates/deep/conditional.yaml": f"{{{{- if .Values.web }}}}\n{GOOD}{{{{- end }}}}\n",
    ".gitlab-ci.yml": "stages: [test]\ntest:\n  script: [make test]\n",
    "workflows/ci.yaml": "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n",
    "compose.yaml": "services:\n  web:\n    image: registry.example.com/web:1.0\n",
    "playbook.yaml": "- hosts: all\n  tasks: []\n",
    "pipeline.yaml": "kind: pipeline\ntype: docker\nname: default\nsteps: []\n",
    "package.json": '{"name": "web", "version": "1.0.0"}\n',
    "volumes.json": '{"kind": "books#volumes", "totalItems": 0, "items": []}\n',
    "listing.json": '{"kind": "Listing", "data": {"children": []}}\n',
    "bill.json": '{"bomFormat": "CycloneDX", "version": 1, "metadata": {"timestamp": "now"}}\n',
    "entries.json": '[{"a": 1}, {"b": 2}]\n',
    "strings.json": '["a"]\n',
    "swagger.yaml": "swagger: '2.0'\ninfo:\n  title: web\npaths: {}\n",
    "docs/note.yaml": "just a text\n",
    "docs/empty.yaml": "",
    "docs/comment.yaml": "# nothing yet\n",
}


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def report(check: Run, *arguments: str) -> Any:
    result = check("--output", "json", *arguments)
    assert result.stderr == ""
    return json.loads(result.stdout)


def test_files_of_every_other_sort_are_counted_and_no_finding(check: Run, tmp_path: Path) -> None:
    put(tmp_path, {"good.yaml": GOOD, **OTHERS})

    told = report(check)

    assert (told["findings"], told["summary"]["notes"]) == ([], [])
    assert told["summary"]["noManifests"] == len(OTHERS)
    assert told["summary"]["coverage"] == f"checked 1 of 1 object in 1 file; {len(OTHERS)} files are no manifests"


@pytest.mark.parametrize("name", OTHERS)
def test_each_is_counted_by_itself(check: Run, tmp_path: Path, name: str) -> None:
    put(tmp_path, {"good.yaml": GOOD, name: OTHERS[name]})
    extra = 0 if "templates" not in name else 1
    put(tmp_path, {"chart/Chart.yaml": CHART} if extra else {})

    told = report(check)

    assert (told["findings"], told["summary"]["notes"]) == ([], [])
    assert told["summary"]["noManifests"] == 1 + extra


SLIPS = {
    "apiVersoin": GOOD.replace("apiVersion", "apiVersoin"),
    "api_version": GOOD.replace("apiVersion", "api_version"),
    "ApiVersion": GOOD.replace("apiVersion", "ApiVersion").replace("kind", "Kind"),
    "knid": GOOD.replace("kind", "knid"),
    "kinds": GOOD.replace("kind", "kinds"),
    "both": GOOD.replace("apiVersion", "apiVerson").replace("kind", "knid"),
    "kind and metadata": GOOD.replace("kind", "kin").replace("metadata", "metdata"),
    "apiVersion and metadata": GOOD.replace("apiVersion", "apiVersin").replace("metadata", "metadate"),
    "no apiVersion": GOOD.partition("\n")[2],
    "no kind": GOOD.replace("kind: ConfigMap\n", ""),
    "neither apiVersion nor metadata": "kind: Namespace\nspec: {}\n",
    "a list": f"kind: List\nitems:\n- {GOOD.replace(chr(10), chr(10) + '  ')}".rstrip(" ").replace(
        "apiVersion", "apiVerson"
    ),
    "the kind's value": GOOD.replace("ConfigMap", "ConfgMap"),
    "the version's value": GOOD.replace("v1", "v11"),
    "a bare kind": GOOD.replace("ConfigMap", "true"),
    "broken": f"{GOOD}data: {{a\n",
    "a template that is none": GOOD.replace("name: web", 'name: "{{web}}"'),
    "one of several": f"a: 1\n---\n{GOOD.replace('kind', 'knid')}",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_manifest_with_a_slip_is_a_finding(check: Run, tmp_path: Path, slip: str) -> None:
    put(tmp_path, {"good.yaml": GOOD.replace("name: web", "name: other"), "all.yaml": SLIPS[slip]})

    told = report(check)

    assert [one["location"]["path"] for one in told["findings"]] == ["all.yaml"]
    assert told["summary"]["noManifests"] == 0


def test_the_slip_is_shown_where_it_is(check: Run, tmp_path: Path) -> None:
    put(tmp_path, {"all.yaml": f"{SLIPS['knid']}---\n{SLIPS['ApiVersion']}"})

    assert check().stdout.splitlines()[:2] == [
        "all.yaml:2:1: error[missing-field] kind is missing; write kind instead of knid",
        "all.yaml:7:1: error[missing-field] apiVersion is missing; write apiVersion instead of ApiVersion",
    ]


@pytest.mark.parametrize("text", ["a: [1\n", "{{ a }}: {{ b }}\n", TEMPLATE.format("{{ name }}")])
def test_what_cannot_be_read_and_is_in_no_chart_is_named(check: Run, tmp_path: Path, text: str) -> None:
    put(tmp_path, {"good.yaml": GOOD, "templates/all.yaml": text})

    summary = report(check)["summary"]

    assert summary["notes"] == ["1 file holds no Kubernetes object that can be read: templates/all.yaml"]
    assert summary["noManifests"] == 0


def test_a_file_that_is_named_is_said_by_its_name(check: Run, tmp_path: Path) -> None:
    put(tmp_path, {"good.yaml": GOOD, **OTHERS})

    summary = report(check, "good.yaml", "chart/templates/quoted.yaml")["summary"]

    assert summary["notes"] == ["1 file holds no Kubernetes object that can be read: chart/templates/quoted.yaml"]


def test_what_kustomize_and_kataform_read_themselves_is_not_counted(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    put(
        tmp_path,
        {
            ".kataform.yaml": "rules: {}\n",
            "web/kustomization.yaml": "resources: [all.yaml]\nconfigurations: [names.yaml]\n",
            "web/all.yaml": GOOD,
            "web/names.yaml": "nameReference: []\n",
            "cases.yaml": "apiVersion: kataform.dev/v1alpha1\nkind: PolicyCase\nmetadata:\n  name: a\nspec: {}\n",
        },
    )

    assert report(check)["summary"]["coverage"] == "checked 1 of 1 object in 1 overlay"


def test_a_chart_that_appears_is_seen_by_the_next_check(check: Run, tmp_path: Path) -> None:
    put(tmp_path, {"good.yaml": GOOD, "web/templates/all.yaml": TEMPLATE.format('"{{name}}"')})
    before = check("good.yaml", "web/templates")
    put(tmp_path, {"web/Chart.yaml": CHART})

    after = check("good.yaml", "web/templates")

    assert (before.returncode, after.returncode) == (1, 0)
    assert after.stdout == "checked 1 of 1 object in 1 file; 1 file is no manifest\n"
