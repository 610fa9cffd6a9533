"""Accepted findings, as people write them in odd places: each is followed, or it is said why it is not."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from command_line import Run, run_in
from kataform.kustomize import Kustomize
from projects import write_specs

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
NOTE = "# kataform: ignore[unquoted-number]"
TODAY = dt.datetime.now(tz=dt.UTC).date()


def found(check: Run, text: str) -> list[str]:
    """The rules of the findings, by line."""
    result = check("-", "-o", "json", stdin=text)
    assert result.stderr == ""
    return [f"{one['location']['line']} {one['rule']}" for one in json.loads(result.stdout)["findings"]]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (f"data:\n  port: 9000  {NOTE} as it is\n", []),
        (f"data:\n  {NOTE} as it is\n\n  # another comment\n  port: 9000\n", []),
        (f"data: {{port: 9000, {NOTE} as it is\n  other: 9001}}\n", ["6 unquoted-number"]),
        (f"data: {{\n  {NOTE} as it is\n  port: 9000}}\n", []),
        (f"data:\n  text: |\n    {NOTE} no comment\n  port: 9000\n", ["8 unquoted-number"]),
        (f"data:\n  text: '{NOTE} no comment'\n  port: 9000\n", ["7 unquoted-number"]),
        (f"data:\n  port: 9000  {NOTE}\n", ["6 unquoted-number", "6 ignore-without-reason"]),
        ("data:\n  port: 9000  # kataform: ignore all of it\n", ["6 unquoted-number", "6 ignore-unused"]),
        ("data:\n  port: 9000  # kataform: ignore[] all of it\n", ["6 unquoted-number", "6 ignore-unused"]),
        ("data:\n  port: 9000  # kataform: ignore[unqouted-number] why\n", ["6 unquoted-number", "6 ignore-unused"]),
        (f"data:\n  port: 9000  {NOTE} until: {TODAY} the move\n", []),
        (
            f"data:\n  port: 9000  {NOTE} until: {TODAY - dt.timedelta(1)} the move\n",
            ["6 unquoted-number", "6 ignore-expired"],
        ),
        (f"data:\n  port: 9000  {NOTE} until: 2999-02-30 the move\n", ["6 unquoted-number", "6 ignore-expired"]),
        (f"data:\n  port: 9000  {NOTE} until: tomorrow the move\n", ["6 unquoted-number", "6 ignore-expired"]),
        (f"data:\n  port: '9000'  {NOTE} as it is\n", ["6 ignore-unused"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_ignore_is_followed_or_it_is_said_why_not(check: Run, data: str, expected: list[str], end: str) -> None:
    assert sorted(found(check, (HEAD + data).replace("\n", end))) == sorted(expected)


def test_one_in_a_base_holds_for_every_overlay(tmp_path: Path, check: Run, kustomize: Kustomize) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base/kustomization.yaml").write_text("resources: [settings.yaml]\n", encoding="utf-8")
    text = f"{HEAD}data:\n  port: 9000  {NOTE} as it is\n"
    (tmp_path / "base/settings.yaml").write_text(text, encoding="utf-8")
    for number in range(3):
        (tmp_path / f"over{number}").mkdir()
        (tmp_path / f"over{number}/kustomization.yaml").write_text("resources: [../base]\n", encoding="utf-8")

    accepted = check("--no-cache", ".")
    (tmp_path / "base/settings.yaml").write_text(text.replace(f"  {NOTE} as it is", ""), encoding="utf-8")
    open_ = check("--no-cache", ".")

    assert accepted.returncode == 0, accepted.stdout
    assert open_.stdout.count("error[unquoted-number]") == 1


def test_a_name_that_no_rule_has_is_said_with_the_finding(check: Run) -> None:
    done = check("-", stdin=f"{HEAD}data:\n  port: 9000  # kataform: ignore[unqouted-number] why\n")

    assert "no rule is named 'unqouted-number'; `kataform rules` lists them" in done.stdout


# --- in patches inside of kustomizations ---

MERGE = """\
- |-
  apiVersion: v1
  kind: ConfigMap
  metadata: {name: settings}
  data:
