"""A Git repository with the hooks installed, and a machine that has nothing else on its PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import kataform

SOURCE = Path(kataform.__file__).parent.parent
PROGRAMS = ("git", "bash", "sh", "env", "uname", "sed", "dirname", "basename")


@dataclass
class Repository:
    """What a person does in a repository: write files, add them, commit."""

    folder: Path
    bin: Path
    home: Path
    calls: Path
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.bin),
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "PRE_COMMIT_HOME": str(self.home / "pre-commit"),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{
                f"GIT_{who}_{what}": "kataform@example.com"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
            "http_proxy": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9",
            **self.variables,
        }

    def run(self, *command: str) -> tuple[int, str]:
        """The exit code, and everything that was printed, without colour."""
        answer = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        return answer.returncode, re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout)

    def write(self, files: dict[str, str]) -> None:
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert text.count(old) == 1, f"{old!r} is not once in {name}"
        (self.folder / name).write_text(text.replace(old, new))

    def commit(self, *paths: str) -> tuple[int, str]:
        """Add the paths (everything by default) and commit, through the hooks."""
        code, said = self.run("git", "add", "--", *(paths or (".",)))
        assert code == 0, said
        return self.run("git", "commit", "-q", "-m", "change")

    def invocations(self) -> list[list[str]]:
        """The arguments of each call of kataform so far."""
        return [line.split() for line in self.calls.read_text().splitlines()] if self.calls.exists() else []


def make_machine(folder: Path) -> tuple[Path, Path, Path]:
    """A PATH with Git and kataform only, a home, and the file in which calls of kataform are written down."""
    programs, home, calls = folder / "bin", folder / "home", folder / "calls"
    programs.mkdir()
    home.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        if found:
            (programs / name).symlink_to(found)
    kataform_script = programs / "kataform"
    kataform_script.write_text(
        f'#!/bin/sh\necho "$@" >> "{calls}"\nPYTHONPATH="{SOURCE}" exec "{sys.executable}" -m kataform "$@"\n'
    )
    kataform_script.chmod(0o755)
    return programs, home, calls


def offer_hooks(folder: Path, repository: Path, run: Repository) -> str:
    """A repository that offers this project's hooks, run by the program on PATH instead of a fresh installation."""
    folder.mkdir()
    manifest = (repository / ".pre-commit-hooks.yaml").read_text()
    assert manifest.count("language: python\n") == 2
    (folder / ".pre-commit-hooks.yaml").write_text(manifest.replace("language: python\n", "language: system\n"))
    there = Repository(folder, run.bin, run.home, run.calls)
    for command in (("git", "init", "-q", "-b", "main"), ("git", "add", "."), ("git", "commit", "-q", "-m", "hooks")):
        code, said = there.run(*command)
        assert code == 0, said
    return there.run("git", "rev-parse", "HEAD")[1].strip()


def link(program: Path, folder: Path) -> None:
    os.symlink(program, folder / program.name)
