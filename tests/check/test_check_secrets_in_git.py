"""Secrets whose values stand in the repository; no message and no excerpt ever shows one."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: peer-pods-secret\n{}"
VALUE = "hunter2 is no key"
ENCODED = base64.b64encode(VALUE.encode()).decode()
TAIL = "in clear in these files; base64 hides nothing"
PLACEHOLDERS = ("", "<path:secret/data/aws#key>", "${AWS_KEY}", "$(AWS_KEY)", base64.b64encode(b"<path:a#b>").decode())


@pytest.mark.parametrize(("field", "value"), [("data", ENCODED), ("stringData", VALUE)])
def test_a_value_in_clear_is_told_at_its_key_and_never_shown(check: Run, field: str, value: str) -> None:
    text = SECRET.format(f"{field}:\n  REGION: ''\n  AWS_KEY: {value}\n")

    result = check("-", "--color", "always", stdin=text)

    assert f"AWS_KEY of a Secret stands {TAIL}" in result.stdout
    assert "<stdin>:7:3" in check("-", stdin=text).stdout
    assert value not in result.stdout + result.stderr


def test_a_value_outside_of_ascii_is_no_base64_and_told_all_the_same(check: Run) -> None:
    result = check("-", stdin=SECRET.format("data:\n  AWS_KEY: \U0001f600a2F0aWI=\n"))

    assert f"AWS_KEY of a Secret stands {TAIL}" in result.stdout
    assert "invalid-base64" in result.stdout
    assert "a2F0aWI" not in result.stdout + result.stderr


def test_several_values_are_one_finding(check: Run) -> None:
    text = SECRET.format(f"stringData:\n{''.join(f'  KEY_{n}: {VALUE}' + chr(10) for n in range(5))}")

    result = check("-", stdin=text)

    assert result.stdout.count("secret-in-git") == 1
    assert f"KEY_0, KEY_1, KEY_2 and 2 more of a Secret stand {TAIL}" in result.stdout


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_is_no_value(check: Run, value: str) -> None:
    field = "data" if value.endswith("=") or not value else "stringData"

    assert "secret-in-git" not in check("-", stdin=SECRET.format(f"{field}:\n  AWS_KEY: '{value}'\n")).stdout


def test_what_sops_encrypted_is_left_alone(check: Run) -> None:
    text = SECRET.format("stringData:\n  AWS_KEY: ENC[AES256_GCM,data:p673w==,type:str]\nsops:\n  version: 3.9.0\n")

    assert "secret-in-git" not in check("-", stdin=text).stdout


def test_a_generator_with_literals_is_told_and_never_shown(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    text = "secretGenerator:\n- name: keys\n  literals:\n  - PLACE=${PLACE}\n  - AWS_KEY=" + VALUE + "\n"
    (tmp_path / "kustomization.yaml").write_text(text, encoding="utf-8")

    result = check(".", "--color", "always")

    assert f"AWS_KEY of a Secret stands {TAIL}" in result.stdout
    assert "kustomization.yaml:5:5" in check(".").stdout
    assert VALUE not in result.stdout + result.stderr
    assert ENCODED not in result.stdout + result.stderr
