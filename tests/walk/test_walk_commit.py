"""The same mistakes, met as people meet them: a commit that the real pre-commit refuses, in a real Git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_walk import MISTAKES, TREE, Mistake, make

from kataform.kustomize import Kustomize
from projects import BASE

CONFIG = """\
repos:
- repo: local
  hooks:
  - id: kataform-check
    name: kataform check
    entry: kataform check --hook
    language: system
    files: (\\.ya?ml|\\.json|(^|/)Kustomization)$
    require_serial: true
"""


class Repository:
    """A Git repository whose commits go through the hook."""

    def __init__(self, folder: Path, machine: dict[str, str]) -> None:
        self.folder, self.machine = folder, machine

    def run(self, *command: str) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.machine,
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode, done.stdout + done.stderr

    def commit(self) -> tuple[int, str]:
        assert self.run("git", "add", "-A")[0] == 0
        return self.run("git", "commit", "-q", "-m", "a change")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The clean tree and a project with a spec, committed through the hook."""
    home = tmp_path_factory.mktemp("home")
    scripts = home / "bin"
    scripts.mkdir()
    launcher = scripts / "kataform"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kataform "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    machine = os.environ | {
        "HOME": str(home),
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        **{f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
    }
    folder = home / "repository"
    shutil.copytree(TREE, folder)
    (folder / ".pre-commit-config.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "fleet/base").mkdir(parents=True)
    (folder / "fleet/base/kataform.yaml").write_text(BASE, encoding="utf-8")
    made = Repository(folder, machine)
    for command in (
        ["git", "init", "-q", "-b", "main"],
        [sys.executable, "-m", "pre_commit", "install"],
        ["kataform", "generate", "--directory", "fleet"],
    ):
        code, said = made.run(*command)
        assert code == 0, said
    code, said = made.commit()
    assert code == 0, said
    return made


@pytest.fixture
def repository(original: Repository, tmp_path: Path) -> Repository:
    """A copy whose files may be changed."""
    return Repository(Path(shutil.copytree(original.folder, tmp_path / "repository")), original.machine)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_commit_with_the_mistake_is_refused(repository: Repository, kustomize: Kustomize, mistake: Mistake) -> None:
    line = make(repository.folder, mistake)

    code, said = repository.commit()

    assert code == 1, said
    found = [text for text in said.splitlines() if ": error[" in text or ": warning[" in text]
    assert [text.partition("] ")[0] for text in found] == [
        f"{mistake.file}:{line}:{mistake.column}: error[{mistake.rule}"
    ]


def test_a_commit_with_the_mistake_in_a_spec_is_refused(repository: Repository) -> None:
    spec = repository.folder / "fleet/base/kataform.yaml"
    spec.write_text(BASE.replace("'true'", "true"), encoding="utf-8")

    code, said = repository.commit()

    assert code == 1, said
    assert "fleet/base/kataform.yaml:11:15: error[unquoted-boolean] kata must be a string" in said
    assert said.count(": error[") == 1


def test_a_commit_without_a_mistake_passes(repository: Repository, kustomize: Kustomize) -> None:
    file = repository.folder / "instance/base/kataconfig.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("'true'", "'yes'"), encoding="utf-8")

    assert repository.commit()[0] == 0
