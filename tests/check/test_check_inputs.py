"""Whatever people point it at: a stream, JSON, a List, several documents, a template, nothing at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Run, run_in
from left_out import left_out

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  debug: {}\n"
GOOD = CONFIG_MAP.format("'true'")
BAD = CONFIG_MAP.format("true")
FOUND = (
    "error[unquoted-boolean] debug must be a string; unquoted, true is a boolean; write 'true'; also explains "
    "wrong-type\n"
)

# Root may read everything, unless it gives up the right to.
CLOSED_TO_ROOT = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def as_a_user(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line where permissions count."""
    root = sys.platform != "win32" and os.geteuid() == 0
    if root and shutil.which("setpriv") is None:
        left_out("permissions, because this is root and there is no setpriv")
    return run_in(folder, *arguments, before=CLOSED_TO_ROOT if root else ())


def test_standard_input_has_a_name_that_can_be_chosen(check: Run) -> None:
    assert check("-", stdin=BAD).stdout.startswith(f"<stdin>:6:10: {FOUND}")
    assert check("-", "--stdin-filename", "a.yaml", stdin=BAD).stdout.startswith(f"a.yaml:6:10: {FOUND}")


def test_each_document_of_a_file_is_checked(check: Run, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(f"{GOOD}---\n{BAD}---\n# nothing\n---\n{BAD}", encoding="utf-8")

    result = check("all.yaml")

    assert result.stdout == (
        f"all.yaml:13:10: {FOUND}all.yaml:22:10: {FOUND}\n2 errors; checked 3 of 3 objects in 1 file\n"
    )


def test_the_members_of_a_list_are_checked(check: Run) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "dota": {}}
    items = {"apiVersion": "v1", "kind": "List", "items": [body]}

    result = check("-", "--stdin-filename", "list.json", stdin=json.dumps(items, indent=2))

    assert result.stdout == (
        "list.json:11:7: error[unknown-field] unknown field 'dota'; did you mean 'data'?\n\n"
        "1 error; checked 1 of 1 object in 1 file\n"
    )


def test_json_is_yaml(check: Run, tmp_path: Path) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"debug": True}}
    (tmp_path / "a.json").write_text(json.dumps(body), encoding="utf-8")

    assert check(".").stdout.startswith(f"a.json:1:88: {FOUND}")