"""
OPERATION = "- target: {kind: ConfigMap, name: settings}\n  patch: |-\n    - op: add\n"


def built(folder: Path, check: Run, patches: str) -> list[str]:
    """The rules of the findings of a kustomization with some patches, by line."""
    (folder / "settings.yaml").write_text(f"{HEAD}data:\n  port: '9000'\n", encoding="utf-8")
    (folder / "kustomization.yaml").write_text(f"resources: [settings.yaml]\n{patches}", encoding="utf-8")
    result = check("--no-cache", "--ignore", "deprecated-field", "-o", "json", "kustomization.yaml")
    assert result.stderr == ""
    return [f"{one['location']['line']} {one['rule']}" for one in json.loads(result.stdout)["findings"]]


@pytest.mark.parametrize(
    ("patches", "expected"),
    [
        (f"patchesStrategicMerge:\n{MERGE}    port: 9000 {NOTE} why\n", []),
        (f"patchesStrategicMerge:\n{MERGE}    {NOTE} why\n\n    # more\n    port: 9000\n", []),
        (f"patchesStrategicMerge:\n{MERGE}    {NOTE} why\n    port: '1'\n", ["8 ignore-unused"]),
        (f"patchesStrategicMerge:\n{MERGE}    port: '1'\n  {NOTE} why\n", ["9 ignore-unused"]),
        (f"patches:\n{OPERATION}      path: /data/a\n      value: 1 {NOTE} why\n", []),
        (f"patches:\n{OPERATION}      path: /data/a\n      {NOTE} why\n      value: 1\n", []),
        (f"patches:\n{OPERATION}      path: /data/a {NOTE} why\n      value: '1'\n", ["6 ignore-unused"]),
        (f"patchesJson6902:\n{OPERATION}      path: /data/a\n      value: 1 {NOTE} why\n", []),
        (
            f"patches:\n{OPERATION}      path: /data/a\n      value: 1 {NOTE}\n",
            ["7 unquoted-number", "7 ignore-without-reason"],
        ),
        (f"patches:\n{OPERATION}      path: /data/a\n      value: |\n        {NOTE} why\n", []),
        (
            (f"patches:\n{OPERATION}      path: /data/a\n      value: |\n        {NOTE} why\n"
            "    - op: add\n      path: /data/b\n      value: 1\n"),
            ["11 unquoted-number"],
        ),
        (
            ("patches:\n- patch: |2-\n\n"
            f"     # first\n     {NOTE} why\n     - {{op: add, path: /data/a, value: 1}}\n"
            "  target: {kind: ConfigMap}\n"),
            [],
        ),
        (
            ("patches:\n- target: {kind: ConfigMap, name: nobody}\n"
            "  patch: |-  # kataform: ignore[patch-replaces-missing-path] no\n"
            "    - op: add  # kataform: ignore[patch-matches-nothing] not here\n"
            "      path: /data/a\n      value: '1'\n"),
            ["3 patch-matches-nothing"],
        ),
        (
            ("patches:\n- target: {kind: ConfigMap, name: settings}\n"
            f"  patch: &one |-\n    - {{op: add, path: /data/a, value: 1}} {NOTE} why\n"
            "- target: {kind: ConfigMap, name: settings}\n  patch: *one\n"),
            [],
        ),
        (f"configMapGenerator:\n- name: made\n  literals:\n  - |-\n    a=1\n    {NOTE} why\n", []),
    ],
)  # fmt: skip
def test_one_in_a_patch_inside_a_kustomization_is_followed_or_said_at_its_line(
    tmp_path: Path, check: Run, kustomize: Kustomize, patches: str, expected: list[str]
) -> None:
    assert built(tmp_path, check, patches) == expected


def test_so_is_one_where_lines_end_as_in_windows(tmp_path: Path, check: Run, kustomize: Kustomize) -> None:
    patches = f"patches:\n{OPERATION}      path: /data/a\n      {NOTE} why\n      value: 1\n    {NOTE} no\n"

    assert built(tmp_path, check, patches.replace("\n", "\r\n")) == ["9 ignore-unused"]


GIVEN = {
    "--crd": """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: objekt  # kataform: ignore[definition-refused] their next release mends it
""",
    "--policies": """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: own}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
  # kataform: ignore[policy-undecided] only the cluster knows
  - expression: authorizer.group('').resource('pods').check('get').allowed()
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: own}
spec: {policyName: own, validationActions: [Deny]}
""",
}


@pytest.mark.parametrize("option", GIVEN)
def test_one_in_a_file_that_is_only_given_is_followed(tmp_path: Path, check: Run, option: str) -> None:
    settings, given = tmp_path / "settings.yaml", tmp_path / "given.yaml"
    settings.write_text(f"{HEAD}data:\n  port: '1'\n", encoding="utf-8")
    given.write_text(GIVEN[option], encoding="utf-8")
    accepted = check("settings.yaml", option, "given.yaml", "--fail-on", "warning")
    given.write_text(GIVEN[option].replace("kataform: ignore", "accepted: "), encoding="utf-8")
    open_ = check("settings.yaml", option, "given.yaml", "--fail-on", "warning")

    assert accepted.stdout == "checked 1 of 1 object in 1 file\n"
    assert open_.returncode == 1
    assert open_.stdout.startswith("given.yaml:")


def test_one_that_is_not_needed_there_is_left_alone(tmp_path: Path, check: Run) -> None:
    (tmp_path / "settings.yaml").write_text(f"{HEAD}data:\n  port: '1'\n", encoding="utf-8")
    two = "policy-undecided] only the cluster knows\n  # kataform: ignore[missing-field] for another check"
    text = GIVEN["--policies"].replace("policy-undecided] only the cluster knows", two)
    (tmp_path / "given.yaml").write_text(text, encoding="utf-8")

    assert check("settings.yaml", "--policies", "given.yaml").stdout == "checked 1 of 1 object in 1 file\n"


def test_one_in_a_generated_file_is_told_to_belong_into_the_spec(tmp_path: Path, check: Run) -> None:
    old = 'operator: {version: 1.1.0, subscription: {channel: preview-1.1}}\nopenshift: "4.9"\n'
    run_in(write_specs(tmp_path, old), "generate")
    before = check("--no-cache", "overlays/prod")
    patch = tmp_path / "overlays/prod/operator/patch-subscription.yaml"
    text = patch.read_text(encoding="utf-8")
    note = "# kataform: ignore[channel-deprecated, generated-file-changed] the newest that 4.9 has"
    patch.write_text(text.replace("value: preview-1.1", f"value: preview-1.1  {note}"), encoding="utf-8")

    after = check("--no-cache", "overlays/prod")

    assert before.stdout.count("warning[channel-deprecated]") == 1
    assert (before.returncode, after.returncode) == (0, 1)
    assert after.stdout.splitlines()[0] == (
        "overlays/prod/operator/patch-subscription.yaml: error[generated-file-changed] has a comment that accepts a"
        " finding, which of what is generated only the spec can; write it under `ignore` in the spec, delete the file,"
        " then generate again"
    )
