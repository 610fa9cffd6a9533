"""A fix changes the characters that are wrong and no other; what did not help is taken back."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

KATACONFIG = """\
# Which nodes get Kata Containers.
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name:   cluster-kataconfig
spec:
    kataConfigPoolSelector:
        matchLabels: { kata: KATA }   # a label of ours
"""
CONFIGMAP = b"""\
\xef\xbb\xbfapiVersion: v1\r
kind: ConfigMap\r
metadata: {name: settings}\r
data:\r
   port:   9000  # of VXLAN\r
   channel: 1.10\r
   on: "off" """
MENDED = b"""\
\xef\xbb\xbfapiVersion: v1\r
kind: ConfigMap\r
metadata: {name: settings}\r
data:\r
   port:   '9000'  # of VXLAN\r
   channel: '1.10'\r
   'on': "off" """


def test_quotes_are_put_around_the_scalar_and_nothing_else_changes(tmp_path: Path, kataform: Run) -> None:
    file = tmp_path / "kataconfig.yaml"
    file.write_text(KATACONFIG.replace("KATA }", "true }"), encoding="utf-8")
    file.chmod(0o640)

    done = kataform("fix")

    assert file.read_text(encoding="utf-8") == KATACONFIG.replace("KATA }", "'true' }")
    assert done.stdout == "kataconfig.yaml:8:30: fixed [unquoted-boolean] quote kata\n"
    assert done.stderr == "1 finding fixed in 1 file\n"
    assert done.returncode == 0
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["kataconfig.yaml"]


def test_line_ends_a_byte_order_mark_and_a_missing_last_line_end_stay(tmp_path: Path, kataform: Run) -> None:
    file = tmp_path / "settings.yaml"
    file.write_bytes(CONFIGMAP)

    kataform("fix")

    assert file.read_bytes() == MENDED


def test_a_second_run_changes_nothing(tmp_path: Path, kataform: Run) -> None:
    file = tmp_path / "settings.yaml"
    file.write_bytes(MENDED)

    done = kataform("fix")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing was fixed\n")
    assert file.read_bytes() == MENDED


def test_a_diff_is_what_the_fix_would_do_and_writes_nothing(tmp_path: Path, kataform: Run) -> None:
    file = tmp_path / "settings.yaml"
    file.write_bytes(CONFIGMAP)

    done = kataform("fix", "--diff")

    assert (done.returncode, file.read_bytes()) == (1, CONFIGMAP)
    assert done.stderr == "3 findings would be fixed in 1 file\n"
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=done.stdout.encode(), check=True)
    assert file.read_bytes() == MENDED


def test_a_field_is_renamed_only_when_asked(tmp_path: Path, kataform: Run) -> None:
    file = tmp_path / "kataconfig.yaml"
    misspelt = KATACONFIG.replace("KATA }", "'true' }").replace("PoolSelector", "PoolSelecter")
    file.write_text(misspelt, encoding="utf-8")

    safe = kataform("fix")
    unchanged = file.read_text(encoding="utf-8")
    unsafe = kataform("fix", "--unsafe")

    assert (safe.returncode, unchanged) == (1, misspelt)
    assert safe.stderr == "nothing was fixed; 1 fix more with --unsafe; 1 error left; see `kataform check`\n"
    assert unsafe.returncode == 0
    assert unsafe.stdout == (
        "kataconfig.yaml:7:5: fixed [unknown-field] rename kataConfigPoolSelecter to kataConfigPoolSelector\n"
    )
    assert file.read_text(encoding="utf-8") == misspelt.replace("Selecter", "Selector")


def test_what_shows_only_after_a_fix_is_fixed_in_the_same_run(tmp_path: Path, kataform: Run) -> None:
    """Below a misspelt field no schema says what is a string."""
    file = tmp_path / "kataconfig.yaml"
    file.write_text(KATACONFIG.replace("KATA }", "true }").replace("PoolSelector", "PoolSelecter"), encoding="utf-8")

    done = kataform("fix", "--unsafe")

    assert (done.returncode, done.stderr) == (0, "2 findings fixed in 1 file\n")
    assert file.read_text(encoding="utf-8") == KATACONFIG.replace("KATA }", "'true' }")


def test_a_fix_that_does_not_help_is_taken_back_and_the_others_stay(tmp_path: Path, kataform: Run) -> None:
    """The right field stands there already, so that the renamed one would be its duplicate."""
    file = tmp_path / "kataconfig.yaml"
    text = KATACONFIG.replace("KATA }", "true }") + "    logLevl: info\n    logLevel: debug\n"
    file.write_text(text, encoding="utf-8")

    done = kataform("fix", "--unsafe", "--target", "operator=1.9.0")

    assert file.read_text(encoding="utf-8") == text.replace("true }", "'true' }")
    assert done.returncode == 1
    assert done.stdout == (
        "kataconfig.yaml:8:30: fixed [unquoted-boolean] quote kata\n"
        "kataconfig.yaml:9:5: taken back [unknown-field] rename logLevl to logLevel: it did not help\n"
    )


PATCHED = """\
resources: [kataconfig.yaml]
patches:
- target: {kind: KataConfig, name: cluster-kataconfig}
  patch: |-
    - op: add
      path: /metadata/labels
      value: {team: on}  # all of it
