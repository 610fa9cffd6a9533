"""`init` makes a project that passes its own check, and never overwrites what is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import run_in


def test_what_it_makes_passes_its_own_check_and_is_up_to_date(tmp_path: Path) -> None:
    made = run_in(tmp_path, "init", "fleet")
    checked = run_in(tmp_path / "fleet", "check")

    assert made.returncode == 0, made.stderr
    assert (checked.returncode, checked.stdout) == (0, "checked 20 of 20 objects in 2 overlays\n")
    assert run_in(tmp_path / "fleet", "generate", "--check").returncode == 0


def test_it_makes_what_a_repository_needs(tmp_path: Path) -> None:
    run_in(tmp_path, "init", "fleet")

    assert {
        ".gitattributes",
        ".github/workflows/kataform.yaml",
        ".pre-commit-config.yaml",
        "base/kataform.lock",
        "base/kataform.yaml",
        "base/operator/subscription.yaml",
        "overlays/production/kataform.yaml",
        "overlays/production/operator/kustomization.yaml",
        "schemas/spec.schema.json",
    } <= {p.relative_to(tmp_path / "fleet").as_posix() for p in (tmp_path / "fleet").rglob("*") if p.is_file()}


def test_the_editor_finds_the_schema_that_the_specs_name(tmp_path: Path) -> None:
    run_in(tmp_path, "init", ".")

    for spec in ("base/kataform.yaml", "overlays/production/kataform.yaml"):
        line = next(text for text in (tmp_path / spec).read_text(encoding="utf-8").splitlines() if "$schema=" in text)
        schema = (tmp_path / spec).parent / line.split("$schema=")[1]
        assert schema.resolve() == tmp_path / "schemas/spec.schema.json"
        assert schema.is_file()


def test_files_that_are_there_are_kept(tmp_path: Path) -> None:
    (tmp_path / ".gitattributes").write_text("mine\n", encoding="utf-8")

    result = run_in(tmp_path, "init")

    assert result.returncode == 0
    assert ".gitattributes kept: it exists\n" in result.stdout
    assert (tmp_path / ".gitattributes").read_text(encoding="utf-8") == "mine\n"


def test_a_project_is_not_begun_twice(tmp_path: Path) -> None:
    run_in(tmp_path, "init")

    result = run_in(tmp_path, "init")

    message = "kataform: error: .: is a kataform project already; run `kataform generate` there\n"
    assert (result.returncode, result.stderr) == (2, message)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "fleet").write_text("", encoding="utf-8")

    result = run_in(tmp_path, "init", "fleet")

    assert (result.returncode, result.stderr) == (2, "kataform: error: fleet: is a file; name a folder\n")


def test_its_hooks_pass_in_git(tmp_path: Path) -> None:
    """The pre-commit configuration as written, by the real pre-commit, with kataform on PATH as it is for a user."""
    if shutil.which("git") is None:
        pytest.skip("left out: git (none on PATH)")
    run_in(tmp_path, "init")
    scripts = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": scripts + os.pathsep + os.environ["PATH"],
        "PRE_COMMIT_HOME": str(tmp_path / ".pc"),
    }
    for command in (["git", "init", "-q"], ["git", "add", "-A", ":!.pc"]):
        subprocess.run(command, cwd=tmp_path, check=True, timeout=60)

    result = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("Passed") == 2
