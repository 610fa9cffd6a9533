"""Which rules are asked and how grave they are taken: `.kataform.yaml`, `--select`, `--ignore`; never in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform import cli
from kataform.finding import Severity
from kataform.settings import read

Run = Callable[..., subprocess.CompletedProcess[str]]
# An unknown field is an error, the Secret's value in clear a warning.
OBJECTS = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\nimmutabel: true\n"
    "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: web\nstringData:\n  word: hunter2\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "all.yaml").write_text(OBJECTS, encoding="utf-8")
    return tmp_path


def settings(folder: Path, text: str) -> None:
    (folder / ".kataform.yaml").write_text(text, encoding="utf-8")


def found(result: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    assert result.stderr == ""
    return [(one["rule"], one["severity"]) for one in json.loads(result.stdout)["findings"]]


BOTH = [("unknown-field", "error"), ("secret-in-git", "warning")]


@pytest.mark.parametrize(
    ("text", "arguments", "expected", "code"),
    [
        ("", (), BOTH, 1),
        ("rules: {}\n", (), BOTH, 1),
        ("rules:\n  ignore: [unknown-field]\n", (), BOTH[1:], 0),
        ("rules:\n  ignore: ['unknown-*', secret-in-git]\n", (), [], 0),
        ("rules:\n  select: [secret-in-git]\n", (), BOTH[1:], 0),
        ("rules:\n  select: ['*']\n  ignore: [secret-in-git]\n", (), BOTH[:1], 1),
        ("rules:\n  select: [secret-in-git]\n", ("--select", "unknown-field"), BOTH[:1], 1),
        ("rules:\n  ignore: [secret-in-git]\n", ("--ignore", "unknown-field"), [], 0),
        ("", ("--select", "secret-in-git, unknown-field"), BOTH, 1),
        ("", ("--select", "secret-in-git", "--select", "unknown-field"), BOTH, 1),
        ("rules:\n  severity: {unknown-field: info}\n", (), [("unknown-field", "info"), BOTH[1]], 0),
        (
            "rules:\n  severity:\n    '*': error\n    unknown-field: warning\n",
            (),
            [("unknown-field", "warning"), ("secret-in-git", "error")],
            1,
        ),
    ],
)
def test_rules_are_chosen_and_exit_codes_follow(
    check: Run, folder: Path, text: str, arguments: tuple[str, ...], expected: list[tuple[str, str]], code: int
) -> None:
    settings(folder, text)

    result = check("-o", "json", *arguments)

    assert found(result) == expected
    assert result.returncode == code


def test_a_report_says_what_was_not_asked(check: Run, folder: Path) -> None:
    settings(folder, "rules:\n  ignore: [secret-in-git, unknown-field]\n")

    result = check()

    assert "note: 2 rules were not asked: secret-in-git, unknown-field\n" in result.stdout


def test_a_report_says_which_few_rules_were_asked(check: Run, folder: Path) -> None:
    result = check("--select", "secret-in-git")

    assert " rules only 1 was asked: secret-in-git\n" in result.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "rules:\n  ignore: [secret-in-gti]\n",
            ".kataform.yaml:2:12: no rule is named 'secret-in-gti'; did",
        ),
        (
            "rules:\n  severity: {'zzz-*': info}\n",
            ".kataform.yaml:2:14: no rule is named 'zzz-*'; `kataform rules` lists",
        ),
        (
            "rules:\n  severity: {secret-in-git: fatal}\n",
            ".kataform.yaml:2:29: a severity is one of info, w",
        ),
        ("rules:\n  severity: {secret-in-git: [a]}\n", ".kataform.yaml:2:29: a severity is one of info, w"),
        ("rules:\n  ignroe: []\n", ".kataform.yaml:2:3: unknown field 'ignroe'; did you mean 'ignore'?"),
        ("rules:\n  ignore: secret-in-git\n", ".kataform.yaml:2:11: `ignore` is a list of rules"),
        ("rules:\n  select: [1]\n", ".kataform.yaml:2:12: a rule is named by a string"),
        ("rules: [a]\n", ".kataform.yaml:1:8: this is a map with 'select' and 'ignore' and 'severity' and 'options'"),
        (
            "rules:\n  options: {oversized-root: {object: 1}}\n",
            ".kataform.yaml:2:30: oversized-root has no option 'object'; did you mean 'objects'?",
        ),
        (
            "rules:\n  options: {oversized-root: {z: 1}}\n",
            ".kataform.yaml:2:30: oversized-root has no option 'z'; it has",
        ),
        ("rules:\n  options: {oversized-rot: {a: 1}}\n", ".kataform.yaml:2:13: no rule is named 'oversized-rot'; did"),
        ("rules:\n  options: {'oversized-*': {a: 1}}\n", ".kataform.yaml:2:13: no rule is named 'oversized-*'; "),
        ("rules:\n  options: {secret-in-git: {a: 1}}\n", ".kataform.yaml:2:13: secret-in-git has no options\n"),
        ("rules:\n  options: [a]\n", ".kataform.yaml:2:12: `options` is a map from rules to their options\n"),
        ("rules:\n  options: {oversized-root: 500}\n", ".kataform.yaml:2:29: the options of oversized-root are a map"),
        *(
            (
                f"rules:\n  options: {{oversized-root: {{objects: {value}}}}}\n",
                ".kataform.yaml:2:39: `objects` is a whole number, at least 1\n",
            )
            for value in ("0", "-5", "true", "'500'", "1.5", "[1]", "null", "yes")
        ),
        ("rules: {\n", ".kataform.yaml:1:8: the { that opens here is never closed"),
        ("rules:\n  ignore: ['*']\n", "no rule is left to ask, so nothing would be checked"),
    ],
)
def test_settings_that_are_wrong_are_said_at_their_line(check: Run, folder: Path, text: str, said: str) -> None:
    settings(folder, text)

    result = check()

    assert result.stderr.startswith(f"kataform: error: {said}")
    assert (result.stdout, result.returncode) == ("", 2)


@pytest.mark.skipif(sys.platform == "win32", reason="left out: named pipes, which Windows does not have")
@pytest.mark.parametrize(
    "make",
    [
        Path.mkdir,
        lambda path: os.mkfifo(path, 0o600),
        lambda path: path.symlink_to("nothing"),
        lambda path: path.symlink_to(path),
    ],
    ids=["a folder", "a pipe", "a link to nothing", "a link to itself"],
)
def test_settings_that_are_no_file_are_not_passed_over(check: Run, folder: Path, make: Callable[[Path], None]) -> None:
    check("all.yaml")
    make(folder / ".kataform.yaml")

    result = check("all.yaml")

    assert result.returncode == 2
    assert result.stderr == (
        "kataform: error: .kataform.yaml: is not a file; put the settings there, or take it away\n"
    )


def test_an_unknown_rule_on_the_command_line_is_an_error(check: Run, folder: Path) -> None:
    result = check("--ignore", "secret-in-gti")

    said = "kataform: error: --ignore: no rule is named 'secret-in-gti'; did you mean 'secret-in-git'?\n"
    assert (result.stderr, result.returncode) == (said, 2)


def test_settings_hold_below_the_top_of_their_repository_and_not_beyond(tmp_path: Path) -> None:
    inside = tmp_path / "repository" / "deep" / "down"
    inside.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    settings(tmp_path, "rules: {severity: {a: info}}\n")

    assert read(inside).severity == ()

    settings(tmp_path / "repository", "rules: {severity: {a: error}}\n")

    assert read(inside).graded("a", Severity.INFO) is Severity.ERROR


def test_an_ignore_for_a_rule_that_is_not_asked_is_not_called_unused(check: Run, folder: Path) -> None:
    text = OBJECTS.replace("immutabel: true", "immutabel: true  # kataform: ignore[unknown-field] it is known")
    (folder / "all.yaml").write_text(text, encoding="utf-8")

    assert found(check("-o", "json", "--ignore", "unknown-field")) == BOTH[1:]


QUOTES = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  debug: true\n"


def test_what_an_unasked_rule_would_explain_is_still_found(check: Run, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(QUOTES, encoding="utf-8")

    assert found(check("-o", "json", "--ignore", "unquoted-boolean")) == [("wrong-type", "error")]


def test_rules_are_listed_with_the_severity_they_have_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(folder, "rules:\n  ignore: [unknown-field]\n  severity: {secret-in-git: error}\n")
    monkeypatch.chdir(folder)

    code = cli.main(["rules", "-o", "json"])

    listed = {one["name"]: one["severity"] for one in json.loads(capsys.readouterr().out)["rules"]}
    assert code == 0
    assert (listed["unknown-field"], listed["secret-in-git"], listed["wrong-type"]) == ("off", "error", "error")


def test_fix_leaves_what_is_not_asked_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "all.yaml").write_text(QUOTES, encoding="utf-8")
    settings(tmp_path, "rules:\n  ignore: [unquoted-boolean, wrong-type]\n")
    monkeypatch.chdir(tmp_path)

    code = cli.main(["fix"])

    assert (tmp_path / "all.yaml").read_text(encoding="utf-8") == QUOTES
    assert (code, capsys.readouterr().err) == (0, "nothing was fixed\n")