"""


def test_a_scalar_in_a_patch_inside_a_kustomization_is_quoted_there(
    tmp_path: Path, kataform: Run, kustomize: Kustomize
) -> None:
    (tmp_path / "kataconfig.yaml").write_text(KATACONFIG.replace("KATA }", "'true' }"), encoding="utf-8")
    file = tmp_path / "kustomization.yaml"
    file.write_text(PATCHED, encoding="utf-8")

    done = kataform("fix")

    assert (done.returncode, file.read_text(encoding="utf-8")) == (0, PATCHED.replace("team: on", "team: 'on'"))


def test_a_target_that_matches_nothing_becomes_its_near_match_when_asked(
    tmp_path: Path, kataform: Run, kustomize: Kustomize
) -> None:
    (tmp_path / "kataconfig.yaml").write_text(KATACONFIG.replace("KATA }", "'true' }"), encoding="utf-8")
    file = tmp_path / "kustomization.yaml"
    file.write_text(PATCHED.replace("-kataconfig}", "-kataconfg}"), encoding="utf-8")

    done = kataform("fix", "--unsafe")

    assert (done.returncode, file.read_text(encoding="utf-8")) == (0, PATCHED.replace("team: on", "team: 'on'"))


def test_what_was_generated_is_mended_in_its_spec(tmp_path: Path, kataform: Run) -> None:
    kataform("init")
    [spec] = (tmp_path / "base").glob("kataform.yaml")
    text = spec.read_text(encoding="utf-8")
    generated = {
        path: path.read_bytes() for path in tmp_path.glob("*/**/*.yaml") if path.is_file() and path.name != spec.name
    }
    spec.write_text(text.replace("'true'", "true"), encoding="utf-8")

    done = kataform("fix")

    assert "true" in text
    assert spec.read_text(encoding="utf-8") == text
    assert done.returncode == 0
    assert {path: path.read_bytes() for path in generated} == generated


def test_a_generated_file_that_somebody_changed_is_left_alone(
    tmp_path: Path, kataform: Run, kustomize: Kustomize
) -> None:
    kataform("init")
    file = tmp_path / "base" / "instance" / "kataconfig.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("'true'", "true"), encoding="utf-8")
    changed = file.read_bytes()

    done = kataform("fix", "--unsafe")

    assert file.read_bytes() == changed
    assert done.returncode == 1
    assert done.stdout == ""


@pytest.mark.parametrize("broken", ["", "<<<<<<< HEAD\n", "kind: Lock\n", "a: [\n"])
def test_nothing_beside_a_lock_that_cannot_be_read_is_touched_but_the_spec(
    tmp_path: Path, kataform: Run, broken: str
) -> None:
    kataform("init")
    spec, file = tmp_path / "base" / "kataform.yaml", tmp_path / "base" / "instance" / "kataconfig.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("'true'", "true"), encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace("'true'", "true"), encoding="utf-8")
    (tmp_path / "base" / "kataform.lock").write_text(broken, encoding="utf-8")
    changed = file.read_bytes()

    done = kataform("fix", "--unsafe")

    assert (done.returncode, file.read_bytes(), spec.read_text(encoding="utf-8")) == (1, changed, text)
    assert "nothing in base is fixed, as it may be generated: the lock" in done.stderr
    assert "kataform.lock" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="left out: symbolic links, which Windows needs a privilege for")
def test_a_file_behind_a_link_is_left_alone(tmp_path: Path, kataform: Run) -> None:
    (tmp_path / "tree").mkdir()
    outside = tmp_path / "outside.txt"
    outside.write_text(KATACONFIG.replace("KATA }", "true }"), encoding="utf-8")
    (tmp_path / "tree" / "kataconfig.yaml").symlink_to(outside)

    done = kataform("fix", "tree")

    assert outside.read_text(encoding="utf-8") == KATACONFIG.replace("KATA }", "true }")
    assert done.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="left out: symbolic links, which Windows needs a privilege for")
def test_nothing_is_written_through_a_link_that_has_the_name_of_a_temporary_file(tmp_path: Path, kataform: Run) -> None:
    file = tmp_path / "kataconfig.yaml"
    file.write_text(KATACONFIG.replace("KATA }", "true }"), encoding="utf-8")
    outside = tmp_path / "outside.txt"
    outside.write_text("mine\n", encoding="utf-8")
    (tmp_path / ".kataconfig.yaml.kataform-tmp").symlink_to(outside)

    done = kataform("fix")

    assert (done.returncode, outside.read_text(encoding="utf-8")) == (0, "mine\n")
    assert file.read_text(encoding="utf-8") == KATACONFIG.replace("KATA }", "'true' }")


def test_the_value_of_a_secret_is_quoted_and_never_shown(tmp_path: Path, kataform: Run) -> None:
    file = tmp_path / "secret.yaml"
    file.write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  pin: 0042\n", encoding="utf-8")

    done = kataform("fix")

    assert file.read_text(encoding="utf-8").endswith("  pin: '0042'\n")
    assert "42" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-",), "kataform: error: -: only files can be mended; save the manifests first\n"),
        (("nowhere",), "kataform: error: nowhere: no such file or folder\n"),
        ((), "kataform: error: nothing to fix: no spec, kustomization or Kubernetes manifest here\n"),
    ],
)
def test_what_cannot_be_mended_at_all_is_said(kataform: Run, arguments: tuple[str, ...], message: str) -> None:
    done = kataform("fix", *arguments)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