def test_files_that_are_no_manifests_are_counted_and_left_alone(check: Run, tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("on: yes\n", encoding="utf-8")
    (tmp_path / "template.yaml").write_text("apiVersion: v1\nkind: {{ .Kind }}\n", encoding="utf-8")
    (tmp_path / "package.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")

    result = check()

    assert result.returncode == 0
    assert result.stdout == (
        "note: 1 file holds no Kubernetes object that can be read: template.yaml\n"
        "checked 1 of 1 object in 1 file; 2 files are no manifests\n"
    )


@pytest.mark.parametrize("arguments", [(), ("values.yaml",)])
def test_nothing_to_check_is_an_error_of_use(check: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "values.yaml").write_text("on: yes\n", encoding="utf-8")

    result = check(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("kataform: error: nothing to check: no ")


def test_a_hook_with_nothing_to_do_is_clean(check: Run, tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("on: yes\n", encoding="utf-8")

    result = check("--hook", "values.yaml")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_path_that_is_missing_is_an_error_of_use(check: Run) -> None:
    result = check("nowhere")

    assert (result.returncode, result.stderr) == (2, "kataform: error: nowhere: no such file or folder\n")


def test_a_file_that_is_no_text_is_a_finding(check: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"apiVersion: v1\nkind: \xff\n")

    result = check("bad.yaml")

    assert result.returncode == 1
    assert result.stdout.startswith("bad.yaml:2:7: error[not-utf8] ")


def test_an_alias_bomb_is_a_finding_in_no_time(check: Run) -> None:
    bomb = "kind: ConfigMap\napiVersion: v1\na: &a [x, x, x, x, x, x, x, x, x]\n"
    for name, below in zip("bcdefghij", "abcdefghi", strict=True):
        bomb += f"{name}: &{name} [" + ", ".join([f"*{below}"] * 9) + "]\n"

    result = check("-", stdin=bomb)

    assert result.returncode == 1
    assert "error[alias-bomb]" in result.stdout


def test_a_kind_without_a_schema_is_said_not_passed_over(check: Run) -> None:
    result = check("-", stdin="apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n")

    assert result.stdout == (
        "<stdin>:1:13: info[kind-without-schema] no schema for example.com/v1 Thing, so its fields were not checked; "
        "if a CRD defines it, name that with `--crd FILE`, or under `crds:` in the spec\n\n"
        "1 info; checked 1 of 1 object in 1 file\n"
    )
    assert result.returncode == 0


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize(
    "line",
    [
        "  password: 0755",
        "  password: hunter2hunter2!",
        "  password: [hunter2]",
        "  pass word: aHVudGVyMg==",
        "  'a': *hunter2",
    ],
)
def test_the_value_of_a_secret_is_never_shown(check: Run, output: str, line: str) -> None:
    secret = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n{line}\n"

    result = check("-", "-o", output, stdin=secret)

    assert result.returncode == 1
    for value in ("hunter2", "0755", "493", "aHVudGVyMg"):
        assert value not in result.stdout.replace("*hunter2", "")


def test_the_report_is_the_same_however_often_and_wherever_it_is_made(check: Run, tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.yaml").write_text(BAD, encoding="utf-8")

    first, second = check("-o", "json"), check("-o", "json")

    assert first.stdout == second.stdout
    assert str(tmp_path) not in first.stdout
    assert [f["location"]["path"] for f in json.loads(first.stdout)["findings"]] == ["a.yaml", "b.yaml"]


def test_the_least_severity_that_fails_can_be_chosen(check: Run) -> None:
    unlimited = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n"

    assert check("-", "--fail-on", "info", stdin=unlimited).returncode == 1
    assert check("-", "--fail-on", "warning", stdin=unlimited).returncode == 0
    assert check("-", "--fail-on", "never", stdin=BAD).returncode == 0


def test_a_comment_accepts_a_finding_and_must_say_why(check: Run) -> None:
    accepted = BAD.replace("debug: true", "debug: true  # kataform: ignore[unquoted-boolean] a test of ours wants it")
    silent = BAD.replace("debug: true", "debug: true  # kataform: ignore[unquoted-boolean]")
    idle = GOOD.replace("debug: 'true'", "debug: 'true'  # kataform: ignore[unquoted-boolean] no longer")
    above = BAD.replace(
        "  debug: true", "  # kataform: ignore[unquoted-boolean] a test of ours wants it\n  debug: true"
    )
    past = BAD.replace("debug: true", "debug: true  # kataform: ignore[unquoted-boolean] until=2020-01-31 soon")

    assert (check("-", stdin=accepted).returncode, check("-", stdin=above).returncode) == (0, 0)
    assert "warning[ignore-without-reason]" in check("-", stdin=silent).stdout
    assert "warning[ignore-unused]" in check("-", stdin=idle).stdout
    assert "warning[ignore-expired]" in check("-", stdin=past).stdout


def test_a_field_that_no_version_knows_is_said_once_with_what_newer_ones_suggest(check: Run, tmp_path: Path) -> None:
    """`logLevel` came with 1.3: older versions cannot suggest it, but accept the misspelt one no more than others."""
    (tmp_path / "config.yaml").write_text(
        "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata: {name: a}\nspec: {logLvel: info}\n"
    )

    done = check("config.yaml")

    assert done.stdout.count("unknown-field") == 1
    assert "did you mean 'logLevel'?" in done.stdout
    assert "accepted in" not in done.stdout


def test_a_kataconfig_whose_version_nothing_tells_is_held_against_all(check: Run) -> None:
    body = (
        "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata:\n  name: a\nspec:\n"
        "  logLevel: info\n  kataConfigPoolSelector: {matchLabels: {kata: 'true'}}\n"
    )

    anywhere, old, new = (
        check("-", *target, stdin=body)
        for target in ((), ("--target", "operator=1.1.0"), ("--target", "operator=1.9.0"))
    )

    assert (anywhere.returncode, old.returncode, new.returncode) == (0, 1, 0)
    assert anywhere.stdout.startswith("<stdin>:6:3: info[unknown-field] unknown field 'logLevel' (in operator 1.0")
    assert "; accepted in 1.3." in anywhere.stdout
    assert old.stdout.startswith(
        "<stdin>:6:3: error[unknown-field] unknown field 'logLevel' (operator 1.1.0); spec.logLevel"
    )
    assert new.stdout == "checked 1 of 1 object in 1 file\n"


@pytest.mark.parametrize("target", ["operator", "operator=", "cluster=1", "operator=new", "openshift=3.11"])
def test_a_target_that_makes_no_sense_is_an_error_of_use(check: Run, target: str) -> None:
    result = check("-", "--target", target, stdin=GOOD)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("kataform: error: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apiVersion: v1\nkimd: Pod\nmetadata: {name: a}\n", "1:1: error[missing-field] kind is missing"),
        (
            "apVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
            "1:1: error[missing-field] apiVersion is missing; write apiVersion instead of apVersion",
        ),
        ("apiVersion: v1\nkind: 5\nmetadata: {name: a}\n", "2:7: error[wrong-type] kind must be a string"),
    ],
)
def test_an_object_without_a_kind_is_not_passed_over(check: Run, text: str, expected: str) -> None:
    result = check("-", stdin=text)

    assert (result.returncode, result.stdout.partition("\n")[0]) == (1, f"<stdin>:{expected}")


def test_what_only_some_kubernetes_versions_refuse_is_an_error_where_they_are_stated(check: Run) -> None:
    old = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: '* * * * *'}\n"

    result = check("-", "--target", "kubernetes=1.24", "--target", "kubernetes=1.25", stdin=old)

    assert result.returncode == 1
    assert result.stdout.startswith(
        "<stdin>:1:13: error[kind-not-served] batch/v1beta1 CronJob is not served by Kubernetes"
    )


def test_what_cannot_be_read_is_said_and_never_waited_for(check: Run, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "dangling.yaml").symlink_to("nowhere.yaml")
    (tmp_path / ".#good.yaml").symlink_to("somebody@machine.1234")  # Emacs has it open
    (tmp_path / "self.yaml").symlink_to("self.yaml")
    (tmp_path / "above").symlink_to(".", target_is_directory=True)
    os.mkfifo(tmp_path / "pipe.yaml")

    result = check()

    assert result.stdout == (
        "dangling.yaml: error[file-unreadable] cannot be read, so it was not checked: No such file or directory\n"
        "pipe.yaml: error[file-unreadable] cannot be read, so it was not checked: it is not a regular file\n"
        "self.yaml: error[file-unreadable] cannot be read, so it was not checked: Too many levels of symbolic links\n\n"
        "3 errors; checked 1 of 1 object in 1 file\n"
    )
    assert (result.returncode, result.stderr) == (1, "")


def test_a_closed_folder_is_a_warning_and_where_it_is_asked_for_an_error_of_use(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "base").mkdir()
    (tmp_path / "base/good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "base/good.yaml").chmod(0)

    everything = as_a_user(tmp_path, "check", ".")
    asked_for = as_a_user(tmp_path, "check", "closed")

    assert everything.stdout == (
        "base/good.yaml: error[file-unreadable] cannot be read, so it was not checked: Permission denied\n"
        "closed: warning[file-unreadable] cannot be read, so it was not checked: Permission denied\n\n"
        "1 error, 1 warning; checked 1 of 1 object in 1 file\n"
    )
    assert (asked_for.returncode, asked_for.stderr) == (2, "kataform: error: closed: Permission denied\n")


def test_a_closed_folder_that_flux_builds_is_no_traceback(tmp_path: Path) -> None:
    flux = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web, namespace: flux}\n"
        "spec: {path: ./web, postBuild: {substitute: {A: 'true'}}}\n"
    )
    (tmp_path / "web/closed").mkdir(parents=True)
    (tmp_path / "web/closed").chmod(0)
    (tmp_path / "flux.yaml").write_text(flux, encoding="utf-8")

    below = as_a_user(tmp_path, "check", "flux.yaml")
    (tmp_path / "web").chmod(0)
    itself = as_a_user(tmp_path, "check", "flux.yaml")

    (tmp_path / "web").chmod(0o755)
    assert [(one.returncode, one.stderr) for one in (below, itself)] == [(0, ""), (0, "")]


