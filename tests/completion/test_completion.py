"""Words that a shell completes: by click's own protocol for each shell, and by a real bash at a terminal."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform import schemas
from left_out import left_out

pty = pytest.importorskip("pty", reason="left out: completion, for which Windows has no terminal of this kind")

Complete = Callable[..., list[str]]
VERBS = ["check", "fix", "generate", "init", "runbook", "show", "tools"]


@pytest.fixture
def program(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has kataform on its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    launcher = folder / "kataform"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kataform "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    return os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that looks like a project: completion looks for specs, and reads none."""
    for name in ("base", "overlays/eu/berlin", "overlays/production", "overlays/unfinished"):
        (tmp_path / "project" / name).mkdir(parents=True)
        if name != "overlays/unfinished":
            (tmp_path / "project" / name / "kataform.yaml").touch()
    return tmp_path / "project"


@pytest.fixture
def complete(project: Path, program: dict[str, str]) -> Complete:
    """What is offered for the last of some words, as a shell would ask for it."""

    def run(*words: str, shell: str = "bash", folder: str = ".") -> list[str]:
        asked = {"COMP_WORDS": "\n".join(("kataform", *words)), "COMP_CWORD": str(len(words))}
        if shell == "fish":
            asked["COMP_CWORD"] = words[-1]
        environment = program | asked | {"_KATAFORM_COMPLETE": f"{shell}_complete"}
        done = subprocess.run(
            ["kataform"], env=environment, cwd=project / folder, capture_output=True, text=True, timeout=60
        )
        assert done.stderr == ""
        return [line for line in done.stdout.splitlines() if line]

    return run


def plain(*words: str) -> list[str]:
    return [f"plain,{word}" for word in words]


def test_verbs_are_offered(complete: Complete) -> None:
    offered = {line.removeprefix("plain,") for line in complete("")}

    assert set(VERBS) <= offered


@pytest.mark.parametrize("verb", ["show", "generate", "runbook"])
def test_overlays_are_offered_by_name_and_by_path_from_any_folder(complete: Complete, verb: str) -> None:
    assert complete(verb, "") == plain("base", "eu/berlin", "production")
    assert complete(verb, "prod", folder="overlays/eu") == plain("production")
    assert complete(verb, "overlays/", folder="base") == plain("overlays/eu/berlin", "overlays/production")


def test_without_a_project_nothing_is_offered(complete: Complete) -> None:
    assert complete("show", "", folder="..") == []


def test_targets_are_offered_with_the_versions_that_are_known(complete: Complete) -> None:
    assert complete("check", "--target", "") == plain("openshift=", "operator=", "kubernetes=")
    assert complete("check", "--target", "kub") == plain(*(f"kubernetes={m}" for m in schemas.KUBERNETES_MINORS[::-1]))
    assert complete("check", "--target", "operator=1.12") == plain("operator=1.12.1", "operator=1.12.0")


def test_versions_of_the_site_s_own_catalogue_are_offered(complete: Complete, project: Path) -> None:
    operator = "operator: {version: 1.9.0, subscription: {channel: stable}}\n"
    spec = f"apiVersion: kataform.dev/v1alpha1\nkind: Overlay\n{operator}"
    (project / "base/kataform.yaml").write_text(f"{spec}releases: {{versions: {{1.14.7: {{}}}}}}\n", encoding="utf-8")

    assert complete("check", "--target", "operator=1.14") == plain("operator=1.14.7")
    assert complete("explain", "version", "1.14") == plain("1.14.7")


def test_bash_is_given_only_what_stands_behind_the_equals_sign_at_which_it_breaks_words(complete: Complete) -> None:
    assert complete("check", "--target", "operator", "=", "1.12") == plain("1.12.1", "1.12.0")
    assert complete("check", "--target", "=", "operator", "=", "1.12") == plain("1.12.1", "1.12.0")
    assert complete("check", "--target", "=", "openshift", "=", "4.8") == plain("4.8")
    assert complete("check", "--target", "=", "op") == plain("openshift=", "operator=")


def test_formats_and_the_files_that_they_are_written_to_are_offered(complete: Complete) -> None:
    assert complete("check", "-o", "j") == plain("json", "junit")
    assert complete("check", "-o", "json", "=", "rep") == ["file,rep"]


def test_values_of_options_files_folders_and_programs_are_offered(complete: Complete) -> None:
    assert complete("check", "--fail-on", "") == plain("error", "warning", "info", "never")
    assert complete("check", "overl") == ["file,overl"]
    assert complete("generate", "--directory", "o") == ["dir,o"]
    assert complete("import", "tree", "--into", "o") == ["dir,o"]
    assert complete("policy", "export", "o") == ["dir,o"]
    assert complete("tools", "install", "") == plain("kustomize", "kubeconform")


def test_zsh_and_fish_are_answered_too(complete: Complete) -> None:
    assert complete("show", "prod", shell="zsh") == ["plain", "production", "_"]
    assert complete("show", "prod", shell="fish") == plain("production")
    assert complete("check", "--target", "operator=1.13.1", shell="zsh")[:2] == ["plain", "operator=1.13.1"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_given_a_script(program: dict[str, str], shell: str) -> None:
    done = subprocess.run(
        ["kataform"],
        env=program | {"_KATAFORM_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0
    assert "_kataform_completion" in done.stdout


class Terminal:
    """An interactive bash on a pseudo-terminal."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            cwd=folder,
            env=environment | {"TERM": "dumb", "PS1": "$ ", "HISTFILE": ""},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read_until(self, mark: str, seconds: float = 60) -> str:
        """What the terminal shows until `mark` has come."""
        shown, end = "", time.monotonic() + seconds
        while mark not in shown:
            ready, _, _ = select.select([self.master], [], [], max(end - time.monotonic(), 0))
            assert ready, f"never came: {mark}; the terminal shows {shown!r}"
            shown += os.read(self.master, 4096).decode("utf-8", "replace")
        return shown

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("kataform sho", "kataform show "),
        ("kataform show prod", "kataform show production "),
        ("kataform check --target operator=1.13.1", "kataform check --target operator=1.13.1 "),
        ("kataform check --target openshift=4.9", "kataform check --target openshift=4.9 "),
        ("kataform check --target kub", "kataform check --target kubernetes=1."),
        ("kataform check --target=kubernetes=1.37", "kataform check --target=kubernetes=1.37 "),
    ],
)
def test_a_real_bash_completes(project: Path, program: dict[str, str], typed: str, completed: str) -> None:
    terminal = Terminal(project, program)
    try:
        terminal.type('eval "$(_KATAFORM_COMPLETE=bash_source kataform)"; echo re""ady\n')
        shown = terminal.read_until("ready\r\n")
        if "not supported" in shown:
            left_out("completion in a real bash, which is older than 4.4 here")
        terminal.type(f"{typed}\t")
        # Home, make a comment of the line, and show it: what stands there now is what bash completed.
        terminal.type("<end>\x01printf '[%s]' '\x05'\n")
        assert f"[{completed}<end>]" in terminal.read_until("<end>]")
    finally:
        terminal.close()