@pytest.mark.parametrize("folder", ["overlays", "base", "base/instance"])
def test_a_project_with_a_closed_folder_is_an_error_of_use(check: Run, tmp_path: Path, folder: str) -> None:
    as_a_user(tmp_path, "init", ".")
    (tmp_path / folder).chmod(0)

    result = as_a_user(tmp_path, "check")

    (tmp_path / folder).chmod(0o755)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"kataform: error: {folder}")
    assert result.stderr.endswith(": Permission denied\n")


def test_files_that_are_no_yaml_are_counted_and_those_that_a_person_names_are_defects(
    check: Run, tmp_path: Path
) -> None:
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "binary.yaml").write_bytes(b"\x8a\x00\xff")
    (tmp_path / "empty.yaml").touch()

    passed_over = check()
    named = check("binary.yaml", "empty.yaml", "good.yaml")

    assert passed_over.stdout == (
        "note: 1 file holds no Kubernetes object that can be read: binary.yaml\n"
        "checked 1 of 1 object in 1 file; 1 file is no manifest\n"
    )
    assert passed_over.returncode == 0
    assert named.stdout == (
        "binary.yaml:1:1: error[not-utf8] the byte 0x8A here is not UTF-8; save the file as UTF-8\n\n"
        "note: 1 file holds no Kubernetes object that can be read: empty.yaml\n"
        "1 error; checked 1 of 1 object in 2 files\n"
    )


def test_a_manifest_in_utf_16_is_a_finding(check: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-16")

    assert check(".").stdout.startswith("a.yaml:1:1: error[not-utf8] the file is UTF-16")


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


def test_a_target_that_nothing_is_known_of_is_said_with_what_stands_in(check: Run) -> None:
    result = check("-", "--target", "operator=99.0.0", "--target", "kubernetes=1.99", stdin=KATACONFIG)

    assert result.stdout == (
        "note: operator 99.0.0 is newer than 1.13.1, whose schema stands in for it\n"
        "note: no schemas for Kubernetes 1.99 (known are 1.21 to 1.37); the nearest stand in\n"
        "checked 1 of 1 object in 1 file\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--target", "operator=1.9.9"),
            "--target operator=1.9.9: no operator 1.9.9 is known; did you mean 1.9.0?",
        ),
        (("--target", "operator=x"), "'x' is not an operator version; write it like 1.13.1"),
        (("--target", "openshift=3.11"), "--target openshift=3.11: known are OpenShift 4.8, "),
        (("--target", "helm=3"), "--target helm=3: write KEY=VALUE, KEY being one of openshift, operator, kubernetes"),
        (("",), "a path is empty; is a variable unset?"),
    ],
)
def test_what_cannot_be_meant_is_an_error_of_use(check: Run, arguments: tuple[str, ...], said: str) -> None:
    result = check("-", *arguments, stdin=KATACONFIG)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"kataform: error: {said}")


def test_a_kind_that_nobody_knows_is_said_once_however_many_there_are(tmp_path: Path, check: Run) -> None:
    thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: NAME}\n"
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml").write_text(thing.replace("NAME", name), encoding="utf-8")

    done = check()

    assert done.stdout.count("kind-without-schema") == 1
    assert done.stdout.startswith("a.yaml:1:13: info[kind-without-schema] ")
    assert "the same holds for 2 more of this kind" in done.stdout


@pytest.mark.parametrize("odd", ["apiVersion: [v1]\nkind: Pod", "apiVersion: v1\nkind: [Pod]"])
def test_an_object_whose_kind_is_a_list_is_told_beside_one_that_policies_decide(check: Run, odd: str) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  runtimeClassName: kata\n  containers: []\n"

    done = check("-", stdin=f"{pod}---\n{odd}\nmetadata:\n  name: b\n")

    assert (done.returncode, done.stderr) == (1, "")
    assert "must be a string" in done.stdout


def test_a_property_of_a_crd_that_is_null_is_told_as_the_server_reads_it(check: Run) -> None:
    crd = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: widgets.example.com\n"
        "spec:\n  group: example.com\n  names: {kind: Widget, plural: widgets}\n  scope: Namespaced\n  versions:\n"
        "  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n"
        "        type: object\n        properties: {mode: null}\n"
    )

    done = check("-", stdin=crd)

    assert (done.returncode, done.stderr) == (1, "")
    assert "mode has no type, so the schema is not structural" in done.stdout
